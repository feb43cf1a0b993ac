"""Totals of a catalogue: the same figures on the start page and in the summary of a build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.conditions import CURRENT
from extractor.catalogue.queries.ask import pairs, record, rows, value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection


def _present(table: str, which: str = "1") -> str:
    """A query that counts the rows in notes now: all rows, minus removed ones, minus those of notes that are not there.

    Each of the three numbers is counted in an index; only that of all rows is long.
    """
    return f"""
    SELECT (SELECT count(*) FROM {table} WHERE {which})
      - (SELECT count(*) FROM {table} WHERE removed_at NOT NULL AND {which})
      - (SELECT count(*) FROM {table} WHERE removed_at IS NULL AND {which}
           AND note_id IN (SELECT id FROM notes WHERE is_present = 0))
    """


TOTALS = f"""
SELECT
  (SELECT count(*) FROM notes WHERE is_present) AS notes,
  (SELECT count(*) FROM notes WHERE state = 'encrypted') AS encrypted_notes,
  ({_present("sections")}) AS sections,
  (SELECT count(*) FROM saved_links) AS links,
  ({_present("links", "kind = 'image'")}) AS images,
  (SELECT count(DISTINCT url_id) FROM links WHERE {CURRENT}) AS addresses,
  (SELECT count(*) FROM revisions WHERE number NOT NULL) AS revisions,
  (SELECT count(*) FROM revisions WHERE state = 'encrypted') AS encrypted_revisions,
  (SELECT count(*) FROM problems) AS problems
"""
NOTES_BY_STATE = """
SELECT state, count(*)
FROM notes
WHERE is_present = :is_present
GROUP BY state
ORDER BY 2 DESC, state
"""
# A lost revision whose text is known from later ones is not an item of any source.
REVISIONS_BY_STATE = """
SELECT state, count(*)
FROM revisions
WHERE number NOT NULL OR state = 'encrypted'
GROUP BY state
ORDER BY 2 DESC, state
"""
LATEST_PROBLEMS = """
SELECT item, detail
FROM problems
ORDER BY first_seen_at DESC, id
LIMIT :most
"""
LAST_BUILD = """
SELECT max(finished_at)
FROM builds
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many there are now: sections, web links and images in notes, and the addresses of these.

    `revisions` are those of all notes, including notes that are not there now.
    """

    notes: int
    encrypted_notes: int
    sections: int
    links: int
    images: int
    addresses: int
    revisions: int
    encrypted_revisions: int
    problems: int


def totals(connection: Connection) -> Totals:
    """Count the totals."""
    (found,) = rows(connection, TOTALS)
    return record(Totals, found)


def notes_by_state(connection: Connection, *, is_present: bool) -> Mapping[str, int]:
    """How many notes are in each state, either of those that are there now, or of the others."""
    return pairs(connection, NOTES_BY_STATE, is_present=int(is_present))


def revisions_by_state(connection: Connection) -> Mapping[str, int]:
    """How many revisions are in each state, including encrypted ones."""
    return pairs(connection, REVISIONS_BY_STATE)


def latest_problems(connection: Connection, most: int) -> tuple[tuple[str, str], ...]:
    """The items and reasons of the latest problems."""
    return tuple((found["item"], found["detail"]) for found in rows(connection, LATEST_PROBLEMS, most=most))


def last_build(connection: Connection) -> str | None:
    """When the last build ended."""
    found: str | None = value(connection, LAST_BUILD)
    return found
