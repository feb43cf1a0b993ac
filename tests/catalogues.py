"""Catalogues to test with: built from folders and single items, and looked into."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joplin_items import serialize

from extractor.build import Report, build
from extractor.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.joplin.items import Item

CORPORA = Path(__file__).parent / "corpora"
EXAMPLE = Path(__file__).parents[1] / "examples" / "joplin"

# When something was built or seen in a build says nothing of the notes.
NOT_CONTENT = {
    *("builds", "derivation", "sources", "source_items"),
    *("sqlite_stat1", "sqlite_sequence", "_sqlite_migrations"),
}
BUILD_TIMES = {"problems": {"id", "source", "first_seen_at", "last_seen_at"}}


def make(db: Path, *sources: Path, workers: int = 1, **options: Any) -> Report:
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(contextlib.closing(open_source(str(source)))) for source in sources]
        return build(opened, db, workers=workers, **options)


def rows(db: Path, sql: str, *parameters: object) -> list[Any]:
    with contextlib.closing(sqlite3.connect(db)) as connection:
        found = connection.execute(sql, parameters).fetchall()
    return [row[0] for row in found] if found and len(found[0]) == 1 else found


def content(db: Path) -> dict[str, list[str]]:
    """Every row of every table that tells of the notes."""
    told = {}
    with contextlib.closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in names:
            if table in NOT_CONTENT or "_fts" in table:
                continue
            left_out = BUILD_TIMES.get(table, set())
            told[table] = sorted(
                repr([(key, row[key]) for key in row.keys() if key not in left_out])  # noqa: SIM118 -- a Row iterates over values
                for row in connection.execute(f"SELECT * FROM {table}")  # noqa: S608 -- names from the file itself
            )
    return told


def truth(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    with (folder / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def updated_time(item: Path) -> str:
    found = re.search(rb"^updated_time: (\S+)$", item.read_bytes(), re.MULTILINE)
    return found[1].decode() if found else ""


def catalogue(folder: Path, *items: Item) -> Path:
    source, db = folder / "joplin", folder / "catalogue.db"
    source.mkdir()
    for item in items:
        (source / f"{item.id}.md").write_text(serialize(item), encoding="utf-8")
    make(db, source)
    return db
