"""Ending on SIGTERM as cleanly as on Ctrl-C: systemd and `timeout` send it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def run_until_interrupted(work: Coroutine[object, object, T]) -> T:
    """Like `asyncio.run`, but SIGTERM ends it like Ctrl-C: all tasks are cancelled, then KeyboardInterrupt.

    The signal cancels the task itself and is not turned into SIGINT, which background
    jobs of a script ignore. On Windows, and outside the main thread, SIGTERM is not handled.
    """

    async def interruptible() -> T:
        if task := asyncio.current_task():
            with suppress(NotImplementedError, RuntimeError, ValueError):
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(interruptible())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
