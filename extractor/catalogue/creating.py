"""A new catalogue: written beside its final place, in a private file of this process, and moved there when complete."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

from extractor.catalogue.database import Database
from extractor.catalogue.journal import journals
from extractor.catalogue.migrating import migrate
from extractor.catalogue.sqlite_errors import translate_sqlite_errors
from extractor.errors import CatalogueFileError, NotACatalogue
from extractor.output import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def is_there(path: Path) -> bool:
    """Whether there is a catalogue already, or any other file."""
    return path.is_file() and path.stat().st_size > 0


def claim_place(path: Path) -> sqlite3.Connection:
    """Claim the place where a new catalogue is written, for this process only; raises NotACatalogue."""
    growing = _growing(path)
    if (left := journals(path)) and not is_there(path):  # in this order: another process may just have created both
        # SQLite would apply it to the new file and corrupt it.
        raise NotACatalogue(
            f"{left[0]} belongs to a catalogue that no longer exists.",
            f"Put {path.name} back where it was, or move {left[0].name} away.",
        )
    if not path.parent.is_dir():
        raise NotACatalogue(
            f"The folder {path.parent} does not exist.", "Create it, or choose another place with --db."
        )
    return _claim(growing, path)


def grow(path: Path, connection: sqlite3.Connection) -> Iterator[Database]:
    """Build a new catalogue in a private file, and move it into place at the end."""
    growing = _growing(path)
    with translate_sqlite_errors(path):
        try:
            db = Database(connection)
            migrate(db)
            yield db
            connection.execute("COMMIT")
            try:
                _put_in_place(growing, path, connection)
            except OSError as error:
                raise _not_writable(path, error) from error
        except BaseException:
            let_go(connection, path)
            raise


def let_go(connection: sqlite3.Connection, path: Path) -> None:
    """Give up the place that was claimed for a new catalogue."""
    connection.close()
    with contextlib.suppress(OSError):  # an earlier error is being reported
        _growing(path).unlink()


def remove_left_over(path: Path) -> None:
    """Remove what a killed first build left, if a catalogue exists by now."""
    growing = _growing(path)
    if growing.exists():
        with contextlib.suppress(CatalogueFileError, sqlite3.DatabaseError, OSError):  # it does no harm
            _claim(growing, path).close()
            growing.unlink(missing_ok=True)


def _put_in_place(growing: Path, path: Path, connection: sqlite3.Connection) -> None:
    """Move the complete file to its place, and release it only then: waiting processes delete a file without a lock.

    On POSIX, closing the file would release the lock, too; Windows cannot move an open file. Raises OSError.
    """
    with growing.open("rb") as file:
        os.fsync(file.fileno())
        if os.name == "posix":
            growing.replace(path)
            connection.close()
    if os.name != "posix":
        connection.close()
        growing.replace(path)


def _growing(path: Path) -> Path:
    return path.with_name(f".{path.name}.building")


def _not_writable(path: Path, error: OSError) -> NotACatalogue:
    return NotACatalogue(f"{path} cannot be written: {error.strerror}.", "Choose another place with --db.")


def _claim(growing: Path, path: Path) -> sqlite3.Connection:
    """Claim the file of a killed build, or a new one, for this process only."""
    is_new = False
    try:
        try:
            os.close(os.open(growing, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
            is_new = True
        except FileExistsError:
            pass
        connection = sqlite3.connect(growing, timeout=0, isolation_level=None)
    except OSError as error:
        raise _not_writable(path, error) from error
    except sqlite3.Error:
        if is_new:
            growing.unlink(missing_ok=True)
        raise
    # What a killed build left is worthless; the lock shows whether a build was killed or is running. And nobody
    # sees this file before it is whole, so nothing in it has to survive a crash: no journal, no waiting for disks.
    try:
        connection.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; BEGIN EXCLUSIVE"
        )
        left_over = growing.stat().st_size > 0
    except FileNotFoundError:  # another process has just moved it into place, complete
        left_over = True
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise
        left_over = True
    if left_over:
        connection.close()
        growing.unlink(missing_ok=True)
        return _claim(growing, path)
    return connection
