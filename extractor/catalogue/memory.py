"""What the catalogue remembers of its sources: which items each holds or ever held, and notes as last seen.

An item that stays encrypted is remembered with a stamp that says so: as soon as there is a key it is read again. One
that a source holds no more keeps its row in `source_items`, with the time when that was found: `removed_at`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.remembered import TYPES
from extractor.catalogue.revisions import remember_revisions
from extractor.catalogue.search import folded
from extractor.catalogue.source_items import ENCRYPTED, Dirty
from extractor.catalogue.sql import upsert
from extractor.joplin.item_types import ItemType
from extractor.joplin.items import (
    EncryptedItem,
    Item,
    Note,
    Notebook,
    Revision,
)
from extractor.joplin.locked import locked_text
from extractor.texts import without_lone_surrogates
from extractor.timeline import HTML
from extractor.timeline.summary import MOVED
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.catalogue.database import Database

SMALL = (ItemType.NOTEBOOK, ItemType.RESOURCE, ItemType.TAG, ItemType.NOTE_TAG)
UNREADABLE_ITEM = "unreadable item"
ODD_FIELD = "odd field"
"""What the problem of an item is called that was read, but for minor fields."""


@dataclass(frozen=True, slots=True)
class SeenItem:
    """One thing that a source was found to hold: an item, a problem, or (neither) what is no item."""

    name: str
    item_id: str | None
    stamp: str
    item: Item | None = None
    problem: str | None = None


def remember(db: Database, source_id: int, seen: Sequence[SeenItem], touched: Dirty) -> None:
    """Take in what was read from one source."""
    rows = [_source_item(source_id, one) for one in seen]
    items = [one.item for one in seen]
    notes = [item for item in items if isinstance(item, Note)]
    revisions = [item for item in items if isinstance(item, Revision)]
    touched.anything |= bool(rows)
    db.conn.executemany(
        "INSERT INTO source_items (source_id, name, item_id, type, stamp, updated_ms, encrypted_ms, fields, problem, "
        "problem_kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, name) DO UPDATE SET "
        # An item that cannot be read just now is still the item it was.
        "item_id = coalesce(iif(excluded.type IS NULL, item_id, NULL), excluded.item_id, item_id), "
        "type = coalesce(excluded.type, type), stamp = excluded.stamp, "
        "updated_ms = coalesce(excluded.updated_ms, updated_ms), "
        "encrypted_ms = iif(excluded.type IS NULL, encrypted_ms, excluded.encrypted_ms), "
        f"fields = iif(excluded.type IN ({ItemType.NOTE:d}, {ItemType.REVISION:d}), excluded.fields, "
        "coalesce(excluded.fields, fields)), "
        "problem = excluded.problem, problem_kind = excluded.problem_kind, removed_at = NULL",
        rows,
    )
    _remember_notes(db, _newest_of_all(db, source_id, notes), touched)
    remember_opened(db, revisions, touched)
    _remember_encrypted(db, [item for item in items if isinstance(item, EncryptedItem)])
    if notebooks := [item for item in items if isinstance(item, Notebook)]:
        _touch_moved(db, notebooks, touched)


def _source_item(source_id: int, one: SeenItem) -> tuple[object, ...]:
    """What is remembered of one thing in a source: a row of source_items."""
    item = one.item
    closed = item if isinstance(item, EncryptedItem) else None
    kind = closed.type if closed else TYPES.get(type(item)) if item else None
    # An item that stays encrypted is no newer version of what was once read: nobody can tell what it says.
    updated = item.updated_time if item and kind and not closed else None
    encrypted_at = closed.updated_time if closed else None
    problem_kind = (ODD_FIELD if item and not closed else UNREADABLE_ITEM) if one.problem else None
    return (
        *(source_id, one.name, one.item_id, kind, _stamp(one, kind), updated, encrypted_at),
        *(_fields(item, kind), one.problem, problem_kind),
    )


def _stamp(one: SeenItem, kind: ItemType | None) -> str:
    """By what the next build tells whether to read the item again; a key always, to open what it has not opened yet."""
    is_locked = isinstance(one.item, Revision) and locked_text(one.item) is not None
    if is_locked or isinstance(one.item, EncryptedItem):
        return ENCRYPTED + one.stamp
    return "" if kind is ItemType.MASTER_KEY else one.stamp


def _fields(item: Item | None, kind: ItemType | None) -> str | None:
    """What else is remembered of an item here, as JSON: all of a small one, of an encrypted note what is in clear.

    And that a note or a revision is locked, whether it could be opened or not.
    """
    if isinstance(item, EncryptedItem):
        clear = {
            "parent_id": item.parent_id,
            "deleted_at": iso(item.deleted_time),
            "is_locked": item.locked is not None,
        }
        return json.dumps(clear) if kind is ItemType.NOTE else None
    if isinstance(item, Note | Revision):
        return json.dumps({"is_locked": True}) if item.is_locked else None
    return json.dumps(asdict(item)) if item and kind in SMALL else None


def remember_opened(db: Database, revisions: Sequence[Revision], touched: Dirty) -> None:
    """Take in revisions that can be read."""
    grown, changed = remember_revisions(db, revisions)
    touched.touch(grown, grown=True)
    touched.touch(changed)
    touched.anything |= bool(revisions)
    db.conn.executemany("DELETE FROM encrypted_revisions WHERE id = ?", [(revision.id,) for revision in revisions])


def _newest_of_all(db: Database, source_id: int, notes: Sequence[Note]) -> list[Note]:
    """Those of the notes of which no other source has a newer version; of the same age, the first source's counts."""
    others: dict[str, tuple[int, int]] = {}
    for note_id, updated, other in db.execute(
        "SELECT item_id, updated_ms, source_id FROM source_items JOIN sources ON sources.id = source_id "
        "WHERE source_id <> ? AND type = ? AND updated_ms NOT NULL AND removed_at IS NULL AND forgotten_at IS NULL "
        f"AND item_id IN ({', '.join('?' * len(notes))})",
        [source_id, ItemType.NOTE, *(note.id for note in notes)],
    ).fetchall():
        others[note_id] = max(others.get(note_id, (updated, -other)), (updated, -other))
    return [note for note in notes if note.id not in others or (note.updated_time, -source_id) >= others[note.id]]


def _remember_notes(db: Database, notes: Sequence[Note], touched: Dirty) -> None:
    touched.touch((note.id for note in notes), grown=True)
    touched.touch(note.id for note in notes if not _is_as_before(db, note))
    db.conn.executemany(
        upsert(
            "notes",
            "id, title, parent_id, markup, source_url, author, is_todo, due_at, completed_at, is_conflict, "
            "created_at, updated_at, user_created_at, user_updated_at, deleted_at, state",
        ),
        [
            (
                note.id,
                without_lone_surrogates(note.title),
                note.parent_id,
                _markup(note),
                without_lone_surrogates(note.source_url),
                without_lone_surrogates(note.author),
                note.is_todo,
                iso(note.todo_due),
                iso(note.todo_completed),
                note.is_conflict,
                iso(note.created_time),
                iso(note.updated_time),
                iso(note.user_created_time),
                iso(note.user_updated_time),
                iso(note.deleted_time),
                "current",  # settled at the end of the build
            )
            for note in notes
        ],
    )
    db.conn.executemany(
        # The row of a body has the rowid of its note, so that a search over bodies finds notes.
        "INSERT INTO note_bodies (rowid, note_id, title, body, folded) "
        "VALUES ((SELECT rowid FROM notes WHERE id = ?1), ?1, ?2, ?3, ?4) "
        "ON CONFLICT (note_id) DO UPDATE SET title = excluded.title, body = excluded.body, folded = excluded.folded",
        [
            (note.id, title, body, folded(title, body))
            for note in notes
            for title, body in [(without_lone_surrogates(note.title), without_lone_surrogates(note.body))]
        ],
    )


def _is_as_before(db: Database, note: Note) -> bool:
    """Whether a note is known already, and all of it that its older texts depend on is the same."""
    row = db.execute(
        "SELECT created_at, user_created_at, markup FROM notes WHERE id = ? AND state IN ('current', 'trashed')",
        [note.id],
    ).fetchone()
    return bool(row == (iso(note.created_time), iso(note.user_created_time), _markup(note)))


def fold_bodies(db: Database) -> None:
    """Fold the texts of the notes by the rule of this program, which may be another than when they were read."""
    for (note_id,) in db.execute("SELECT note_id FROM note_bodies").fetchall():
        row = db.execute("SELECT title, body, folded FROM note_bodies WHERE note_id = ?", [note_id]).fetchone()
        if (form := folded(row[0], row[1])) != row[2]:
            db.execute("UPDATE note_bodies SET folded = ? WHERE note_id = ?", [form, note_id])


def _remember_encrypted(db: Database, items: Sequence[EncryptedItem]) -> None:
    """What stays locked is still there: a row that says no more. What was once read in clear stays as it is."""
    revisions = [item for item in items if item.type is ItemType.REVISION]
    # One whose text came out of later ones is no longer lost: here it is, and will be read some day.
    db.conn.executemany(
        "DELETE FROM revisions WHERE id = ? AND number IS NULL AND state <> 'encrypted'",
        [(revision.id,) for revision in revisions],
    )
    db.conn.executemany(
        "INSERT OR IGNORE INTO revisions (id, parent_id, label, state, recorded_at) VALUES (?, ?, ?, 'encrypted', ?)",
        [
            (revision.id, revision.parent_id, f"Encrypted revision {revision.id[:8]}", iso(revision.updated_time))
            for revision in revisions
        ],
    )
    db.conn.executemany(
        "INSERT INTO encrypted_revisions (id, parent_id, updated_ms, cipher_text) VALUES (?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        [
            (revision.id, revision.parent_id, revision.updated_time, revision.cipher_text)
            for revision in revisions
            if not db.execute("SELECT 1 FROM revision_diffs WHERE revision_id = ?", [revision.id]).fetchone()
        ],
    )
    db.conn.executemany(
        "INSERT INTO notes (id, title, parent_id, markup, updated_at, deleted_at, state) "
        "VALUES (?, ?, ?, ?, ?, ?, 'encrypted') ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id, "
        "title = coalesce(excluded.title, title), updated_at = excluded.updated_at, "
        "deleted_at = excluded.deleted_at, state = excluded.state "
        "WHERE NOT EXISTS (SELECT 1 FROM note_bodies WHERE note_id = excluded.id)",
        [
            (
                item.id,
                without_lone_surrogates(item.locked.title) if item.locked is not None else None,
                item.parent_id,
                _markup(item.locked),
                iso(item.updated_time),
                iso(item.deleted_time),
            )
            for item in items
            if item.type is ItemType.NOTE
        ],
    )


def _markup(note: Note | None) -> str:
    return "html" if note is not None and note.markup_language == HTML else "markdown"


def _touch_moved(db: Database, notebooks: Sequence[Notebook], touched: Dirty) -> None:
    """The histories that name a notebook are derived again if that has another name now."""
    known = dict(db.execute("SELECT id, title FROM notebooks").fetchall())
    if all(known.get(notebook.id) == without_lone_surrogates(notebook.title) for notebook in notebooks):
        return
    moved = " OR ".join("summary LIKE ?" for _ in MOVED)
    rows = db.execute(f"SELECT DISTINCT note_id FROM revisions WHERE note_id NOT NULL AND ({moved})", MOVED).fetchall()
    touched.touch(row[0] for row in rows)
