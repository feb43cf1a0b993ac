"""Writers of one catalogue wait for each other: a build, `watch`, checks of links.

SQLite has one writer at a time, and its own waiting cannot be interrupted. So it is asked to wait for a second, again
and again; meanwhile Ctrl-C works, and whoever waits long is told why.
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

_PAUSE = 0.05  # seconds; SQLite does not wait by itself where another writer keeps a lock that it took long ago
_SILENT = 3.0  # seconds; less is nothing to tell of
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

log = logging.getLogger(__name__)


def until_free(step: Callable[[], T], path: Path, patience: float) -> T:
    """Do a step as soon as no other process is in its way; raises sqlite3.OperationalError after `patience` seconds.

    A COMMIT may be such a step, too: SQLite leaves the transaction open where readers keep it from ending.
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
