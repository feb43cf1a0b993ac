"""Sections across notes: a topic is a path of headings, in whichever notes."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import pairs, plain_rows, records, rows
from extractor.catalogue.queries.conditions import CHANGED_AT, LAST, NOTE_IS_NOT_GONE, SECTION_IS_THERE, within
from extractor.catalogue.queries.topic_names import is_under
from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

    from extractor.catalogue.queries.topic_names import TopicNames

NOTES_BY_PATH = f"""
SELECT path, note_id
FROM sections
WHERE removed_at IS NULL AND {NOTE_IS_NOT_GONE}
"""
LINKS_BY_PATH = """
SELECT section, count(*)
FROM saved_links
WHERE section NOT NULL
GROUP BY section
"""
# SQLite takes the other column from the row that has the max(). The plus prevents it from using the index of paths, by
# which it would look up each row: reading all of them in order takes a third of the time.
THAT_WENT = f"""
SELECT path, max(removed_at) AS until, removal_is_dated AS is_dated
FROM sections
WHERE removed_at NOT NULL OR NOT ({NOTE_IS_NOT_GONE})
GROUP BY +path
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
# Under a topic, and also below the titles of notes, which are not part of topics.
PATHS_UNDER = f"""
SELECT DISTINCT path
FROM sections
WHERE {within("path", "topic")}
UNION
SELECT DISTINCT sections.path
FROM json_each(:titles) CROSS JOIN sections
WHERE sections.path >= value || '{SEPARATOR}' || :topic AND sections.path < value || '{SEPARATOR}' || :topic || '{LAST}'
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
    """A path that some note no longer has, and `until` when one had it: the day itself if that `is_dated`."""

    path: str
    until: str | None
    is_dated: bool


@dataclass(frozen=True, slots=True)
class SectionOfNote:
    """A section of a note, with facts about the note; `is_there` if both are there now."""

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
    # Sorting by path, as count(DISTINCT) needs it, takes SQLite three times as long.
    return Counter(path for path, _note_id in {*plain_rows(connection, NOTES_BY_PATH)})


def links_by_path(connection: Connection) -> Mapping[str, int]:
    """How many saved links are directly under each path of headings."""
    return pairs(connection, LINKS_BY_PATH)


def paths_that_went(connection: Connection) -> tuple[PastPath, ...]:
    """The paths that some notes no longer have (others may still have them), those that went last first."""
    return records(PastPath, connection, THAT_WENT)


def all_paths(connection: Connection) -> tuple[str, ...]:
    """The paths of all sections, now or in the past."""
    return tuple(path for (path,) in plain_rows(connection, ALL_PATHS))


def paths_under(connection: Connection, names: TopicNames, topic: str) -> tuple[str, ...]:
    """The paths of all sections, now or in the past, of a topic and of those below it, in the order of their topics."""
    topic = names.topic_of(topic)
    found = paths_named(connection, names, topic)
    if topic in names.titles:
        return found
    return tuple(sorted((path for path in found if is_under(names.topic_of(path), topic)), key=names.topic_of))


def paths_named(connection: Connection, names: TopicNames, path: str) -> tuple[str, ...]:
    """The paths of all sections, now or in the past, that are this one or below it, as written or by their topics."""
    found = plain_rows(connection, PATHS_UNDER, topic=path, titles=json.dumps(sorted(names.titles)))
    return tuple(one for (one,) in found if names.is_under(one, path))


def sections_at(connection: Connection, path: str, paths: Sequence[str]) -> tuple[SectionOfNote, ...]:
    """All sections with these paths, now or in the past: the last changed notes first, and in a note that of `path`."""
    return records(SectionOfNote, connection, AT, path=path, paths=json.dumps(paths))


def last_number(connection: Connection, section: SectionOfNote) -> int | None:
    """The number of the last revision that had a section which has gone; None if unknown."""
    if not section.removed_at or not section.last_revision_id:
        return None
    return next((found["number"] for found in rows(connection, NUMBER, revision=section.last_revision_id)), None)


def removed_by(connection: Connection, section: SectionOfNote, number: int | None) -> str | None:
    """The id of the revision that removed a section which revision `number` was the last to have; None if unknown."""
    if number is None or not section.removal_is_dated:
        return None
    found = rows(connection, REMOVED_BY, note=section.note_id, number=number, at=section.removed_at)
    return next((one["id"] for one in found), None)


def paths_with_words(connection: Connection, words: str, most: int) -> tuple[str, ...]:
    """Paths that notes have now, and that match an FTS5 query."""
    return tuple(found["path"] for found in rows(connection, WITH_WORDS, words=words, most=most))
