"""Writers of one catalogue wait for each other: builds, `watch`, link checks.

SQLite has one writer at a time, and its own waiting cannot be interrupted. So it waits for a second at a time, in a
loop; meanwhile Ctrl-C works, and a long wait is explained.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

PATIENCE: Final = 1800.0
"""Seconds for which a writer waits for another one: a build that fetches everything anew may take that long."""
STEP: Final = 1.0
"""Seconds that SQLite waits by itself, the `timeout` of a connection that writes."""

_PAUSE = 0.05  # seconds; SQLite itself does not wait if another writer has held a lock for long
_SILENT = 3.0  # seconds; a shorter wait is not worth a message
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

log = logging.getLogger(__name__)


def until_free(step: Callable[[], T], path: Path, patience: float) -> T:
    """Do a step as soon as no other process blocks it; raises sqlite3.OperationalError after `patience` seconds.

    A COMMIT may be such a step, too: SQLite leaves the transaction open if readers block it.
    """
    began = time.monotonic()
    is_said = False
    while True:
        try:
            return step()
        except sqlite3.OperationalError as error:
            waited = time.monotonic() - began
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _BUSY or waited >= patience:
                raise
        if waited > _SILENT and not is_said:
            log.warning("%s: waiting for another process that is writing to it.", path)
            is_said = True
        time.sleep(_PAUSE)
