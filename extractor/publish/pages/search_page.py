"""One box that finds in everything: notes, sections, links, and what was ever written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from extractor.catalogue.queries.search_words import Query, read_query
from extractor.catalogue.queries.typed_names import NOTEBOOKS, TAGS, Unknown, names_of, notebooks_meant, tags_meant
from extractor.names import nearest
from extractor.publish.queries.found import Found, Results
from extractor.publish.queries.search import (
    Search,
    find_attachments,
    find_history,
    find_links,
    find_notes,
    find_notes_within,
    find_sections,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

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
        within, given, unknown = _within(connection, query)
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
    )


def _within(connection: Connection, query: Query) -> tuple[str, Mapping[str, str], tuple[Unknown, ...]]:
    """A condition on the id of a note, '' for none, its values, and the names that mean nothing."""
    parts: list[str] = []
    given: dict[str, str] = {}
    unknown: list[Unknown] = []
    for place, one in enumerate(query.within):
        names = names_of(connection, TAGS if one.kind == "tag" else NOTEBOOKS)
        meant = tags_meant(one.name, names) if one.kind == "tag" else notebooks_meant(one.name, names)
        if not meant:
            unknown.append(Unknown(one.kind, one.name, tuple(nearest(one.name, names))))
        given[f"within_{place}"] = json.dumps(meant)
        some = f"(SELECT value FROM json_each(:within_{place}))"
        notes = (
            f"SELECT note_id FROM note_tags JOIN tags ON tags.id = tag_id WHERE tags.title IN {some}"
            if one.kind == "tag"
            else f"SELECT id FROM notes WHERE notebook IN {some}"
        )
        parts.append(f"id {'NOT IN' if one.without else 'IN'} ({notes})")
    return f"IN (SELECT id FROM notes WHERE {' AND '.join(parts)})" if parts else "", given, tuple(unknown)
