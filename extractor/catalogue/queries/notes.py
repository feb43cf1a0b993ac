"""Notes: the facts about one, lists of them, and their notebooks and tags."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import pairs, records, rows, value
from extractor.catalogue.queries.conditions import CHANGED_AT, all_of, has_tag, within
from extractor.names import folded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from extractor.catalogue.queries.ask import Value

WITH_ID = """
SELECT id, name, state, markup, notebook, source_url, is_todo, completed_at, created_at, updated_at, user_created_at,
       user_updated_at
FROM notes
WHERE id >= :id AND id < :id || 'g'
LIMIT 2
"""
TAGS_OF = """
SELECT tags.title
FROM note_tags JOIN tags ON tags.id = tag_id
WHERE note_id = :note
ORDER BY tags.title
"""
NAMES = """
SELECT id, name
FROM notes
"""
BODY = """
SELECT body, markup
FROM note_bodies JOIN notes ON notes.id = note_id
WHERE note_id = :note
"""
LINKING = """
SELECT notes.id, notes.name, min(links.line) AS line
FROM json_each(:spelled) AS spelled
     CROSS JOIN links INDEXED BY idx_links_note
     JOIN notes ON notes.id = links.note_id
WHERE links.target = 'note' AND links.removed_at IS NULL
      AND links.url >= spelled.value AND links.url < spelled.value || 'g'
      AND notes.id <> :note AND notes.is_present
GROUP BY notes.id
ORDER BY notes.name
"""
PAST_HEADINGS = """
SELECT sections.path, removed_at AS until, removal_is_dated AS is_dated, last_revision_id,
       revisions.number AS last_number, line
FROM sections LEFT JOIN revisions ON revisions.id = last_revision_id
WHERE sections.note_id = :note AND removed_at NOT NULL
ORDER BY removed_at DESC, line
"""
CHANGED_LAST = f"""
SELECT notes.id, notes.name, notes.notebook, {CHANGED_AT} AS changed_at, revisions.summary, revisions.captured_at,
       revisions.id AS revision_id
FROM notes LEFT JOIN revisions ON revisions.note_id = notes.id AND revisions.number = notes.revisions
WHERE notes.is_present
ORDER BY changed_at DESC
LIMIT :most
"""
NOTEBOOKS = """
SELECT path
FROM notebooks
WHERE state = 'current'
ORDER BY path
"""
NOTES_IN_NOTEBOOKS = """
SELECT notebook, count(*)
FROM notes
WHERE is_present = '1' AND notebook NOT NULL
GROUP BY notebook
"""
NOTES_WITH_TAGS = """
SELECT min(tags.title) AS title, count(DISTINCT notes.id) AS number
FROM tags JOIN note_tags ON tag_id = tags.id JOIN notes ON notes.id = note_id
WHERE is_present = '1'
GROUP BY tags.title COLLATE NOCASE
ORDER BY number DESC
"""
# Conditions on notes, by the name of their parameter.
BY_PLACE = {"notebook": within("notebook", "notebook"), "tag": f"id IN ({has_tag('tag')})"}
BY_TITLE = {"titled": "id IN (SELECT value FROM json_each(:titled))"}
# Which notes are listed: a column and its value.
CHOICES = {
    "there": ("is_present", "1"),
    "history": ("state", "history only"),
    "trash": ("state", "trashed"),
    "conflicts": ("state", "conflict"),
    "gone": ("state", "gone"),
}
ORDERS = {"changed": f"{CHANGED_AT} DESC, id", "title": "name COLLATE NOCASE, id"}
# The condition, for each order, that a note comes after the one with these values.
LATER = {
    "changed": f"(coalesce({CHANGED_AT}, '') < :key OR (coalesce({CHANGED_AT}, '') = :key AND id > :key_id))",
    "title": "(name COLLATE NOCASE > :key OR (name COLLATE NOCASE = :key AND id > :key_id))",
}


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """A note; `name` is what it is called everywhere, which may differ from the title of its item."""

    id: str
    name: str
    state: str
    markup: str
    notebook: str | None
    source_url: str | None
    is_todo: bool
    completed_at: str | None
    created_at: str | None
    updated_at: str | None
    user_created_at: str | None
    user_updated_at: str | None


@dataclass(frozen=True, slots=True)
class ListedNote:
    """A note in a list; `links` is the number of links to the web that it has now."""

    id: str
    name: str
    notebook: str | None
    state: str
    changed_at: str | None
    revisions: int
    is_todo: bool
    completed_at: str | None
    links: int


@dataclass(frozen=True, slots=True)
class ChangedNote:
    """A note that changed recently, and what its latest revision did."""

    id: str
    name: str
    notebook: str | None
    changed_at: str | None
    summary: str | None
    captured_at: str | None
    revision_id: str | None


@dataclass(frozen=True, slots=True)
class LinkingNote:
    """A note that links to another one, first at `line`."""

    id: str
    name: str
    line: int | None


@dataclass(frozen=True, slots=True)
class PastHeading:
    """A heading that a note no longer has; `line` is where it was in the last revision that had it.

    `until` is when it went if that `is_dated`, else a time by which it was gone.
    """

    path: str
    until: str
    is_dated: bool
    last_revision_id: str | None
    last_number: int | None
    line: int | None


def notes_with_id(connection: Connection, beginning: str) -> tuple[NoteFacts, ...]:
    """Up to two notes whose ids begin so; for a whole id only one, as all ids have the same length."""
    return records(NoteFacts, connection, WITH_ID, id=beginning.lower())


def tags_of(connection: Connection, note_id: str) -> tuple[str, ...]:
    """The titles of the tags of a note."""
    return tuple(found["title"] for found in rows(connection, TAGS_OF, note=note_id))


def body_of(connection: Connection, note_id: str) -> tuple[str, str] | None:
    """The current text of a note, and its markup; None if it is not known."""
    return next(((found["body"], found["markup"]) for found in rows(connection, BODY, note=note_id)), None)


def notes_linking_to(connection: Connection, note_id: str) -> tuple[LinkingNote, ...]:
    """The other notes that link to a note now."""
    spelled = [f"{before}{note_id}" for before in (":/", "joplin://", "joplin://x-callback-url/openNote?id=")]
    return records(LinkingNote, connection, LINKING, spelled=json.dumps(spelled), note=note_id)


def past_headings(connection: Connection, note_id: str) -> tuple[PastHeading, ...]:
    """The headings that a note once had and no longer has, those that went last first."""
    return records(PastHeading, connection, PAST_HEADINGS, note=note_id)


def changed_last(connection: Connection, most: int) -> tuple[ChangedNote, ...]:
    """The notes that are there now, the last changed first."""
    return records(ChangedNote, connection, CHANGED_LAST, most=most)


def condition(given: Mapping[str, str]) -> str:
    """The conditions of BY_PLACE and BY_TITLE that are given, combined."""
    return all_of([(BY_PLACE | BY_TITLE)[name] for name in given])


def titled(connection: Connection, typed: str) -> str:
    """The ids of the notes with all of these words in their name, in any case and form, as JSON for BY_TITLE."""
    words = folded(typed).split()
    names = pairs(connection, NAMES)
    return json.dumps([note_id for note_id, name in names.items() if all(word in folded(name) for word in words)])


def counts(connection: Connection, given: Mapping[str, str]) -> Mapping[str, int]:
    """How many notes there are for each of CHOICES."""
    each = ", ".join(f"count(*) FILTER (WHERE {_chosen(name)}) AS [{name}]" for name in CHOICES)
    statement = f"""
SELECT {each}
FROM notes
WHERE {condition(given)}
"""
    (found,) = rows(connection, statement, **given)
    return dict(found)


def key_of(note: ListedNote, order: str) -> str:
    """The key, for an address, of the place in a list after a note."""
    return f"{(note.name if order == 'title' else note.changed_at) or ''}~{note.id}"


def listed(
    connection: Connection,
    given: Mapping[str, str],
    choice: str,
    order: str,
    *,
    most: int,
    skipped: int = 0,
    after: str = "",
) -> tuple[ListedNote, ...]:
    """The notes of one of CHOICES, in one of ORDERS; `after` is a key that `key_of` returned."""
    # Links are counted of the notes that are listed alone: beside the sorting, SQLite counts those of all before, too.
    key, _, key_id = after.rpartition("~")
    later = LATER[order] if after else "1"
    statement = f"""
SELECT id, name, notebook, state, {CHANGED_AT} AS changed_at, revisions, is_todo, completed_at,
       (SELECT count(*)
        FROM links
        WHERE note_id = notes.id AND removed_at IS NULL AND +kind = 'link' AND +target = 'web' AND url_id NOT NULL
       ) AS links
FROM (
  SELECT id, name, notebook, state, user_updated_at, updated_at, revisions, is_todo, completed_at
  FROM notes
  WHERE {condition(given)} AND {_chosen(choice)} AND {later}
  ORDER BY {ORDERS[order]}
  LIMIT :most OFFSET :skipped
) AS notes
ORDER BY {ORDERS[order]}
"""
    values: dict[str, Value] = {"most": most, "skipped": skipped, "key": key, "key_id": key_id}
    return records(ListedNote, connection, statement, **given, **values)


def _chosen(choice: str) -> str:
    column, said = CHOICES[choice]
    return f"{column} = '{said}'"


def notebooks(connection: Connection) -> tuple[str, ...]:
    """The paths of all notebooks that are in Joplin now."""
    return tuple(found["path"] for found in rows(connection, NOTEBOOKS))


def notes_in_notebooks(connection: Connection) -> Mapping[str, int]:
    """How many notes are directly in each notebook now."""
    return pairs(connection, NOTES_IN_NOTEBOOKS)


def notes_with_tags(connection: Connection) -> Mapping[str, int]:
    """How many notes each tag has now, the most frequent tags first; tags that differ only in case count as one."""
    return pairs(connection, NOTES_WITH_TAGS)


def is_note(connection: Connection, note_id: str) -> bool:
    """Whether there is, or was, a note with this id."""
    return value(connection, "SELECT 1 FROM notes WHERE id = :note", note=note_id) is not None
