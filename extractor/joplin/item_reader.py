"""An item that Joplin wrote, read exactly as Joplin reads it (models/BaseItem.ts)."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from extractor.errors import ItemError
from extractor.joplin.cipher_text import PREFIXES
from extractor.joplin.fields import check_calendar, parse_diff, parse_number, parse_time, split_item, unescape
from extractor.joplin.item_types import ItemType
from extractor.joplin.items import (
    EncryptedItem,
    Item,
    MasterKey,
    Note,
    Notebook,
    NoteTag,
    Resource,
    Revision,
    Tag,
)
from extractor.joplin.locked import is_locked_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def parse_item(text: str, odd: list[str] | None = None) -> Item | None:
    """Read one item file as Joplin's unserialize does (BaseItem.ts:589).

    None means a type that is not on sync targets today. A minor field that cannot be read gets its default, and a
    sentence that says so is appended to `odd`. Raises ItemError where Joplin raises, and if a field cannot be read
    without which the history or the links would be wrong. The text must have its line ends as they are in the file
    (`newline=""`).
    """
    values, head = split_item(text)
    type_ = _type(values)
    if type_ is None:
        return None
    odd = [] if odd is None else odd
    if _is_encrypted(values):
        return _encrypted(type_, values, parse_time, odd)
    if head is not None:
        values["title"], _, rest = head.partition("\n")
        if type_ is ItemType.NOTE:
            values["body"] = rest.partition("\n")[2]
    return _record(type_, values, _from_text, odd)


def item_from_row(type_: ItemType, row: Mapping[str, object], odd: list[str] | None = None) -> Item:
    """Read a row of the database, or of the Data API: times are numbers of ms there, and diffs are not escaped.

    Columns that are missing or NULL get their default. `odd` is as in `parse_item`. Raises ItemError.
    """
    values = {name: row[name] for name in row.keys() if row[name] is not None}  # noqa: SIM118 - sqlite3.Row is no dict
    odd = [] if odd is None else odd
    if _is_encrypted(values):
        return _encrypted(type_, values, parse_number, odd)
    return _record(type_, values, _from_column, odd)


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


_WRITTEN_AS_DATES = frozenset({"created_time", "updated_time", "user_created_time", "user_updated_time"})


_TIMES = _WRITTEN_AS_DATES | {"deleted_time", "todo_due", "todo_completed"}


_DIFFS = frozenset({"title_diff", "body_diff"})


_MINOR_OF_REVISIONS = {"created_time", "is_locked"}


# The history and the links follow from these: if one cannot be read, nothing certain is known about the item.
_NEEDED: Mapping[ItemType, frozenset[str]] = {
    ItemType.NOTE: frozenset({"id", "body"}),
    ItemType.NOTEBOOK: frozenset({"id"}),
    ItemType.RESOURCE: frozenset({"id"}),
    ItemType.TAG: frozenset({"id"}),
    ItemType.NOTE_TAG: frozenset({"id", "note_id", "tag_id"}),
    ItemType.MASTER_KEY: frozenset({"id", "content", "encryption_method"}),
    ItemType.REVISION: frozenset(field.name for field in fields(Revision)) - _MINOR_OF_REVISIONS,
}


def _type(values: Mapping[str, str]) -> ItemType | None:
    """The type; None if it is not one in `_RECORDS`. Raises ItemError."""
    if not values.get("type_"):
        raise ItemError("It does not end in a line `type_`: it is not a Joplin item, or its end was changed.")
    number = parse_number("type_", values["type_"])
    if number == ItemType.NOTE and "item_id" in values:
        raise ItemError("It is a revision without its end.")  # `type_: 13` lacks its last character
    return ItemType(number) if number in _RECORDS else None


def _is_encrypted(values: Mapping[str, object]) -> bool:
    """Whether the item is encrypted: its flag says so, or it has a cipher text."""
    try:
        flag = parse_number("encryption_applied", values.get("encryption_applied"))
    except ItemError:
        flag = 0
    return flag == 1 or str(values.get("encryption_cipher_text", "")).startswith(PREFIXES)


def _from_text(name: str, value: object, kind: str) -> str | int | bool:
    """Read a field from its text in a file; raises ItemError."""
    text = str(value)
    if name in _DIFFS:
        return parse_diff(name, text)
    if name in _WRITTEN_AS_DATES:
        return parse_time(name, text)
    if kind == "str":
        return text if name == "body" else unescape(text)
    number = parse_number(name, text)
    return number != 0 if kind == "bool" else number


def _from_column(name: str, value: object, kind: str) -> str | int | bool:
    """Read a field from a column; raises ItemError."""
    if kind == "str":
        if isinstance(value, bytes):
            raise ItemError(f"Its {name} is not text.")
        return str(value)
    number = parse_number(name, value)
    return number != 0 if kind == "bool" else number


def _record(
    type_: ItemType,
    values: Mapping[str, object],
    read: Callable[[str, object, str], str | int | bool],
    odd: list[str],
) -> Item:
    """The record of this type; raises ItemError if one of _NEEDED cannot be read."""
    known: dict[str, str | int | bool] = {}
    for name, kind in _FIELDS[type_]:
        if name not in values:
            continue
        is_needed = name in _NEEDED[type_]
        try:
            value = read(name, values[name], kind)
            if name in _TIMES and not is_needed:
                check_calendar(name, int(value))
        except ItemError as error:
            if is_needed:
                raise
            odd.append(f"{error.message} It counts as not set.")
        else:
            known[name] = value
    if not known.get("id"):
        raise ItemError("It has no `id`.")
    if type_ is ItemType.TAG and not known.get("title"):
        odd.append("It has no title.")
    known.setdefault("updated_time", 0)
    try:
        item: Item = _RECORDS[type_](**known)
    except TypeError:
        raise ItemError("It is a master key without its `content` or `encryption_method`.") from None
    return _locked(item) if isinstance(item, Note) else item


def _locked(note: Note) -> Note | EncryptedItem:
    """A locked note as an encrypted item. Joplin locks no empty text: if it is empty, the source withheld it."""
    if not is_locked_text(note.body) and not (note.is_locked and not note.body):
        return note
    return EncryptedItem(
        id=note.id,
        type=ItemType.NOTE,
        updated_time=note.updated_time,
        cipher_text=note.body,
        parent_id=note.parent_id,
        deleted_time=note.deleted_time,
        locked=replace(note, body="", is_locked=True),
    )


def _encrypted(
    type_: ItemType, values: Mapping[str, object], read_time: Callable[[str, str], int], odd: list[str]
) -> EncryptedItem:
    """The fields of an encrypted item that are not encrypted; raises ItemError."""
    if not values.get("id"):
        raise ItemError("It has no `id`.")

    def time(name: str, read: Callable[[str, str], int]) -> int:
        try:
            return read(name, str(values.get(name, "")))
        except ItemError as error:
            odd.append(f"{error.message} It counts as not set.")
            return 0

    return EncryptedItem(
        id=str(values["id"]),
        type=type_,
        updated_time=time("updated_time", read_time),
        cipher_text=str(values.get("encryption_cipher_text", "")),
        parent_id=str(values.get("parent_id", "")),
        note_id=str(values.get("note_id", "")),
        tag_id=str(values.get("tag_id", "")),
        deleted_time=time("deleted_time", parse_number),
    )
