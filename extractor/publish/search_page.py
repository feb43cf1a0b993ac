"""One box that finds in everything: notes, sections, links, and what was ever written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.publish.cells import SEPARATOR
from extractor.publish.finding import (
    Found,
    Results,
    Search,
    find_history,
    find_links,
    find_notes,
    find_notes_within,
    find_sections,
)
from extractor.publish.listed import of_tag
from extractor.publish.search_words import Query, read_query

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.publish.page import Visit

NEEDS = ("notes",)
MORE = ("note_bodies", "sections", "links", "urls", "checks", "revisions", "tags", "note_tags")
GROUPS = ("notes", "links", "sections", "history")
MOST, MOST_OF_ONE = 12, 100  # of each group; of one that is shown alone


async def search_page(visit: Visit) -> Response:
    """`/-/search?q=...&in=...`."""
    text = visit.args.get("q", "").strip()[:300]
    query = read_query(text)
    group = visit.args.get("in") if query.match and visit.args.get("in") in GROUPS else None
    within, given = _within(query)
    sees = {
        "notes": visit.sees("note_bodies"),
        "sections": visit.sees("sections"),
        "links": visit.sees("links", "urls", "checks", "revisions"),
        "history": visit.sees("revisions", "note_bodies"),
    }
    if any(one.kind == "tag" for one in query.within) and not visit.sees("tags", "note_tags"):
        sees = dict.fromkeys(GROUPS, False)

    def reading(connection: Connection) -> Results:
        search = Search(connection, query, within, given, MOST_OF_ONE if group else MOST)
        if not query.match:
            return Results(notes=find_notes_within(search)) if sees["notes"] else Results()
        wanted = {name: sees[name] and group in {None, name} for name in GROUPS}
        return Results(
            notes=find_notes(search) if wanted["notes"] else Found(),
            sections=find_sections(search) if wanted["sections"] else Found(),
            links=find_links(search) if wanted["links"] else Found(),
            history=find_history(search) if wanted["history"] else Found(),
        )

    is_asked = bool(query.match or query.within)
    results = await visit.read(reading) if is_asked else Results()
    return await visit.show(
        "search.html", search_text=text, results=results, is_asked=is_asked, group=group, most_of_one=MOST_OF_ONE
    )


def _within(query: Query) -> tuple[str, Mapping[str, str]]:
    """A condition on the id of a note, '' for none, and its values."""
    parts: list[str] = []
    given: dict[str, str] = {}
    for place, one in enumerate(query.within):
        given[f"within_{place}"] = one.name if one.kind == "tag" else one.name.replace("/", SEPARATOR)
        meant = of_tag(f"within_{place}") if one.kind == "tag" else _of_notebook(f"within_{place}")
        parts.append(f"id {'NOT IN' if one.without else 'IN'} ({meant})")
    return f"IN (SELECT id FROM notes WHERE {' AND '.join(parts)})" if parts else "", given


def _of_notebook(name: str) -> str:
    """The ids of the notes in the notebook whose path, or the last parts of it, are given as :name, and below it."""
    return (
        f"SELECT id FROM notes WHERE instr(lower('{SEPARATOR}' || notebook || '{SEPARATOR}'), "
        f"lower('{SEPARATOR}' || :{name} || '{SEPARATOR}'))"
    )
