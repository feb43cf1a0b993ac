"""What all processes of one test run share: made by the first one that needs it, and found by the others."""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "TESTS_OF_JOPLIN_CATALOGUE"  # the folder; the processes that pytest-xdist starts inherit it
LONGEST = 240  # seconds that one process waits for another to make something


@cache
def folder() -> Path:
    """The shared folder; the process that created it removes it when it ends."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = tempfile.mkdtemp(prefix="joplin-catalogue-tests-")
        atexit.register(shutil.rmtree, os.environ[VARIABLE], ignore_errors=True)
    return Path(os.environ[VARIABLE])


def shared(name: str, make: Callable[[Path], object]) -> Path:
    """The folder with that name, filled by `make` once per run; read only, since other processes read it, too."""
    made = folder() / name
    if not made.exists():
        with closing(sqlite3.connect(folder() / f"{name}.lock", timeout=LONGEST, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")  # a lock that works on every system, and ends with its process
            if not made.exists():
                unfinished = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder()))
                make(unfinished)
                unfinished.rename(made)
    return made
