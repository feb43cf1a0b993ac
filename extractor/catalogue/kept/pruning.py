"""Which kept pages are deleted: by age, by size, when no note has their link, or when they were not the page.

The first version of a page is what was saved; the newest is all there is if the page dies. While a note has the page,
both stay. Versions in between are deleted by age, and first when there is too much.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.kept.file import change, reading, size_of, translate_errors, writing
from extractor.catalogue.kept.versions import drop
from extractor.times import iso, now_ms

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from sqlite3 import Connection

    from extractor.catalogue.database import Database

MIDDLE = """
SELECT id
FROM (
  SELECT id, seen_at, row_number() OVER (PARTITION BY page_id ORDER BY kept_at, id) AS first,
         row_number() OVER (PARTITION BY page_id ORDER BY kept_at DESC, id DESC) AS last
  FROM versions
)
WHERE first > 1 AND last > 1 AND seen_at < ?
ORDER BY seen_at, id
"""
IN_NO_NOTE = """
SELECT versions.id
FROM versions JOIN pages ON pages.id = page_id
WHERE asked NOT IN (SELECT value FROM json_each(?))
ORDER BY seen_at, versions.id
"""
OF_ADDRESSES = "SELECT versions.id FROM versions JOIN pages ON pages.id = page_id WHERE asked = ?"
# The addresses that notes have now, as requested.
ASKED_NOW = """
SELECT DISTINCT asked
FROM checks
WHERE url_id IN (
  SELECT url_id
  FROM links JOIN notes ON notes.id = note_id
  WHERE removed_at IS NULL AND is_present
)
"""
# What a run kept before it was known that something else had answered, or that several pages had become one.
NO_PAGES = (
    "SELECT asked, checked_at FROM checks WHERE checked_at >= ? AND (NOT counts OR verdict NOT IN ('ok', 'moved'))"
)
EVER = "9999"  # later than any time, as text
STEP = 200  # versions deleted before the size is measured again


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits: `page` bytes of a page, `total` bytes in all, `age` ms for versions in between."""

    page: int = 1 << 20
    total: int = 1 << 30
    age: int = 365 * 86_400_000


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many versions were deleted, and the size of the file in bytes."""

    versions: int
    size: int


def in_notes(db: Database) -> frozenset[str]:
    """The addresses that notes have now, in their requested form."""
    return frozenset(asked for (asked,) in db.execute(ASKED_NOW).fetchall())


def prune(path: Path, bounds: Bounds, wanted: Collection[str], *, unlinked: bool = False) -> Pruned:
    """Delete what exceeds the bounds, and with `unlinked`, all pages not `wanted` by a note.

    Raises CatalogueFileError.
    """
    with reading(path) as connection:
        if connection is None:
            return Pruned(0, 0)
    with writing(path) as connection:
        return prune_open(connection, path, bounds, wanted, unlinked=unlinked)


def prune_open(
    connection: Connection, path: Path, bounds: Bounds, wanted: Collection[str], *, unlinked: bool = False
) -> Pruned:
    """The same for an open file."""
    others = json.dumps(sorted(wanted))
    with translate_errors(path):
        with change(connection, path):
            gone = drop(connection, _ids(connection, MIDDLE, iso(now_ms() - bounds.age) or ""))
            if unlinked:
                gone += drop(connection, _ids(connection, IN_NO_NOTE, others))
            for statement, value in ((MIDDLE, EVER), (IN_NO_NOTE, others)):
                gone += _until_it_fits(connection, _ids(connection, statement, value), bounds.total)
        if gone:
            connection.execute("PRAGMA incremental_vacuum").fetchall()
        return Pruned(gone, size_of(connection))


def drop_no_pages(path: Path, db: Database, since: str) -> int:
    """Delete what checks since a time kept, if it turned out not to be the page."""
    with reading(path) as connection:
        if connection is None:
            return 0
    seen = db.execute(NO_PAGES, [since]).fetchall()
    with writing(path) as connection:
        found = [
            version_id
            for asked, at in seen
            for (version_id,) in connection.execute(f"{OF_ADDRESSES} AND kept_at = ?", [asked, at])
        ]
        with translate_errors(path), change(connection, path):
            return drop(connection, found)


def forget_pages(path: Path, asked: Collection[str]) -> int:
    """Delete everything kept of these addresses for good, also from the index; returns the number of versions.

    Deleted words stay in an index until its segments are merged (https://sqlite.org/fts5.html#the_optimize_command).
    """
    with reading(path) as connection:
        if connection is None:
            return 0
        ids = [found for one in asked for (found,) in connection.execute(OF_ADDRESSES, [one])]
    if not ids:
        return 0
    with writing(path) as connection, translate_errors(path):
        connection.execute("PRAGMA secure_delete = ON")
        with change(connection, path):
            gone = drop(connection, ids)
            connection.execute("INSERT INTO versions_fts (versions_fts) VALUES ('optimize')")
        connection.execute("VACUUM")
        return gone


def _ids(connection: Connection, statement: str, value: str) -> list[int]:
    return [found for (found,) in connection.execute(statement, [value])]


def _until_it_fits(connection: Connection, ids: Sequence[int], total: int) -> int:
    gone = 0
    for start in range(0, len(ids), STEP):
        if size_of(connection) <= total:
            break
        gone += drop(connection, ids[start : start + STEP])
    return gone
