"""Bulk inserts: the first build writes all rows of the big tables before their indexes and full-text search."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.catalogue.database import Database

TABLES = ("revisions", "sections", "links", "link_changes")
# Bytes that FTS5 collects before it writes a segment: its default, and for a whole index.
SEGMENTS, LARGE_SEGMENTS = 1 << 20, 16 << 20
SORTED = ("sections", "links")
"""The largest of these; their ids are digests, so rows do not arrive in the order of the ids."""


def nothing_derived(db: Database) -> bool:
    """Whether no note has been derived yet, so that there is nothing to clear before writing."""
    derived = (
        "SELECT 1 FROM revisions WHERE state <> 'encrypted' UNION ALL SELECT 1 FROM links "
        "UNION ALL SELECT 1 FROM sections LIMIT 1"
    )
    return not db.execute(derived).fetchone()


@contextlib.contextmanager
def bulk(db: Database) -> Iterator[None]:
    """Drop the indexes and triggers of the big tables, and create them again at the end.

    Until then, temporary tables of the same names receive the rows of those that are SORTED.
    """
    # Measured with 20,000 revisions: adding rows one by one to indexes and search takes four times as long.
    places = ", ".join("?" * len(TABLES))
    kept = db.execute(
        f"SELECT type, name, sql FROM sqlite_master WHERE tbl_name IN ({places}) AND type IN ('index', 'trigger') "
        "AND sql NOT NULL",
        TABLES,
    ).fetchall()
    for kind, name, _ in kept:
        db.execute(f'DROP {kind} "{name}"')
    columns = {table: ", ".join(db.columns(table)) for table in SORTED}
    for table, names in columns.items():
        db.execute(f"CREATE TEMP TABLE {table} AS SELECT {names} FROM main.{table} LIMIT 0")
    yield
    # In the order of the ids, inserting takes half the time and leaves no page half empty.
    for table, names in columns.items():
        db.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM temp.{table} ORDER BY id")
        db.execute(f"DROP TABLE temp.{table}")
    # Of those whose rows stay in the order of time, the index of the key is sorted now, and takes a sixth less space.
    for table in TABLES:
        if table not in SORTED:
            db.execute(f"REINDEX {table}")
    for table in (*TABLES, "note_bodies"):
        if db.has_table(f"{table}_fts"):
            _index_texts(db, f"{table}_fts", rebuild=table in TABLES)
    for _, _, sql in kept:
        db.execute(sql)


def _index_texts(db: Database, index: str, *, rebuild: bool) -> None:
    """Merge the segments of a full-text index into one, after rebuilding the index if its table was filled without it.

    Otherwise the next builds would merge them, which takes time, and temporarily twice the space.
    """
    if rebuild:
        # With few large segments, it takes two thirds of the time (`hashsize`: fts5_config.c of SQLite).
        db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('hashsize', ?)", [LARGE_SEGMENTS])
        db.execute(f"INSERT INTO {index} ({index}) VALUES ('rebuild')")
        db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('hashsize', ?)", [SEGMENTS])
        db.execute(f"DELETE FROM {index}_config WHERE k = 'hashsize'")  # the default need not be stored
    db.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")
