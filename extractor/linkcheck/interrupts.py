"""SIGTERM is as tidy an end as Ctrl-C: systemd and `timeout` send it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def run_until_interrupted(work: Coroutine[object, object, T]) -> T:
    """Do what `asyncio.run` does, and end by SIGTERM as by Ctrl-C: all tasks are cancelled, then KeyboardInterrupt.

    The signal cancels the task itself and is not turned into SIGINT, which is ignored in a job that a script has put
    into the background. On Windows, and outside the main thread, SIGTERM does what it did before.
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
