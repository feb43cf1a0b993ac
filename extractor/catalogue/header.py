"""The header of a file: whether it is an SQLite file, and of which program."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID = 0x4A434154  # "JCAT": distinguishes a catalogue from other SQLite files
HEADER = b"SQLite format 3\0"
APPLICATION_ID_AT = 68  # byte offset in a SQLite file, four bytes, big-endian (fileformat2.html section 1.3)


def application_id(path: Path) -> int | None:
    """The application id of an SQLite file, 0 if it has none; None for any other file. Raises OSError.

    SQLite reads it, because closing the file in any other way releases all locks that this process has on it
    (https://sqlite.org/howtocorrupt.html section 2.2): two builds could then write at the same time. With `immutable`,
    SQLite takes no lock either, and does not touch an interrupted change.
    """
    if path.stat().st_size == 0:
        return None
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return int(connection.execute("PRAGMA application_id").fetchone()[0])
    except sqlite3.DatabaseError:  # no database, or a damaged one: locks on it do not matter
        with path.open("rb") as file:
            header = file.read(APPLICATION_ID_AT + 4)
    return int.from_bytes(header[APPLICATION_ID_AT:], "big") if header.startswith(HEADER) else None
