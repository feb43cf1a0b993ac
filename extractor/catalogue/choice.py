"""Choosing notes by notebook, tag or name, for link checks, exports and sharing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.presence import NAMEABLE, SHAREABLE
from extractor.catalogue.queries.named import named_notebooks, named_notes, named_tags
from extractor.errors import NotFound
from extractor.names import ID_PREFIX, MOST_NAMED, did_you_mean, matching, plain_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from extractor.catalogue.database import Database
    from extractor.catalogue.queries.named import NamedNote

LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Choice:
    """The given notebooks, tags and notes, each by its full name, its id, or the beginning of its id.

    Notebooks and tags narrow each other: the notes in any of the notebooks (and the notebooks inside them) that have
    any of the tags. Notes are added to that. So two options together never choose more than intended.
    """

    notebooks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.notebooks or self.tags or self.notes)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Ids of the notes, the given notebooks with those inside, and the given tags."""

    notes: frozenset[str]
    notebooks: frozenset[str]
    tags: frozenset[str]

    @property
    def note_list(self) -> str:
        """The notes as JSON, for `IN (SELECT value FROM json_each(?))`."""
        return json.dumps(sorted(self.notes))


@dataclass(frozen=True, slots=True)
class _Named:
    id: str
    title: str
    path: str


def choose(db: Database, choice: Choice, *, to_share: bool = False, to_export: bool = False) -> Chosen:
    """The present notes of a choice, all of them for an empty choice; also conflict copies given by name.

    `to_share`: only notes that may be shared; `to_export`: no locked notes. Raises NotFound.
    """
    states = SHAREABLE if to_share else NAMEABLE
    leaves_locked = to_share or to_export
    notebooks = _notebooks(db, choice.notebooks)
    tags = frozenset(_one("tag", wanted, _tags(db), _title) for wanted in choice.tags)
    where, values = ["is_present AND state IN (SELECT value FROM json_each(?))"], [json.dumps(states)]
    if leaves_locked:
        where.append("NOT is_locked")
    if choice.notebooks:
        where.append("parent_id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sorted(notebooks)))
    if choice.tags:
        where.append("id IN (SELECT note_id FROM note_tags WHERE tag_id IN (SELECT value FROM json_each(?)))")
        values.append(json.dumps(sorted(tags)))
    found: set[str] = set()
    if choice.notebooks or choice.tags or not choice.notes:
        found = {row[0] for row in db.execute(f"SELECT id FROM notes WHERE {' AND '.join(where)}", values).fetchall()}
    found |= {_note(db, wanted, states, leaves_locked=leaves_locked) for wanted in choice.notes}
    return Chosen(frozenset(found), notebooks, tags)


def _notebooks(db: Database, wanted: Sequence[str]) -> frozenset[str]:
    """The notebooks with these names and all inside them, without those in the trash."""
    notebooks = [one for one in named_notebooks(db.conn) if one.state == "current"]
    known = [_Named(one.id, one.title, one.path) for one in notebooks]
    inside: dict[str, list[str]] = {}
    for one in notebooks:
        inside.setdefault(one.parent_id, []).append(one.id)
    found: set[str] = set()
    waiting = [_one("notebook", name, known, _path, _title) for name in wanted]
    while waiting:
        if (notebook := waiting.pop()) not in found:
            found.add(notebook)
            waiting += inside.get(notebook, [])
    return frozenset(found)


def _tags(db: Database) -> list[_Named]:
    return [_Named(tag.id, tag.title, tag.title) for tag in named_tags(db.conn)]


def _title(named: _Named) -> str:
    return named.title


def _path(named: _Named) -> str:
    return plain_path(named.path)


def _one(kind: str, wanted: str, known: Sequence[_Named], *ways: Callable[[_Named], str]) -> str:
    """The id of the one with this name or id."""
    found = _match(kind, wanted, known, *ways)
    if found is not None:
        return found
    names = sorted(named.path for named in known)
    listed = ", ".join(names[:MOST_NAMED]) + (" and others" if len(names) > MOST_NAMED else "")
    hint = f"There are: {listed}." if names else f"There are no {kind}s."
    raise NotFound(f"No {kind} {wanted!r} in the catalogue.", f"{hint} {did_you_mean(wanted, names)}".rstrip())


def _note(db: Database, wanted: str, states: Sequence[str], *, leaves_locked: bool) -> str:
    state_of = _states(db, leaves_locked=leaves_locked)
    known = [note for note, state in state_of.items() if state in states]
    present = [note for note in known if note.is_present]
    # A conflict copy has the title of its note: giving that means the note.
    if found := _match("note", wanted, _named(present), _title) or _match("note", wanted, _named(known), _title):
        return found
    others = {note: state for note, state in state_of.items() if state not in states}
    raise _not_to_choose(wanted, others, states) or NotFound(
        f"No note {wanted!r} in the catalogue.",
        did_you_mean(wanted, [note.name for note in known]) or "Give its full title or its id.",
    )


def _named(notes: Sequence[NamedNote]) -> list[_Named]:
    return [_Named(note.id, note.name, note.name) for note in notes]


def _states(db: Database, *, leaves_locked: bool) -> Mapping[NamedNote, str]:
    """The state of each note; locked notes are not exported, whatever their state."""
    return {note: LOCKED if leaves_locked and note.is_locked else note.state for note in named_notes(db.conn)}


def _not_to_choose(wanted: str, others: Mapping[NamedNote, str], states: Sequence[str]) -> NotFound | None:
    """The error if the note with this name or id exists but cannot be chosen."""
    notes = list(others)
    places = matching(wanted, [note.name for note in notes]) or matching(wanted, [note.id for note in notes])
    if not places:
        return None
    note, state = notes[places[0]], others[notes[places[0]]]
    return NotFound(
        f"The note {note.name!r} cannot be chosen: it is {state}.", f"Only notes that are {' or '.join(states)} can."
    )


def _match(kind: str, wanted: str, known: Sequence[_Named], *ways: Callable[[_Named], str]) -> str | None:
    """The id of the one with this name or id; only full names match, so that nothing is chosen by accident."""
    asked = _Named("", wanted, wanted)
    for way in ways:
        found = [known[place] for place in matching(way(asked), [way(named) for named in known])]
        if len(found) > 1:
            which = "; ".join(f"{named.id[:8]} {named.path}" for named in found[:MOST_NAMED])
            raise NotFound(f"{len(found)} {kind}s are named {wanted!r}: {which}.", "Give the id instead.")
        if found:
            return found[0].id
    if ID_PREFIX.fullmatch(wanted):
        found = [named for named in known if named.id.startswith(wanted)]
        if len(found) == 1:
            return found[0].id
    return None
