"""Interrupted changes of the catalogue: SQLite rolls them back, if it can write.

During a commit, the file contains part of the change, and the journal beside it the old content
(https://sqlite.org/lockingv3.html#rollback). The next connection has to roll it back; a read-only one cannot, and every
command reads first. So a writable connection is opened before. The journal belongs to SQLite: nothing here ever removes
one, because without it, the partial change would stay.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from extractor.errors import CatalogueFileError

if TYPE_CHECKING:
    from pathlib import Path

JOURNALS = ("-journal", "-wal")
HOT = (sqlite3.SQLITE_READONLY_ROLLBACK, sqlite3.SQLITE_READONLY_RECOVERY, sqlite3.SQLITE_READONLY_CANTINIT)
KIND = 0xFF  # of an extended error code; the higher bits are the details

log = logging.getLogger(__name__)


def roll_back(path: Path, wait: float) -> None:
    """Roll back the interrupted change of a killed writer.

    Waits up to this many seconds for another process doing the same. Raises CatalogueFileError if the file or its
    folder is not writable, and sqlite3.DatabaseError.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=wait)) as connection:
            _read(connection)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & KIND in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}:
            raise
        raise _not_allowed(path) from error
    log.warning("%s: a change was interrupted; it was rolled back, and the file is as it was before.", path)


def is_half_changed(path: Path) -> bool:
    """Whether a writer was killed in the middle of a change; False while it is alive."""
    if not journals(path):
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)) as connection:
            _read(connection)
    except sqlite3.DatabaseError as error:
        code = error.sqlite_errorcode
        # A -wal that cannot be opened without creating a -shm file.
        return code in HOT or code & KIND == sqlite3.SQLITE_CANTOPEN
    return False


def _read(connection: sqlite3.Connection) -> None:
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _not_allowed(path: Path) -> CatalogueFileError:
    beside = " and ".join(map(str, journals(path)))
    return CatalogueFileError(
        f"{path}: a change was interrupted, and cannot be rolled back here: the file or its folder is not writable.",
        f"Make it writable once, or copy {path} together with {beside} to a writable folder and give the copy with "
        "--db.",
    )


def journals(path: Path) -> list[Path]:
    """SQLite's own files beside a database; cheap to check."""
    return [beside for suffix in JOURNALS if (beside := path.with_name(path.name + suffix)).exists()]
