"""Removing a note from the catalogue for good: the only place where remembered data is deleted.

Only its id stays, so that later builds ignore the note. None of its words stay in the file: SQLite overwrites what is
deleted (https://sqlite.org/pragma.html#pragma_secure_delete), full-text indexes, which keep deleted words until they
are merged, are rebuilt, and so is the whole file.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extractor.catalogue.addresses import write_addresses
from extractor.catalogue.backups import backups_of, rewrite
from extractor.catalogue.finalise import finalise
from extractor.catalogue.kept.file import pages_of
from extractor.catalogue.kept.pruning import forget_pages
from extractor.catalogue.sqlite_errors import translate_sqlite_errors
from extractor.catalogue.store import WAIT_FOR_LOCK, is_catalogue, open_to_write, reading
from extractor.errors import CatalogueError, CatalogueFileError
from extractor.joplin.item_types import ItemType
from extractor.joplin.items import EncryptedItem, Note, NoteTag, Revision

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from extractor.catalogue.database import Database
    from extractor.joplin.items import Item

SOME = "(SELECT value FROM json_each(?))"
# The addresses, as requested, that only this note has or had.
ASKED_BY_NO_OTHER = """
WITH ours AS (
  SELECT url_id FROM links WHERE note_id = :note AND url_id NOT NULL
  EXCEPT SELECT url_id FROM links WHERE note_id <> :note
)
SELECT asked FROM checks WHERE url_id IN ours
UNION SELECT asked FROM pages WHERE url_id IN ours
EXCEPT SELECT asked FROM checks WHERE url_id NOT IN ours
EXCEPT SELECT asked FROM pages WHERE url_id NOT IN ours
"""


@dataclass(frozen=True, slots=True)
class Forgettable:
    """What would be removed with a note, and what would stay: notes that link to it, and attachments only it has.

    `asked` are the addresses that no other note has, in their requested form.
    """

    name: str
    revisions: int
    links: int
    addresses: int
    linking_notes: int
    attachments: int
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reached:
    """The other files from which the note was removed, and those that could not be opened."""

    rewritten: tuple[Path, ...]
    unreached: tuple[Path, ...]


def forgettable(db: Database, note_id: str) -> Forgettable:
    """Count what is removed with a note."""

    def count(sql: str) -> int:
        return int(db.execute(f"SELECT count(*) FROM {sql}", [note_id]).fetchone()[0])

    (name,) = db.execute("SELECT name FROM notes WHERE id = ?", [note_id]).fetchone()
    held = "FROM links AS other WHERE other.note_id <> links.note_id"
    return Forgettable(
        name=name,
        revisions=count("revision_diffs WHERE note_id = ?"),
        links=count("links WHERE note_id = ?"),
        addresses=count(
            "(SELECT DISTINCT url_id FROM links WHERE note_id = ? AND url_id NOT NULL "
            f"AND NOT EXISTS (SELECT 1 {held} AND other.url_id = links.url_id))"
        ),
        linking_notes=count("(SELECT DISTINCT note_id FROM links WHERE target = 'note' AND substr(url, 3, 32) = ?)"),
        attachments=count(
            "(SELECT DISTINCT url FROM links WHERE note_id = ? AND target = 'resource' "
            f"AND NOT EXISTS (SELECT 1 {held} AND other.target = 'resource' AND other.url = links.url))"
        ),
        asked=tuple(asked for (asked,) in db.execute(ASKED_BY_NO_OTHER, {"note": note_id}).fetchall()),
    )


def forget_note(path: Path, note_id: str, now: str) -> Reached:
    """Remove a note from a catalogue, its backups, and files kept aside by `restore`. Raises CatalogueFileError.

    The kept pages of its own links are removed first: if killed after that, the note is not forgotten, and the command
    can be repeated.
    """
    rewritten: list[Path] = []
    unreached: list[Path] = []
    with reading(path, backup=False) as db:
        asked = forgettable(db, note_id).asked
    try:
        forget_pages(pages_of(path), asked)
    except CatalogueFileError:
        unreached.append(pages_of(path))
    _forget_in(path, [note_id], now)
    for backup in backups_of(path):
        done = rewrite(backup.path, lambda copy: _forget_in(copy, [note_id], now))
        (rewritten if done else unreached).append(backup.path)
    for aside in sorted(path.parent.glob(f"{path.name}.before-*")):
        done = False
        with suppress(CatalogueError, sqlite3.Error):
            if is_catalogue(aside):
                _forget_in(aside, [note_id], now)
                done = True
        (rewritten if done else unreached).append(aside)
    return Reached(tuple(rewritten), tuple(unreached))


def forget_again(path: Path, note_ids: Collection[str], now: str) -> None:
    """Remove notes from a copy made before they were forgotten. Raises CatalogueFileError."""
    if note_ids:
        _forget_in(path, note_ids, now)


def forgotten_notes(db: Database) -> frozenset[str]:
    """The ids of the notes that were forgotten."""
    return frozenset(row[0] for row in db.execute("SELECT note_id FROM forgotten").fetchall())


def forgotten_in(path: Path) -> frozenset[str]:
    """The same for a file, which may be from an earlier version, damaged or missing."""
    with (
        suppress(sqlite3.DatabaseError),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db,
    ):
        return frozenset(row[0] for row in db.execute("SELECT note_id FROM forgotten"))
    return frozenset()


def note_of(item: Item | None, item_id: str | None) -> str | None:
    """The note of an item; for an unreadable item, its id, which may be that of a note."""
    match item:
        case None:
            return item_id
        case Note(id=note_id) | Revision(item_id=note_id) | NoteTag(note_id=note_id):
            return note_id
        case EncryptedItem(type=ItemType.NOTE, id=note_id) | EncryptedItem(type=ItemType.NOTE_TAG, note_id=note_id):
            return note_id
        case _:
            return None


def drop_items(db: Database, item_ids: Iterable[str]) -> None:
    """Drop items of forgotten notes, whether listed by a source, encrypted or unreadable."""
    ids = json.dumps(list(item_ids))
    for table, column in (
        ("source_items", "item_id"),
        ("problems", "item_id"),
        ("encrypted_revisions", "id"),
        ("revisions", "id"),
    ):
        db.execute(f"DELETE FROM {table} WHERE {column} IN {SOME}", [ids])


def _forget_in(path: Path, note_ids: Collection[str], now: str) -> None:
    with open_to_write(path, backup=False) as db:
        # Before the first change, so that deleted data is overwritten at once.
        db.execute("PRAGMA secure_delete = ON")
        _forget(db, note_ids, now)
    with (
        translate_sqlite_errors(path),
        closing(sqlite3.connect(path, timeout=WAIT_FOR_LOCK, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")


def _forget(db: Database, note_ids: Collection[str], now: str) -> None:
    notes = json.dumps(sorted(note_ids))
    db.conn.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", [(note_id,) for note_id in note_ids])
    revisions = _column(
        db,
        f"SELECT revision_id FROM revision_diffs WHERE note_id IN {SOME} UNION SELECT id FROM revisions "
        f"WHERE note_id IN {SOME}",
        [notes, notes],
    )
    pairs = _column(
        db,
        f"SELECT item_id FROM source_items WHERE type = {ItemType.NOTE_TAG:d} "
        f"AND json_extract(fields, '$.note_id') IN {SOME}",
        [notes],
    )
    links = _column(db, f"SELECT id FROM links WHERE note_id IN {SOME}", [notes])
    addresses = set(_column(db, f"SELECT url_id FROM links WHERE note_id IN {SOME} AND url_id NOT NULL", [notes]))
    shared = set(
        _column(
            db,
            f"SELECT url_id FROM links WHERE url_id IN {SOME} AND note_id NOT IN {SOME}",
            [json.dumps(sorted(addresses)), notes],
        )
    )
    lonely = sorted(addresses - shared)
    for table in ("left_out", "claims"):  # data of link check runs, by the address itself
        db.execute(
            f"DELETE FROM {table} WHERE url IN (SELECT url FROM urls WHERE id IN {SOME} "
            f"UNION SELECT canonical FROM urls WHERE id IN {SOME})",
            [json.dumps(lonely), json.dumps(lonely)],
        )
    # Any table that refers to one of these, even a future one, has data of the note.
    for column, ids in (
        ("link_id", links),
        ("revision_id", revisions),
        ("url_id", lonely),
        ("note_id", sorted(note_ids)),
    ):
        for table in _tables_with(db, column):
            if table != "forgotten" and not (table == "links" and column == "url_id"):
                db.execute(f"DELETE FROM {table} WHERE {column} IN {SOME}", [json.dumps(ids)])
    db.execute(f"DELETE FROM notes WHERE id IN {SOME}", [notes])
    db.execute(f"DELETE FROM urls WHERE id IN {SOME}", [json.dumps(lonely)])
    drop_items(db, [*note_ids, *revisions, *pairs])
    write_addresses(db, shared)
    finalise(db, now)
    for index in _column(db, "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'", []):
        db.execute(f"INSERT INTO {index} ({index}) VALUES ('rebuild')")
    db.execute("ANALYZE")  # in some builds of SQLite, its tables contain values of indexed columns


def _tables_with(db: Database, column: str) -> list[str]:
    return _column(
        db,
        "SELECT sqlite_master.name FROM sqlite_master JOIN pragma_table_info(sqlite_master.name) AS info "
        "WHERE sqlite_master.type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND info.name = ?",
        [column],
    )


def _column(db: Database, sql: str, values: list[str]) -> list[Any]:
    return [row[0] for row in db.execute(sql, values).fetchall()]
