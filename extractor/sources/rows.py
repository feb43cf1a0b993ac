"""Items as rows, from the database and from the Data API, which has the same columns."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

from extractor.errors import ItemError
from extractor.joplin.item_reader import item_from_row
from extractor.joplin.item_types import ItemType
from extractor.joplin.items import Note, Notebook, NoteTag, Resource, Revision, Tag
from extractor.sources.protocol import Entry, Reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TABLES: Final = {
    "folders": ItemType.NOTEBOOK,
    "notes": ItemType.NOTE,
    "tags": ItemType.TAG,
    "note_tags": ItemType.NOTE_TAG,
    "resources": ItemType.RESOURCE,
    "revisions": ItemType.REVISION,
}
"""The tables of items (services/database/types.ts), and what their rows are."""

_RECORDS: Final = {
    ItemType.NOTEBOOK: Notebook,
    ItemType.NOTE: Note,
    ItemType.TAG: Tag,
    ItemType.NOTE_TAG: NoteTag,
    ItemType.RESOURCE: Resource,
    ItemType.REVISION: Revision,
}
_CIPHER: Final = ("encryption_applied", "encryption_cipher_text")
_LONG: Final = frozenset(
    {"id", "body", "title_diff", "body_diff", "metadata_diff", "source_url", "ocr_text", _CIPHER[1]}
)


def columns(type_: ItemType) -> tuple[str, ...]:
    """The columns from which an item of this type is read, `id` first."""
    return (*(field.name for field in fields(_RECORDS[type_])), *_CIPHER)


def short_columns(names: Iterable[str]) -> list[str]:
    """The columns that make up a stamp: those that are cheap to list."""
    return [name for name in names if name not in _LONG]


def row_entry(table: str, item_id: str, short: Iterable[object]) -> Entry:
    """The entry of a row, from the values of its short columns.

    `updated_time` alone is not enough for a stamp: it does not change when a row is decrypted.
    """
    stamp = (
        "/".join(map(str, short)).encode("utf-8", "backslashreplace").decode()
    )  # a title can contain half a character
    return Entry(f"{table}/{item_id}", item_id, stamp)


def read_row(entry: Entry, type_: ItemType, row: Mapping[str, object]) -> Reading:
    """Read a row; errors become the problem of the reading."""
    odd: list[str] = []
    try:
        item = item_from_row(type_, row, odd)
    except ItemError as error:
        return Reading(entry, problem=str(error))
    return Reading(entry, item=item, problem=" ".join(odd) or None)
