"""What the catalogue remembers of its sources: which items each held, notes as last seen, revisions as first seen."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, TypeVar

from extractor.catalogue.search import folded
from extractor.catalogue.sql import upsert
from extractor.chronicle import HTML, clean
from extractor.joplin.items import EncryptedItem, Item, ItemType, Note, Notebook, NoteTag, Resource, Revision, Tag
from extractor.times import iso, milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlite_utils import Database

TYPES: Mapping[type, ItemType] = {
    Note: ItemType.NOTE,
    Notebook: ItemType.NOTEBOOK,
    Resource: ItemType.RESOURCE,
    Tag: ItemType.TAG,
    NoteTag: ItemType.NOTE_TAG,
    Revision: ItemType.REVISION,
}
SMALL = (ItemType.NOTEBOOK, ItemType.RESOURCE, ItemType.TAG, ItemType.NOTE_TAG)
UNREADABLE_ITEM = "unreadable item"

T = TypeVar("T", Notebook, Resource, Tag, NoteTag)


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that a source was found to hold: an item, a problem, or (neither) what is no item."""

    name: str
    item_id: str | None
    stamp: str
    item: Item | None = None
    problem: str | None = None


@dataclass(slots=True)
class Touched:
    """What a build has to tell again."""

    notes: set[str] = field(default_factory=set)
    anything: bool = False


def source_row(db: Database, kind: str, location: str, *, is_example: bool, now: str) -> int:
    """The id of a source in the catalogue, new or known."""
    db.execute(
        "INSERT INTO sources (kind, location, is_example, first_built_at, last_built_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (location) DO UPDATE SET kind = excluded.kind, last_built_at = excluded.last_built_at",
        [kind, location, is_example, now, now],
    )
    return int(db.execute("SELECT id FROM sources WHERE location = ?", [location]).fetchone()[0])


def known_stamps(db: Database, source_id: int) -> dict[str, str]:
    """The stamp of each entry that the source held when it was last read, by name."""
    return dict(db.execute("SELECT name, stamp FROM source_items WHERE source_id = ?", [source_id]).fetchall())


def forget(db: Database, source_id: int, names: Iterable[str]) -> None:
    """The source holds these no more. What they told is kept."""
    db.conn.executemany(
        "DELETE FROM source_items WHERE source_id = ? AND name = ?", ((source_id, name) for name in names)
    )


def remember(db: Database, source_id: int, seen: Sequence[Seen], touched: Touched) -> None:
    """Take in what was read from one source."""
    others = _newest_elsewhere(db, source_id)
    rows, notes, revisions, encrypted = [], [], [], []
    for one in seen:
        item = one.item
        kind = item.type if isinstance(item, EncryptedItem) else TYPES.get(type(item)) if item else None
        updated = item.updated_time if item and kind else None
        small = json.dumps(asdict(item)) if item and kind in SMALL and not isinstance(item, EncryptedItem) else None
        rows.append((source_id, one.name, one.item_id, kind, one.stamp, updated, small, one.problem))
        if isinstance(item, Note) and item.updated_time >= others.get(item.id, 0):
            notes.append(item)
        elif isinstance(item, Revision):
            revisions.append(item)
        elif isinstance(item, EncryptedItem):
            encrypted.append(item)
    touched.anything |= bool(rows)
    db.conn.executemany(
        "INSERT INTO source_items (source_id, name, item_id, type, stamp, updated_ms, fields, problem) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, name) DO UPDATE SET "
        # An item that cannot be read just now is still the item it was.
        "item_id = coalesce(excluded.item_id, item_id), type = coalesce(excluded.type, type), stamp = excluded.stamp, "
        "updated_ms = coalesce(excluded.updated_ms, updated_ms), fields = coalesce(excluded.fields, fields), "
        "problem = excluded.problem",
        rows,
    )
    _remember_notes(db, notes, touched)
    _remember_revisions(db, revisions, touched)
    _remember_encrypted(db, encrypted)


def _newest_elsewhere(db: Database, source_id: int) -> dict[str, int]:
    """When each note was last updated, in ms, as other sources have it: of the same item the newer version wins."""
    return dict(
        db.execute(
            "SELECT item_id, max(updated_ms) FROM source_items WHERE source_id <> ? AND type = ? "
            "AND updated_ms NOT NULL GROUP BY item_id",
            [source_id, ItemType.NOTE],
        ).fetchall()
    )


def _remember_notes(db: Database, notes: Sequence[Note], touched: Touched) -> None:
    touched.notes.update(note.id for note in notes)
    db.conn.executemany(
        upsert(
            "notes",
            "id, title, parent_id, markup, source_url, author, is_todo, due_at, completed_at, is_conflict, "
            "created_at, updated_at, user_created_at, user_updated_at, deleted_at, state",
        ),
        [
            (
                note.id,
                clean(note.title),
                note.parent_id,
                "html" if note.markup_language == HTML else "markdown",
                clean(note.source_url),
                clean(note.author),
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
        [(note.id, clean(note.title), clean(note.body), folded(clean(note.title), clean(note.body))) for note in notes],
    )


def _remember_revisions(db: Database, revisions: Sequence[Revision], touched: Touched) -> None:
    """Keep each revision as first seen; what came later is used only where the first can't be read whole.

    Joplin's clean-up writes a re-based head over a revision (Revision.ts:320-397): the text is the same, what changed
    would be lost.
    """
    states = dict(db.execute("SELECT id, state FROM revisions").fetchall()) if revisions else {}
    new, rebased = [], []
    for revision in revisions:
        state = states.get(revision.id)
        if state in (None, "encrypted", "unreadable"):
            new.append(revision)
        elif state == "partial":
            rebased.append(revision)
    db.conn.executemany(
        upsert(
            "revision_diffs",
            "revision_id, note_id, parent_id, item_type, captured_ms, created_ms, updated_ms, title_diff, body_diff, "
            "metadata_diff",
            key="revision_id",
        ),
        [
            (
                revision.id,
                revision.item_id,
                revision.parent_id,
                revision.item_type,
                revision.item_updated_time,
                revision.created_time,
                revision.updated_time,
                *_diffs(revision),
            )
            for revision in new
        ],
    )
    for revision in rebased:
        cursor = db.execute(
            "UPDATE revision_diffs SET rebased_ms = ?1, rebased_title_diff = ?2, rebased_body_diff = ?3, "
            "rebased_metadata_diff = ?4 WHERE revision_id = ?5 AND body_diff <> ?3",
            [revision.updated_time, *_diffs(revision), revision.id],
        )
        if cursor.rowcount:
            touched.notes.add(revision.item_id)
    touched.notes.update(revision.item_id for revision in new)


def _diffs(revision: Revision) -> tuple[str | bytes, str | bytes, str | bytes]:
    """The diffs exactly; half an emoji is no text to SQLite, so such a diff is kept as bytes."""
    return (_exact(revision.title_diff), _exact(revision.body_diff), _exact(revision.metadata_diff))


def _exact(text: str) -> str | bytes:
    return text if clean(text) is text else text.encode("utf-8", "surrogatepass")


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else value


def _remember_encrypted(db: Database, items: Sequence[EncryptedItem]) -> None:
    """What stays locked is still there: a row that tells no more. What was once read in clear stays as it is."""
    db.conn.executemany(
        "INSERT OR IGNORE INTO revisions (id, parent_id, label, state, recorded_at) VALUES (?, ?, ?, 'encrypted', ?)",
        [
            (item.id, item.parent_id, f"Encrypted revision {item.id[:8]}", iso(item.updated_time))
            for item in items
            if item.type is ItemType.REVISION
        ],
    )
    db.conn.executemany(
        "INSERT OR IGNORE INTO notes (id, parent_id, markup, updated_at, deleted_at, state) "
        "VALUES (?, ?, 'markdown', ?, ?, 'encrypted')",
        [
            (item.id, item.parent_id, iso(item.updated_time), iso(item.deleted_time))
            for item in items
            if item.type is ItemType.NOTE
        ],
    )


def newest(db: Database, record: type[T]) -> Iterator[T]:
    """The newest version of each notebook, tag, note_tag or resource that some source holds."""
    rows = db.execute(
        "SELECT fields FROM (SELECT fields, item_id, row_number() OVER "
        "(PARTITION BY item_id ORDER BY updated_ms DESC, source_id) AS place "
        "FROM source_items WHERE type = ? AND fields NOT NULL) WHERE place = 1 ORDER BY item_id",
        [TYPES[record]],
    )
    for (fields,) in rows.fetchall():
        yield record(**json.loads(fields))


def histories(db: Database, note_ids: Iterable[str]) -> Iterator[tuple[str, list[Revision], dict[str, Revision]]]:
    """Of each note its revisions as first seen, and by id the later versions of those that were read only in part."""
    for note_id in note_ids:
        rows = db.execute(
            "SELECT revision_id, parent_id, item_type, captured_ms, created_ms, updated_ms, title_diff, body_diff, "
            "metadata_diff, rebased_ms, rebased_title_diff, rebased_body_diff, rebased_metadata_diff "
            "FROM revision_diffs WHERE note_id = ? ORDER BY revision_id",
            [note_id],
        ).fetchall()
        revisions, rebased = [], {}
        for row in rows:
            revision = _revision(note_id, row[:6], row[6:9])
            revisions.append(revision)
            if row[9] is not None:
                rebased[revision.id] = _revision(note_id, (*row[:5], row[9]), row[10:13])
        yield note_id, revisions, rebased


def _revision(note_id: str, row: Sequence[object], diffs: Sequence[str | bytes]) -> Revision:
    revision_id, parent_id, item_type, captured, created, updated = row
    title, body, metadata = map(_text, diffs)
    return Revision(
        id=str(revision_id),
        updated_time=int(str(updated)),
        created_time=int(str(created)),
        parent_id=str(parent_id),
        item_type=int(str(item_type)),
        item_id=note_id,
        item_updated_time=int(str(captured)),
        title_diff=title,
        body_diff=body,
        metadata_diff=metadata,
    )


def current_note(db: Database, note_id: str) -> Note | None:
    """The note as last seen, as far as its history needs it; None when only its history is known."""
    row = db.execute(
        "SELECT notes.title, notes.updated_at, notes.markup, notes.source_url, note_bodies.body "
        "FROM notes JOIN note_bodies ON note_bodies.note_id = notes.id WHERE notes.id = ?",
        [note_id],
    ).fetchone()
    if row is None:
        return None
    title, updated_at, markup, source_url, body = row
    return Note(
        id=note_id,
        updated_time=milliseconds(updated_at),
        title=title or "",
        body=body,
        markup_language=HTML if markup == "html" else 1,
        source_url=source_url or "",
    )
