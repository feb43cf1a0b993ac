"""Measuring a command: wall time, CPU time and memory, including its children."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """The cost of a run: wall and CPU time in seconds; peak memory, and the size of what it wrote, in MB."""

    wall: float
    cpu: float
    megabytes: float
    written: float = 0.0


def measure(*command: str, folder: Path | None = None) -> Cost:
    """Run a command in a folder; returns the cost of it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=folder) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(0.02)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, peak / 1024 or after.ru_maxrss / 1024)


def resident(pid: int) -> int:
    """The memory of a process and its children in KB, from /proc; 0 if there is none."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
    return own + sum(resident(int(child)) for child in children)


def dated_back(*files: Path) -> None:
    """Date files some seconds back: those younger than two seconds would be read again by the next build."""
    then = time.time() - 10
    for file in files:
        os.utime(file, (then, then))


def size(path: Path) -> float:
    """The size of a file, or of the files in a folder, in MB."""
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files) / 2**20
