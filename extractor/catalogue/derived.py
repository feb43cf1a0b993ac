"""The rows that follow from the memory: revisions, sections, links and addresses, rewritten for each changed note."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from itertools import compress
from operator import not_
from typing import TYPE_CHECKING

from extractor.catalogue.addresses import url_id
from extractor.catalogue.keyframes import write_keyframes
from extractor.catalogue.problems import whereabouts, write_problem
from extractor.catalogue.revisions import keep_rebuilt
from extractor.catalogue.search import folded
from extractor.catalogue.sql import insert, upsert
from extractor.errors import ItemError
from extractor.joplin.fields import parse_number
from extractor.texts import without_lone_surrogates
from extractor.timeline import HTML, NoteRows
from extractor.timeline.rows import ChangeRow, LinkRow, RevisionRow, SectionRow
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from extractor.catalogue.database import Database


REVISION_COLUMNS = ", ".join((*RevisionRow._fields, "folded"))
SECTION_COLUMNS = ", ".join((*SectionRow._fields, "folded"))
LINK_COLUMNS = ", ".join((*(name for name in LinkRow._fields if name != "canonical"), "url_id", "folded"))
CANONICAL = LinkRow._fields.index("canonical")
CHANGE_COLUMNS = ", ".join(ChangeRow._fields)


def write_note_rows(db: Database, note_rows: Iterable[NoteRows], *, first: bool) -> set[int]:
    """Replace the rows of these notes; returns the ids of the addresses that they affect.

    `first` says that no note was derived before, so that there is nothing to delete.
    """
    addresses: set[int] = set()
    for rows_of_note in note_rows:
        if not first:
            addresses |= _clear(db, rows_of_note)
        _write_history_only_note(db, rows_of_note)
        rows = [*map(revision_values, rows_of_note.revisions)]
        numbered = [row.number is not None for row in rows_of_note.revisions]
        # A revision that was encrypted until now already has a row; a lost one may have a row of another note.
        db.conn.executemany(_write_revision(), compress(rows, numbered))
        db.conn.executemany(
            insert("revisions", REVISION_COLUMNS) + " ON CONFLICT DO NOTHING", compress(rows, map(not_, numbered))
        )
        db.conn.executemany(insert("sections", SECTION_COLUMNS), map(section_values, rows_of_note.sections))
        db.conn.executemany(insert("links", LINK_COLUMNS), map(link_values, rows_of_note.links))
        keep_rebuilt(db, rows_of_note.note_id, rows_of_note.rebuilt)
        write_keyframes(db, rows_of_note.note_id, rows_of_note.keyframes)
        db.conn.executemany(insert("link_changes", CHANGE_COLUMNS), rows_of_note.changes)
        addresses.update(url_id(row.canonical) for row in rows_of_note.links if row.canonical is not None)
    return addresses


def revision_values(row: RevisionRow) -> tuple[object, ...]:
    """The values of REVISION_COLUMNS."""
    return (*row, folded(row.title, row.text_added, row.text_removed))


def section_values(row: SectionRow) -> tuple[object, ...]:
    """The values of SECTION_COLUMNS."""
    return (*row, folded(row.path))


def link_values(row: LinkRow) -> tuple[object, ...]:
    """The values of LINK_COLUMNS."""
    address = url_id(row.canonical) if row.canonical is not None else None
    return (*row[:CANONICAL], *row[CANONICAL + 1 :], address, folded(row.text, row.title, row.context, row.url))


def clear_all(db: Database) -> set[int]:
    """Delete everything that was derived from notes; returns the ids of all addresses."""
    for table in ("link_changes", "links", "sections"):
        db.execute(f"DELETE FROM {table}")
    # Nothing was derived from a completely encrypted revision: its row is what was found.
    db.execute("DELETE FROM revisions WHERE state <> 'encrypted' OR note_id NOT NULL")
    return {row[0] for row in db.execute("SELECT id FROM urls").fetchall()}


@cache
def _write_revision() -> str:
    """`upsert` of a revision that leaves unchanged rows alone, like most of a note's when it gets another revision."""
    names = REVISION_COLUMNS.split(", ")
    told, known = (", ".join(f"{table}.{name}" for name in names) for table in ("excluded", "revisions"))
    return f"{upsert('revisions', REVISION_COLUMNS)} WHERE ({told}) IS NOT ({known})"


def _clear(db: Database, rows_of_note: NoteRows) -> set[int]:
    """Delete what was derived from the note's history before, except for the rows of revisions that it still has.

    Those keep their rowids, by which the full-text search refers to them.
    """
    note_id = rows_of_note.note_id
    addresses = db.execute(
        "SELECT DISTINCT url_id FROM links WHERE note_id = ? AND url_id NOT NULL", [note_id]
    ).fetchall()
    db.execute(
        "DELETE FROM link_changes WHERE link_id IN (SELECT id FROM links WHERE note_id = ?)",
        [note_id],
    )
    for table in ("links", "sections"):
        db.execute(f"DELETE FROM {table} WHERE note_id = ?", [note_id])
    kept = [row.id for row in rows_of_note.revisions if row.number is not None]
    db.execute(
        "DELETE FROM revisions WHERE note_id = ? AND (number IS NULL OR id NOT IN (SELECT value FROM json_each(?)))",
        [note_id, json.dumps(kept)],
    )
    return {row[0] for row in addresses}


def _write_history_only_note(db: Database, rows_of_note: NoteRows) -> None:
    """Write the facts of a note from its latest revision, if no source has its item, or only encrypted."""
    metadata = rows_of_note.metadata

    def text(key: str) -> str:
        return without_lone_surrogates(str(metadata.get(key) or ""))

    def time(key: str) -> str | None:
        with suppress(ItemError):  # a time outside the calendar counts as not set
            return iso(parse_number(key, metadata.get(key)))
        return None

    facts = {
        "title": without_lone_surrogates(rows_of_note.title) if rows_of_note.title is not None else None,
        "parent_id": text("parent_id"),
        "markup": "html" if metadata.get("markup_language") == HTML else "markdown",
        "source_url": text("source_url"),
        "author": text("author"),
        "is_todo": int(bool(metadata.get("is_todo"))),
        "due_at": time("todo_due"),
        "completed_at": time("todo_completed"),
        "is_conflict": 0,
        "user_created_at": time("user_created_time"),
        "user_updated_at": time("user_updated_time"),
        "deleted_at": time("deleted_time"),
    }
    columns = ", ".join(facts)
    updates = ", ".join(f"{column} = excluded.{column}" for column in facts)
    db.execute(
        f"INSERT INTO notes (id, state, {columns}) VALUES (?, 'history only', {', '.join('?' * len(facts))}) "
        f"ON CONFLICT (id) DO UPDATE SET {updates} "
        "WHERE NOT EXISTS (SELECT 1 FROM note_bodies WHERE note_id = excluded.id)",
        [rows_of_note.note_id, *facts.values()],
    )


def write_revision_problems(db: Database, note_rows: Sequence[NoteRows], now: str) -> None:
    """Write what cannot be read in these notes and revisions to `problems`, and delete their solved problems."""
    for rows_of_note in note_rows:
        found = [(*whereabouts(db, problem.revision_id), problem) for problem in rows_of_note.problems]
        kept = [[source, item, problem.kind] for source, item, problem in found]
        db.execute(
            "DELETE FROM problems WHERE kind IN ('unreadable diff', 'odd revision', 'partly read', 'long heading') "
            "AND (item_id = ?1 OR item_id IN (SELECT revision_id FROM revision_diffs WHERE note_id = ?1)) AND "
            "json_array(source, item, kind) NOT IN (SELECT value FROM json_each(?2))",
            [rows_of_note.note_id, json.dumps(kept, ensure_ascii=False)],  # as json_array writes it
        )
        for source, item, problem in found:
            detail = without_lone_surrogates(problem.detail)
            write_problem(db, source, item, problem.revision_id, problem.kind, detail, now)
