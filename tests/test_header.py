"""What a file says that it is, asked without letting go of anything."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from published import example

from extractor.catalogue.header import application_id
from extractor.catalogue.schema import APPLICATION_ID

WRITE = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"


def catalogue(path: Path) -> None:
    shutil.copy(example(), path)


def other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")


def cut_off(path: Path) -> None:
    path.write_bytes(example().read_bytes()[:5000])


@pytest.mark.parametrize(
    ("write", "found"),
    [
        (catalogue, APPLICATION_ID),
        (other_program, 0),
        (cut_off, APPLICATION_ID),
        (Path.touch, None),
        (lambda path: path.write_text("# Notes\n"), None),
        (lambda path: path.write_bytes(b"SQLite format 3"), None),
    ],
)
def test_what_a_file_is(tmp_path, write, found):
    path = tmp_path / "what is this? #1%20.db"
    write(path)
    assert application_id(path) == found


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        application_id(tmp_path / "none.db")


def test_who_writes_keeps_the_lock(tmp_path: Path) -> None:
    path = Path(shutil.copy(example(), tmp_path / "catalogue.db"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert application_id(path) == APPLICATION_ID
        other = subprocess.run([sys.executable, "-c", WRITE, str(path)], capture_output=True, text=True, check=False)
        assert "database is locked" in other.stderr
