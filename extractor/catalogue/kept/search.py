"""Searching what pages said: the best version of each page that has the words, and a piece of it around them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import rows
from extractor.catalogue.queries.full_text import WORDS
from extractor.catalogue.queries.search_words import END, START
from extractor.catalogue.search import TOKENIZE, folded
from extractor.catalogue.stored_texts import restored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection, Row

MOST = 2_000  # versions that are ranked; whoever finds more asks for more words
# SQLite takes the other columns from the row that has the min().
FOUND = """
SELECT asked, version, newest, kept_at, seen_at, title, min(score) AS score
FROM (
  SELECT pages.asked, versions.id AS version, kept_at, seen_at, title, score,
         (SELECT id FROM versions AS other WHERE other.page_id = pages.id ORDER BY kept_at DESC, id DESC LIMIT 1)
           AS newest
  FROM (
         SELECT rowid AS place, bm25(versions_fts, 6.0, 1.0, 1.0) AS score
         FROM versions_fts
         WHERE versions_fts MATCH :match
         ORDER BY score
         LIMIT :most
       ) AS found
       JOIN versions ON versions.id = found.place
       JOIN pages ON pages.id = page_id
)
GROUP BY asked
ORDER BY score, asked
"""


ALL = """
SELECT asked, versions.id AS version, versions.id AS newest, max(kept_at) AS kept_at, seen_at, title
FROM pages JOIN versions ON versions.page_id = pages.id
GROUP BY pages.id
ORDER BY kept_at DESC, asked
LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Match:
    """The version of a page that has the words best, and whether that is the newest one."""

    asked: str
    version: int
    is_newest: bool
    kept_at: str
    seen_at: str
    title: str | None


def matches(connection: Connection, match: str) -> list[Match]:
    """The pages that have what an FTS5 query asks for, best first."""
    return _matches(rows(connection, FOUND, match=match, most=MOST))


def all_pages(connection: Connection) -> list[Match]:
    """All pages, those kept last first, each in its newest version."""
    return _matches(rows(connection, ALL, most=MOST))


def _matches(some: Sequence[Row]) -> list[Match]:
    return [
        Match(
            found["asked"],
            found["version"],
            found["version"] == found["newest"],
            found["kept_at"],
            found["seen_at"],
            found["title"],
        )
        for found in some
    ]


def snippets(connection: Connection, match: str, versions: Sequence[int]) -> Mapping[int, str]:
    """A piece of the text of each of these versions, with what was found marked.

    The index has no texts of which FTS5 could cut a piece. So the few that are shown are indexed once more, in memory.
    """
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.execute(f"CREATE VIRTUAL TABLE found USING fts5 (title, text, folded, tokenize='{TOKENIZE}')")
        for version in versions:
            title, packed = connection.execute("SELECT title, text FROM versions WHERE id = ?", [version]).fetchone()
            text = restored(packed)
            memory.execute(
                "INSERT INTO found (rowid, title, text, folded) VALUES (?, ?, ?, ?)",
                [version, title or "", text, folded(title, text) or ""],
            )
        cut = f"SELECT rowid, snippet(found, -1, '{START}', '{END}', '…', {WORDS}) FROM found WHERE found MATCH ?"
        return dict(memory.execute(cut, [match]))
