"""Searching kept pages: the best matching version of each page, with a snippet."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import records, rows
from extractor.catalogue.queries.full_text import WORDS
from extractor.catalogue.queries.search_words import END, START
from extractor.catalogue.search import TOKENIZE, folded
from extractor.catalogue.stored_texts import restored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

MOST = 20_000  # versions that are ranked; with more matches, the query is too broad
# SQLite takes the other columns from the row that has the min(), or the max().
FOUND = """
SELECT asked, versions.id AS version, min(score) AS score
FROM (
       SELECT rowid AS place, bm25(versions_fts, 6.0, 1.0, 1.0) AS score
       FROM versions_fts
       WHERE versions_fts MATCH :match
       ORDER BY score
       LIMIT :most
     ) AS found
     JOIN versions ON versions.id = found.place
     JOIN pages ON pages.id = page_id
GROUP BY page_id
ORDER BY score, asked
"""
ALL = """
SELECT asked, versions.id AS version, max(kept_at) AS kept_at
FROM pages JOIN versions ON versions.page_id = pages.id
GROUP BY pages.id
ORDER BY kept_at DESC, asked
LIMIT :most
"""
MATCHES = """
SELECT id, kept_at, title, NOT EXISTS (
         SELECT 1
         FROM versions AS later
         WHERE later.page_id = versions.page_id AND (later.kept_at, later.id) > (versions.kept_at, versions.id)
       ) AS is_newest
FROM versions
WHERE id IN (SELECT value FROM json_each(:some))
"""


@dataclass(frozen=True, slots=True)
class Match:
    """A version of a page, and whether that is the newest one."""

    id: int
    kept_at: str
    title: str | None
    is_newest: bool


def matches(connection: Connection, match: str) -> Mapping[str, int]:
    """The pages that match an FTS5 query, best first: their best versions, by address."""
    return {row["asked"]: row["version"] for row in rows(connection, FOUND, match=match, most=MOST)}


def all_pages(connection: Connection) -> Mapping[str, int]:
    """All pages, most recently kept first: their newest versions, by address."""
    return {row["asked"]: row["version"] for row in rows(connection, ALL, most=MOST)}


def versions_shown(connection: Connection, versions: Sequence[int]) -> Mapping[int, Match]:
    """What search results show of these versions, by id."""
    return {one.id: one for one in records(Match, connection, MATCHES, some=json.dumps(versions))}


def snippets(connection: Connection, match: str, versions: Sequence[int]) -> Mapping[int, str]:
    """A snippet of each of these versions, with the matches marked.

    The index stores no texts for FTS5's snippets, so the few texts that are shown are indexed again, in memory.
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
