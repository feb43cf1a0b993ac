"""Measure how long each page takes to answer, for a catalogue, or for one built from a source.

    python bench/pages.py [--plugin] /path/to/catalogue.db
    python bench/pages.py [--plugin] /path/to/joplin

Each kind of page is requested many times, each time for another note, revision, link or topic, in one process and
without a network: what is measured is what Datasette and the plugin do. Once with the checks that the catalogue has and
once, on a copy, with six checks of every address. The first request of each kind is listed separately: it may count
what is then cached until the catalogue changes. `serve` counts this beforehand; with --plugin, nothing is done
beforehand, as in another Datasette.

A kind that misses its target is marked with "first" or "median": own pages 150 ms, tables, views and queries 300 ms.
The times are wall times, for a machine that does nothing else.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from datasette.app import Datasette

from extractor.build import build
from extractor.publish.plugin.metadata import said_of_catalogue
from extractor.publish.plugin.warm_up import warm_up, warm_up_pages
from extractor.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES, FEW = 40, 8
AIM_MS, AIM_OF_TABLES_MS = 150, 300  # of 20,000 revisions, and of ten times as many
VERDICTS = (*["ok"] * 14, "moved", "dead", "gone", "blocked", "timeout", "server_error")
HEALTHS = ("dead", "alive", "moved", "failing", "blocked")
WORDS = ("kafka", "example", "the", "note link", "postgres", "raw", "section")


def pages(catalogue: Path) -> Iterator[tuple[str, list[str]]]:
    """The kinds of pages, each with the addresses to request."""
    connection = sqlite3.connect(catalogue)

    def some(sql: str) -> list[tuple[str, ...]]:
        rows = connection.execute(sql).fetchall()
        return random.choices(rows, k=TIMES) if rows else []

    notes = some("SELECT id FROM notes WHERE state = 'current'")
    old = some("SELECT note_id, number FROM revisions WHERE note_id NOT NULL AND state = 'complete'")
    revisions = some("SELECT id FROM revisions WHERE note_id NOT NULL")
    links = some("SELECT id FROM links WHERE target = 'web' ORDER BY random() LIMIT 500")
    topics = some("SELECT path FROM sections WHERE removed_at IS NULL ORDER BY random() LIMIT 500")
    page = "/catalogue/-/"
    yield "start page", ["/catalogue"] * TIMES
    yield "note now", [f"{page}note/{note}" for (note,) in notes]
    yield "note at an old revision", [f"{page}note/{note}?at={number}" for note, number in old]
    yield "what a revision changed", [f"{page}revision/{revision}" for (revision,) in revisions]
    yield "from the first revision to now", [f"{page}note/{note}/changes?from=1" for note, _ in old]
    yield "line by line", [f"{page}note/{note}/blame" for note, _ in old]
    yield "notes", [f"{page}notes?page={1 + number % 9}" for number in range(TIMES)]
    shelves = some("SELECT path FROM notebooks")
    yield "notes of a notebook", [f"{page}notes?" + urlencode({"notebook": path, "by": "title"}) for (path,) in shelves]
    yield "topics", [f"{page}topics"] * TIMES
    yield "topic", [f"{page}topic?" + urlencode({"path": path}) for (path,) in topics]
    past = some("SELECT path FROM sections WHERE removed_at NOT NULL ORDER BY random() LIMIT 500")
    yield "topic with its past", [f"{page}topic?" + urlencode({"path": path, "past": 1}) for (path,) in past]
    yield "topics with some letters", [f"{page}topics?q={quote(WORDS[number % len(WORDS)])}" for number in range(TIMES)]
    yield "link", [f"{page}link/{link}" for (link,) in links]
    yield "images", [f"{page}images?page={1 + number % 5}" for number in range(TIMES)]
    yield "search", [f"{page}search?q={quote(WORDS[number % len(WORDS)])}" for number in range(TIMES)]
    yield "feed", [f"{page}new-links.atom"] * TIMES
    found = {
        "all links": ["kind:link"],
        "links of a section": [f'section:"{path}"' for (path,) in topics],
        "links of a year": ["in:2024", "in:2025", "after:2020", "before:2026"],
        "links of a health": [f"health:{health}" for health in HEALTHS],
        "links of a site": [f"site:{site}" for (site,) in some("SELECT site FROM urls")],
    }
    for kind, queries in found.items():
        yield kind, [f"{page}search?" + urlencode({"q": queries[turn % len(queries)]}) for turn in range(TIMES)]
    kinds = dict(connection.execute("SELECT name, type FROM sqlite_master").fetchall())
    of_catalogue = said_of_catalogue()
    for name, about in of_catalogue["tables"].items():
        if name in kinds and not about.get("hidden"):
            yield f"{kinds[name]} {name}", [f"/catalogue/{name}"] * FEW
    given = {
        "site": [site for (site,) in some("SELECT site FROM urls")],
        "since": ["2024-01-01"] * FEW,
        "until": ["2025-06-01"] * FEW,
        "text": list(WORDS),
        "tag": [title for (title,) in some("SELECT title FROM tags UNION SELECT ''")],
        "note": [title for (title,) in some("SELECT title FROM notes WHERE length(title) > 9")],
        "day": [day for (day,) in some("SELECT DISTINCT substr(captured_at, 1, 10) FROM revisions WHERE number > 0")],
    }
    for name, about in of_catalogue["queries"].items():
        if not all(given[key] for key in about.get("params", ())):
            continue
        asked = [{key: given[key][turn % len(given[key])] for key in about.get("params", ())} for turn in range(FEW)]
        yield f"query {name}", [f"/catalogue/{name}?{urlencode(values)}" for values in asked]
    connection.close()


def over(kind: str, first: float, median: float) -> tuple[str, ...]:
    """Which of the two times miss the target for this kind of page."""
    aim = AIM_OF_TABLES_MS if kind.split(maxsplit=1)[0] in {"table", "view", "query"} else AIM_MS
    return tuple(name for name, taken in (("first", first), ("median", median)) if taken > aim)


async def measure(catalogue: Path, *, as_plugin: bool) -> None:
    """Print a line for each kind of page, and at the end the kinds that miss their targets."""
    datasette = Datasette([str(catalogue)])
    await datasette.invoke_startup()
    if not as_plugin:
        warm_up(datasette)
        await warm_up_pages(datasette)
    print(f"{'ms':32}{'first':>8}{'median':>8}{'95 %':>8}{'most':>8}")
    slow: dict[str, list[str]] = {"first": [], "median": []}
    for kind, addresses in pages(catalogue):
        if not addresses:  # for example, if a catalogue has no notebooks
            continue
        taken: list[float] = []
        for address in addresses:
            started = time.perf_counter()
            answer = await datasette.client.get(address)
            taken.append((time.perf_counter() - started) * 1000)
            if answer.status_code not in {200, 404}:
                print(f"{address}: {answer.status_code}")
        first, rest = taken[0], sorted(taken[1:])
        median = statistics.median(rest)
        marks = over(kind, first, median)
        for mark in marks:
            slow[mark].append(kind)
        figures = f"{kind:32}{first:8.0f}{median:8.0f}{rest[int(len(rest) * 0.95)]:8.0f}{rest[-1]:8.0f}"
        print(f"{figures}  {', '.join(marks)}".rstrip(), flush=True)
    for mark, kinds in slow.items():
        aims = f"{AIM_MS} ms, or {AIM_OF_TABLES_MS} ms for tables"
        print(f"{mark} over {aims}: {', '.join(kinds) or 'none'}")


def fill(catalogue: Path) -> None:
    """Give every address six checks, one a month."""
    connection = sqlite3.connect(catalogue)
    urls = [row[0] for row in connection.execute("SELECT id FROM urls")]
    connection.executemany(
        "INSERT INTO checks (url_id, checked_at, verdict, status, method) VALUES (?, ?, ?, 200, 'HEAD')",
        [
            (url_id, f"2026-{month:02d}-{1 + url_id % 28:02d}T10:00:00.000Z", VERDICTS[url_id % len(VERDICTS)])
            for url_id in urls
            for month in range(3, 9)
        ],
    )
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()


def taken(given: Path, catalogue: Path) -> Path:
    """A catalogue to write into: a copy of one that is given, or the one of a source."""
    if given.suffix == ".db":
        shutil.copy(given, catalogue)
    else:
        build([open_source(str(given))], catalogue)
    return catalogue


def main() -> None:
    """Measure what the command line names."""
    with tempfile.TemporaryDirectory() as folder:
        *options, given = sys.argv[1:]
        as_plugin = options == ["--plugin"]
        catalogue = taken(Path(given), Path(folder) / "catalogue.db")
        print("as it is")
        asyncio.run(measure(catalogue, as_plugin=as_plugin))
        fill(catalogue)
        print("\nwith six checks of every address")
        asyncio.run(measure(catalogue, as_plugin=as_plugin))


if __name__ == "__main__":
    main()
