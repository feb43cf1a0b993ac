"""The page of a note: its text at any time, the strip of its history, its outline, and its links with their health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from extractor import errors
from extractor.catalogue.presence import WITHOUT_ITEM
from extractor.catalogue.queries.note_links import removed_links
from extractor.catalogue.queries.notes import notes_linking_to, past_headings
from extractor.catalogue.reader import NOTHING
from extractor.joplin.history import State
from extractor.publish.html.history_strip import Moment, strip, window_of
from extractor.publish.html.rendering import OF_A_RECORD
from extractor.publish.pages.note_reading import ShownNote, history_of, moment_of, moments_of, note_shown
from extractor.publish.pages.note_text import Asked, NoteText, note_text
from extractor.publish.plugin.cache import remembered_if_slow
from extractor.publish.plugin.data import JSON
from extractor.publish.plugin.page import page_asked
from extractor.texts import without_lone_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from sqlite3 import Connection

    from extractor.catalogue.queries.notes import LinkingNote, PastHeading
    from extractor.catalogue.reader import NoteHistory, Text
    from extractor.publish.html.note_parts import Heading
    from extractor.publish.html.paths import Paths
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = (
    *("notes", "note_bodies", "revisions", "revision_diffs", "links", "urls"),
    *("tags", "note_tags", "checks", "snapshots"),
)
OPTIONAL_TABLES = ("resources", "sections", "pages")
LISTED = ("web", "note", "resource", "mail")  # targets of the links that are listed beside the text
MARKDOWN = ".md"
LONGEST_NAME = 80  # characters of a title in the name of a file
MOST_HEADINGS = 12  # headings that the note no longer has


@dataclass(frozen=True, slots=True)
class NoteView:
    """What the template shows; `texts` is the text as in Joplin, in one piece if it `is_whole`, `text` what is shown.

    `is_before` if the given moment is before the first one; `chosen` is then -1.
    """

    note: ShownNote
    moments: tuple[Moment, ...]
    chosen: int
    title: str
    state: str
    is_before: bool
    texts: tuple[str, ...]
    text: NoteText
    is_whole: bool
    removed_links: int
    linked_from: tuple[LinkingNote, ...]
    past_headings: tuple[PastHeading, ...]


async def note_page(visit: PageRequest) -> Response:
    """`/-/note/ID?at=REVISION or DATE&line=LINE`."""
    at = visit.args.get("at", "")
    asked = Asked(at, page_asked(visit.args.get("line")), whole=visit.format == JSON)

    def reading(connection: Connection) -> NoteView:
        return read_note(connection, visit, asked)

    view = await remembered_if_slow(visit, f"{visit.vars['note']} {asked}", reading, size_of=_size)
    if visit.format == MARKDOWN:
        return _as_file(view)
    pieces = view.text.pieces
    found = [one for piece in pieces for one in piece.found]
    return await visit.show(
        "note.html",
        data=_as_data(view),
        view=view,
        note=view.note.facts,
        in_joplin=view.note.facts.state not in WITHOUT_ITEM,
        asked=at,
        most_headings=MOST_HEADINGS,
        html=Markup("").join(piece.html for piece in pieces) if view.is_whole else None,
        outline=[heading for piece in pieces for heading in piece.outline],
        links=[one for one in found if one.kind == "link" and one.target in LISTED],
        images=[one for one in found if one.kind == "image"],
        part_of=_part_of(view.text),
        **_in_time(view, visit.paths, asked),
    )


def _as_data(view: NoteView) -> Mapping[str, object]:
    """A note as data: its facts, its text, and the links in it."""
    found = [one for piece in view.text.pieces for one in piece.found]
    return {
        "note": view.note,
        "title": view.title,
        "state": view.state,
        "is_whole": view.is_whole,
        "texts": view.texts,
        "links": found,
        "moments": view.moments,
        "chosen": view.chosen,
        "linked_from": view.linked_from,
        "past_headings": view.past_headings,
    }


def _as_file(view: NoteView) -> Response:
    """The text as in Joplin; raises NotFound if it is not completely known."""
    if view.is_before or not view.is_whole:
        raise NotFound("No complete text of this note is known at that time.")
    ending = ".html" if view.note.facts.markup == "html" else ".md"
    name = quote(f"{view.title.replace('/', '-')[:LONGEST_NAME]}{ending}", safe="")
    return Response(
        without_lone_surrogates("".join(view.texts)),
        headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"},
        content_type="text/plain; charset=utf-8",
    )


def _in_time(view: NoteView, paths: Paths, asked: Asked) -> Mapping[str, Any]:
    """What the template shows of the history: the moment, the strip, the addresses of moments, and its neighbours."""
    moments, chosen = view.moments, view.chosen
    window = window_of(moments, chosen)
    # People who go through the history stay in the same part of a long text.
    line = asked.line if view.text.part else None

    def address(moment: Moment) -> str:
        return note_at(paths, view.note.id, moments, moment)

    def beside(place: int) -> str | None:
        return note_at(paths, view.note.id, moments, moments[place], line) if 0 <= place < len(moments) else None

    return {
        "moment": moments[chosen] if moments and not view.is_before else None,
        "latest": max((one.number or 0 for one in moments), default=0),
        "is_last": not asked.at or chosen == len(moments) - 1,
        "strip": strip(window.shown, chosen - window.first, address, len(moments)) if moments else "",
        "window": window,
        "address": address,
        "earlier": beside(chosen - 1) if chosen > 0 else None,
        "later": beside(chosen + 1),
    }


def _part_of(text: NoteText) -> Callable[[Heading], str]:
    """A function that returns the address of the part of the text with a heading; '' for the part that is shown."""

    def address(heading: Heading) -> str:
        if heading.part is None or heading.part == text.part:
            return ""
        return text.parts[heading.part].address.partition("#")[0]

    return address


def _size(view: NoteView) -> int:
    """About how many bytes a view takes."""
    pieces = view.text.pieces
    records = len(view.moments) + sum(len(piece.found) + len(piece.outline) for piece in pieces)
    texts = sum(len(text) for text in view.texts)
    return OF_A_RECORD * records + sum(2 * len(piece.html) for piece in pieces) + texts


def note_at(paths: Paths, note_id: str, moments: Sequence[Moment], moment: Moment, line: int | None = None) -> str:
    """The address of the note at a moment; that of the note itself for the last moment, unless that is encrypted."""
    is_note = moment is moments[-1] and moment.state != State.ENCRYPTED
    return paths.note(note_id, at=None if is_note else moment.at, line=line)


def read_note(connection: Connection, visit: PageRequest, asked: Asked) -> NoteView:
    """The note at a moment: a revision's number or id, a date or time, '' for now; raises NotFound.

    Everything else in the view comes from tables that the visitor may see.
    """
    note = note_shown(connection, visit.vars["note"])
    history = history_of(connection, note.id)
    moments = moments_of(connection, note, history)
    text = text_at(history, asked.at)
    is_before = text is NOTHING
    bodies: Sequence[str] = () if text is None else (text.body,) if text.body is not None else text.fragments
    return NoteView(
        note=note,
        moments=moments,
        chosen=-1 if is_before else moment_of(moments, text) if text else len(moments) - 1,
        title=(text.title if text else "") or note.title,
        state=text.state if text else note.facts.state,
        texts=tuple(bodies),
        text=note_text(connection, visit, note.facts, bodies, asked),
        is_before=is_before,
        is_whole=text is not None and text.body is not None,
        removed_links=removed_links(connection, note.id),
        linked_from=notes_linking_to(connection, note.id),
        past_headings=past_headings(connection, note.id) if visit.sees("sections") else (),
    )


def text_at(history: NoteHistory, at: str) -> Text | None:
    """The text at a moment; None if nothing of the note can be read, NOTHING for a date before the first text.

    Raises NotFound if there is no such moment.
    """
    if history.note is None and not history.revisions:
        return None
    try:
        return history.since(at) if at else history.now()
    except errors.NotFound as error:
        raise NotFound(str(error)) from error
