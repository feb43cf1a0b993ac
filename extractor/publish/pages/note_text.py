"""The text of a note for its page: as a whole, or the part of a long one that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.publish.html.note_parts import lookup
from extractor.publish.html.places import in_their_places
from extractor.publish.html.rendering import in_parts, rendered, rendered_part
from extractor.publish.pages.note_reading import attachments_in, canonical_addresses, known_links, known_links_to
from extractor.texts import without_lone_surrogates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

    from extractor.catalogue.queries.notes import NoteFacts
    from extractor.markdown import Document
    from extractor.publish.html.long_text import LongText
    from extractor.publish.html.note_parts import Attachment, KnownLink, Rendered
    from extractor.publish.plugin.page import PageRequest


@dataclass(frozen=True, slots=True)
class Lines:
    """A part of a long text: the lines that it has, from 1, and where it is shown."""

    first: int
    last: int
    address: str


@dataclass(frozen=True, slots=True)
class NoteText:
    """What of a text is shown: all of it in `pieces`, or of its `parts` that with the index `part`."""

    pieces: tuple[Rendered, ...] = ()
    parts: tuple[Lines, ...] = ()
    part: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for of a note: a moment, '' for now, and a line, None for the beginning or (`whole`) for all."""

    at: str
    line: int | None = None
    whole: bool = False


def note_text(
    connection: Connection, visit: PageRequest, note: NoteFacts, bodies: Sequence[str], asked: Asked
) -> NoteText:
    """The text of a note, in one piece or in the pieces of it that are known."""
    attachments = attachments_in(connection, note.id) if visit.sees("resources") else {}
    bodies = [without_lone_surrogates(body) for body in bodies]
    text = in_parts(bodies[0], note.markup) if len(bodies) == 1 and not asked.whole else None
    if text is not None:
        return _part(connection, visit, note.id, text, asked, attachments)
    known = lookup(known_links(connection, note.id, visit)) if bodies else lookup(())
    return NoteText(tuple(rendered(body, note.markup, visit.paths, known, attachments) for body in bodies))


def _part(
    connection: Connection,
    visit: PageRequest,
    note_id: str,
    text: LongText,
    asked: Asked,
    attachments: Mapping[str, Attachment],
) -> NoteText:
    at, paths = asked.at or None, visit.paths

    def address(line: int, anchor: str) -> str:
        return paths.note(note_id, at, anchor, line=line)

    def known(document: Document) -> list[KnownLink | None]:
        return in_their_places(
            document, lookup(known_links_to(connection, note_id, canonical_addresses(document.links), since, visit))
        )

    index = text.at_line(asked.line or 1)
    part = text.parts[index]
    since = part.first if not asked.at else None  # of the note now, links before this part are not in it
    shown = rendered_part(text, index, paths, known, attachments, address)
    # The first part is what the address without a line shows.
    starts = [one.first if place else None for place, one in enumerate(text.parts)]
    parts = (
        Lines(one.first, one.last, paths.note(note_id, at, f"line-{start}" if start else "", line=start))
        for one, start in zip(text.parts, starts, strict=True)
    )
    return NoteText((shown,), tuple(parts), index)
