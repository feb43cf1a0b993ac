"""The frame of every page: title, navigation, search box, and static files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from extractor.catalogue.queries.tables import columns_of
from extractor.publish.html.in_note import heading_in_note, link_in_note
from extractor.publish.html.note_parts import inside_address
from extractor.publish.html.states import last_text, note_state
from extractor.publish.html.template_names import TEMPLATE_NAMES
from extractor.publish.plugin import columns, row_page
from extractor.publish.plugin.catalogues import is_catalogue, only_catalogue, paths_of, start_of, title_of
from extractor.publish.plugin.datasette_types import is_stable
from extractor.publish.plugin.metadata import PLUGIN, about_table

if TYPE_CHECKING:
    from extractor.publish.plugin.datasette_types import Datasette


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link in the header."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Nav:
    """The header of a catalogue."""

    title: str
    start: str
    search: str
    feed: str
    places: tuple[NavItem, ...]
    databases: str | None  # the list of all databases, if this is not the only one


def template_globals(datasette: Datasette) -> dict[str, Any]:
    """The global names of the templates."""

    def asset(name: str) -> str:
        return f"{datasette.urls.static_plugins(PLUGIN, name)}?{fingerprint(name)}"

    def table_title(database: str, table: str) -> str:
        return str(about_table(datasette, database, table).get("title") or table)

    def is_hidden(database: str, table: str) -> bool:
        return bool(about_table(datasette, database, table).get("hidden"))

    async def view_columns(database: str, view: str) -> list[str]:
        return await datasette.get_database(database).execute_fn(lambda connection: columns_of(connection, view))

    return {
        **TEMPLATE_NAMES,
        "about_table": partial(about_table, datasette),
        "asset": asset,
        "catalogue_nav": lambda database=None: nav(datasette, database),
        "column_name": columns.column_name,
        "heading_in_note": heading_in_note,
        "inside_address": inside_address,
        "note_state": note_state,
        "is_datasette_0": is_stable(datasette),
        "is_hidden": is_hidden,
        "is_number": columns.is_number,
        "last_text": last_text,
        "link_in_note": link_in_note,
        "nothing_means": columns.nothing_means,
        "row_facts": partial(row_page.row_facts, datasette),
        "row_names": row_page.NAMES,
        "row_path": columns.row_path,
        "shown_columns": columns.shown_columns,
        "shown_in_query": columns.shown_in_query,
        "table_title": table_title,
        "view_columns": view_columns,
    }


def nav(datasette: Datasette, database: object) -> Nav | None:
    """The header for a page of this database, or of the only one; None if that is not a catalogue."""
    only = only_catalogue(datasette)
    name = database if isinstance(database, str) and is_catalogue(datasette, database) else only
    if name is None:
        return None
    paths, start = paths_of(datasette, name), start_of(datasette, name)
    places = (
        NavItem("Start", start),
        NavItem("Topics", paths.topics()),
        NavItem("Links", paths.links()),
        NavItem("Notes", paths.notes()),
        NavItem("Images", paths.images()),
        NavItem("Queries", f"{start}#tables"),
        NavItem("SQL", f"{start}#sql-editor"),
    )
    databases = None if only else str(datasette.urls.instance())
    return Nav(title_of(datasette, name), start, paths.search(), paths.feed(), places, databases)


@cache
def fingerprint(name: str) -> str:
    """A part of a static file's address that changes with its content, so that browsers can cache it."""
    content = (files("extractor.publish") / "static" / name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:8]
