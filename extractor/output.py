"""Writing files for others: exports, shared files, backups.

An ordinary file is replaced completely or not at all: the new file is written beside it and moved into place once it is
on the disk. Devices and pipes are written directly. A SQLite file may be irreplaceable, so it is never replaced; nor is
a folder. Nothing here depends on the content.
"""

from __future__ import annotations

import io
import os
import re
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from extractor.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRIVATE = 0o600  # only for its owner
ANYBODY = 0o666  # less the umask, as for any file meant for others

# How SQLite's files begin: the database, its journal, its -wal (https://sqlite.org/fileformat2.html).
DATABASE = b"SQLite format 3\0"
JOURNALS = (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
BESIDE_A_DATABASE = ("-journal", "-wal", "-shm")

AS_IT_WAS = "The old content is unchanged. Choose another file."
GROWING = ".joplin-catalogue-{}.part"  # short, however long the final name is
TRIES = 3  # attempts to create such a file
IS_GROWING = re.compile(r"\.joplin-catalogue-[0-9a-f]{8}\.part")
# An inherited descriptor: reopening a file by this name would write from its start.
DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,4})")
STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}


class NamedFile(io.FileIO):
    """A file being written, whose errors name the file; `hint` says what to do then."""

    def __init__(self, descriptor: int, name: str, hint: str = "", *, closes: bool = True) -> None:
        super().__init__(descriptor, "wb", closefd=closes)
        self._said = name, hint
        self.has_failed = False

    def write(self, data: object, /) -> int:
        """Write bytes; raises OutputError."""
        try:
            return super().write(data)  # type: ignore[arg-type] # typeshed has collections.abc.Buffer, of Python 3.12
        except BrokenPipeError:
            raise  # the reader has closed the pipe
        except OSError as error:
            self.has_failed = True
            name, hint = self._said
            raise OutputError(f"{name} cannot be written: {error.strerror}.", hint) from error


@contextmanager
def writing(path: Path, mode: int = PRIVATE) -> Iterator[BinaryIO]:
    """A file to write to, which takes its place when the block ends without an error; else the old file stays.

    `mode` applies to a new file; an existing file behind a symbolic link keeps its own. Raises OutputError.
    """
    descriptor = _descriptor(path)
    if descriptor is not None or _is_special(path):
        yield from _write_straight(path, descriptor)
        return
    with placing(path, mode) as growing, _named(growing, path) as file:
        yield file


@contextmanager
def placing(path: Path, mode: int = PRIVATE, *, replace_database: bool = False) -> Iterator[Path]:
    """The path of a new, empty file, which is moved to `path` when the block ends without an error.

    For code that writes files itself, such as SQLite; the caller says whether an existing database may be replaced.
    Raises OutputError.
    """
    try:
        place, kept = path, None
        if path.is_symlink():
            with suppress(FileNotFoundError):  # it leads to a file that does not exist yet
                kept = stat.S_IMODE(path.stat().st_mode)  # raises OSError for a loop of symbolic links
            place = path.resolve()
        refuse_to_replace(place, path, replace_database=replace_database)
    except OSError as error:
        raise cannot_write(path, error) from error
    with temporary(place.parent, mode, path) as (growing, descriptor):
        if kept is not None:
            os.fchmod(descriptor, kept)
        yield growing
        try:
            os.fsync(descriptor)
            growing.replace(place)
        except OSError as error:
            raise cannot_write(path, error) from error
        _sync_folder(place.parent)


@contextmanager
def temporary(folder: Path, mode: int = PRIVATE, path: Path | None = None) -> Iterator[tuple[Path, int]]:
    """A new, empty file in a folder, and its descriptor; removed when the block ends, or by the next one after a kill.

    Raises OutputError, which names `path`, if given, as the final file.
    """
    try:
        sweep(folder)
        growing, descriptor = _new(folder, mode)
    except OSError as error:
        raise cannot_write(path or folder, error) from error
    try:
        yield growing, descriptor
    finally:
        with suppress(OSError):  # it was moved into place, or an earlier error is being reported
            growing.unlink()
        os.close(descriptor)


def _new(folder: Path, mode: int) -> tuple[Path, int]:
    """A new file with a lock: before it is locked, another writer may take it for a leftover and remove it."""
    for tries_left in reversed(range(TRIES)):
        growing = folder / GROWING.format(os.urandom(4).hex())
        descriptor = os.open(growing, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
        if (hold(descriptor) and os.fstat(descriptor).st_nlink) or not tries_left:  # some systems have no such locks
            break
        os.close(descriptor)
        growing.unlink(missing_ok=True)
    return growing, descriptor


def refuse_to_replace(place: Path, path: Path, *, replace_database: bool = False) -> None:
    """Refuse to replace what must stay; raises OutputError and OSError."""
    if place.is_dir():
        raise OutputError(f"{path} is a folder.", "Give a file name.")
    if not place.exists():
        return
    if not replace_database and is_of_sqlite(place):
        raise OutputError(f"{path} is a SQLite file, and those are never replaced.", "Choose another file.")
    if not os.access(place, os.W_OK):
        raise OutputError(f"{path} cannot be written: it is write-protected.", "Choose another file.")


def is_of_sqlite(path: Path) -> bool:
    """Whether a file is a SQLite database or one of SQLite's files beside it; raises OSError."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        begins = file.read(len(DATABASE))
    if begins == DATABASE or begins.startswith(JOURNALS):
        return True
    base, dash, suffix = path.name.rpartition("-")
    return dash + suffix in BESIDE_A_DATABASE and is_of_sqlite(path.with_name(base)) if base else False


def cannot_write(path: Path, error: Exception) -> OutputError:
    """The error for a file that cannot be written."""
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"{path} cannot be written: {reason}.", AS_IT_WAS)


def sweep(folder: Path) -> None:
    """Remove files left by killed writers; running ones hold a lock on theirs."""
    for path in folder.iterdir():
        if IS_GROWING.fullmatch(path.name):
            with suppress(OSError):
                descriptor = os.open(path, os.O_RDWR)
                try:
                    if hold(descriptor):
                        path.unlink()
                finally:
                    os.close(descriptor)


def _write_straight(path: Path, descriptor: int | None) -> Iterator[BinaryIO]:
    try:
        opened = os.open(path, os.O_WRONLY) if descriptor is None else os.dup(descriptor)
    except OSError as error:
        raise cannot_write(path, error) from error
    with io.BufferedWriter(NamedFile(opened, str(path))) as file:
        yield file


@contextmanager
def _named(growing: Path, path: Path) -> Iterator[BinaryIO]:
    try:
        opened = os.open(growing, os.O_WRONLY)
    except OSError as error:
        raise cannot_write(path, error) from error
    with io.BufferedWriter(NamedFile(opened, str(path), AS_IT_WAS)) as file:
        yield file


def _descriptor(path: Path) -> int | None:
    """The number of the descriptor that a path stands for."""
    found = DESCRIPTOR.fullmatch(str(path))
    return int(found[1]) if found else STANDARD.get(str(path))


def _is_special(path: Path) -> bool:
    """Whether a path is neither a file nor a folder."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def hold(descriptor: int) -> bool:
    """Take the lock that marks a file as in use; without such locks on this system, no file counts as in use."""
    try:
        import fcntl  # noqa: PLC0415 -- of POSIX

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        return False
    except OSError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Flush the new name to the disk; where a folder cannot be opened, as on Windows, the system does that itself."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
