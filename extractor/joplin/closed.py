"""Whether an item is encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.joplin.items import EncryptedItem, Revision
from extractor.joplin.locked import locked_text

if TYPE_CHECKING:
    from extractor.joplin.items import Item


def is_closed(item: Item) -> bool:
    """Whether an item is encrypted, as a whole or (of a locked note) its text."""
    if isinstance(item, Revision):
        return locked_text(item) is not None
    return isinstance(item, EncryptedItem) and bool(item.cipher_text or item.locked is None)
