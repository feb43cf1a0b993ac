"""Notes, notebooks and tags by name, for commands that take a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import records

if TYPE_CHECKING:
    from sqlite3 import Connection

NOTES = """
SELECT id, name, state, is_present, is_locked
FROM notes
ORDER BY name, id
"""
NOTEBOOKS = """
SELECT id, title, path, parent_id, state
FROM notebooks
"""
TAGS = """
SELECT id, title
FROM tags
"""
TAGS_OF_NOTES = """
SELECT note_id, tags.title
FROM note_tags JOIN tags ON tags.id = tag_id
ORDER BY tags.title
"""


@dataclass(frozen=True, slots=True)
class NamedNote:
    """A note."""

    id: str
    name: str
    state: str
    is_present: bool
    is_locked: bool


@dataclass(frozen=True, slots=True)
class NamedNotebook:
    """A notebook, by its title and by its path (`Engineering › Backend`)."""

    id: str
    title: str
    path: str
    parent_id: str
    state: str


@dataclass(frozen=True, slots=True)
class NamedTag:
    """A tag."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class TagOfNote:
    """The title of a tag that a note has."""

    note_id: str
    title: str


def named_notes(connection: Connection) -> tuple[NamedNote, ...]:
    """All notes, by name."""
    return records(NamedNote, connection, NOTES)


def named_notebooks(connection: Connection) -> tuple[NamedNotebook, ...]:
    """All notebooks."""
    return records(NamedNotebook, connection, NOTEBOOKS)


def named_tags(connection: Connection) -> tuple[NamedTag, ...]:
    """All tags."""
    return records(NamedTag, connection, TAGS)


def tags_of_notes(connection: Connection) -> tuple[TagOfNote, ...]:
    """The tags of all notes, by title."""
    return records(TagOfNote, connection, TAGS_OF_NOTES)
