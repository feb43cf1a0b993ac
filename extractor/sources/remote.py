"""A remote sync target: on a WebDAV server (Nextcloud), in an S3 bucket, or anywhere fsspec can reach.

Only changed items are fetched, several at once. Another device may synchronise meanwhile: a fetched item must have the
listed length or is checked again, and at the end, whatever changed meanwhile is read once more.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from extractor.errors import SourceEmpty, SourceNotFound, SourceUnreadable
from extractor.sources.fetched import Fetched
from extractor.sources.protocol import (
    MAX_ITEM_SIZE,
    Entry,
    Reading,
    SourceKind,
    is_item_name,
    item_entry,
    read_item,
    too_large,
)
from extractor.sources.sync_info import SyncInfo, parse_sync_info

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from extractor.joplin.items import MasterKey
    from extractor.sources.protocol import Blob

WORKERS: Final = 8
"""Items that are fetched at once: enough to hide the way to the server, few enough not to be locked out by it."""

_AHEAD: Final = 4 * WORKERS
_TRIES: Final = 4
_PAUSE: Final = 0.25
_FAILURES: Final = 10
_ROUNDS: Final = 3
_FRESH_SECONDS: Final = 2.0
USER: Final = "JOPLIN_CATALOGUE_WEBDAV_USER"
PASSWORD: Final = "JOPLIN_CATALOGUE_WEBDAV_PASSWORD"  # noqa: S105 - the name of a variable
_REFUSED: Final = (401, 403)


class RemoteSource:
    """A sync target at `root` of an fsspec file system; `location` identifies it.

    `fetch(path, end)` returns the bytes of a file before `end`; by default through the file system.
    """

    kind: SourceKind = "folder"
    has_history = True

    def __init__(
        self,
        files: Any,  # noqa: ANN401 - fsspec has no types
        root: str,
        location: str,
        *,
        fetch: Callable[[str, int], bytes] | None = None,
        cache: Path | None = None,
    ) -> None:
        self.location = location
        self._files = files
        self._root = root.rstrip("/")
        self._fetch_bytes = fetch or (lambda path, end: files.cat_file(path, end=end))
        self._fetched = Fetched(location, cache)
        self._sizes: dict[str, int | None] = {}
        self._info: SyncInfo | None = None
        self._failed_in_a_row = 0

    @property
    def history_days(self) -> int | None:
        """How long revisions are kept, according to info.json."""
        return self._sync_info().history_days

    def master_keys(self) -> tuple[MasterKey, ...]:
        """The keys in info.json."""
        return self._sync_info().master_keys

    def entries(self) -> list[Entry]:
        """The item files by name; raises SourceNotFound, SourceUnreadable or SourceEmpty."""
        found = self._list()
        if not found:
            raise SourceEmpty(
                f"{self.location} contains no Joplin item.", "Give the folder that Joplin synchronises with."
            )
        return found

    def read(self, entries: Sequence[Entry]) -> Iterator[Reading]:
        """Fetch items in the given order; one that changed meanwhile is read twice, and the later reading counts.

        Raises SourceUnreadable if the connection is lost; what was fetched so far need not be fetched again.
        """
        self._fetched.keep_only(entries)
        asked = entries
        for _ in range(_ROUNDS):
            yield from self._fetch_all(asked)
            if not asked:
                return
            names = {entry.name: entry.stamp for entry in asked}
            asked = [entry for entry in self._list() if names.get(entry.name, entry.stamp) != entry.stamp]

    def blob(self, resource_id: str, extension: str = "") -> Blob | None:  # noqa: ARG002 - the protocol's
        """None: it is not on this computer."""
        return None

    def close(self) -> None:
        """Do nothing: connections close by themselves."""

    def _list(self) -> list[Entry]:
        """The item files; also notes their sizes."""
        self._files.invalidate_cache()
        try:
            listed = self._files.ls(self._root, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            raise SourceNotFound(f"{self.location} does not exist.") from None
        except Exception as error:
            raise self._unreadable(error) from error
        found = []
        for info in listed:
            name = str(info.get("name", "")).rstrip("/").rpartition("/")[2]
            if info.get("type") == "file" and is_item_name(name):
                self._sizes[name] = _size(info)
                found.append(item_entry(name, _stamp(info)))
        return sorted(found, key=lambda entry: entry.name)

    def _fetch_all(self, entries: Sequence[Entry]) -> Iterator[Reading]:
        """Fetch several at once, with a limited number of contents in memory."""
        pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="fetch")
        waiting: deque[Future[Reading]] = deque()
        try:
            for entry in entries:
                waiting.append(pool.submit(self._fetch, entry))
                if len(waiting) >= _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _fetch(self, entry: Entry) -> Reading:
        """Fetch one item, repeatedly until it is complete."""
        content = self._fetched.get(entry)
        if content is not None and (reading := read_item(entry, content)).problem is None:
            return reading
        last: Exception | None = None
        for turn in range(_TRIES):
            try:
                if turn:
                    time.sleep(_PAUSE * 2**turn)
                    entry = self._look_again(entry)
                reading_or_none = self._fetch_once(entry)
            except FileNotFoundError:
                return Reading(entry.untrusted())
            except Exception as error:  # noqa: BLE001 - each file system has errors of its own
                last = error
                continue
            if reading_or_none is not None:
                return reading_or_none
            last = None
        if last is None:
            return Reading(entry.untrusted(), problem="It kept changing while it was being read.")
        self._list()  # raises if the problem is the whole target instead of this item
        self._failed_in_a_row += 1
        if self._failed_in_a_row > _FAILURES:
            raise self._unreadable(last)
        return Reading(entry.untrusted(), problem=f"It cannot be fetched: {_first_line(last)}.")

    def _fetch_once(self, entry: Entry) -> Reading | None:
        """Fetch one item; None if it is being written at the moment."""
        size = self._sizes.get(entry.name)
        if size is not None and size > MAX_ITEM_SIZE:
            return too_large(entry, size)
        content = b"" if size == 0 else self._content(entry.name, MAX_ITEM_SIZE if size is None else size)
        if size is None and len(content) > MAX_ITEM_SIZE:
            return too_large(entry, len(content))
        if size is not None and len(content) != size:
            return None
        reading = read_item(entry, content)
        if reading.problem is not None:
            # Half an item can have the listed length if it was listed half-written.
            return reading if self._look_again(entry).stamp == entry.stamp else None
        self._fetched.put(entry, content)
        self._failed_in_a_row = 0
        return reading

    def _content(self, name: str, size: int) -> bytes:
        """Fetch a file and one byte beyond its size: if that exists, it is not the listed file."""
        return self._fetch_bytes(self._path(name), size + 1)

    def _look_again(self, entry: Entry) -> Entry:
        """The current size and stamp of one item; raises FileNotFoundError."""
        self._files.invalidate_cache()
        info = self._files.info(self._path(entry.name))
        self._sizes[entry.name] = _size(info)
        return item_entry(entry.name, _stamp(info))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}" if self._root else name

    def _sync_info(self) -> SyncInfo:
        if self._info is None:
            try:
                self._info = parse_sync_info(self._content("info.json", MAX_ITEM_SIZE).decode("utf-8"))
            except Exception:  # noqa: BLE001 - not there, or not to be had: then it says nothing
                self._info = SyncInfo()
        return self._info

    def _unreadable(self, error: Exception) -> SourceUnreadable:
        """The error that explains why the target cannot be read."""
        status = getattr(error, "status_code", getattr(getattr(error, "response", None), "status_code", 0))
        if isinstance(error, PermissionError) or status in _REFUSED or type(error).__name__ == "NoCredentialsError":
            hint = (
                f"Put name and password in {USER} and {PASSWORD}, or in ~/.netrc."
                if self.location.startswith("webdav")
                else "Check the credentials in the environment or in the configuration of the service's own tools."
            )
            return SourceUnreadable(f"{self.location} refuses access.", hint)
        return SourceUnreadable(f"{self.location} cannot be read: {_first_line(error)}.", "Try again later.")


def _size(info: Mapping[str, Any]) -> int | None:
    """The listed size of a file in bytes, None if it is not listed."""
    size = info.get("size")
    return size if isinstance(size, int) and size >= 0 else None


def _stamp(info: Mapping[str, Any]) -> str:
    """The stamp of a file from its listing: an ETag, or else the time of its last change."""
    tag = info.get("ETag") or info.get("etag")
    if tag:
        return f"{info.get('size')}-{tag}"
    changed = next((info[key] for key in ("LastModified", "modified", "mtime", "updated") if info.get(key)), None)
    if isinstance(changed, int | float):
        try:
            changed = datetime.fromtimestamp(changed, UTC)
        except (ValueError, OverflowError, OSError):  # not a valid time: as if there were none
            return ""
    if not isinstance(changed, datetime):
        return ""
    if changed.tzinfo is None:
        changed = changed.replace(tzinfo=UTC)
    # Without an ETag, in steps of a second: a recently changed file may change again without a new time.
    age = (datetime.now(UTC) - changed).total_seconds()
    return f"{info.get('size')}-{changed.isoformat()}" if age > _FRESH_SECONDS else ""


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{lines[0][:200]} ({type(error).__name__})" if lines else type(error).__name__
