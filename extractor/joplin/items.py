"""The items that Joplin writes, as records (models/BaseItem.ts, services/database/types.ts).

Times are milliseconds since 1970 UTC; 0 stands for "not set".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.joplin.item_types import ItemType


@dataclass(frozen=True, slots=True)
class Note:
    """The current state of a note. `parent_id` is its notebook; `markup_language` 1 is Markdown, 2 HTML."""

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
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook, which Joplin's source code calls a folder."""

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
    """The assignment of a tag to a note."""

    id: str
    updated_time: int
    created_time: int = 0
    note_id: str = ""
    tag_id: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """An attached file; its blob is stored separately from the items. `size` is in bytes, -1 if unknown.

    `ocr_text` is what Joplin read in a picture or PDF, `ocr_status` how far it got (ResourceOcrStatus; 2 is done).
    """

    id: str
    updated_time: int
    created_time: int = 0
    title: str = ""
    mime: str = ""
    filename: str = ""
    file_extension: str = ""
    size: int = -1
    encryption_blob_encrypted: bool = False
    ocr_text: str = ""
    ocr_status: int = 0


@dataclass(frozen=True, slots=True)
class Revision:
    """One step in the history of an item: diffs against the revision `parent_id` ('' for a root).

    The diffs are the texts that Joplin's own unserialize returns, so `body_diff` is patch JSON or legacy
    `@@` text. `item_updated_time` is the `updated_time` of the note then; `updated_time` is when this row was written
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
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class MasterKey:
    """An end-to-end encryption key, or the key of the note lock, itself encrypted with the user's password."""

    id: str
    updated_time: int
    content: str
    encryption_method: int
    created_time: int = 0
    checksum: str = ""
    has_been_used: bool = True
    enabled: bool = True
    is_of_note_lock: bool = False


@dataclass(frozen=True, slots=True)
class EncryptedItem:
    """An item of which only these fields are not encrypted (BaseItem.ts:558); the plaintext is the whole item file.

    Of a locked note only the body is encrypted: `locked` is the note without it, and the plaintext is the body.
    `cipher_text` is '' if the source does not give it.
    """

    id: str
    type: ItemType
    updated_time: int
    cipher_text: str
    parent_id: str = ""
    note_id: str = ""
    tag_id: str = ""
    deleted_time: int = 0
    locked: Note | None = None


Item = Note | Notebook | Tag | NoteTag | Resource | Revision | MasterKey | EncryptedItem
