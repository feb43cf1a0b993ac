"""Patterns of addresses excluded from link checks."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from extractor.catalogue.conditions import CURRENT
from extractor.errors import NotFound

if TYPE_CHECKING:
    from extractor.catalogue.database import Database


def matches(pattern: str, url: str) -> bool:
    """Whether a pattern matches: part of the address, or with `*` or `?` all of it; case-insensitive."""
    if "*" in pattern or "?" in pattern:
        return fnmatch.fnmatchcase(url.lower(), pattern.lower())
    return pattern.lower() in url.lower()


def ignored(db: Database) -> list[tuple[str, str, str]]:
    """Pattern, reason and time of each ignored pattern."""
    return db.execute("SELECT pattern, reason, created_at FROM ignored ORDER BY created_at, pattern").fetchall()


def ignore(db: Database, pattern: str, reason: str, now: str) -> int:
    """Ignore addresses that match a pattern; returns their number now."""
    db.execute("INSERT OR REPLACE INTO ignored (pattern, reason, created_at) VALUES (?, ?, ?)", [pattern, reason, now])
    urls = db.execute(f"SELECT url FROM urls WHERE id IN (SELECT url_id FROM links WHERE {CURRENT})").fetchall()
    return sum(matches(pattern, url) for (url,) in urls)


def take_back(db: Database, pattern: str) -> None:
    """Stop ignoring a pattern; raises NotFound if it is unknown."""
    if not db.execute("DELETE FROM ignored WHERE pattern = ?", [pattern]).rowcount:
        raise NotFound(f"No pattern {pattern!r} is ignored.", "List them: joplin-catalogue ignore")
