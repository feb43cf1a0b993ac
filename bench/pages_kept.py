"""Measure keeping pages: CPU and bytes per page, a round in which nothing changed, and how fast they are searched.

    python bench/pages_kept.py [PAGES]

Pages are generated: an article of about 800 words of a Zipf-like vocabulary in 50 KB of menus, teasers and scripts.
Reading, comparing and storing are measured, without a network: the CPU time of the thread that keeps pages, and that of
the process that reads them.
"""

from __future__ import annotations

import random
import resource
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from extractor.catalogue.kept.file import pages_of, reading
from extractor.catalogue.kept.search import matches, snippets
from extractor.keeping import Keeper, Keeping
from extractor.linkcheck import Body, Check, PageFacts, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGES = 10_000
WORDS = 30_000
PARAGRAPHS, IN_ONE = 12, 65
CHANGED = 10  # one page in so many changes in the third round


def vocabulary(chance: random.Random) -> tuple[list[str], list[float]]:
    """Words, and their cumulative weights."""
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 11))) for _ in range(WORDS)]
    return words, list(accumulate(1 / (place + 3) for place in range(WORDS)))


def markup(number: int, text: int, of: tuple[list[str], list[float]]) -> bytes:
    """A page whose text is determined by its number and that of the text; its menus and counters are random."""
    words, weights = of
    same, other = random.Random(f"{number}/{text}"), random.Random()

    def said(chance: random.Random, count: int) -> str:
        return " ".join(chance.choices(words, cum_weights=weights, k=count))

    paragraphs = "".join(f"<p>{said(same, IN_ONE)}.</p>" for _ in range(PARAGRAPHS))
    teasers = "".join(f'<li><a href="/{at}">{said(other, 8)}</a></li>' for at in range(20))
    script = f"<script>{'var a = 1; ' * 4000}</script>"
    return (
        f"<!doctype html><html><head><title>Page {number}</title>{script}</head><body><nav><ul>{teasers}</ul></nav>"
        f"<main><article><h1>Page {number}</h1><p>{other.randint(1, 9999)} views</p>{paragraphs}</article></main>"
        f"<footer><ul>{teasers}</ul></footer></body></html>"
    ).encode()


def cpu() -> tuple[float, float]:
    """CPU seconds of all threads except for this one, and of the processes that were started and have ended."""
    ours, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return ours.ru_utime + ours.ru_stime - time.thread_time(), others.ru_utime + others.ru_stime


def check(number: int, body: bytes, at: int) -> Check:
    """A check of a page, made at a time."""
    url = f"https://site{number % 500}.example/page/{number}"
    facts = PageFacts(url, title=f"Page {number}")
    return Check(number, url, at, Verdict.OK, page=facts, body=Body(body, "text/html; charset=utf-8"))


def keep_all(path: Path, what: str, bodies: Iterable[bytes], at: int) -> None:
    """Keep these pages, and print the cost."""
    before, count = cpu(), 0
    with Keeper(Keeping(path), lambda _check: None) as keeper:
        for number, body in enumerate(bodies):
            keeper.take(check(number, body, at))
            count += 1
    ours, others = (now - then for now, then in zip(cpu(), before, strict=True))
    kept = keeper.kept
    print(
        f"{what}: {kept.new:,} new, {len(kept.changed):,} changed, {kept.same:,} same; "
        f"{1000 * ours / count:.2f} ms CPU a page here, {1000 * others / count:.2f} ms in the reader; "
        f"{path.stat().st_size / count:,.0f} bytes a page"
    )


def search(path: Path, words: list[str]) -> None:
    """Search for words from common to rare."""
    for place in (10, 100, 1_000, 10_000):
        match = f'"{words[place]}"'
        with reading(path) as connection:
            assert connection is not None  # noqa: S101 -- it was just made
            began = time.process_time()
            found = matches(connection, match)
            first = snippets(connection, match, list(found.values())[:3])
            print(
                f"search, word {place:,} by commonness: {len(found):,} pages, "
                f"{1000 * (time.process_time() - began):.1f} ms CPU with {len(first)} pieces of text"
            )


def main(pages: int) -> None:
    """Keep pages, keep them unchanged, keep them with changes, and search them."""
    of = vocabulary(random.Random(1))  # the same words each time
    with tempfile.TemporaryDirectory() as folder:
        path = pages_of(Path(folder) / "catalogue.db")
        day = 86_400_000
        print(f"{pages:,} pages of {len(markup(0, 0, of)):,} bytes of HTML")
        keep_all(path, "first round", (markup(number, 0, of) for number in range(pages)), 1000 * day)
        keep_all(path, "nothing changed", (markup(number, 0, of) for number in range(pages)), 1010 * day)
        others = (markup(number, int(number % CHANGED == 0), of) for number in range(pages))
        keep_all(path, "a tenth changed", others, 1020 * day)
        with closing(sqlite3.connect(path)) as connection:
            (chars, stored) = connection.execute("SELECT avg(chars), avg(length(text)) FROM versions").fetchone()
        print(f"a text has {chars:,.0f} characters, {stored:,.0f} bytes as it is stored")
        search(path, of[0])


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else PAGES)
