"""What the header of a file says: whether SQLite made it, and for which program."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

APPLICATION_ID = 0x4A434154  # "JCAT": tells a catalogue from any other SQLite file
HEADER = b"SQLite format 3\0"
APPLICATION_ID_AT = 68  # byte offset in a SQLite file, four bytes, big-endian (fileformat2.html section 1.3)


def application_id(path: Path) -> int | None:
    """What program a SQLite file says it belongs to, 0 if none; None for any other file. Raises OSError.

    SQLite is asked, for whoever closes a file otherwise lets go of all locks that this process has on it
    (https://sqlite.org/howtocorrupt.html section 2.2): a build would then write together with another. Told that the
    file does not change, it takes no lock either, and leaves a half change alone.
    """
    if path.stat().st_size == 0:
        return None
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return int(connection.execute("PRAGMA application_id").fetchone()[0])
    except sqlite3.DatabaseError:  # no database, or one that is damaged: no lock on it is worth anything
        with path.open("rb") as file:
            header = file.read(APPLICATION_ID_AT + 4)
    return int.from_bytes(header[APPLICATION_ID_AT:], "big") if header.startswith(HEADER) else None
