"""One run: from sources to the catalogue, reading only what changed, telling again only the notes that it touches."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from extractor import __version__
from extractor.catalogue.bulk import bulk, nothing_told
from extractor.catalogue.derived import write_addresses, write_chronicles, write_revision_problems
from extractor.catalogue.memory import (
    Seen,
    Touched,
    current_note,
    forget,
    histories,
    known_stamps,
    remember,
    source_row,
)
from extractor.catalogue.settle import settle
from extractor.catalogue.status import Contents, finish_build, holds_only_example, start_afresh
from extractor.catalogue.store import open_to_write
from extractor.chronicle import Chronicle, tell
from extractor.errors import CatalogueFileError
from extractor.joplin.items import Note, Revision
from extractor.times import iso

if TYPE_CHECKING:
    from pathlib import Path

    from extractor.catalogue.store import Catalogue
    from extractor.sources import Source

BATCH = 200  # readings or revisions that go through the run at once: enough to keep workers busy, little enough to hold
PARALLEL_FROM = 1500  # revisions; below this, starting workers takes longer than they save

T = TypeVar("T")
History = tuple[str, Note | None, list[Revision], dict[str, Revision]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did, for the summary."""

    contents: Contents
    items: int
    items_changed: int
    items_gone: int
    notes_told: int
    started_afresh: bool
    without_history: tuple[str, ...]


def build(
    sources: Sequence[Source],
    path: Path,
    *,
    progress: Progress = lambda _phase, _done, _total: None,
    workers: int | None = None,
    example: Path | None = None,
) -> Report:
    """Bring the catalogue at `path` up to date with these sources, in one transaction.

    `progress` is told (phase, done, total) as the work goes on. `example` is the folder of the sample: its notes and
    one's own never mix. Raises SourceError and CatalogueFileError; the catalogue is then as it was.
    """
    now = _now()
    touched = Touched()
    counts = [0, 0, 0]
    with ExitStack() as stack:
        db = stack.enter_context(open_to_write(path))
        examples = [example is not None and source.location == str(example.resolve()) for source in sources]
        afresh = False
        if not all(examples) and holds_only_example(db):
            start_afresh(db)
            afresh = True
        elif any(examples) and not (all(examples) and holds_only_example(db, or_nothing=True)):
            raise CatalogueFileError(
                f"{path} holds notes of your own; the example never mixes with them.",
                "Build the example into a file of its own: --db example.db",
            )
        runs = []
        for source, is_example in zip(sources, examples, strict=True):
            source_id = source_row(db, source.kind, source.location, is_example=is_example, now=now)
            items, changed, gone = _read(source, source_id, db, touched, progress)
            runs.append((source_id, items, changed))
            counts = [a + b for a, b in zip(counts, (items, changed, gone), strict=True)]
            touched.anything |= bool(gone)
        told = _tell_all(db, sorted(touched.notes), progress, workers, now)
        if touched.anything:
            progress("Settling", 0, 1)
            settle(db, now)
        result = finish_build(db, runs, started_at=now, finished_at=_now(), version=__version__)
        progress("Settling", 1, 1)
    return Report(
        contents=result,
        items=counts[0],
        items_changed=counts[1],
        items_gone=counts[2],
        notes_told=told,
        started_afresh=afresh,
        without_history=tuple(source.location for source in sources if not source.has_history),
    )


def _read(source: Source, source_id: int, db: Catalogue, touched: Touched, progress: Progress) -> tuple[int, int, int]:
    """Read what changed in one source; returns how many entries it has, how many were read, how many have gone."""
    entries = source.entries()
    known = known_stamps(db, source_id)
    changed = [entry for entry in entries if not entry.stamp or known.get(entry.name) != entry.stamp]
    gone = known.keys() - {entry.name for entry in entries}
    done = 0
    progress("Reading", 0, len(changed))
    for batch in _batches(source.read(changed), BATCH):
        seen = [
            Seen(reading.entry.name, reading.entry.item_id, reading.entry.stamp, reading.item, reading.problem)
            for reading in batch
        ]
        remember(db, source_id, seen, touched)
        done += len(batch)
        progress("Reading", done, len(changed))
    forget(db, source_id, gone)
    return len(entries), len(changed), len(gone)


def _tell_all(db: Catalogue, note_ids: Sequence[str], progress: Progress, workers: int | None, now: str) -> int:
    """Tell the history of each touched note again; returns how many notes that were."""
    addresses: set[int] = set()
    done = 0
    progress("Replaying", 0, len(note_ids))
    first = nothing_told(db)
    with bulk(db) if first else nullcontext():
        for batch in _chronicles(_histories(db, note_ids), workers):
            addresses |= write_chronicles(db, batch, first=first)
            write_revision_problems(db, batch, now)
            done += len(batch)
            progress("Replaying", done, len(note_ids))
    write_addresses(db, addresses)
    return done


def _histories(db: Catalogue, note_ids: Sequence[str]) -> Iterator[History]:
    for note_id, revisions, rebased in histories(db, note_ids):
        yield note_id, current_note(db, note_id), revisions, rebased


def _chronicles(notes: Iterator[History], workers: int | None) -> Iterator[list[Chronicle]]:
    """Tell notes in batches, in other processes where there is enough to do."""
    batches = _by_weight(notes)
    workers = os.cpu_count() or 1 if workers is None else workers
    ahead: list[list[History]] = []
    waiting = 0
    for batch in batches:
        ahead.append(batch)
        waiting += sum(1 + len(history[2]) for history in batch)
        if waiting >= PARALLEL_FROM:
            break
    if workers < 2 or waiting < PARALLEL_FROM:  # noqa: PLR2004 -- one worker is this process
        for batch in chain(ahead, batches):
            yield _tell_batch(batch)
        return
    # A started process, not a fork: a fork would inherit the open database and the threads of the progress bar.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent) as pool:
        running: deque[Future[list[Chronicle]]] = deque()
        for batch in chain(ahead, batches):
            running.append(pool.submit(_tell_batch, batch))
            if len(running) > 2 * workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _end_with_parent() -> None:
    """A worker whose build was killed must not stay behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=wait, daemon=True).start()


def _tell_batch(batch: Sequence[History]) -> list[Chronicle]:
    return [tell(*history) for history in batch]


def _by_weight(notes: Iterable[History]) -> Iterator[list[History]]:
    """Batches of whole notes, of about equal numbers of revisions."""
    batch: list[History] = []
    weight = 0
    for note in notes:
        batch.append(note)
        weight += 1 + len(note[2])
        if weight >= BATCH:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for thing in things:
        batch.append(thing)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _now() -> str:
    return iso(int(datetime.now(UTC).timestamp() * 1000)) or ""
