"""A full build, and one with nothing changed, each against the floor: what reading and storing alone must cost.

    python bench/build.py /path/to/joplin

The floor reads every file, parses the JSON of every diff and writes as many rows as the build writes, each row as long
as an average one. Figures are ratios of runs on the same machine, one after the other; wall and CPU in seconds, the
CPU of workers included, memory as the most that the build and its workers together held (KB of each at its own peak).
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

SHARE_OF_A_ROW = "x" * 300


class Cost(NamedTuple):
    """What a run took."""

    wall: float
    cpu: float
    megabytes: float


def measure(*command: str) -> Cost:
    """Run a command and tell what it and its children took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
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
    """KB in memory of a process and its children, where /proc tells; else 0."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
    return own + sum(resident(int(child)) for child in children)


def floor(source: Path, db: Path, rows: int) -> None:
    """Do what no build can do without."""
    for name in os.listdir(source):  # noqa: PTH208 -- the cheapest listing there is
        if name.endswith(".md"):
            text = (source / name).read_bytes().decode()
            for line in text.split("\n"):
                if line.startswith(('title_diff: "', 'body_diff: "')):
                    diff = json.loads(line.partition(": ")[2]).replace("\\\n", "\\n").replace("\\\r", "\\r")
                    if not diff.startswith("@@"):
                        json.loads(diff or "[]")
    with sqlite3.connect(db) as connection:
        connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO rows VALUES (?, ?)", ((i, SHARE_OF_A_ROW) for i in range(rows)))


def rows_of(db: Path) -> int:
    """How many rows a build wrote, full-text search aside."""
    with sqlite3.connect(db) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if "_fts" not in name
        ]
        return sum(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables)  # noqa: S608 -- names from the file


def main() -> None:
    """Print the figures as a table."""
    if len(sys.argv) == 4 and sys.argv[1] == "--floor":  # noqa: PLR2004 -- this script calling itself
        folder = Path(sys.argv[3])
        floor(Path(sys.argv[2]), folder / "floor.db", int((folder / "rows").read_text()))
        return
    source = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] else "examples/joplin"
    with tempfile.TemporaryDirectory() as scratch:
        db = str(Path(scratch) / "catalogue.db")
        build = (sys.executable, "-m", "extractor", "build", source, "--db", db, "--quiet")
        full = measure(*build)
        again = measure(*build)
        rows = rows_of(Path(db))
        (Path(scratch) / "rows").write_text(str(rows))
        least = measure(sys.executable, __file__, "--floor", source, scratch)
        size = Path(db).stat().st_size / 2**20
    print(f"{source}: {rows:,} rows, {size:,.0f} MB")
    print(f"{'':22}{'wall s':>9}{'CPU s':>9}{'MB':>8}{'wall':>10}{'CPU':>8}")
    for name, cost in (("floor", least), ("full build", full), ("nothing changed", again)):
        ratios = f"{cost.wall / least.wall:9.2f}x{cost.cpu / least.cpu:7.2f}x"
        print(f"{name:<22}{cost.wall:9.2f}{cost.cpu:9.2f}{cost.megabytes:8.0f}{ratios}")


if __name__ == "__main__":
    main()
