"""`watch`: sources are read as soon as they change, or where nothing tells of that, from time to time.

The system tells of changes of a local folder, profile or file (watchfiles). A lone change is read at once. While a
sync writes file after file, builds wait until it pauses, and never take more than a third of the time. A running Joplin
and remote targets are asked at intervals; so is whatever is local, for a network drive tells nothing of what other
computers change on it. A source that is not there is waited for.
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
from extractor.sources.profile import DATABASE
from extractor.sources.protocol import is_item_name

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
    """Where a source lies: the folder to watch, and the name of the file in it that counts ('' for item files)."""

    folder: str
    file: str = ""

    def concerns(self, path: str) -> bool:
        """Whether a change of this file is one of the source."""
        folder, name = os.path.split(path)
        if folder != self.folder:
            return False
        if self.file:  # what SQLite keeps beside a database changes before it does
            return name == self.file or name.startswith(f"{self.file}-")
        return is_item_name(name) or name == "info.json"


def kind_of(spec: str) -> Kind:
    """How a source has to be watched."""
    return "api" if is_api_address(spec) else "remote" if is_remote(spec) else "local"


def place_of(spec: str) -> Place | None:
    """Where to watch for changes of a local source; None where it is not there."""
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
    """When one source is to be read next, in seconds of a clock that runs forward alone; `every` is its interval."""

    every: float
    asked_at: float = 0.0
    first_change: float | None = None
    last_change: float = 0.0
    ended: float = float("-inf")
    took: float = 0.0

    def changed(self, now: float) -> None:
        """Take in that it changed."""
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
        """Take in that it was read; what changed since then is read next time."""
        if self.first_change is not None:
            self.first_change = began if self.last_change > began else None
        self.ended, self.took = ended, ended - began
        self.asked_at = ended + (min(AGAIN, self.every) if failed else self.every)


class Watch:
    """Reads sources for ever; `read` brings the catalogue up to date with some of them, `tell` is told what it says.

    `every` gives the interval of a kind of source in seconds. An error of `read` is logged once; what failed is tried
    again.
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
        """Go on until interrupted; `changes` gives the paths that changed in these folders, now and then none."""
        self._there = self._look()
        while True:
            folders = {place.folder for place, *_ in self._there.values()}
            with closing((changes or self._changes)(folders)) as batches:
                for paths in batches:
                    self.turn(paths)
                    if self._has_moved():
                        break

    def turn(self, paths: Iterable[str] = ()) -> None:
        """Take in what changed, and read what is due."""
        now = self._clock()
        for path in paths:
            for spec, (place, *_) in self._there.items():
                if place.concerns(path):
                    self._due[spec].changed(now)
        if due := [spec for spec, one in self._due.items() if one.at() <= now]:
            self._read(due)

    def _read(self, specs: Sequence[str]) -> None:
        """Read all of them at once; where that fails, each by itself, so that one that is away stops no other."""
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
        """Tell an error that is news; None where there is none any more."""
        if error != self._wrong.get(about):
            self._wrong[about] = error or ""
            if error:
                self._tell(error)
        if error is None:
            self._wrong.pop(about, None)

    def _look(self) -> dict[str, Known]:
        """Look which local sources are there, and where."""
        found = {}
        for spec in self._due:
            place = place_of(spec) if kind_of(spec) == "local" else None
            if place is not None:
                with suppress(OSError):
                    status = os.stat(place.folder)  # noqa: PTH116 -- as above
                    found[spec] = (place, status.st_dev, status.st_ino)
        return found

    def _has_moved(self) -> bool:
        """Whether a source has come, gone, or been mounted anew, so that other folders have to be watched."""
        before, self._there = self._there, self._look()
        for spec, known in self._there.items():
            if before.get(spec) != known:
                self._due[spec].asked_at = self._clock()
        return before != self._there

    def _changes(self, folders: Iterable[str]) -> Generator[Iterable[str]]:
        """The paths of files that changed, as the system reports them; else sources are read at intervals."""
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
        except FileNotFoundError:  # it went just now
            sleep(_TICK_MS / 1000)
            yield ()
        except (OSError, RuntimeError) as error:  # as where the system watches no more folders
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
