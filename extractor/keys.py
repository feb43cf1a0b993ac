"""The keys and passwords of one build, needed only where something encrypted turns up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.errors import EncryptionError, ItemError, KeyLocked
from extractor.joplin.items import EncryptedItem, Revision
from extractor.joplin.locked import locked_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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
        self._unopened: dict[str, set[str]] = {}

    @property
    def unopened(self) -> Mapping[str, int]:
        """What to say of each key that no password opened, and how many items stayed encrypted for want of it."""
        return {reason: len(items) for reason, items in self._unopened.items() if items}

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
                from extractor.joplin.encryption import unlock  # noqa: PLC0415 -- heavy, and few runs need it

                self._ring = unlock(self._keys, self._passwords)
        return self._ring

    def open(self, item: Item | None) -> tuple[Item | None, str | None]:
        """The item in clear; where that cannot be had the item as it is, and if a password was given, why.

        Not for want of a password: that is one fact about many items, and told by `unopened`. Of a locked
        note that was encrypted once more, what could be opened comes back.
        """
        if item is None or not is_closed(item) or (ring := self.ring()) is None:
            return item, None
        odd: list[str] = []
        try:
            while is_closed(item):
                item = _opened(item, ring, odd)
        except KeyLocked as error:
            self._unopened.setdefault(error.message, set()).add(item.id)
            return item, None
        except (EncryptionError, ItemError) as error:
            return item, f"It stays encrypted. {error}"
        for items in self._unopened.values():
            items.discard(item.id)  # the key came late
        return item, " ".join(odd) or None


def _opened(item: Item, ring: KeyRing, odd: list[str]) -> Item:
    from extractor.joplin.encryption import decrypt_item, decrypt_revision  # noqa: PLC0415 -- as above

    if isinstance(item, EncryptedItem):
        return decrypt_item(item, ring, odd)
    return decrypt_revision(item, ring) if isinstance(item, Revision) else item


def is_closed(item: Item) -> bool:
    """Whether an item is encrypted, as a whole or (of a locked note) its text."""
    if isinstance(item, Revision):
        return locked_text(item) is not None
    return isinstance(item, EncryptedItem) and bool(item.cipher_text or item.locked is None)
