"""The queries, views and tables of a catalogue, by their titles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.tables import kinds_of_tables
from extractor.publish.plugin.datasette_types import is_stable
from extractor.publish.plugin.metadata import about_tables, queries_in_order
from extractor.publish.plugin.safety import may_ask, may_see

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.plugin.page import PageRequest


MOST_QUERIES = 500


@dataclass(frozen=True, slots=True)
class Opened:
    """A query, view or table."""

    name: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All that the visitor may see, in the order of metadata.yml."""

    queries: tuple[Opened, ...]
    views: tuple[Opened, ...]
    tables: tuple[Opened, ...]
    may_ask: bool


async def contents_of(visit: PageRequest) -> Contents:
    """List what this visitor may open; unlike Datasette's own page, without counting the rows of every table."""
    datasette, name, actor = visit.datasette, visit.name, visit.request.actor
    kinds = await visit.read(kinds_of_tables)
    tables = about_tables(datasette, name)
    about = {table: tables.get(table) or {} for table in kinds}
    shown = [table for table in kinds if not about[table].get("hidden")]
    visible = await may_see(datasette, actor, name, shown)
    order = {table: place for place, table in enumerate(tables)}
    found = sorted(visible, key=lambda table: (order.get(table, len(order)), table))
    return Contents(
        queries=tuple(await _queries(visit)),
        views=tuple(_opened(table, about[table]) for table in found if kinds[table] == "view"),
        tables=tuple(_opened(table, about[table]) for table in found if kinds[table] == "table"),
        may_ask=await may_ask(datasette, actor, name),
    )


async def _queries(visit: PageRequest) -> list[Opened]:
    datasette, name, actor = visit.datasette, visit.name, visit.request.actor
    if not is_stable(datasette):
        page = await datasette.list_queries(name, actor=actor, limit=MOST_QUERIES)
        found = [Opened(one.name, one.title or one.name, one.description or "") for one in page.queries]
        order = {query: place for place, query in enumerate(queries_in_order(datasette, name))}
        return sorted(found, key=lambda one: order.get(one.name, len(order)))
    queries = await datasette.get_canned_queries(name, actor)
    return [
        Opened(query, one.get("title") or query, one.get("description") or "")
        for query, one in queries.items()
        if await datasette.permission_allowed(actor, "view-query", (name, query), default=True)
    ]


def _opened(table: str, about: Mapping[str, str]) -> Opened:
    return Opened(table, about.get("title") or table, about.get("description") or "")
