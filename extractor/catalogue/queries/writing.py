"""What was written, and when: the steps of histories, without those in which nobody wrote anything.

An echo does not count, and what comes back after one was there all along. A text that Joplin saved as a whole again
after its clean-up does not count either. The first known text of a note, or an old state that Joplin kept before an
edit, was written some time earlier: it has a day only if the note was made, or the text before it saved, within the 24
hours before. A note without revisions counts as written when it was last changed; it has a day only if it was made
within the 24 hours before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import records
from extractor.catalogue.queries.conditions import CHANGED_AT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection

CREATED_AT = "min(coalesce(notes.created_at, notes.user_created_at), coalesce(notes.user_created_at, notes.created_at))"
# Whether a revision contains the whole text, and not just what was changed. If its base is lost, that is so if its text
# is known nevertheless, and not from a later version of the revision.
FROM_NOTHING = """\
CASE WHEN this.parent_id = '' THEN 1
            WHEN base.id IS NULL THEN this.state IN ('complete', 'inexact') AND diffs.rebased_ms IS NULL
            WHEN this.hunks = 1 AND this.chars_removed = 0 AND (base.number > 1 OR base.chars_added > 0)
            THEN diffs.from_nothing
            ELSE 0 END"""


def written(when: str = "1") -> str:
    """What was written, as the tables `steps` and `written` for the WITH clause of a statement.

    `when` is a condition on revisions, as `this`; without it, all revisions are looked at.
    """
    return f"""
steps AS MATERIALIZED (
  SELECT this.id, this.note_id, this.number, this.captured_at, this.links_added, this.links_removed,
         iif(base.is_echo, max(this.chars_added - base.chars_removed, 0), this.chars_added) AS added,
         iif(base.is_echo, max(this.chars_removed - base.chars_added, 0), this.chars_removed) AS removed,
         {FROM_NOTHING} AS is_whole,
         EXISTS (SELECT 1 FROM revisions AS later
                 WHERE later.note_id = this.note_id AND later.parent_id = this.id
                   AND later.captured_at = strftime('%Y-%m-%dT%H:%M:%fZ', this.captured_at, '+0.001 seconds')
         ) AS keeps_old_state,
         iif(base.number NOT NULL, base.captured_at, NULL) AS base_at, {CREATED_AT} AS created_at
  FROM revisions AS this JOIN notes ON notes.id = this.note_id
       LEFT JOIN revisions AS base ON base.id = this.parent_id AND base.note_id = this.note_id
       LEFT JOIN revision_diffs AS diffs ON diffs.revision_id = this.id
  WHERE this.number NOT NULL AND NOT this.is_echo AND this.state NOT IN ('encrypted', 'unreadable')
    AND {when}
),
written AS (
  SELECT id AS revision_id, note_id, captured_at AS at, added, removed,
         iif(is_whole, 0, links_added) AS links_added, iif(is_whole, 0, links_removed) AS links_removed,
         CASE WHEN is_whole THEN coalesce(julianday(captured_at) - julianday(created_at) BETWEEN 0 AND 1, 0)
              WHEN keeps_old_state THEN coalesce(julianday(captured_at) - julianday(base_at) BETWEEN 0 AND 1, 0)
              ELSE 1 END AS is_dated
  FROM steps
  WHERE added + removed > 0 AND (number = 1 OR NOT is_whole)
  UNION ALL
  SELECT NULL, notes.id, {CHANGED_AT}, length(body), 0, 0, 0,
         coalesce(julianday({CHANGED_AT}) - julianday({CREATED_AT}) BETWEEN 0 AND 1, 0)
  FROM notes JOIN note_bodies ON note_bodies.note_id = notes.id
  WHERE body <> '' AND NOT is_locked AND state <> 'conflict'
    AND NOT EXISTS (SELECT 1 FROM revisions WHERE revisions.note_id = notes.id)
)"""


TABLES = ("notes", "note_bodies", "revisions", "revision_diffs")
"""The tables that these statements need to see."""

MOST_WRITTEN = f"""
WITH {written("this.captured_at >= :since AND this.captured_at < :until")}
SELECT notes.id, notes.name, notes.notebook, count(*) AS changes, sum(added) AS added, sum(removed) AS removed,
       sum(links_added) AS links_added, sum(links_removed) AS links_removed, max(at) AS changed_at,
       coalesce({CREATED_AT} >= :since, 0) AS is_new
FROM written JOIN notes ON notes.id = note_id
WHERE is_dated AND at >= :since AND at < :until AND notes.is_present AND NOT notes.is_locked
GROUP BY notes.id
ORDER BY added + removed DESC, changed_at DESC, notes.id
"""
BY_DAY = f"""
WITH {written()}
SELECT substr(at, 1, 10) AS day, count(*) AS changes, count(revision_id) AS revisions,
       count(DISTINCT note_id) AS notes, sum(added) AS added, sum(removed) AS removed
FROM written
WHERE is_dated AND at NOT NULL
GROUP BY day
ORDER BY day
"""
UNDATED = f"""
WITH {written()}
SELECT '' AS day, count(*) AS changes, count(revision_id) AS revisions, count(DISTINCT note_id) AS notes,
       coalesce(sum(added), 0) AS added, coalesce(sum(removed), 0) AS removed
FROM written
WHERE NOT is_dated OR at IS NULL
"""


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """What was written in a note between two times, in characters; the note `is_new` if it was made in that time."""

    id: str
    name: str
    notebook: str | None
    changes: int
    added: int
    removed: int
    links_added: int
    links_removed: int
    changed_at: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class DayOfWriting:
    """What was written on a day (2024-11-01, UTC), in characters; '' if the day is unknown.

    `revisions` is how many of the changes are revisions; the others are notes that have none.
    """

    day: str
    changes: int
    revisions: int
    notes: int
    added: int
    removed: int


def written_notes(connection: Connection, since: str, until: str) -> tuple[WrittenNote, ...]:
    """The notes in which something was written between two times, those that changed most first."""
    return records(WrittenNote, connection, MOST_WRITTEN, since=since, until=until)


def days_of_writing(connection: Connection) -> tuple[Sequence[DayOfWriting], DayOfWriting]:
    """What was written on each day, and what was written on unknown days."""
    (undated,) = records(DayOfWriting, connection, UNDATED)
    return records(DayOfWriting, connection, BY_DAY), undated
