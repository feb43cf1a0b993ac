"""`watch`: read sources as soon as they change, or at intervals if changes are not reported.

The system reports changes to a local folder, profile or file (watchfiles). A single change is read at once. While a
sync writes file after file, builds wait until it pauses, and never take more than a third of the time. A running Joplin
and remote targets are polled; local sources are polled, too, because a network drive does not report changes made by
other computers. A missing source is waited for.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final, Literal

from extractor.errors import CatalogueError, CatalogueFileError
from extractor.sources import is_remote
from extractor.sources.api_address import is_api_address
from extractor.sources.folder import is_sync_target
from extractor.sources.protocol import DATABASE, is_item_name

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

QUIET, QUIET_IN_SYNC = 0.3, 1.0
"""Seconds without a change after which what changed is read: all of it is to be there within two."""
LONGEST, LONGEST_IN_SYNC = 1.0, 20.0
"""Seconds after the first change at which it is read though changes go on."""
SYNC: Final = 5.0
"""Seconds after a build in which another change belongs to the same sync."""
REST: Final = 2.0
"""How many times as long as a build took there is none after it."""
AGAIN: Final = 60.0
"""Seconds until what failed is tried again, if no change is told before."""

_TICK_MS: Final = 300
_GROUP_MS: Final = 200
_STEP_MS: Final = 50

Kind = Literal["local", "api", "remote"]


@dataclass(frozen=True, slots=True)
class Place:
    """The location of a source: the folder to watch, and the name of the relevant file in it ('' for item files)."""

    folder: str
    file: str = ""

    def concerns(self, path: str) -> bool:
        """Whether a change to this file is a change of the source."""
        folder, name = os.path.split(path)
        if folder != self.folder:
            return False
        if self.file:  # SQLite's files beside a database change before the database does
            return name == self.file or name.startswith(f"{self.file}-")
        return is_item_name(name) or name == "info.json"


def kind_of(spec: str) -> Kind:
    """How a source has to be watched."""
    return "api" if is_api_address(spec) else "remote" if is_remote(spec) else "local"


def place_of(spec: str) -> Place | None:
    """Where to watch a local source; None if it does not exist."""
    path = os.path.realpath(os.path.expanduser(spec))  # noqa: PTH111 -- Path.expanduser raises for an unknown user
    if os.path.isdir(path):  # noqa: PTH112 -- as above
        has_database = (Path(path) / DATABASE).is_file()
        return Place(path, DATABASE if has_database and not is_sync_target(Path(path)) else "")
    folder, name = os.path.split(path)
    return Place(folder, name) if os.path.exists(path) else None  # noqa: PTH110 -- as above


Known = tuple[Place, int, int]
"""Where a source lies, and which folder that is: its device and number, other ones where it was mounted anew."""


@dataclass(slots=True)
class Due:
    """When to read one source next, in seconds of a monotonic clock; `every` is its interval."""

    every: float
    asked_at: float = 0.0
    first_change: float | None = None
    last_change: float = 0.0
    ended: float = float("-inf")
    took: float = 0.0

    def changed(self, now: float) -> None:
        """Note a change."""
        self.first_change = now if self.first_change is None else self.first_change
        self.last_change = now

    def at(self) -> float:
        """When to read it."""
        if self.first_change is None:
            return self.asked_at
        in_sync = self.first_change - self.ended < SYNC
        quiet, longest = (QUIET_IN_SYNC, LONGEST_IN_SYNC) if in_sync else (QUIET, LONGEST)
        quiet_at = min(self.last_change + quiet, self.first_change + longest)
        return max(quiet_at, self.ended + REST * self.took)

    def read(self, began: float, ended: float, *, failed: bool = False) -> None:
        """Note that it was read; later changes are read next time."""
        if self.first_change is not None:
            self.first_change = began if self.last_change > began else None
        self.ended, self.took = ended, ended - began
        self.asked_at = ended + (min(AGAIN, self.every) if failed else self.every)


class Watch:
    """Reads sources until interrupted; `read` updates the catalogue from some of them, `tell` receives error messages.

    `every` returns the interval of a kind of source in seconds. An error of `read` is reported once, and `read` is
    tried again.
    """

    def __init__(
        self,
        specs: Sequence[str],
        read: Callable[[Sequence[str]], None],
        tell: Callable[[str], None],
        every: Callable[[Kind], float],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._read_all, self._tell, self._clock = read, tell, clock
        self._due = {spec: Due(every(kind_of(spec))) for spec in specs}
        self._there: dict[str, Known] = {}
        self._wrong: dict[str, str] = {}

    def run(self, changes: Callable[[Iterable[str]], Generator[Iterable[str]]] | None = None) -> None:
        """Run until interrupted; `changes` yields the changed paths in these folders, and none from time to time."""
        self._there = self._look()
        while True:
            folders = {place.folder for place, *_ in self._there.values()}
            with closing((changes or self._changes)(folders)) as batches:
                for paths in batches:
                    self.turn(paths)
                    if self._has_moved():
                        break

    def turn(self, paths: Iterable[str] = ()) -> None:
        """Note changes, and read what is due."""
        now = self._clock()
        for path in paths:
            for spec, (place, *_) in self._there.items():
                if place.concerns(path):
                    self._due[spec].changed(now)
        if due := [spec for spec, one in self._due.items() if one.at() <= now]:
            self._read(due)

    def _read(self, specs: Sequence[str]) -> None:
        """Read all together; if that fails, each by itself, so that an unavailable one does not stop the others."""
        began = self._clock()
        said = None
        try:
            self._read_all(specs)
        except (CatalogueError, OSError) as error:
            if len(specs) > 1 and not isinstance(error, CatalogueFileError):
                for spec in specs:
                    self._read([spec])
                return
            said = _said(error)
        for spec in specs:
            self._due[spec].read(began, self._clock(), failed=said is not None)
            self._say_once(spec if len(specs) == 1 else "all", said)

    def _say_once(self, about: str, error: str | None) -> None:
        """Report an error unless it was the last one reported; None means that there is no error any more."""
        if error != self._wrong.get(about):
            self._wrong[about] = error or ""
            if error:
                self._tell(error)
        if error is None:
            self._wrong.pop(about, None)

    def _look(self) -> dict[str, Known]:
        """Find out which local sources exist, and where."""
        found = {}
        for spec in self._due:
            place = place_of(spec) if kind_of(spec) == "local" else None
            if place is not None:
                with suppress(OSError):
                    status = os.stat(place.folder)  # noqa: PTH116 -- as above
                    found[spec] = (place, status.st_dev, status.st_ino)
        return found

    def _has_moved(self) -> bool:
        """Whether a source has appeared, disappeared or been remounted, so that the watched folders change."""
        before, self._there = self._there, self._look()
        for spec, known in self._there.items():
            if before.get(spec) != known:
                self._due[spec].asked_at = self._clock()
        return before != self._there

    def _changes(self, folders: Iterable[str]) -> Generator[Iterable[str]]:
        """The paths of changed files as the system reports them; without reports, sources are read at intervals."""
        from watchfiles import watch  # noqa: PLC0415 -- heavy imports only where used

        changes = watch(
            *sorted(folders),
            watch_filter=None,
            debounce=_GROUP_MS,
            step=_STEP_MS,
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            recursive=False,
        )
        try:
            for some in changes:
                yield [path for _, path in some]
        except FileNotFoundError:  # it has just disappeared
            sleep(_TICK_MS / 1000)
            yield ()
        except (OSError, RuntimeError) as error:  # for example when the system has no watches left
            self._say_once("watching", f"Changes cannot be watched ({error}): sources are read every {AGAIN:.0f} s.")
            for spec, due in self._due.items():
                due.every = min(due.every, AGAIN) if kind_of(spec) == "local" else due.every
            while True:
                sleep(_TICK_MS / 1000)
                yield ()


def _said(error: Exception) -> str:
    """What went wrong, in one line."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror or error}."
    return str(error)
