"""The versions of pages: finding the newest, adding another, and listing all."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from extractor.catalogue.queries.ask import pairs, records, row
from extractor.catalogue.search import folded
from extractor.catalogue.stored_texts import restored, stored

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from sqlite3 import Connection

NEWEST = """
SELECT versions.id, kept_at, text
FROM pages JOIN versions ON versions.page_id = pages.id
WHERE asked = :asked
ORDER BY kept_at DESC, versions.id DESC
LIMIT 1
"""
VERSIONS = """
SELECT versions.id, kept_at, seen_at, title, chars, html NOT NULL AS has_html
FROM pages JOIN versions ON versions.page_id = pages.id
WHERE asked = :asked
ORDER BY kept_at DESC, versions.id DESC
"""
# SQLite takes the other columns from the row that has the max().
LENGTHS = """
SELECT asked, chars
FROM (SELECT asked, chars, max(kept_at) FROM pages JOIN versions ON versions.page_id = pages.id GROUP BY pages.id)
"""
LATEST_DAYS = """
SELECT asked, max(kept_at)
FROM pages JOIN versions ON versions.page_id = pages.id
WHERE asked IN (SELECT value FROM json_each(:asked))
GROUP BY asked
"""


class Said(NamedTuple):
    """The text of a page at a time, and its HTML in UTF-8 if that is kept, too."""

    asked: str
    at: str
    title: str | None
    text: str
    html: bytes | None = None


class Newest(NamedTuple):
    """The newest version of a page."""

    id: int
    kept_at: str
    text: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a page: kept at `kept_at`, last seen unchanged at `seen_at`; `chars` is the length of its text."""

    id: int
    kept_at: str
    seen_at: str
    title: str | None
    chars: int
    has_html: bool


def newest(connection: Connection, asked: str) -> Newest | None:
    """The newest version of the page at an address; None if none was kept."""
    found = row(connection, NEWEST, asked=asked)
    return Newest(found["id"], found["kept_at"], restored(found["text"])) if found is not None else None


def keep(connection: Connection, said: Said) -> int:
    """Keep a new version; returns its id."""
    connection.execute("INSERT OR IGNORE INTO pages (asked) VALUES (?)", [said.asked])
    (page_id,) = connection.execute("SELECT id FROM pages WHERE asked = ?", [said.asked]).fetchone()
    html = zlib.compress(said.html, 9) if said.html is not None else None
    version_id = connection.execute(
        "INSERT INTO versions (page_id, kept_at, seen_at, title, chars, text, html) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [page_id, said.at, said.at, said.title, len(said.text), stored(said.text), html],
    ).lastrowid
    connection.execute(
        "INSERT INTO versions_fts (rowid, title, text, folded) VALUES (?, ?, ?, ?)",
        [version_id, *_indexed(said.title, said.text)],
    )
    return version_id or 0


def see_again(connection: Connection, version_id: int, at: str, html: bytes | None = None) -> None:
    """Note that a page is unchanged since this version; also keeps its HTML if that is now wanted."""
    connection.execute("UPDATE versions SET seen_at = max(seen_at, ?) WHERE id = ?", [at, version_id])
    if html is not None:
        packed = zlib.compress(html, 9)
        connection.execute("UPDATE versions SET html = ? WHERE id = ? AND html IS NULL", [packed, version_id])


def drop(connection: Connection, version_ids: Collection[int]) -> int:
    """Delete versions, also from the index, and pages without versions; returns the number of versions."""
    dropped = 0
    for version_id in version_ids:
        found = connection.execute("SELECT title, text FROM versions WHERE id = ?", [version_id]).fetchone()
        if found is None:
            continue
        title, text = found
        connection.execute(
            "INSERT INTO versions_fts (versions_fts, rowid, title, text, folded) VALUES ('delete', ?, ?, ?, ?)",
            [version_id, *_indexed(title, restored(text))],
        )
        connection.execute("DELETE FROM versions WHERE id = ?", [version_id])
        dropped += 1
    connection.execute("DELETE FROM pages WHERE NOT EXISTS (SELECT 1 FROM versions WHERE page_id = pages.id)")
    return dropped


def versions_of(connection: Connection, asked: str) -> tuple[Version, ...]:
    """All versions of the page at an address, the newest first."""
    return records(Version, connection, VERSIONS, asked=asked)


def text_of(connection: Connection, version_id: int) -> str:
    """The text of a version; '' if the id is unknown."""
    found = connection.execute("SELECT text FROM versions WHERE id = ?", [version_id]).fetchone()
    return restored(found[0]) if found is not None else ""


def html_of(connection: Connection, version_id: int) -> bytes | None:
    """The HTML of a version as UTF-8; None if it was not kept."""
    found = connection.execute("SELECT html FROM versions WHERE id = ?", [version_id]).fetchone()
    return zlib.decompress(found[0]) if found is not None and found[0] is not None else None


def kept_days(connection: Connection, asked: Collection[str]) -> Mapping[str, str]:
    """When the newest version of each of these addresses was kept; without addresses that have none."""
    return pairs(connection, LATEST_DAYS, asked=json.dumps(list(asked)))


def known(connection: Connection) -> Mapping[str, int]:
    """The addresses with kept pages, and the length of their newest text."""
    return pairs(connection, LENGTHS)


def _indexed(title: str | None, text: str) -> tuple[str, str, str]:
    return title or "", text, folded(title, text) or ""
