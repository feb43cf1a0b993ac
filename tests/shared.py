"""What all processes of one run of the tests share: made by the one that asks first, found by the others."""

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
LONGEST = 240  # seconds that one process waits for another to have made something


@cache
def folder() -> Path:
    """Where it lies; the process that began it removes it when it ends."""
    if VARIABLE not in os.environ:
        os.environ[VARIABLE] = tempfile.mkdtemp(prefix="joplin-catalogue-tests-")
        atexit.register(shutil.rmtree, os.environ[VARIABLE], ignore_errors=True)
    return Path(os.environ[VARIABLE])


def shared(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of that name, which `make` has filled, once in a run; read only, since others read it too."""
    made = folder() / name
    if not made.exists():
        with closing(sqlite3.connect(folder() / f"{name}.lock", timeout=LONGEST, isolation_level=None)) as lock:
            lock.execute("BEGIN EXCLUSIVE")  # which every system has, and which ends with its process
            if not made.exists():
                unfinished = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder()))
                make(unfinished)
                unfinished.rename(made)
    return made
