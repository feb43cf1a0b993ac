"""Rowids without gaps: full-text search refers to revisions and notes by rowid, as Joplin's own ids are not numbers.

`sqlite3 .dump`, which people use for backups and repairs, renumbers the rows of such a table from 1 on (cli.html,
section 12), and VACUUM may do so, too (lang_vacuum.html). If there are no gaps, each row gets the number that it had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.catalogue.database import Database


def close_gaps(db: Database) -> None:
    """Number revisions and notes from 1 on; notes with a text come first, as their texts have the same numbers.

    Only the last rows are moved, into the gaps, and the triggers of their table index them under their new numbers.
    """
    _close_gaps(db, "revisions")
    places = _gaps(db, "note_bodies")
    for place, (rowid,) in zip(places, _beyond(db, "note_bodies"), strict=True):
        db.execute("UPDATE notes SET rowid = (SELECT max(rowid) + 1 FROM notes) WHERE rowid = ?", [place])
        db.execute("UPDATE notes SET rowid = ? WHERE rowid = ?", [place, rowid])
        db.execute("UPDATE note_bodies SET rowid = ? WHERE rowid = ?", [place, rowid])
    _close_gaps(db, "notes")


def _close_gaps(db: Database, table: str) -> None:
    db.conn.executemany(
        f"UPDATE {table} SET rowid = ? WHERE rowid = ?",
        [(place, rowid) for place, (rowid,) in zip(_gaps(db, table), _beyond(db, table), strict=True)],
    )


def _beyond(db: Database, table: str) -> list[tuple[int]]:
    """The rowids that are higher than the number of rows."""
    return db.execute(f"SELECT rowid FROM {table} WHERE rowid > (SELECT count(*) FROM {table})").fetchall()


def _gaps(db: Database, table: str) -> list[int]:
    """The unused rowids up to the number of rows."""
    count, last = db.execute(f"SELECT count(*), coalesce(max(rowid), 0) FROM {table}").fetchone()
    return [] if count == last else list(_missing(db, table, count))


def _missing(db: Database, table: str, count: int) -> Iterator[int]:
    wanted = 1
    for (rowid,) in db.execute(f"SELECT rowid FROM {table} WHERE rowid <= ? ORDER BY rowid", [count]):
        yield from range(wanted, rowid)
        wanted = rowid + 1
    yield from range(wanted, count + 1)
