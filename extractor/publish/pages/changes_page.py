"""The pages of what a revision changed, and of what changed between any two moments of a note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound, Response

from extractor.catalogue.queries.revisions import note_of
from extractor.catalogue.reader import NOTHING
from extractor.publish.html.history_strip import MOST_SHOWN, window_of
from extractor.publish.html.note_parts import lookup
from extractor.publish.pages.link_changes import compared_links, recorded_links
from extractor.publish.pages.note_page import text_at
from extractor.publish.pages.note_reading import (
    ShownNote,
    history_of,
    known_links_to,
    moment_at,
    moment_of,
    moments_of,
    note_shown,
)
from extractor.textdiff import Changes, as_it_is, changes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from sqlite3 import Connection

    from extractor.catalogue.reader import NoteHistory, Text
    from extractor.joplin.history import Replayed
    from extractor.publish.html.history_strip import Moment
    from extractor.publish.pages.link_changes import Known, LinkChange
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("notes", "note_bodies", "revisions", "revision_diffs", "links", "link_changes", "urls", "checks")


@dataclass(frozen=True, slots=True)
class ChangesView:
    """What the template shows; `pieces` has more than one part if only parts of the texts are known.

    `is_from_before` if the changes are those since a day before anything is known about the note.
    """

    note: ShownNote
    moments: tuple[Moment, ...]
    old: Moment | None
    new: Moment
    titles: tuple[str, str]
    pieces: tuple[Changes, ...]
    is_whole: bool
    links: tuple[LinkChange, ...]
    is_from_before: bool = False


async def revision_page(visit: PageRequest) -> Response:
    """`/-/revision/ID`: what this revision changed in the text that it was made from."""

    def reading(connection: Connection) -> ChangesView:
        return read_revision(connection, visit.vars["revision"])

    return await _show(visit, await visit.read(reading, patiently=True), is_revision=True)


async def changes_page(visit: PageRequest) -> Response:
    """`/-/note/ID/changes?from=...&to=...`: any two moments; by default the text before the last one, and now."""
    old, new = visit.args.get("from", ""), visit.args.get("to", "")

    def reading(connection: Connection) -> ChangesView:
        return read_changes(connection, visit.vars["note"], old, new)

    return await _show(visit, await visit.read(reading, patiently=True), is_revision=False)


async def _show(visit: PageRequest, view: ChangesView, *, is_revision: bool) -> Response:
    place = view.moments.index(view.new) if view.new in view.moments else -1

    def address(moment: Moment) -> str:
        if moment.revision_id is not None:
            return visit.paths.revision(moment.revision_id)
        return visit.paths.changes(view.note.id)

    return await visit.show(
        "changes.html",
        data=view,
        view=view,
        note=view.note.facts,
        choices=_choices(view, place),
        is_revision=is_revision,
        earlier=address(view.moments[place - 1]) if is_revision and place > 0 else None,
        later=address(view.moments[place + 1]) if is_revision and 0 <= place < len(view.moments) - 1 else None,
    )


def _choices(view: ChangesView, place: int) -> list[Moment]:
    """The moments to choose from: those around the two that are shown, the first, and the last."""
    if len(view.moments) <= MOST_SHOWN:
        return list(view.moments)
    old = view.moments.index(view.old) if view.old in view.moments else 0
    places = {0, len(view.moments) - 1}
    for shown in (old, max(place, 0)):
        window = window_of(view.moments, shown)
        places.update(range(window.first, window.last + 1))
    return [view.moments[at] for at in sorted(places)]


def read_revision(connection: Connection, revision_id: str) -> ChangesView:
    """One revision against its base; raises NotFound."""
    note, history, moments = _note(connection, _note_of_revision(connection, revision_id))
    by_id = {one.id: one for one in history.texts}
    revision = by_id.get(revision_id)
    if revision is None:
        raise NotFound("Nothing more is known about this revision.")
    base = _base_of(revision, by_id)
    pieces, is_whole = _pieces(revision, base)
    return ChangesView(
        note=note,
        moments=moments,
        old=moment_at(connection, base.id) if base else None,
        new=moment_at(connection, revision_id),
        titles=((base.title if base else None) or "", revision.title or ""),
        pieces=pieces,
        is_whole=is_whole,
        links=recorded_links(connection, revision_id),
    )


def _note_of_revision(connection: Connection, revision_id: str) -> str:
    known = note_of(connection, revision_id)
    if not known:
        raise NotFound("This revision is not in the catalogue.")
    (note_id,) = known
    if note_id is None:
        raise NotFound("This revision is encrypted: build with the password to see what it changed.")
    return note_id


def _base_of(revision: Replayed, by_id: Mapping[str, Replayed]) -> Replayed | None:
    """The text that a revision was made from, skipping echoes: what an echo drops was there all along."""
    base = by_id.get(revision.base_id or "")
    while base is not None and base.echo and (before := by_id.get(base.base_id or "")) is not None:
        base = before
    return base


def _pieces(revision: Replayed, base: Replayed | None) -> tuple[tuple[Changes, ...], bool]:
    """The changes of a revision, and whether they are complete.

    If the base is not wholly known, they are those of the fragments that the diff shows. Of a lost revision only the
    text is known, and not what it changed.
    """
    if not revision.number:
        return (as_it_is(revision.body or ""),), True
    if revision.body is not None and (base is None or base.body is not None):
        return (changes(base.body if base and base.body is not None else "", revision.body),), True
    return tuple(changes(fragment.old_text, fragment.text) for fragment in revision.fragments), False


def read_changes(connection: Connection, note_id: str, old: str, new: str) -> ChangesView:
    """Two moments of a note; raises NotFound if the text of either is not completely known."""
    note, history, moments = _note(connection, note_id)
    later = text_at(history, new)
    if later is NOTHING:
        raise NotFound("Nothing is known about this note at that time, or before.")
    if later is None or later.body is None:
        raise NotFound("The complete text at that time is not known.")
    earlier = text_at(history, old) if old else _before(history, later)
    if earlier is not None and earlier.body is None:
        raise NotFound("The complete text at that time is not known.")
    old_body = (earlier.body if earlier else "") or ""

    def known_to(addresses: Collection[str]) -> Known:
        return lookup(known_links_to(connection, note.id, addresses, None))

    return ChangesView(
        note=note,
        moments=moments,
        old=moments[moment_of(moments, earlier)] if earlier and earlier is not NOTHING else None,
        new=moments[moment_of(moments, later)],
        titles=(earlier.title if earlier else "", later.title),
        pieces=(changes(old_body, later.body),),
        is_whole=True,
        links=compared_links(old_body, later.body, note.facts.markup, known_to),
        is_from_before=earlier is NOTHING,
    )


def _note(connection: Connection, note_id: str) -> tuple[ShownNote, NoteHistory, tuple[Moment, ...]]:
    note = note_shown(connection, note_id)
    history = history_of(connection, note.id)
    return note, history, moments_of(connection, note, history)


def _before(history: NoteHistory, later: Text) -> Text | None:
    """The latest whole text that came before and is different."""
    revisions = history.revisions
    place = next((at for at, one in enumerate(revisions) if one.id == later.revision_id), len(revisions))
    for revision in reversed(revisions[:place]):
        if revision.text is not None and (text := history.text(revision)).body != later.body:
            return text
    return None
