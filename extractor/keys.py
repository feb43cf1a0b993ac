"""The keys and passwords of one build, used only if something encrypted turns up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.errors import EncryptionError, ItemError, KeyLocked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from extractor.joplin.encryption import KeyRing
    from extractor.joplin.items import Item, MasterKey

PASSWORD = "JOPLIN_CATALOGUE_PASSWORD"  # noqa: S105 -- the name of a variable


class Keys:
    """The master keys of all sources, opened at the first encrypted item.

    `ask` prompts for a password if none was given: it is called at most once, and only if there is a key that a
    password could open. It returns '' for none.
    """

    def __init__(self, passwords: Sequence[str] = (), ask: Callable[[], str] | None = None) -> None:
        self._passwords = tuple(passwords)
        self._ask = ask
        self._keys: dict[MasterKey, None] = {}
        self._ring: KeyRing | None = None
        self._unopened: dict[str, set[str]] = {}

    @property
    def unopened(self) -> Mapping[str, int]:
        """For each key that no password opened, the reason and the number of items that stayed encrypted."""
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
        """Add keys; returns whether one of them is new."""
        before = len(self._keys)
        self._keys.update(dict.fromkeys(keys))
        if len(self._keys) == before:
            return False
        self._ring = None
        return True

    def ring(self) -> KeyRing | None:
        """The key ring that decrypts items; None without a password. Raises WrongPassword, CipherTextError."""
        if self._ring is None:
            if not self._passwords and self._ask and self._keys:
                self._passwords = tuple(filter(None, [self._ask()]))
                self._ask = None
            if self._passwords:
                from extractor.joplin.encryption import unlock  # noqa: PLC0415 -- heavy, and few runs need it

                self._ring = unlock(self._keys, self._passwords)
        return self._ring

    def open(self, item: Item | None) -> tuple[Item | None, str | None]:
        """The decrypted item; if that fails, the item as it is and, if a password was given, the reason.

        A missing password is no reason here: it concerns many items, and `unopened` reports it once. For a locked note
        that was also encrypted, the outer layer is decrypted if possible.
        """
        from extractor.joplin.closed import is_closed  # noqa: PLC0415 -- most builds read nothing

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
            items.discard(item.id)  # the key was added later
        return item, " ".join(odd) or None


def _opened(item: Item, ring: KeyRing, odd: list[str]) -> Item:
    from extractor.joplin.encryption import decrypt_item, decrypt_revision  # noqa: PLC0415 -- as above
    from extractor.joplin.items import EncryptedItem, Revision  # noqa: PLC0415

    if isinstance(item, EncryptedItem):
        return decrypt_item(item, ring, odd)
    return decrypt_revision(item, ring) if isinstance(item, Revision) else item
