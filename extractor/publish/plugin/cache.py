"""What takes long to count is counted once for each state of the file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import thread_time
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from extractor.publish.html.bounded import BoundedCache

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from sqlite3 import Connection

    from extractor.publish.plugin.datasette_types import Datasette
    from extractor.publish.plugin.page import PageRequest

T = TypeVar("T")

SLOW_PAGES = 16 << 20  # bytes
SLOW = 0.05  # seconds of CPU

_slow: WeakKeyDictionary[Datasette, BoundedCache[tuple[object, Any]]] = WeakKeyDictionary()
_running: WeakKeyDictionary[Datasette, dict[Hashable, asyncio.Future[Any]]] = WeakKeyDictionary()
_kept: WeakKeyDictionary[Datasette, dict[tuple[str, str], tuple[object, Any]]] = WeakKeyDictionary()


async def remembered(
    visit: PageRequest, what: str, reading: Callable[[Connection], T], *, besides: Hashable = None
) -> T:
    """The answer of `reading`, from before if neither the file nor what it depends on `besides` has changed since."""
    kept = _kept.setdefault(visit.datasette, {})
    state = _state(visit.datasette.get_database(visit.name).path), besides
    known = kept.get((visit.name, what))
    if known is None or known[0] != state:
        known = (state, await _read_once(visit, (what, state), reading))
        kept[visit.name, what] = known
    answer: T = known[1]
    return answer


async def _read_once(visit: PageRequest, what: Hashable, reading: Callable[[Connection], T]) -> T:
    """The answer of `reading`, which several requests may wait for at once."""
    running = _running.setdefault(visit.datasette, {})
    key = visit.name, what, asyncio.get_running_loop()
    task = running.get(key)
    if task is None:
        task = running[key] = asyncio.ensure_future(visit.read(reading, patiently=True))
        task.add_done_callback(lambda _: running.pop(key))
    answer: T = await asyncio.shield(task)  # one that gives up leaves it to the others
    return answer


async def remembered_if_slow(
    visit: PageRequest,
    what: str,
    reading: Callable[[Connection], T],
    *,
    size_of: Callable[[T], int],
    patiently: bool = True,
) -> T:
    """The same for one of many pages: what took long is kept with others like it, SLOW_PAGES bytes of them in all.

    `size_of` estimates the bytes of an answer. What a visitor may see is part of what is asked for. `patiently` as with
    `PageRequest.read`.
    """
    pages = _slow.setdefault(visit.datasette, BoundedCache(SLOW_PAGES))
    state = _state(visit.datasette.get_database(visit.name).path)
    key = visit.name, what, visit.visible
    known = pages.get(key)
    if known is not None and known[0] == state:
        remembered: T = known[1]
        return remembered

    def timed(connection: Connection) -> tuple[T, float]:
        started = thread_time()
        return reading(connection), thread_time() - started

    answer, seconds = await visit.read(timed, patiently=patiently)
    if seconds > SLOW:
        pages.put(key, (state, answer), size_of(answer))
    return answer


def _state(path: str | None) -> object:
    """Changes with the content of the file, that of a write-ahead log included; an object of its own if unknown."""
    if path is None:
        return object()
    found: list[tuple[int, int]] = []
    for name in (path, f"{path}-wal"):
        try:
            status = Path(name).stat()
        except OSError:
            continue
        found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)
