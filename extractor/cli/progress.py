"""A progress bar, on a terminal."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, TaskID


class Bars:
    """One bar for each phase of the work."""

    def __init__(self, display: Progress | None) -> None:
        self._display = display
        self._tasks: dict[str, TaskID] = {}

    def show(self, phase: str, done: int, total: int) -> None:
        """Show the progress of a phase."""
        if self._display is None:
            return
        if phase not in self._tasks:
            self._tasks[phase] = self._display.add_task(phase, total=total, count="")
        # A phase with a single step shows no count.
        count = f"{done:,}/{total:,}" if total > 1 else ""
        self._display.update(self._tasks[phase], completed=done, total=total, count=count)

    def aside(self, question: Callable[[], str]) -> str:
        """Hide the bars while a question is asked."""
        if self._display is None:
            return question()
        self._display.stop()
        try:
            return question()
        finally:
            self._display.start()


@contextlib.contextmanager
def progress(*, shown: bool) -> Iterator[Bars]:
    """Bars on standard error, removed when the work is done."""
    if not shown:
        yield Bars(None)
        return
    from rich.console import Console  # noqa: PLC0415 -- heavy imports only where used
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description:<15}"),
        BarColumn(),
        TextColumn("{task.fields[count]:>13}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as display:
        yield Bars(display)
