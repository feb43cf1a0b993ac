"""One box that finds in everything: notes, sections, links, and what was ever written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.queries.found import Found, Results
from extractor.catalogue.queries.full_text import Search, narrowed
from extractor.catalogue.queries.search import (
    find_attachments,
    find_history,
    find_links,
    find_notes,
    find_notes_within,
    find_sections,
)
from extractor.catalogue.queries.search_words import read_query
from extractor.names import SEPARATOR
from extractor.publish.html.highlight import highlighted, marked

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.catalogue.queries.typed_names import Unknown
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("notes",)
OPTIONAL_TABLES = ("note_bodies", "sections", "links", "urls", "checks", "revisions", "tags", "note_tags", "resources")
GROUPS = ("notes", "links", "sections", "attachments", "history")
MOST, MOST_OF_ONE = 12, 100  # of each group; of one that is shown alone


async def search_page(visit: PageRequest) -> Response:
    """`/-/search?q=...&in=...`."""
    text = visit.args.get("q", "").strip()[:300]
    query = read_query(text)
    group = visit.args.get("in") if query.match and visit.args.get("in") in GROUPS else None
    sees = {
        "notes": visit.sees("note_bodies"),
        "sections": visit.sees("sections"),
        "links": visit.sees("links", "urls", "checks", "revisions"),
        "attachments": visit.sees("resources", "links"),
        "history": visit.sees("revisions", "note_bodies"),
    }
    if any(one.kind == "tag" for one in query.within) and not visit.sees("tags", "note_tags"):
        sees = dict.fromkeys(GROUPS, False)

    def reading(connection: Connection) -> tuple[Results, tuple[Unknown, ...]]:
        if not any(sees.values()):
            return Results(), ()
        within, given, unknown = narrowed(connection, query.within)
        search = Search(connection, query, within, given, MOST_OF_ONE if group else MOST)
        if not query.match:
            return Results(notes=find_notes_within(search)) if sees["notes"] else Results(), unknown
        wanted = {name: sees[name] and group in {None, name} for name in GROUPS}
        results = Results(
            notes=find_notes(search) if wanted["notes"] else Found(),
            sections=find_sections(search) if wanted["sections"] else Found(),
            links=find_links(search) if wanted["links"] else Found(),
            attachments=find_attachments(search) if wanted["attachments"] else Found(),
            history=find_history(search) if wanted["history"] else Found(),
        )
        return results, unknown

    is_asked = bool(query.match or query.within)
    results, unknown = await visit.read(reading) if is_asked else (Results(), ())
    return await visit.show(
        "search.html",
        search_text=text,
        results=results,
        unknown=unknown,
        is_asked=is_asked,
        group=group,
        most_of_one=MOST_OF_ONE,
        marked=marked,
        section_name=_section_name,
        highlighted=lambda text: highlighted(text, query.words),
    )


def _section_name(path: str) -> str:
    """A path of headings for people."""
    return SEPARATOR.join(part or "(no title)" for part in path.split(SEPARATOR))
