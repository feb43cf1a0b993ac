"""The topic of each section. A topic is a path of headings, in whichever notes.

Many people begin a note with its title as the only first-level heading, and write everything else below it. Such a
heading is not part of the topics below it, so that equal headings of several notes are one topic.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import records
from extractor.catalogue.queries.conditions import NOTE_IS_NOT_GONE
from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from sqlite3 import Connection

# Headings with others below are looked up in a list: if no heading is below another, SQLite would use no index.
# For other levels, this is not needed.
TOPS = f"""
WITH tops AS MATERIALIZED (
  SELECT id, note_id, title, level
  FROM sections
  WHERE parent_id IS NULL AND removed_at IS NULL AND {NOTE_IS_NOT_GONE}
)
SELECT note_id, title, level,
       id IN (
         SELECT parent_id
         FROM sections
         WHERE parent_id IN (SELECT id FROM tops WHERE level = 1) AND removed_at IS NULL
       ) AS has_more
FROM tops
"""


@dataclass(frozen=True, slots=True)
class TopHeading:
    """A heading of a note with none above it; `has_more` if it is of the first level and others are below it."""

    note_id: str
    title: str
    level: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class TopicNames:
    """The topic of each section, by its path; `titles` are headings that are only the titles of their notes."""

    titles: frozenset[str] = frozenset()

    def topic_of(self, path: str) -> str:
        """The topic of a section: its path without the title of its note, if more is below that."""
        first, separator, below = path.partition(SEPARATOR)
        return below if separator and first in self.titles else path

    def is_under(self, path: str, topic: str) -> bool:
        """Whether a section belongs to a topic or one below it; everything in a note is under its title."""
        return is_under(path, topic) or (bool(self.titles) and is_under(self.topic_of(path), topic))

    def by_topic(self, counts: Mapping[str, int]) -> Mapping[str, int]:
        """Counts by the paths of sections, added up by topic."""
        found = dict(counts)
        # Most sections are their own topics: these stay as they are.
        for path in [path for path in counts if path.partition(SEPARATOR)[0] in self.titles] if self.titles else ():
            topic = self.topic_of(path)
            if topic != path:
                found[topic] = found.get(topic, 0) + found.pop(path)
        return found


def topic_names(tops: Iterable[TopHeading]) -> TopicNames:
    """Find the headings that are only titles: each is the only top heading, of level 1, in every note that has it.

    If any note has it beside others, it is a topic there, and so in all notes.
    """
    by_note: defaultdict[str, list[TopHeading]] = defaultdict(list)
    for top in tops:
        by_note[top.note_id].append(top)
    titles: set[str] = set()
    others: set[str] = set()
    for of_note in by_note.values():
        first = of_note[0]
        is_title = len(of_note) == 1 and first.level == 1 and first.has_more
        (titles if is_title else others).update(top.title for top in of_note)
    return TopicNames(frozenset(titles - others - {""}))


def read_topic_names(connection: Connection) -> TopicNames:
    """Read the topic names of a catalogue from its current notes."""
    return topic_names(records(TopHeading, connection, TOPS))


def is_under(path: str, topic: str) -> bool:
    """Whether a path of headings is this one, or below it."""
    return path == topic or path.startswith(topic + SEPARATOR)
