"""Conditions that many statements share, as SQL; their parameters are named."""

from __future__ import annotations

from extractor.names import SEPARATOR

LINK_IS_THERE = "links.removed_at IS NULL AND notes.is_present"
SECTION_IS_THERE = "sections.removed_at IS NULL AND notes.is_present"
NOTE_IS_THERE = "note_id IN (SELECT id FROM notes WHERE is_present)"
NOTE_IS_NOT_GONE = "note_id NOT IN (SELECT id FROM notes WHERE is_present = 0)"
"""The same for many rows: few notes are not there, so that looking them up is faster."""
CHANGED_AT = "coalesce(notes.user_updated_at, notes.updated_at)"
"""When a note was last changed, as Joplin shows it: syncing, or a plugin, does not count."""

LAST = "\U0010ffff"


def has_tag(name: str) -> str:
    """A query for the ids of the notes with the tag that is the parameter :name."""
    return f"SELECT note_id FROM note_tags JOIN tags ON tags.id = tag_id WHERE tags.title = :{name} COLLATE NOCASE"


def within(column: str, name: str) -> str:
    """The condition that a path of headings or notebooks is that of the parameter :name, or below it."""
    below = f":{name} || '{SEPARATOR}'"
    return f"({column} = :{name} OR ({column} >= {below} AND {column} < {below} || '{LAST}'))"


def all_of(conditions: list[str]) -> str:
    """The conjunction of these conditions; if there are none, a condition that is always true."""
    return " AND ".join(conditions) or "1"
