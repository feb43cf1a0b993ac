"""The text of a note for its page: the whole text, or one part of a long one."""

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
    """A part of a long text: its first and last line, from 1, and its address."""

    first: int
    last: int
    address: str


@dataclass(frozen=True, slots=True)
class NoteText:
    """What is shown of a text: all of it, in `pieces`, or the part with the index `part` out of `parts`."""

    pieces: tuple[Rendered, ...] = ()
    parts: tuple[Lines, ...] = ()
    part: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a note's text: a moment ('' for now), and a line (None for the beginning) or the `whole` text."""

    at: str
    line: int | None = None
    whole: bool = False


def note_text(
    connection: Connection, visit: PageRequest, note: NoteFacts, bodies: Sequence[str], asked: Asked
) -> NoteText:
    """The text of a note, as a whole, as one part, or in the pieces of it that are known."""
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
    since = part.first if not asked.at else None  # in the current note, links on earlier lines are not in this part
    shown = rendered_part(text, index, paths, known, attachments, address)
    # The address without a line shows the first part.
    starts = [one.first if place else None for place, one in enumerate(text.parts)]
    parts = (
        Lines(one.first, one.last, paths.note(note_id, at, f"line-{start}" if start else "", line=start))
        for one, start in zip(text.parts, starts, strict=True)
    )
    return NoteText((shown,), tuple(parts), index)
