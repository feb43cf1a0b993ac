"""The keys and passwords of one build, needed only where something encrypted turns up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.errors import EncryptionError, ItemError
from extractor.joplin.encryption import decrypt_item, unlock
from extractor.joplin.items import EncryptedItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from extractor.joplin.encryption import KeyRing
    from extractor.joplin.items import Item, MasterKey

PASSWORD = "JOPLIN_CATALOGUE_PASSWORD"  # noqa: S105 -- the name of a variable


class Keys:
    """The master keys of all sources together, opened at the first encrypted item.

    `ask` is for a password where none was given: it is called once at most, and only if there is a key that a password
    could open. '' stands for none.
    """

    def __init__(self, passwords: Sequence[str] = (), ask: Callable[[], str] | None = None) -> None:
        self._passwords = tuple(passwords)
        self._ask = ask
        self._keys: dict[MasterKey, None] = {}
        self._ring: KeyRing | None = None

    @property
    def has_keys(self) -> bool:
        """Whether there is a key."""
        return bool(self._keys)

    @property
    def has_password(self) -> bool:
        """Whether a password was given."""
        return bool(self._passwords)

    def add(self, keys: Iterable[MasterKey]) -> bool:
        """Take in more keys; says whether one of them is new."""
        before = len(self._keys)
        self._keys.update(dict.fromkeys(keys))
        if len(self._keys) == before:
            return False
        self._ring = None
        return True

    def ring(self) -> KeyRing | None:
        """What opens items; None without a password. Raises WrongPassword, CipherTextError."""
        if self._ring is None:
            if not self._passwords and self._ask and self._keys:
                self._passwords = tuple(filter(None, [self._ask()]))
                self._ask = None
            if self._passwords:
                self._ring = unlock(self._keys, self._passwords)
        return self._ring

    def open(self, item: Item | None) -> tuple[Item | None, str | None]:
        """The item in clear; where that cannot be had the item as it is, and if a password was given, why."""
        if not isinstance(item, EncryptedItem) or (ring := self.ring()) is None:
            return item, None
        try:
            return decrypt_item(item, ring), None
        except (EncryptionError, ItemError) as error:
            return item, f"It stays encrypted. {error}"
