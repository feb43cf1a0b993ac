"""Remembering what was read from the sources: which items each has or ever had, and notes as last seen.

An item that stays encrypted is remembered with a stamp that says so: it is read again as soon as there is a key. An
item that a source no longer has keeps its row in `source_items`; `removed_at` is when that was noticed.
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
"""The kind of problem of an item that was read, except for minor fields."""


@dataclass(frozen=True, slots=True)
class SeenItem:
    """One thing that was found in a source: an item, a problem, or (neither) something that is not an item."""

    name: str
    item_id: str | None
    stamp: str
    item: Item | None = None
    problem: str | None = None


def remember(db: Database, source_id: int, seen: Sequence[SeenItem], touched: Dirty) -> None:
    """Store what was read from one source; adds to `touched` what has to be derived again."""
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
    """The row of `source_items` for one thing in a source."""
    item = one.item
    closed = item if isinstance(item, EncryptedItem) else None
    kind = closed.type if closed else TYPES.get(type(item)) if item else None
    # An item that stays encrypted is not a newer version of what was once read: its content is unknown.
    updated = item.updated_time if item and kind and not closed else None
    encrypted_at = closed.updated_time if closed else None
    problem_kind = (ODD_FIELD if item and not closed else UNREADABLE_ITEM) if one.problem else None
    return (
        *(source_id, one.name, one.item_id, kind, _stamp(one, kind), updated, encrypted_at),
        *(_fields(item, kind), one.problem, problem_kind),
    )


def _stamp(one: SeenItem, kind: ItemType | None) -> str:
    """The stamp that tells the next build whether to read the item again; '' for a key, which is always read again."""
    is_locked = isinstance(one.item, Revision) and locked_text(one.item) is not None
    if is_locked or isinstance(one.item, EncryptedItem):
        return ENCRYPTED + one.stamp
    return "" if kind is ItemType.MASTER_KEY else one.stamp


def _fields(item: Item | None, kind: ItemType | None) -> str | None:
    """What else is stored of an item, as JSON: all fields of a small one, the unencrypted ones of an encrypted note.

    Also that a note or a revision is locked, whether or not it could be opened.
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
    """Store revisions that can be read; adds to `touched` the notes that have to be derived again."""
    grown, changed = remember_revisions(db, revisions)
    touched.touch(grown, grown=True)
    touched.touch(changed)
    touched.anything |= bool(revisions)
    db.conn.executemany("DELETE FROM encrypted_revisions WHERE id = ?", [(revision.id,) for revision in revisions])


def _newest_of_all(db: Database, source_id: int, notes: Sequence[Note]) -> list[Note]:
    """The notes of which no other source has a newer version; if two are equally old, the first source's counts."""
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
                "current",  # the end of the build sets the final state
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
    """Whether a note is already known, with the same values of everything that its older texts depend on."""
    row = db.execute(
        "SELECT created_at, user_created_at, markup FROM notes WHERE id = ? AND state IN ('current', 'trashed')",
        [note.id],
    ).fetchone()
    return bool(row == (iso(note.created_time), iso(note.user_created_time), _markup(note)))


def fold_bodies(db: Database) -> None:
    """Fold the texts of the notes by the current rule, which may have changed since they were read."""
    for (note_id,) in db.execute("SELECT note_id FROM note_bodies").fetchall():
        row = db.execute("SELECT title, body, folded FROM note_bodies WHERE note_id = ?", [note_id]).fetchone()
        if (form := folded(row[0], row[1])) != row[2]:
            db.execute("UPDATE note_bodies SET folded = ? WHERE note_id = ?", [form, note_id])


def _remember_encrypted(db: Database, items: Sequence[EncryptedItem]) -> None:
    """Store items that stay encrypted, with little more than their ids. What was once read unencrypted is kept."""
    revisions = [item for item in items if item.type is ItemType.REVISION]
    # A revision whose text was rebuilt from later ones is no longer lost: it was found, and may be decrypted later.
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
    """Derive the histories that mention a notebook again if any notebook was renamed."""
    known = dict(db.execute("SELECT id, title FROM notebooks").fetchall())
    if all(known.get(notebook.id) == without_lone_surrogates(notebook.title) for notebook in notebooks):
        return
    moved = " OR ".join("summary LIKE ?" for _ in MOVED)
    rows = db.execute(f"SELECT DISTINCT note_id FROM revisions WHERE note_id NOT NULL AND ({moved})", MOVED).fetchall()
    touched.touch(row[0] for row in rows)
