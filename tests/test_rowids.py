"""Full-text search goes by rowids, which `.dump` and VACUUM may number anew: there are no gaps to close for them."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from catalogues import EXAMPLE, copy_of, make, rows
from published import example
from test_presence import A, B, encrypted, history, note, write

from extractor.catalogue.database import Database
from extractor.catalogue.rowids import close_gaps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

C, D = "c" * 32, "d" * 32
INDEXES = {
    "revisions_fts": "revisions",
    "note_bodies_fts": "notes",
    "sections_fts": "sections",
    "links_fts": "links",
    "resources_fts": "resources",
}
WORD = dict.fromkeys(INDEXES, "kafka") | {"resources_fts": "image OR picture OR png OR pdf OR kafka"}


def found(db: Path) -> dict[str, list[str]]:
    """What the rows are that each index finds, by their ids."""
    return {
        index: sorted(
            map(
                str,
                rows(
                    db,
                    f"SELECT {table}.id FROM {index} LEFT JOIN {table} ON {table}.rowid = {index}.rowid "  # noqa: S608 -- names above
                    f"WHERE {index} MATCH ?",
                    WORD[index],
                ),
            )
        )
        for index, table in INDEXES.items()
    }


def numbers(db: Path, table: str) -> list[int]:
    return rows(db, f"SELECT rowid FROM {table} ORDER BY rowid")  # noqa: S608 -- names of this module


def assert_no_gaps(db: Path) -> None:
    for table in ("revisions", "notes", "note_bodies", "resources"):
        assert numbers(db, table) == [*range(1, len(numbers(db, table)) + 1)], table
    apart = "SELECT id FROM notes JOIN note_bodies ON note_id = id WHERE notes.rowid <> note_bodies.rowid"
    assert rows(db, apart) == []


def dumped(db: Path) -> Path:
    if not (shell := shutil.which("sqlite3")):
        pytest.skip("no shell of SQLite")
    restored = db.with_name("restored.db")
    dump = subprocess.run([shell, db, ".dump"], capture_output=True, check=True).stdout
    subprocess.run([shell, restored], input=dump, capture_output=True, check=True)
    return restored


def vacuumed(db: Path) -> Path:
    with closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.execute("VACUUM")
    return db


@pytest.mark.parametrize("anew", [dumped, vacuumed])
def test_search_outlives(tmp_path: Path, anew: Callable[[Path], Path]) -> None:
    source, db = shutil.copytree(EXAMPLE, tmp_path / "joplin"), tmp_path / "catalogue.db"
    make(db, source)
    for path in sorted(source.glob("*.md"))[::3]:
        path.unlink()
    for path in source.glob("*.md"):
        path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    make(db, source)
    before = found(db)
    assert all(before[index] for index in INDEXES if index != "resources_fts")
    assert found(anew(db)) == before


def test_a_note_gets_a_text_late(tmp_path: Path) -> None:
    """Notes that are known by their history alone, or encrypted, have none: those that have one come first."""
    db, target = tmp_path / "catalogue.db", tmp_path / "target"
    for one in (
        history(A) | encrypted(B),
        history(A) | encrypted(B) | note(C),
        history(A) | note(B) | note(C),
        note(A) | note(B) | history(D) | note(C),
    ):
        make(db, write(target, one))
        assert_no_gaps(db)
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("INSERT INTO note_bodies_fts (note_bodies_fts, rank) VALUES ('integrity-check', 1)")


def test_what_is_behind_a_gap_moves_into_it(tmp_path: Path) -> None:
    db = copy_of(example(), tmp_path)
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("DELETE FROM revisions WHERE rowid % 3 = 0 OR rowid IN (1, 2)")
        connection.execute("DELETE FROM note_bodies WHERE rowid = 2")
        kept = dict(connection.execute("SELECT id, rowid FROM revisions").fetchall())
        close_gaps(Database(connection))
        now = dict(connection.execute("SELECT id, rowid FROM revisions").fetchall())
        for index in ("revisions_fts", "note_bodies_fts"):
            connection.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")  # noqa: S608 -- likewise
    assert_no_gaps(db)
    assert now.keys() == kept.keys()
    assert all(now[id_] == kept[id_] for id_ in kept if kept[id_] <= len(kept))


def test_a_revision_keeps_its_place_where_its_note_changes(tmp_path: Path) -> None:
    source, db = shutil.copytree(EXAMPLE, tmp_path / "joplin"), tmp_path / "catalogue.db"
    make(db, source)
    before = dict(rows(db, "SELECT id, rowid FROM revisions"))
    (note_id,) = rows(db, "SELECT id FROM notes WHERE title = 'Kafka field notes'")
    path = source / f"{note_id}.md"
    path.write_text(path.read_text(encoding="utf-8").replace("Kafka field notes", "Kafka notes", 1), encoding="utf-8")
    make(db, source)
    assert dict(rows(db, "SELECT id, rowid FROM revisions")) == before
    assert_no_gaps(db)
