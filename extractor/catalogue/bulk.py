"""The first build writes every row of the big tables: indexes and full-text search are made afterwards, at once."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.catalogue.database import Database

TABLES = ("revisions", "sections", "links", "link_changes")


def nothing_derived(db: Database) -> bool:
    """Whether no note has been derived yet, so that there is nothing to clear before writing."""
    derived = (
        "SELECT 1 FROM revisions WHERE state <> 'encrypted' UNION ALL SELECT 1 FROM links "
        "UNION ALL SELECT 1 FROM sections LIMIT 1"
    )
    return not db.execute(derived).fetchone()


@contextlib.contextmanager
def bulk(db: Database) -> Iterator[None]:
    """Leave indexes and triggers of the big tables aside, and make them anew at the end."""
    # Measured on 20,000 revisions: rows one by one into indexes and search cost four times as much.
    places = ", ".join("?" * len(TABLES))
    kept = db.execute(
        f"SELECT type, name, sql FROM sqlite_master WHERE tbl_name IN ({places}) AND type IN ('index', 'trigger') "
        "AND sql NOT NULL",
        TABLES,
    ).fetchall()
    for kind, name, _ in kept:
        db.execute(f'DROP {kind} "{name}"')
    yield
    searched = [table for table in (*TABLES, "note_bodies") if db.has_table(f"{table}_fts")]
    for table in searched:
        if table in TABLES:
            db.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('rebuild')")
        # In one piece: else the next builds merge the pieces, which takes their time and as much room once more.
        db.execute(f"INSERT INTO {table}_fts ({table}_fts) VALUES ('optimize')")
    for _, _, sql in kept:
        db.execute(sql)
