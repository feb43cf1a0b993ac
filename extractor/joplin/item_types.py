"""The types of items, by the numbers that Joplin gives them."""

from __future__ import annotations

from enum import IntEnum


class ItemType(IntEnum):
    """The `type_` of an item (BaseModel.ts:12): those that are on a sync target."""

    NOTE = 1
    NOTEBOOK = 2
    RESOURCE = 4
    TAG = 5
    NOTE_TAG = 6
    MASTER_KEY = 9
    REVISION = 13
