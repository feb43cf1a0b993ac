"""Deriving notes, in other processes where there is enough to do, with a fence around each.

What one note costs grows with its length, and no faster. Should one still take too long or too much memory, or end the
process that derives it (the system kills what takes all of its memory), it alone is given up: all others are derived.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from extractor import timeline
from extractor.garbage import SELDOM
from extractor.timeline.rows import ChangeRow, LinkRow, RevisionRow, SectionRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from multiprocessing.connection import Connection

    from extractor.joplin.history import SeenText
    from extractor.joplin.items import Note, Revision
    from extractor.timeline import NoteRows

T = TypeVar("T")

BATCH = 200  # revisions that go to a worker at once: enough to keep it busy, little enough to hold
PARALLEL_FROM = 1500  # revisions; below this, starting workers takes longer than they save

HEAVY = 4_000_000  # characters of a note with its diffs; from here on it is derived in a process of its own
MOST_SECONDS = 300  # of CPU for one note; those of 20,000 revisions took 40
MOST_MEMORY = 4 << 30  # bytes of address space of a worker; a note of 5 MB with 5,000 revisions took 0.7 GB
SLOW = 4  # seconds of the clock for one of CPU, on a machine that does much else


class History(NamedTuple):
    """What the rows of one note are derived from."""

    note_id: str
    note: Note | None
    revisions: list[Revision]
    later: dict[str, Revision]
    seen: dict[str, SeenText]
    is_gone: bool
    plainly: bool = False
    notebooks: Mapping[str, str] | None = None  # titles by id, of those where the note was

    @property
    def length(self) -> int:
        """Characters of its text and its diffs."""
        diffs = sum(len(one.title_diff) + len(one.body_diff) + len(one.metadata_diff) for one in self.revisions)
        return diffs + (len(self.note.body) if self.note is not None else 0)


class GivenUp(NamedTuple):
    """A note that could not be derived within bounds, and why."""

    note_id: str
    reason: str


class _OutOfTimeError(Exception):
    """A note has had its time."""


def derive_all(
    notes: Iterator[History], workers: int | None = None, *, parallel_from: int = PARALLEL_FROM
) -> Iterator[list[NoteRows | GivenUp]]:
    """Derive notes in batches, in other processes where there is enough to do, or a single note is heavy.

    With one of `workers`, all is done in this process; without a number, as many work as there are cores.
    """
    batches = _by_weight(notes)
    fenced = workers != 1
    workers = os.cpu_count() or 1 if workers is None else workers
    ahead: list[list[History]] = []
    waiting = 0
    for batch in batches:
        ahead.append(batch)
        waiting += sum(1 + len(history.revisions) for history in batch)
        if waiting >= parallel_from:
            break
    if workers < 2 or waiting < parallel_from:  # noqa: PLR2004 -- one worker is this process
        for batch in chain(ahead, batches):
            yield [(derive_alone if fenced and is_heavy(history) else derive)(history) for history in batch]
        return
    yield from _in_parallel(chain(ahead, batches), workers)


def _in_parallel(batches: Iterator[list[History]], workers: int) -> Iterator[list[NoteRows | GivenUp]]:
    """Derive batches in a pool; where that breaks, what was under way goes one by one, and the rest into a new one."""
    import multiprocessing  # noqa: PLC0415 -- most builds derive few notes, in this process
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    while True:
        running: deque[tuple[list[History], Future[list[NoteRows | GivenUp]]]] = deque()
        # A started process, not a fork: a fork would inherit the open database and the threads of the progress bar.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker) as pool:
            try:
                for batch in batches:
                    if any(map(is_heavy, batch)):
                        yield [derive_alone(history) for history in batch]
                        continue
                    running.append((batch, pool.submit(_derive_batch, batch)))
                    if len(running) > 2 * workers:
                        yield _received(running[0][1])
                        running.popleft()
                while running:
                    yield _received(running[0][1])
                    running.popleft()
            except BrokenProcessPool:
                pass
            else:
                return
        # One of them ended its worker: which one, shows when each has a process of its own.
        for batch, _ in running:
            yield [derive_alone(history) for history in batch]


def is_heavy(history: History) -> bool:
    """Whether a note is to be derived in a process of its own."""
    return history.length >= HEAVY


def derive(history: History) -> NoteRows | GivenUp:
    """Derive one note, unless it takes too long or too much memory."""
    try:
        with _time_limit(MOST_SECONDS):
            return timeline.derive_rows(
                *history[:5], is_gone=history.is_gone, plainly=history.plainly, notebooks=history.notebooks
            )
    except _OutOfTimeError:
        return GivenUp(history.note_id, f"it takes more than {MOST_SECONDS} seconds")
    except MemoryError:
        return GivenUp(history.note_id, "it takes too much memory")


def bounded(work: Callable[[], T]) -> T | None:
    """What something gives that is done for one note; None where it takes too long or too much memory."""
    with suppress(_OutOfTimeError, MemoryError), _time_limit(MOST_SECONDS):
        return work()
    return None


def derive_alone(history: History) -> NoteRows | GivenUp:
    """Derive one note in a process of its own, so that no other is lost with it."""
    import multiprocessing  # noqa: PLC0415 -- as above

    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send_derived, args=(theirs, history), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(SLOW * MOST_SECONDS):
            return GivenUp(history.note_id, f"it takes more than {MOST_SECONDS} seconds")
        answer: NoteRows | GivenUp = ours.recv()
    except (EOFError, OSError):
        return GivenUp(history.note_id, "the process that derived it was killed, as systems do when memory runs out")
    else:
        return answer
    finally:
        process.kill()
        process.join()
        ours.close()


def _send_derived(theirs: Connection, history: History) -> None:
    _start_worker()
    theirs.send(derive(history))
    theirs.close()


def _start_worker() -> None:
    """Set up a worker; one whose build was killed must not stay behind."""
    import multiprocessing  # noqa: PLC0415 -- as above

    gc.set_threshold(*SELDOM)
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 -- of POSIX

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    parent = multiprocessing.parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=wait, daemon=True).start()


def _derive_batch(batch: Sequence[History]) -> list[NoteRows | GivenUp]:
    """Derive notes, each row of theirs a plain tuple: to pickle and unpickle those takes half the time."""
    return [_with_rows(derive(history), *[tuple] * 4) for history in batch]


def _received(batch: Future[list[NoteRows | GivenUp]]) -> list[NoteRows | GivenUp]:
    """What `_derive_batch` returned in another process, the rows as records again; raises BrokenProcessPool."""
    records = (RevisionRow._make, SectionRow._make, LinkRow._make, ChangeRow._make)
    return [_with_rows(derived, *records) for derived in batch.result()]


def _with_rows(derived: NoteRows | GivenUp, *kinds: Callable[[tuple[Any, ...]], Any]) -> NoteRows | GivenUp:
    """The same with each row of the four large tables as another kind of tuple."""
    if isinstance(derived, GivenUp):
        return derived
    revisions, sections, links, changes = kinds
    return replace(
        derived,
        revisions=tuple(map(revisions, derived.revisions)),
        sections=tuple(map(sections, derived.sections)),
        links=tuple(map(links, derived.links)),
        changes=tuple(map(changes, derived.changes)),
    )


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """Raise _OutOfTimeError after so many seconds of CPU of this process; only in its main thread, and on POSIX."""
    if not hasattr(signal, "SIGVTALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def give_up(*_: object) -> None:
        raise _OutOfTimeError

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _by_weight(notes: Iterable[History]) -> Iterator[list[History]]:
    """Batches of whole notes, of about equal numbers of revisions; a heavy note is one by itself."""
    batch: list[History] = []
    weight = 0
    for note in notes:
        if is_heavy(note):
            yield [note]
            continue
        batch.append(note)
        weight += 1 + len(note.revisions)
        if weight >= BATCH:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch
