"""The saved links of some notes, for exported files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import records

if TYPE_CHECKING:
    from sqlite3 import Connection

# In the order of notebooks, notes and lines.
LINKS = """
SELECT notes.id AS note_id, notes.name AS note, notes.notebook_id, links.section_id, links.url, links.text,
       (SELECT title FROM pages WHERE pages.url_id = links.url_id AND seen = 'last') AS page_title,
       links.absent_at, links.first_seen_at, links.is_dated, links.last_seen_at
FROM links JOIN notes ON notes.id = links.note_id
WHERE links.removed_at IS NULL AND links.target = 'web' AND links.kind = 'link' AND links.url_id NOT NULL
      AND notes.id IN (SELECT value FROM json_each(:notes))
ORDER BY notes.notebook COLLATE NOCASE, notes.name COLLATE NOCASE, notes.id, links.line, links.position
"""
SECTIONS = """
SELECT id, title, parent_id
FROM sections
WHERE note_id IN (SELECT value FROM json_each(:notes))
"""


@dataclass(frozen=True, slots=True)
class SavedLink:
    """A link to the web that a note has now, with the bounds of when it came."""

    note_id: str
    note: str
    notebook_id: str | None
    section_id: int | None
    url: str
    text: str
    page_title: str | None
    absent_at: str | None
    first_seen_at: str | None
    is_dated: bool
    last_seen_at: str | None


@dataclass(frozen=True, slots=True)
class SectionTitle:
    """A section, and the one that it is in."""

    id: int
    title: str
    parent_id: int | None


def links_of(connection: Connection, note_list: str) -> tuple[SavedLink, ...]:
    """The links of notes, whose ids are given as JSON."""
    return records(SavedLink, connection, LINKS, notes=note_list)


def sections_of(connection: Connection, note_list: str) -> tuple[SectionTitle, ...]:
    """The sections of notes, whose ids are given as JSON."""
    return records(SectionTitle, connection, SECTIONS, notes=note_list)
