"""What Joplin wrote as one item, read exactly as Joplin reads it (models/BaseItem.ts).

Times are milliseconds since 1970 UTC; 0 stands for "not set".
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from extractor.errors import ItemError
from extractor.joplin.fields import parse_diff, parse_number, parse_time, split_item, unescape

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
    """Read one item file as Joplin's unserialize does (BaseItem.ts:589).

    None stands for a type that no sync target of today holds. Raises ItemError where Joplin raises, and
    where a field that is needed here cannot be read. The text must have its line ends as they are in the
    file (`newline=""`).
    """
    values, head = split_item(text)
    type_ = _type(values)
    if type_ is None:
        return None
    if parse_number("encryption_applied", values.get("encryption_applied")) == 1:
        return _encrypted(type_, values, parse_time("updated_time", values.get("updated_time", "")))
    if head is not None:
        values["title"], _, rest = head.partition("\n")
        if type_ is ItemType.NOTE:
            values["body"] = rest.partition("\n")[2]
    return _record(
        type_, {name: _from_text(name, values[name], kind) for name, kind in _FIELDS[type_] if name in values}
    )


def item_from_row(type_: ItemType, row: Mapping[str, object]) -> Item:
    """Read a row of the database, or of the Data API: times are ms numbers there, and diffs stand as they are.

    Columns that are missing or NULL have their default. Raises ItemError.
    """
    values = {name: row[name] for name in row.keys() if row[name] is not None}  # noqa: SIM118 - sqlite3.Row is no dict
    if parse_number("encryption_applied", values.get("encryption_applied")) == 1:
        return _encrypted(type_, values, parse_number("updated_time", values.get("updated_time")))
    return _record(
        type_, {name: _from_column(name, values[name], kind) for name, kind in _FIELDS[type_] if name in values}
    )


_RECORDS: dict[ItemType, type[Any]] = {
    ItemType.NOTE: Note,
    ItemType.NOTEBOOK: Notebook,
    ItemType.RESOURCE: Resource,
    ItemType.TAG: Tag,
    ItemType.NOTE_TAG: NoteTag,
    ItemType.MASTER_KEY: MasterKey,
    ItemType.REVISION: Revision,
}
_FIELDS = {type_: [(field.name, str(field.type)) for field in fields(record)] for type_, record in _RECORDS.items()}
_TIMES = frozenset({"created_time", "updated_time", "user_created_time", "user_updated_time"})
_DIFFS = frozenset({"title_diff", "body_diff"})


def _type(values: Mapping[str, str]) -> ItemType | None:
    """The type, None where it is none of ours."""
    if not values.get("type_"):
        raise ItemError("It does not end in a line `type_`: it is no Joplin item, or its end was changed.")
    number = parse_number("type_", values["type_"])
    if number == ItemType.NOTE and "item_id" in values:
        raise ItemError("It is a revision without its end.")  # of `type_: 13`, the last character is missing
    return ItemType(number) if number in _RECORDS else None


def _from_text(name: str, value: str, kind: str) -> str | int | bool:
    """A field from its text in a file."""
    if name in _DIFFS:
        return parse_diff(name, value)
    if name in _TIMES:
        return parse_time(name, value)
    if kind == "str":
        return value if name == "body" else unescape(value)
    number = parse_number(name, value)
    return number != 0 if kind == "bool" else number


def _from_column(name: str, value: object, kind: str) -> str | int | bool:
    """A field from a column."""
    if kind == "str":
        if isinstance(value, bytes):
            raise ItemError(f"Its {name} is no text.")
        return str(value)
    number = parse_number(name, value)
    return number != 0 if kind == "bool" else number


def _record(type_: ItemType, known: dict[str, str | int | bool]) -> Item:
    """The record of this type."""
    if not known.get("id"):
        raise ItemError("It has no `id`.")
    known.setdefault("updated_time", 0)
    try:
        item: Item = _RECORDS[type_](**known)
    except TypeError:
        raise ItemError("It is a master key without its `content` or `encryption_method`.") from None
    return item


def _encrypted(type_: ItemType, values: Mapping[str, object], updated_time: int) -> EncryptedItem:
    """What an encrypted item shows."""
    if not values.get("id"):
        raise ItemError("It has no `id`.")
    return EncryptedItem(
        id=str(values["id"]),
        type=type_,
        updated_time=updated_time,
        cipher_text=str(values.get("encryption_cipher_text", "")),
        parent_id=str(values.get("parent_id", "")),
        note_id=str(values.get("note_id", "")),
        tag_id=str(values.get("tag_id", "")),
        deleted_time=parse_number("deleted_time", values.get("deleted_time")),
    )
