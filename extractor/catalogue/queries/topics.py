"""Sections across notes: a topic is a path of headings, whichever notes have it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import pairs, records, rows
from extractor.catalogue.queries.conditions import CHANGED_AT, SECTION_IS_THERE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

NOTES_BY_PATH = f"""
SELECT sections.path, count(DISTINCT note_id)
FROM sections JOIN notes ON notes.id = note_id
WHERE {SECTION_IS_THERE}
GROUP BY sections.path
"""
LINKS_BY_PATH = """
SELECT section, count(*)
FROM saved_links
WHERE section NOT NULL
GROUP BY section
"""
# SQLite takes the other columns from the row that has the max().
PAST = f"""
SELECT path, max(removed_at) AS until, removal_is_dated AS is_dated
FROM (
  SELECT sections.path, sections.removed_at, sections.removal_is_dated, {SECTION_IS_THERE} AS is_there
  FROM sections JOIN notes ON notes.id = note_id
)
GROUP BY path
HAVING sum(is_there) = 0
ORDER BY until DESC
"""
AT = f"""
SELECT sections.path, note_id, notes.name, notes.state, notes.is_present, sections.line, {CHANGED_AT} AS changed_at,
       sections.removed_at, sections.removal_is_dated, last_revision_id, {SECTION_IS_THERE} AS is_there
FROM sections JOIN notes ON notes.id = note_id
WHERE sections.path IN (SELECT value FROM json_each(:paths))
ORDER BY changed_at DESC, is_there DESC, sections.path <> :path, sections.removed_at DESC, line
"""
ALL_PATHS = """
SELECT DISTINCT path
FROM sections
"""
NUMBER = """
SELECT number
FROM revisions
WHERE id = :revision
"""
REMOVED_BY = """
SELECT id
FROM revisions
WHERE note_id = :note AND number > :number AND captured_at = :at
ORDER BY number
LIMIT 1
"""
WITH_WORDS = f"""
SELECT DISTINCT sections.path
FROM sections_fts JOIN sections ON sections.rowid = sections_fts.rowid JOIN notes ON notes.id = note_id
WHERE sections_fts MATCH :words AND {SECTION_IS_THERE}
LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class PastPath:
    """A path that no note has any more, and `until` when one had it: the day itself if that `is_dated`."""

    path: str
    until: str | None
    is_dated: bool


@dataclass(frozen=True, slots=True)
class SectionOfNote:
    """A section of a note, with what its note is; `is_there` if both are there now."""

    path: str
    note_id: str
    name: str
    state: str
    is_present: bool
    line: int | None
    changed_at: str | None
    removed_at: str | None
    removal_is_dated: bool
    last_revision_id: str | None
    is_there: bool


def notes_by_path(connection: Connection) -> Mapping[str, int]:
    """How many notes have each path of headings now."""
    return pairs(connection, NOTES_BY_PATH)


def links_by_path(connection: Connection) -> Mapping[str, int]:
    """How many saved links are right under each path of headings."""
    return pairs(connection, LINKS_BY_PATH)


def past_paths(connection: Connection) -> tuple[PastPath, ...]:
    """The paths that notes had once and none has now, those that went last first."""
    return records(PastPath, connection, PAST)


def all_paths(connection: Connection) -> tuple[str, ...]:
    """The paths of all sections that notes have or had."""
    return tuple(found["path"] for found in rows(connection, ALL_PATHS))


def sections_at(connection: Connection, path: str, paths: Sequence[str]) -> tuple[SectionOfNote, ...]:
    """Every section of these paths, in notes that have or had it: those changed last first, that of `path` first."""
    return records(SectionOfNote, connection, AT, path=path, paths=json.dumps(paths))


def last_number(connection: Connection, section: SectionOfNote) -> int | None:
    """The number of the last revision that had a section which has gone; None where that is not known."""
    if not section.removed_at or not section.last_revision_id:
        return None
    return next((found["number"] for found in rows(connection, NUMBER, revision=section.last_revision_id)), None)


def removed_by(connection: Connection, section: SectionOfNote, number: int | None) -> str | None:
    """The revision that removed a section which revision `number` had last; None where that is not known."""
    if number is None or not section.removal_is_dated:
        return None
    found = rows(connection, REMOVED_BY, note=section.note_id, number=number, at=section.removed_at)
    return next((one["id"] for one in found), None)


def paths_with_words(connection: Connection, words: str, most: int) -> tuple[str, ...]:
    """Paths that notes have now, with what an FTS5 query asks for in them."""
    return tuple(found["path"] for found in rows(connection, WITH_WORDS, words=words, most=most))
