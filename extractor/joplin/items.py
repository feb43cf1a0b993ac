"""What Joplin wrote as one item, read exactly as Joplin reads it (models/BaseItem.ts).

Times are milliseconds since 1970 UTC; 0 stands for "not set".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ItemType(IntEnum):
    """The `type_` of an item (BaseModel.ts:12), those that lie on a sync target."""

    NOTE = 1
    NOTEBOOK = 2
    RESOURCE = 4
    TAG = 5
    NOTE_TAG = 6
    MASTER_KEY = 9
    REVISION = 13


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it is now. `parent_id` is its notebook; `markup_language` 1 is Markdown, 2 HTML."""

    id: str
    updated_time: int
    created_time: int = 0
    user_updated_time: int = 0
    user_created_time: int = 0
    parent_id: str = ""
    title: str = ""
    body: str = ""
    markup_language: int = 1
    source_url: str = ""
    author: str = ""
    is_todo: bool = False
    todo_due: int = 0
    todo_completed: int = 0
    is_conflict: bool = False
    deleted_time: int = 0


@dataclass(frozen=True, slots=True)
class Notebook:
    """A folder of Joplin's."""

    id: str
    updated_time: int
    created_time: int = 0
    parent_id: str = ""
    title: str = ""
    deleted_time: int = 0


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag."""

    id: str
    updated_time: int
    created_time: int = 0
    parent_id: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class NoteTag:
    """That a note has a tag."""

    id: str
    updated_time: int
    created_time: int = 0
    note_id: str = ""
    tag_id: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """An attached file; its blob lies beside the items. `size` is in bytes, -1 when unknown."""

    id: str
    updated_time: int
    created_time: int = 0
    title: str = ""
    mime: str = ""
    filename: str = ""
    file_extension: str = ""
    size: int = -1
    encryption_blob_encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Revision:
    """One step in the history of an item: diffs against the revision `parent_id` ('' for a root).

    The diffs are the texts that Joplin's own unserialize gives, so `body_diff` is patch JSON or legacy
    `@@` text. `item_updated_time` is when the note was so; `updated_time` when this row was written
    or re-based.
    """

    id: str
    updated_time: int
    created_time: int = 0
    parent_id: str = ""
    item_type: int = 1
    item_id: str = ""
    item_updated_time: int = 0
    title_diff: str = ""
    body_diff: str = ""
    metadata_diff: str = ""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """An end-to-end encryption key, itself encrypted with the user's password."""

    id: str
    updated_time: int
    content: str
    encryption_method: int
    created_time: int = 0
    checksum: str = ""
    has_been_used: bool = True
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class EncryptedItem:
    """An item of which only these fields are in clear (BaseItem.ts:558); the plaintext is the whole item file."""

    id: str
    type: ItemType
    updated_time: int
    cipher_text: str
    parent_id: str = ""
    note_id: str = ""
    tag_id: str = ""
    deleted_time: int = 0


Item = Note | Notebook | Tag | NoteTag | Resource | Revision | MasterKey | EncryptedItem


def parse_item(text: str) -> Item | None:
    """Read one item file; None for a type that is no matter of a catalogue; raise ItemError."""
    raise NotImplementedError


def item_from_row(type_: ItemType, row: Mapping[str, object]) -> Item:
    """Read a row of the database or the Data API; raise ItemError."""
    raise NotImplementedError
