"""The last step of a build: what depends on several notes together, and which notes are still there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from extractor.catalogue.memory import ODD_FIELD, UNREADABLE_ITEM
from extractor.catalogue.presence import write_states
from extractor.catalogue.problems import write_problem
from extractor.catalogue.remembered import newest
from extractor.catalogue.rowids import close_gaps
from extractor.catalogue.search import folded
from extractor.catalogue.source_items import known_ids
from extractor.catalogue.sql import insert, upsert
from extractor.joplin.items import Notebook, NoteTag, Resource, Tag
from extractor.names import SEPARATOR
from extractor.texts import without_lone_surrogates
from extractor.timeline import NamedSection, note_name
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from extractor.catalogue.database import Database
    from extractor.catalogue.source_items import Dirty


def finalise(db: Database, now: str, touched: Dirty | None = None) -> None:
    """Update what depends on several notes together from the memory: notebooks, tags, states, targets, saved links.

    `touched` says which notes may have changed links; without it, all may.
    """
    _notebooks(db)
    _resources(db)
    _notes(db)
    _tags(db)
    # The targets of links in other notes change only if a new id has become known.
    _link_targets(db, touched.notes if touched is not None and touched.known == known_ids(db) else None)
    close_gaps(db)
    item_problems(db, now)


def _notebooks(db: Database) -> None:
    """Update the notebooks; those that have gone stay, for the notes that were in them."""
    notebooks = {notebook.id: notebook for notebook in newest(db, Notebook)}
    db.execute("UPDATE notebooks SET state = 'gone'")
    db.conn.executemany(
        upsert("notebooks", "id, title, parent_id, path, created_at, updated_at, deleted_at, state"),
        [
            (
                notebook.id,
                without_lone_surrogates(notebook.title),
                notebook.parent_id,
                without_lone_surrogates(_path(notebook, notebooks)),
                iso(notebook.created_time),
                iso(notebook.updated_time),
                iso(notebook.deleted_time),
                "trashed" if notebook.deleted_time else "current",
            )
            for notebook in notebooks.values()
        ],
    )


def _path(notebook: Notebook, notebooks: Mapping[str, Notebook]) -> str:
    """`Engineering › Backend`; a missing parent, or a circle of parents, ends the path."""
    titles: list[str] = []
    passed: set[str] = set()
    at: Notebook | None = notebook
    while at is not None and at.id not in passed:
        passed.add(at.id)
        titles.append(at.title)
        at = notebooks.get(at.parent_id)
    return SEPARATOR.join(reversed(titles))


def _resources(db: Database) -> None:
    db.execute("UPDATE resources SET state = 'gone'")
    db.conn.executemany(
        upsert(
            "resources",
            "id, title, mime, filename, file_extension, size, created_at, updated_at, state, ocr_text, folded",
        ),
        [
            (
                resource.id,
                without_lone_surrogates(resource.title),
                resource.mime,
                without_lone_surrogates(resource.filename),
                resource.file_extension,
                resource.size if resource.size >= 0 else None,
                iso(resource.created_time),
                iso(resource.updated_time),
                "current",
                without_lone_surrogates(resource.ocr_text) or None,
                folded(without_lone_surrogates(resource.title), without_lone_surrogates(resource.ocr_text)),
            )
            for resource in newest(db, Resource)
        ],
    )


def _tags(db: Database) -> None:
    """Replace the tags by those that the sources have now; a pair of note and tag is left out if either is missing.

    A pair without a time was made up because its source has no id for it (sources/api.py); a pair with a time is real,
    and replaces it.
    """
    db.execute("DELETE FROM note_tags")
    db.execute("DELETE FROM tags")
    db.conn.executemany(
        insert("tags", "id, title, parent_id, created_at, updated_at"),
        [
            (tag.id, without_lone_surrogates(tag.title), tag.parent_id, iso(tag.created_time), iso(tag.updated_time))
            for tag in newest(db, Tag)
        ],
    )
    pairs = list(newest(db, NoteTag))
    with_times = {(pair.note_id, pair.tag_id) for pair in pairs if pair.updated_time}
    db.conn.executemany(
        "INSERT INTO note_tags (id, note_id, tag_id, created_at, updated_at) SELECT ?1, ?2, ?3, ?4, ?5 "
        "WHERE EXISTS (SELECT 1 FROM notes WHERE id = ?2) AND EXISTS (SELECT 1 FROM tags WHERE id = ?3)",
        [
            (pair.id, pair.note_id, pair.tag_id, iso(pair.created_time), iso(pair.updated_time))
            for pair in pairs
            if pair.updated_time or (pair.note_id, pair.tag_id) not in with_times
        ],
    )


def _notes(db: Database) -> None:
    """Update the state, notebook, name and number of known revisions of each note."""
    write_states(db)
    db.execute(
        "UPDATE notes SET notebook_id = notebooks.id, notebook = path, revisions = coalesce(numbered, 0) "
        "FROM notes AS same LEFT JOIN notebooks ON notebooks.id = same.parent_id LEFT JOIN ("
        "SELECT note_id, count(*) AS numbered FROM revisions WHERE number NOT NULL GROUP BY note_id"
        ") AS counted ON counted.note_id = same.id "
        "WHERE same.id = notes.id AND (notes.notebook_id, notes.notebook, notes.revisions) "
        "IS NOT (notebooks.id, path, coalesce(numbered, 0))"
    )
    _name_notes(db)


def _name_notes(db: Database) -> None:
    headings: dict[str, list[NamedSection]] = {}
    for note_id, *heading in db.execute(
        "SELECT note_id, line, level, path, sections.title FROM sections JOIN notes ON notes.id = note_id "
        "WHERE notes.title IS NULL AND removed_at IS NULL"
    ).fetchall():
        headings.setdefault(note_id, []).append(NamedSection(*heading))
    names = [
        (note_name(note_id, title, headings.get(note_id, ())), note_id, name)
        for note_id, title, name in db.execute("SELECT id, title, name FROM notes").fetchall()
    ]
    db.conn.executemany(
        "UPDATE notes SET name = ? WHERE id = ?", [(name, note_id) for name, note_id, before in names if name != before]
    )


def _link_targets(db: Database, notes: Collection[str] | None) -> None:
    """Set the target of links like `:/id`, which may be to a note or a resource, by what is known with that id.

    Only those in `notes` are updated, or all if that is None.
    """
    target = (
        "CASE WHEN EXISTS (SELECT 1 FROM resources WHERE id = substr(links.url, 3, 32)) THEN 'resource' "
        "WHEN EXISTS (SELECT 1 FROM notes WHERE id = substr(links.url, 3, 32)) THEN 'note' "
        "WHEN kind = 'image' THEN 'resource' ELSE 'note' END"
    )
    among = "" if notes is None else "AND note_id IN (SELECT value FROM json_each(?))"
    db.execute(
        f"UPDATE links SET target = {target} WHERE url LIKE ':/%' AND target <> {target} {among}",
        [] if notes is None else [json.dumps(sorted(notes))],
    )


def item_problems(db: Database, now: str) -> None:
    """Write the problems of items that cannot be read, or have odd fields; solved problems are deleted."""
    known = db.execute(
        "SELECT location, name, item_id, problem_kind, problem "
        "FROM source_items JOIN sources ON sources.id = source_id WHERE problem NOT NULL"
    ).fetchall()
    db.execute(
        "DELETE FROM problems WHERE kind IN (?, ?) AND NOT EXISTS (SELECT 1 FROM source_items JOIN sources "
        "ON sources.id = source_id WHERE location = problems.source AND name = problems.item AND problem NOT NULL "
        "AND problem_kind = problems.kind)",
        [UNREADABLE_ITEM, ODD_FIELD],
    )
    for source, name, item_id, kind, problem in known:
        write_problem(db, source, name, item_id, kind, without_lone_surrogates(problem), now)
    db.execute("UPDATE problems SET last_seen_at = ?", [now])
