"""Measure a note with a long history: building it, bringing it up to date, and looking at it.

    python bench/history.py [REVISIONS [CHARACTERS]]

By default 2,500 revisions of about 300,000 characters (bench/long_note.py), each with one more link, some of them on
branches. CPU time is that of all processes; memory is the peak of a build and its workers together, and that of the
server after 50 pages, three at a time. For each page, the time of the first answer and the median of the others are
printed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from datasette.app import Datasette

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.long_note import CHARACTERS, NOTE, REVISIONS, write
from bench.measure import measure, resident, size
from extractor.publish.plugin.warm_up import warm_up, warm_up_pages

PAGES, AT_ONCE = 50, 3
AIMS = {"build": (15, 300), "one new revision": (1, 150), "note now": 100, "server": 300}
SQL_MS = 3000  # as in `serve`; a page that replays a history has more
AIM_MS = 300  # for pages that need older texts


def pages(revisions: int) -> dict[str, list[str]]:
    """The kinds of pages, each with addresses to request."""
    note = f"/catalogue/-/note/{NOTE}"
    some = range(revisions // 12, revisions, revisions // 12)
    return {
        "note now": [note] * 5,
        "note at a revision": [f"{note}?at={number}" for number in some],
        "what a revision changed": [f"/catalogue/-/revision/{number:032x}" for number in some],
        "between two revisions": [f"{note}/changes?from={number}&to={number + 5}" for number in some],
        "line by line": [f"{note}/blame"] * 3,
    }


async def serve(catalogue: Path, revisions: int) -> None:
    """Print the time of pages of the note, and the memory of the server afterwards."""
    datasette = Datasette([str(catalogue)], settings={"sql_time_limit_ms": SQL_MS})
    await datasette.invoke_startup()
    warm_up(datasette)  # as `serve` does
    await warm_up_pages(datasette)
    await datasette.client.get("/-/static/app.css")  # so that what the client itself loads first does not count

    async def took(address: str) -> tuple[float, int]:
        started = time.process_time()
        answer = await datasette.client.get(address)
        return (time.process_time() - started) * 1000, answer.status_code

    for kind, addresses in pages(revisions).items():
        (first, status), *rest = [await took(address) for address in addresses]
        aim = AIMS["note now"] if kind == "note now" else AIM_MS
        median = statistics.median(time for time, _ in rest)
        print(f"{kind:<26}{first:8.0f}{median:8.0f} CPU ms, {status}; aim {aim}")
    before = resident(os.getpid()) / 1024
    many = [address for addresses in pages(revisions).values() for address in addresses]
    many = (many * (PAGES // len(many) + 1))[:PAGES]
    for at in range(0, PAGES, AT_ONCE):
        await asyncio.gather(*(datasette.client.get(address) for address in many[at : at + AT_ONCE]))
    after = resident(os.getpid()) / 1024
    print(f"{'server':<26}{before:8.0f}{after:8.0f} MB before and after {PAGES} pages; aim {AIMS['server']}")


def main() -> None:
    """Print a line for each measurement."""
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve(Path(sys.argv[2]), int(sys.argv[3])))
        return
    given = [int(number) for number in sys.argv[1:]]
    revisions, characters = [*given, *(REVISIONS, CHARACTERS)[len(given) :]]
    with tempfile.TemporaryDirectory() as scratch:
        source, db = Path(scratch) / "joplin", str(Path(scratch) / "catalogue.db")
        held = write(source, revisions, characters, hold_back=1)
        build = (sys.executable, "-m", "extractor", "build", str(source), "--db", db, "--quiet")
        cost = measure(*build)
        print(f"a note of {revisions:,} revisions, {size(source):,.1f} MB of items")
        print(f"{'build':<26}{cost.cpu:8.2f} CPU s{cost.megabytes:7.0f} MB; aim {AIMS['build']}")
        for path in held:
            shutil.move(path, source / path.name)
        for path in source.with_name("joplin-later").glob(f"{NOTE}.*"):
            shutil.move(path, source / f"{NOTE}.md")
        cost = measure(*build)
        print(f"{'one new revision':<26}{cost.cpu:8.2f} CPU s{cost.megabytes:7.0f} MB; aim {AIMS['one new revision']}")
        print(f"{'catalogue.db':<26}{size(Path(db)):8.1f} MB")
        print(f"{'':26}{'first':>8}{'median':>8}", flush=True)
        subprocess.run([sys.executable, __file__, "--serve", db, str(revisions)], check=True)


if __name__ == "__main__":
    main()
