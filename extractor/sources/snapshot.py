"""A copy of a SQLite database that another program may be using, made without writing beside it.

The copy is a temporary database that SQLite itself deletes when it is closed, even if the process is killed. It shows
one moment: Joplin deletes and re-bases revisions within seconds of its start, and a concurrent read would see histories
with holes. It is made in short steps (https://sqlite.org/backup.html), so that Joplin waits for milliseconds at most;
if the database changes meanwhile, SQLite starts over.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from extractor.errors import SourceChanged, SourceNotFound, SourceUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE: Final = 10.0
"""Seconds to wait for another program to finish its write."""

_STEP: Final = 2000
_ASIDE: Final = "joplin-catalogue-"
_LONGEST_NUMBER: Final = 10  # digits of a process id
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
_RESTARTS: Final = 5
_PAUSE: Final = 0.02
_RECOVERY_PAUSES: Final = 25
_HEADER: Final = b"SQLite format 3\0"
_WAL: Final = 2
_OF_THE_COPY: Final = (
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_GETTEMPPATH,
)
"""What only a write can fail with: the database itself is only read."""

_JOURNALS: Final = ("-journal", "-wal")


class _BusyError(Exception):
    """Another program locked the database for too long."""


class _CopyError(Exception):
    """The copy cannot be written; the database itself is fine."""


class _RestlessError(Exception):
    """The database changes faster than it can be copied in steps."""


def is_database(path: Path) -> bool:
    """Whether a file begins like a SQLite database."""
    try:
        with path.open("rb") as file:
            return file.read(len(_HEADER)) == _HEADER
    except OSError:
        return False


def snapshot(path: Path, patience: float = PATIENCE) -> sqlite3.Connection:
    """A copy of a database at one moment; the caller closes it.

    Raises SourceNotFound, SourceUnreadable (not a database, damaged, locked, not allowed) or SourceChanged. Nothing
    is written to its folder, not even the -shm and -wal files that merely opening a database can make.
    """
    deadline = time.monotonic() + patience
    with suppress(OSError):
        _sweep()
    try:
        with path.open("rb") as file:
            header = file.read(20)
        if header[18:20] == bytes((_WAL, _WAL)):
            # Opening such a database creates -wal and -shm files if missing. Joplin does not use this mode,
            # but somebody's tools may have switched it on.
            return _copy_aside(path) if _size(f"{path}-wal") else _copy_unchanged(path, "mode=ro&immutable=1", deadline)
        return _copy_or_recover(path, deadline)
    except FileNotFoundError:
        raise SourceNotFound(f"{path} does not exist.") from None
    except _CopyError as error:
        raise SourceUnreadable(
            f"No space in {tempfile.gettempdir()} for a temporary copy of {path}: {error}.",
            "Free some space, or set TMPDIR and SQLITE_TMPDIR to a folder with enough space.",
        ) from error
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    except _BusyError:
        raise SourceUnreadable(
            f"{path} was locked for {patience:.0f} seconds.", "Try again when Joplin has finished."
        ) from None
    except sqlite3.Error as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: sqlite3.Error) -> SourceUnreadable:
    """The error that explains why SQLite cannot read a database."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return SourceUnreadable(f"{path} is not a SQLite database.")
    if code == sqlite3.SQLITE_CORRUPT:
        return SourceUnreadable(
            f"{path} is damaged or cut off.",
            "Read the sync target instead, or copy the database again while Joplin is closed.",
        )
    if code == sqlite3.SQLITE_FULL or getattr(error, "sqlite_errorcode", 0) in _OF_THE_COPY:
        return SourceUnreadable(
            f"No space for a temporary copy of {path}.",
            "Free some space in the folder for temporary files, or set SQLITE_TMPDIR to a folder with enough space.",
        )
    return SourceUnreadable(f"{path} cannot be read: {error}.")


def _copy_or_recover(path: Path, deadline: float) -> sqlite3.Connection:
    """Copy a database; an interrupted write of a crashed program is undone in the copy."""
    for _ in range(_RECOVERY_PAUSES):
        try:
            return _copy(path, "mode=ro", deadline)
        except sqlite3.OperationalError as error:
            # A journal that nobody holds: SQLite would have to write to roll it back. When Joplin is just
            # starting it does so itself in a moment.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
                raise
            time.sleep(_PAUSE)
    return _copy_aside(path)


def _copy(path: Path, parameters: str, deadline: float) -> sqlite3.Connection:
    """Copy page by page into a temporary database; raises _BusyError and sqlite3.Error."""
    last = restarts = 0

    def watch(status: int, remaining: int, _total: int) -> None:
        nonlocal last, restarts
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            if time.monotonic() > deadline:
                raise _BusyError
            return
        if remaining >= last > 0:
            restarts += 1
            if restarts > _RESTARTS:
                raise _RestlessError
        last = remaining

    target = sqlite3.connect("", check_same_thread=False)
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?{parameters}", uri=True, timeout=0)) as source:
            try:
                source.backup(target, pages=_STEP, progress=watch, sleep=_PAUSE)
            except _RestlessError:
                last = 0
                source.backup(target, pages=-1, progress=watch, sleep=_PAUSE)
    except BaseException:
        target.close()
        raise
    return target


def _copy_unchanged(path: Path, parameters: str, deadline: float) -> sqlite3.Connection:
    """Copy a database that cannot be locked; raises SourceChanged if it keeps changing."""
    for _ in range(_RESTARTS):
        before = _state(path)
        copy = _copy(path, parameters, deadline)
        if _state(path) == before:
            return copy
        copy.close()
    raise SourceChanged(f"{path} kept changing while it was being read.", "Try again when Joplin has finished.")


def _copy_aside(path: Path) -> sqlite3.Connection:
    """Copy the database with its journals to a temporary folder, and let SQLite recover it there."""
    for _ in range(_RESTARTS):
        with _folder_aside() as folder:
            before = _state(path)
            copy = Path(folder) / "database.sqlite"
            for suffix in ("", *_JOURNALS):
                if suffix == "" or os.path.exists(f"{path}{suffix}"):  # noqa: PTH110 - a suffix is no path
                    _copy_file(f"{path}{suffix}", f"{copy}{suffix}")
            if _state(path) == before:
                return _copy(copy, "mode=rw", time.monotonic())
    raise SourceChanged(f"{path} kept changing while it was being read.", "Try again when Joplin has finished.")


@contextmanager
def _folder_aside() -> Iterator[str]:
    """A temporary folder, removed when the block ends."""
    try:
        folder = tempfile.mkdtemp(prefix=f"{_ASIDE}{os.getpid()}-")
    except OSError as error:
        raise _CopyError(error.strerror) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove copies left by processes that have ended: they contain somebody's notes."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_ASIDE}*"):
        number = folder.name.removeprefix(_ASIDE).partition("-")[0]
        if number.isdecimal() and len(number) < _LONGEST_NUMBER and not _is_running(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(number: int) -> bool:
    """Whether a process with this id exists; True if that cannot be determined."""
    if os.name != "posix":
        return True
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _copy_file(path: str, copy: str) -> None:
    """Copy a file; raises OSError if it cannot be read, and _CopyError if the copy cannot be written."""
    try:
        shutil.copyfile(path, copy)
    except OSError as error:
        if error.errno in _NO_ROOM or error.filename == copy:
            raise _CopyError(error.strerror) from error
        raise


def _state(path: Path) -> tuple[tuple[int, int], ...]:
    """What shows whether a database changed: size and time of the file and of its journals."""
    return tuple((_size(f"{path}{suffix}"), _changed(f"{path}{suffix}")) for suffix in ("", *_JOURNALS))


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except FileNotFoundError:
        return 0


def _changed(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except FileNotFoundError:
        return 0
