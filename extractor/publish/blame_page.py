"""The note now, line by line, each with the revision and the date that it came with."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound, Response

from extractor.publish.blame import blame
from extractor.publish.note_reading import NoteFacts, history_of, moment_at, moments_of, note_facts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection

    from extractor.catalogue.reader import NoteHistory
    from extractor.joplin.history import Replayed
    from extractor.publish.page import Visit
    from extractor.publish.timeline import Moment

AGES = 5  # shades, from the oldest lines to the newest


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines one below the other that came together; `first` is the number of the first, from 1."""

    moment: Moment
    age: int
    first: int
    lines: tuple[str, ...]


async def blame_page(visit: Visit) -> Response:
    """`/-/note/ID/blame`."""

    def reading(connection: Connection) -> tuple[NoteFacts, tuple[Moment, ...], list[Passage], bool]:
        note = note_facts(connection, visit.vars["note"])
        history = history_of(connection, note.id)
        moments = moments_of(connection, note.id, history)
        chain, is_sure = followed(history)
        lost = (moment_at(connection, text.id) for text in chain if not text.number)
        return note, moments, passages(history, chain, (*moments, *lost)), is_sure

    note, moments, found, is_sure = await visit.read(reading)
    if not found:
        raise NotFound("Of this note, no whole text is known.")
    return await visit.show(
        "blame.html", note=note.row, title=note.title, moments=moments, passages=found, is_sure=is_sure
    )


def followed(history: NoteHistory) -> tuple[list[Replayed], bool]:
    """The revisions with whole texts that lead to the note as it is now, oldest first, and whether none is missing.

    Where it is lost what a text was made from, the latest whole text before it comes next: what stood there already
    is no younger for the gap.
    """
    place = {text.id: at for at, text in enumerate(history.texts)}
    body = history.note.body if history.note else None
    same = [text for text in history.revisions if body is not None and text.body == body]
    text: Replayed | None = next(reversed(same or history.revisions), None)
    chain: list[Replayed] = []
    passed: set[str] = set()
    is_sure = True
    while text is not None and text.id not in passed:
        passed.add(text.id)
        if text.body is not None:
            chain.append(text)
        at = place.get(text.base_id or "")
        if at is None:
            earlier = [one for one in history.texts[: place[text.id]] if one.body is not None and one.id not in passed]
            is_sure = is_sure and not text.parent_id and bool(text.number)
            text = earlier[-1] if earlier else None
        else:
            text = history.texts[at]
    return chain[::-1], is_sure


def passages(history: NoteHistory, chain: Sequence[Replayed], moments: Sequence[Moment]) -> list[Passage]:
    """The lines of the note now, those that came together and stand together in one."""
    texts = [(revision.id, revision.body or "") for revision in chain]
    if history.note is not None and (not texts or texts[-1][1] != history.note.body):
        texts.append(("", history.note.body))
    by_id = {moment.revision_id or "": moment for moment in moments}
    order = {revision_id: place for place, (revision_id, _) in enumerate(texts)}
    found: list[Passage] = []
    line = 1
    for revision_id, group in groupby(blame(texts), key=lambda owned: owned[0]):
        lines = tuple(text for _, text in group)
        age = AGES * (order[revision_id] + 1) // len(texts)
        found.append(Passage(by_id[revision_id], age, line, lines))
        line += len(lines)
    return found
