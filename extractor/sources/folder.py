"""A folder of item files: a file-system sync target, or a RAW export.

Items are only in its root, as `<32 characters>.md` (reference: BaseItem.isSystemPath, file-api.ts basicDelta);
blobs in `.resource/<id>` of a target and `resources/<id>.<extension>` of an export.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from extractor.errors import SourceEmpty, SourceNotFound, SourceUnreadable
from extractor.sources.protocol import (
    ID_LENGTH,
    MAX_ITEM_SIZE,
    Blob,
    Entry,
    Reading,
    SourceKind,
    is_item_name,
    is_named_by_id,
    read_item,
    resource_names,
    too_large,
)
from extractor.sources.sync_info import SyncInfo, parse_sync_info

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extractor.joplin.items import MasterKey

_FRESH_NS: Final = 2_000_000_000
_RETRIES: Final = 3
_RETRY_SECONDS: Final = 0.05
_CHILDREN_LOOKED_AT: Final = 200


class FolderSource:
    """A sync target or a RAW export at `path`; raises SourceNotFound if that is missing or not a folder."""

    kind: SourceKind = "folder"

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.path.realpath(path))
        if not self.path.is_dir():
            raise SourceNotFound(f"{self.path} is not a folder.")
        self.location = str(self.path)
        self._info: SyncInfo | None = None

    @property
    def has_history(self) -> bool:
        """False for a RAW export, recognised by its `resources` folder without any trace of a sync target."""
        return is_sync_target(self.path) or not (self.path / "resources").is_dir()

    @property
    def history_days(self) -> int | None:
        """How long revisions are kept, according to info.json."""
        return self._sync_info().history_days

    def master_keys(self) -> tuple[MasterKey, ...]:
        """The keys in info.json; old targets store them as items, which come with the other items."""
        return self._sync_info().master_keys

    def entries(self) -> list[Entry]:
        """The item files by name; raises SourceUnreadable, SourceEmpty, or SourceNotFound if it disappeared."""
        try:
            found = _item_files(self.path)
        except FileNotFoundError:
            raise SourceNotFound(f"{self.path} no longer exists.") from None
        except OSError as error:
            raise SourceUnreadable(f"{self.path} cannot be read: {error.strerror}.") from error
        if not found:
            raise SourceEmpty(f"{self.path} contains no Joplin item.", _what_it_may_be(self.path))
        return found

    def read(self, entries: Sequence[Entry]) -> Iterator[Reading]:
        """Read item files, skipping files deleted meanwhile; raises SourceUnreadable if all have disappeared."""
        for entry in entries:
            try:
                yield read_file(f"{self.location}{os.sep}{entry.name}", entry)
            except FileNotFoundError:
                # One file goes when somebody deletes a note; all go when a disk is unplugged, and then each
                # would look deleted.
                if not self.path.is_dir():
                    raise SourceUnreadable(f"{self.path} disappeared while it was being read.") from None
                yield Reading(entry.untrusted())

    def blob(self, resource_id: str, extension: str = "") -> Blob | None:
        """The file of an attachment."""
        paths = (self.path / name for name in resource_names(resource_id, extension))
        return next((Blob(path) for path in paths if path.is_file()), None)

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _sync_info(self) -> SyncInfo:
        if self._info is None:
            try:
                self._info = parse_sync_info((self.path / "info.json").read_text("utf-8"))
            except (OSError, UnicodeDecodeError):
                self._info = SyncInfo()
        return self._info


def is_sync_target(path: Path) -> bool:
    """Whether a folder has the traces of a sync target."""
    return any((path / name).exists() for name in ("info.json", ".resource", ".sync"))


def file_stamp(status: os.stat_result, now: int | None = None) -> str:
    """The stamp of a file: its size in bytes and the time of its last change in nanoseconds.

    `now` is the time in nanoseconds when it was listed, or before that. A file that changed within the last two seconds
    (or, with a wrong clock, in the future) may change again without a new time, because some file systems count in
    steps of 2 s: it gets no stamp, and the next build reads it again. (Git calls such entries racily clean.)
    """
    changed = status.st_mtime_ns
    if changed > (time.time_ns() if now is None else now) - _FRESH_NS:
        return ""
    return f"{status.st_size}-{changed}"


def read_file(path: str, entry: Entry) -> Reading:
    """Read one item file; raises FileNotFoundError. Other errors become the problem of the reading.

    A file without sensible content that was written just now is most likely still being written: it is read again
    before it counts as damaged.
    """
    reading = _read_once(path, entry)
    for _ in range(_RETRIES):
        if reading.problem is None or not _is_fresh(path):
            break
        time.sleep(_RETRY_SECONDS)
        reading = _read_once(path, entry)
    return reading


def _read_once(path: str, entry: Entry) -> Reading:
    try:
        with open(path, "rb", buffering=0, opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return Reading(entry)
            if status.st_size > MAX_ITEM_SIZE:
                return too_large(entry, status.st_size)
            return read_item(entry, file.readall())
    except FileNotFoundError:
        raise
    except OSError as error:
        return Reading(entry.untrusted(), problem=f"It cannot be read: {error.strerror}.")


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file without blocking forever if it is a named pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _is_fresh(path: str) -> bool:
    return file_stamp(os.stat(path)) == ""  # noqa: PTH116 - a Path for each of many files costs a third of the read


def _item_files(path: Path) -> list[Entry]:
    """The item files of a folder by name; none if no file looks like an item. Raises OSError."""
    now = time.time_ns()
    with _listing(path) as listing:
        found = [entry for item in listing if (entry := _entry(item, now))]
    # Joplin checks only the length of the name, which is enough in a sync target. Elsewhere, as in a Markdown export, a
    # note may have a title of exactly 32 characters.
    looks_so = any(entry.item_id for entry in found) or is_sync_target(path)
    if not looks_so and not any(_says_so(path, entry) for entry in found):
        return []
    return sorted(found, key=itemgetter(0))


@contextmanager
def _listing(path: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
    """What is in a folder. Raises OSError."""
    if os.scandir not in os.supports_fd:
        with os.scandir(path) as listing:
            yield listing
        return
    # From an open folder the system finds each file without looking up the way to the folder, a seventh of its time.
    folder = os.open(path, os.O_RDONLY)
    try:
        with os.scandir(folder) as listing:
            yield listing
    finally:
        os.close(folder)


def _says_so(path: Path, entry: Entry) -> bool:
    """Whether the content of a file is an item."""
    try:
        return _read_once(str(path / entry.name), entry).item is not None
    except FileNotFoundError:
        return False


def _entry(item: os.DirEntry[str], now: int) -> Entry | None:
    """The entry of an item file, or of a link to one, which Joplin follows; None for anything else."""
    name = item.name
    # Of most folders all that a build without changes does is this: `item_entry` would look at each name once more.
    if not (has_id := is_named_by_id(name)) and not is_item_name(name):
        return None
    try:
        if item.is_file():
            return Entry(name, name[:ID_LENGTH] if has_id else None, file_stamp(item.stat(), now))
    except OSError:
        pass  # deleted since it was listed, or a broken link
    return None


def _what_it_may_be(path: Path) -> str:
    """What a folder without items seems to be, and what to give instead."""
    try:
        children = sorted(path.iterdir())
    except OSError:
        children = []
    give = "the folder that Joplin synchronises with, its profile folder, or a JEX or RAW export."
    if (path / "_resources").is_dir():
        return f"It is a Markdown export, which has no ids and no history: give {give}"
    for child in children[:_CHILDREN_LOOKED_AT]:
        if child.is_dir() and _is_source(child):
            return f"Its subfolder {child.name} does: give {child}."
    if is_sync_target(path):
        return "It is a sync target that is still empty: synchronise in Joplin first."
    lies_in_one = any((above / "_resources").is_dir() for above in path.parents)
    if lies_in_one or any(child.suffix == ".md" for child in children):
        return f"It looks like a Markdown export, which has no ids and no history: give {give}"
    return f"Give {give}"


def _is_source(path: Path) -> bool:
    """Whether a folder is a profile, or contains items."""
    try:
        return (path / "database.sqlite").is_file() or bool(_item_files(path))
    except OSError:
        return False
