"""A JEX export: a tar of item files in its root and blobs in `resources/<id>.<extension>`, without history.

Nothing is ever unpacked: members are read in place, and only those named like an item, so no name or link in the
archive can lead outside.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from extractor.errors import SourceChanged, SourceEmpty, SourceNotFound, SourceUnreadable
from extractor.sources.protocol import (
    MAX_ITEM_SIZE,
    Blob,
    Entry,
    Reading,
    SourceKind,
    is_item_name,
    item_entry,
    read_item,
    resource_names,
    too_large,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from extractor.joplin.items import MasterKey

_MAGIC: Final = b"ustar"
_MAGIC_AT: Final = 257
_BLOCK: Final = 512
_BAD_TAR: Final = (tarfile.TarError, ValueError, OverflowError, RecursionError, EOFError)


def is_archive(path: Path) -> bool:
    """Whether a file is a tar, or is named like a JEX export."""
    if path.suffix.lower() == ".jex":
        return True
    try:
        with path.open("rb") as file:
            return file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC
    except OSError:
        return False


def _read_member(entry: Entry, file: _Bounded, offset: int, size: int) -> Reading:
    try:
        return read_item(entry, _content(file, offset, size))
    except OSError as error:
        return Reading(entry.untrusted(), problem=f"It cannot be read: {error.strerror}.")


class ArchiveSource:
    """A JEX export at `path`; raises SourceNotFound."""

    kind: SourceKind = "archive"
    has_history = False
    history_days = None

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.path.realpath(path))
        if not self.path.is_file():
            raise SourceNotFound(f"{self.path} does not exist.")
        self.location = str(self.path)
        self._file: _Bounded | None = None
        self._members: dict[str, tuple[int, int]] = {}
        self._listed: tuple[int, int] | None = None

    def entries(self) -> list[Entry]:
        """The items; raises SourceUnreadable if the archive is damaged or truncated, and SourceEmpty.

        The stamp of an item is a digest of its content, because each export gives each member a new time.
        """
        file = self._open()
        self._listed = _state(file)
        try:
            self._members = dict(_members(file))
            found = [item_entry(name, self._stamp(file, name)) for name in sorted(self._members) if is_item_name(name)]
        except _BAD_TAR as error:
            raise SourceUnreadable(
                f"{self.path} is not a JEX export, or is damaged or cut off: {error}.", "Export it again."
            ) from error
        except OSError as error:
            raise SourceUnreadable(f"{self.path} cannot be read: {error.strerror}.") from error
        if not found:
            raise SourceEmpty(
                f"{self.path} contains no Joplin item.", "Export again in Joplin as JEX, or give the sync target."
            )
        return found

    def read(self, entries: Sequence[Entry]) -> Iterator[Reading]:
        """Read items in place; raises SourceChanged if the archive changed since they were listed."""
        file = self._file or self._open()
        for entry in entries:
            offset, size = self._members.get(entry.name, (0, -1))
            if size < 0:
                yield Reading(entry.untrusted())
            elif size > MAX_ITEM_SIZE:
                yield too_large(entry, size)
            else:
                yield _read_member(entry, file, offset, size)
        if _state(file) != self._listed:
            raise SourceChanged(
                f"{self.path} changed while it was being read.", "Try again when the export has finished."
            )

    def master_keys(self) -> tuple[MasterKey, ...]:
        """None: exports are not encrypted."""
        return ()

    def blob(self, resource_id: str, extension: str = "") -> Blob | None:
        """The part of the archive with an attachment."""
        try:
            status = self.path.stat()
            blobs = _blobs(self.path, status.st_size, status.st_mtime_ns)
        except (*_BAD_TAR, OSError):
            return None
        return next((blobs[name] for name in resource_names(resource_id, extension) if name in blobs), None)

    def close(self) -> None:
        """Close the archive."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> _Bounded:
        """Open the archive again."""
        self.close()
        try:
            self._file = _Bounded(io.FileIO(self.path))
        except FileNotFoundError:
            raise SourceNotFound(f"{self.path} no longer exists.") from None
        except OSError as error:
            raise SourceUnreadable(f"{self.path} cannot be read: {error.strerror}.") from error
        return self._file

    def _stamp(self, file: _Bounded, name: str) -> str:
        offset, size = self._members[name]
        if size > MAX_ITEM_SIZE:
            return f"{size}"
        return f"{size}-{hashlib.blake2b(_content(file, offset, size), digest_size=16).hexdigest()}"


class _Bounded(io.BufferedReader):
    """A file that limits each read to the maximum size of an item.

    tarfile reads long names and extended headers completely, whatever length they claim.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes; raises tarfile.ReadError."""
        if size is None or not 0 <= size <= MAX_ITEM_SIZE:
            raise tarfile.ReadError(f"a part of {size} bytes")
        return super().read(size)


def _members(file: _Bounded) -> Iterator[tuple[str, tuple[int, int]]]:
    """(name, (offset, size) in bytes) of items and blobs; raises one of _BAD_TAR."""
    last = -1
    with tarfile.open(fileobj=file, mode="r:") as archive:
        while (member := archive.next()) is not None:
            # A negative size would cause an endless loop (CVE-2025-8194).
            if member.offset <= last or member.size < 0:
                raise tarfile.ReadError("its members refer to each other in a circle")
            last = member.offset
            # Otherwise all members stay in memory, even a hundred million. (The stubs lack the attribute.)
            archive.members = []  # type: ignore[attr-defined]
            name = member.name.removeprefix("./")
            if member.isreg() and not member.issparse() and (is_item_name(name) or name.startswith("resources/")):
                yield name, (member.offset_data, member.size)
        # An archive ends with empty blocks; one truncated exactly between two members does not.
        file.seek(archive.offset)
        if file.read(_BLOCK) != b"\0" * _BLOCK:
            raise tarfile.ReadError("its end is missing")


@lru_cache(maxsize=4)  # a page of pictures requests each of them; size and time show when to read again
def _blobs(path: Path, _size: int, _mtime_ns: int) -> Mapping[str, Blob]:
    """The attachments of an archive by name; raises OSError or one of _BAD_TAR."""
    with _Bounded(io.FileIO(path)) as file:
        return {
            name: Blob(path, offset, size)
            for name, (offset, size) in _members(file)
            if name.startswith("resources/") and size <= MAX_ITEM_SIZE
        }


def _content(file: _Bounded, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def _state(file: _Bounded) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns
