"""Reading untrusted pages in a separate process, each with a deadline: none of them can hang or end a run.

The process reads one page after the other. A page that takes too long or too much memory, or crashes the process, has
no text; the next page gets a new process.
"""

from __future__ import annotations

import multiprocessing
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from extractor.errors import CatalogueError
from extractor.pagetext.readable import readable

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

SECONDS = 5  # per page; a usual one takes 1.3 ms
TO_START = 120  # seconds; 0.25 s is usual, more on a busy machine
MOST_MEMORY = 2 << 30  # bytes of address space
_GIVEN_UP = b"\0"
_READ = b"\1"


class Reader:
    """The page reader, started with the first page; close it, or use it in a with block."""

    def __init__(self, seconds: float = SECONDS, read: Callable[[str], str] = readable) -> None:
        self._seconds = seconds
        self._read = read
        self._process: SpawnProcess | None = None
        self._ours: Connection | None = None

    def text_of(self, markup: str) -> str | None:
        """The readable text of a page; None if it cannot be read within the limits.

        Raises CatalogueError if the process cannot be started.
        """
        ours = self._ours or self._start()
        try:
            ours.send_bytes(markup.encode("utf-8", "replace"))
            if ours.poll(self._seconds):
                answer = ours.recv_bytes()
                return answer[1:].decode() if answer[:1] == _READ else None
        except (EOFError, OSError):  # the page has crashed it
            pass
        self.close()
        return None

    def _start(self) -> Connection:
        # Spawned, not forked: a fork would inherit connections and threads of the run.
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._seconds, self._read), daemon=True)
        self._process.start()
        theirs.close()
        try:
            if self._ours.poll(TO_START) and self._ours.recv_bytes() == _READ:
                return self._ours
        except (EOFError, OSError):
            pass
        self.close()
        raise CatalogueError("The process that reads pages could not be started.", "Try again without --keep.")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._ours is not None:
            self._ours.close()
            self._ours = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def _serve(pipe: Connection, seconds: float, read: Callable[[str], str]) -> None:
    """Read pages until the run is gone. The run handles Ctrl-C and then closes this process."""
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 -- of POSIX

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    with suppress(EOFError, OSError):
        pipe.send_bytes(_READ)  # from here on, time is spent on a page
        while True:
            markup = pipe.recv_bytes().decode()
            _ring(seconds + 1)
            pipe.send_bytes(_answer(markup, read))
            _ring(0)


def _answer(markup: str, read: Callable[[str], str]) -> bytes:
    try:
        return _READ + read(markup).encode("utf-8", "replace")
    except BaseException:  # noqa: BLE001 -- a panic in Rust is no Exception; whatever it was, this page has no text
        return _GIVEN_UP


def _ring(seconds: float) -> None:
    """Have the system end this process at that time, in case the run is gone by then."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
