"""Reading what the catalogue remembers: notes as last seen, items that are still encrypted, small items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from extractor.catalogue.revisions import histories
from extractor.joplin.item_types import ItemType
from extractor.joplin.items import EncryptedItem, MasterKey, Note, Notebook, NoteTag, Resource, Revision, Tag
from extractor.joplin.locked import locked_text
from extractor.texts import without_lone_surrogates
from extractor.timeline import HTML
from extractor.times import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from extractor.catalogue.database import Database

TYPES: Mapping[type, ItemType] = {
    Note: ItemType.NOTE,
    Notebook: ItemType.NOTEBOOK,
    Resource: ItemType.RESOURCE,
    Tag: ItemType.TAG,
    NoteTag: ItemType.NOTE_TAG,
    Revision: ItemType.REVISION,
    MasterKey: ItemType.MASTER_KEY,
}


T = TypeVar("T", Notebook, Resource, Tag, NoteTag)


def all_notes(db: Database) -> set[str]:
    """The ids of all notes of which a text or a diff is known."""
    rows = db.execute("SELECT note_id FROM note_bodies UNION SELECT note_id FROM revision_diffs").fetchall()
    return {row[0] for row in rows}


def encrypted_revisions(db: Database) -> list[EncryptedItem]:
    """The revisions that could not be decrypted yet, as they were found: Joplin may have deleted them since."""
    rows = db.execute("SELECT id, parent_id, updated_ms, cipher_text FROM encrypted_revisions ORDER BY id").fetchall()
    return [
        EncryptedItem(id_, ItemType.REVISION, updated, cipher_text, parent_id=parent_id)
        for id_, parent_id, updated, cipher_text in rows
    ]


def locked_revisions(db: Database) -> list[Revision]:
    """The revisions of locked notes that could not be decrypted yet, as they were found."""
    rows = db.execute(
        "SELECT DISTINCT revision_diffs.note_id FROM revisions JOIN revision_diffs ON revision_id = id "
        "WHERE state = 'encrypted'"
    ).fetchall()
    revisions = (revision for _, found, _, _ in histories(db, [row[0] for row in rows]) for revision in found)
    return [revision for revision in revisions if locked_text(revision) is not None]


def newest(db: Database, record: type[T]) -> Iterator[T]:
    """The newest version of each notebook, tag, note_tag or resource that any source has."""
    rows = db.execute(
        "SELECT fields FROM (SELECT fields, item_id, row_number() OVER "
        "(PARTITION BY item_id ORDER BY updated_ms DESC, source_id) AS place "
        "FROM source_items WHERE type = ? AND fields NOT NULL) WHERE place = 1 ORDER BY item_id",
        [TYPES[record]],
    )
    for (fields,) in rows.fetchall():
        yield record(**json.loads(fields))


def notebook_titles(db: Database) -> dict[str, str]:
    """The titles of all notebooks by id, including those that have gone."""
    titles = dict(db.execute("SELECT id, title FROM notebooks").fetchall())
    return titles | {notebook.id: without_lone_surrogates(notebook.title) for notebook in newest(db, Notebook)}


def current_note(db: Database, note_id: str) -> Note | None:
    """The note as last seen, with the fields that its history needs; None if only its history is known."""
    row = db.execute(
        # If the time of the last change could not be read, the one that the user sees is used.
        "SELECT notes.title, created_at, coalesce(updated_at, user_updated_at), user_created_at, markup, source_url, "
        "body "
        "FROM notes JOIN note_bodies ON note_bodies.note_id = notes.id WHERE notes.id = ?",
        [note_id],
    ).fetchone()
    if row is None:
        return None
    title, created_at, updated_at, user_created_at, markup, source_url, body = row
    return Note(
        id=note_id,
        created_time=milliseconds(created_at),
        updated_time=milliseconds(updated_at),
        user_created_time=milliseconds(user_created_at),
        title=title or "",
        body=body,
        markup_language=HTML if markup == "html" else 1,
        source_url=source_url or "",
    )
