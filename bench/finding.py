"""Measure how many clicks and typings, and how much time, it takes to find what people look for.

    python bench/finding.py /path/to/catalogue.db
    python bench/finding.py /path/to/joplin [TARGETS]

Each task in tests/browser/finding_tasks.py is done in headless Chromium for some targets, drawn from the catalogue.
What a catalogue lacks is added to a copy of it: checks of every address, pages that have changed, and kept pages. The
time is that of the page where a task ends, from the request until it is completely loaded. CPU is what the server uses
per page; it hardly depends on what else the machine does.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pages import fill, taken
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from conftest import BROWSERS, FLAGS, SIZE
from finding_tasks import MOST_CLICKS, MOST_TYPINGS, TASKS, draw, walk
from made_up_pages import with_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from finding_tasks import Walk

TARGETS = 5  # of each task
AIM_MS = 150
KEPT = 400  # generated pages


@contextmanager
def serving(catalogue: Path) -> Iterator[tuple[str, int]]:
    """Serve a catalogue in another process while the block runs; yields the address and the process id."""
    command = [sys.executable, "-m", "extractor", "serve", "--db", str(catalogue)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://\S+", said)
            if found is None:
                sys.exit(f"{' '.join(command)} said: {said}")
            yield found[0], process.pid
        finally:
            process.terminate()


def cpu_ms(pid: int) -> float:
    """The CPU time of a process so far; 0 without /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(catalogue: Path, targets: int, browser: str) -> int:
    """Print a line for each task; returns how many were done within the limits."""
    print(f"{'':52}{'found':>9}{'clicks':>8}{'typings':>9}{'least ms':>10}{'median':>8}{'most':>8}{'CPU ms':>8}")
    done = 0
    with serving(catalogue) as (site, server), sync_playwright() as driver:
        page = driver.chromium.launch(executable_path=browser, args=FLAGS).new_page(viewport=SIZE)
        for name, task in TASKS.items():
            drawn = draw(catalogue, task, targets)
            if not drawn:
                print(f"{name:52}{'nothing of the kind':>20}")
                continue
            walk(page, site, task, drawn[0])  # so that everything that is cached has been computed
            before = cpu_ms(server)
            walks = [walk(page, site, task, target) for target in drawn]
            pages = sum(1 + len(one.ready_ms) for one in walks)  # and the first one
            done += told(name, walks, (cpu_ms(server) - before) / pages)
    return done


def told(name: str, walks: list[Walk], cpu: float) -> bool:
    """Print the cost of a task; returns whether it was within the limits. `cpu` is in milliseconds per page."""
    found = [one for one in walks if not one.lacks]
    clicks, typings = (max(getattr(one, what) for one in walks) for what in ("clicks", "typings"))
    last = [one.ready_ms[-1] for one in walks if one.ready_ms] or [0.0]
    median = statistics.median(last)
    over = [
        *([f"over {MOST_CLICKS} clicks"] if clicks > MOST_CLICKS else []),
        *([f"over {MOST_TYPINGS} typing"] if typings > MOST_TYPINGS else []),
        *([f"over {AIM_MS} ms"] if median > AIM_MS else []),
        *dict.fromkeys(f"not found: {one.lacks}" for one in walks if one.lacks),
    ]
    number = f"{len(found)}/{len(walks)}"
    print(
        f"{name:52}{number:>9}{clicks:8}{typings:9}{min(last):10.0f}{median:8.0f}{max(last):8.0f}{cpu:8.0f}"
        f"  {'; '.join(over)}",
        flush=True,
    )
    return len(found) == len(walks) and clicks <= MOST_CLICKS and typings <= MOST_TYPINGS


def main() -> None:
    """Measure what the command line names."""
    targets = int(sys.argv[2]) if sys.argv[2:] else TARGETS
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("Chromium is not installed: what it takes to find things was not measured.")
        return
    with tempfile.TemporaryDirectory() as folder:
        catalogue = taken(Path(sys.argv[1]), Path(folder) / "catalogue.db")
        with closing(sqlite3.connect(catalogue)) as connection:
            is_checked = connection.execute("SELECT 1 FROM checks LIMIT 1").fetchone()
        if not is_checked:
            fill(catalogue)
        with_pages(catalogue, KEPT)
        done = measure(catalogue, targets, browser)
        print(f"{done} tasks done in {MOST_CLICKS} clicks and {MOST_TYPINGS} typing at most")


if __name__ == "__main__":
    main()
