"""What there is to open in a catalogue: questions, views and tables, by their titles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.tables import kinds_of_tables
from extractor.publish.plugin.safety import may_ask, may_see

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.plugin.page import PageRequest


@dataclass(frozen=True, slots=True)
class Opened:
    """Something to open."""

    name: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All of it, in the order of metadata.yml, as far as the visitor may see it."""

    queries: tuple[Opened, ...]
    views: tuple[Opened, ...]
    tables: tuple[Opened, ...]
    may_ask: bool


async def contents_of(visit: PageRequest) -> Contents:
    """List what this visitor may open. Datasette's own page counts the rows of every table each time it is shown."""
    datasette, name, actor = visit.datasette, visit.name, visit.request.actor
    kinds = await visit.read(kinds_of_tables)
    about = {table: datasette.table_metadata(name, table) for table in kinds}
    shown = [table for table in kinds if not about[table].get("hidden")]
    visible = await may_see(datasette, actor, name, shown)
    order = {table: place for place, table in enumerate(_of_database(visit).get("tables") or {})}
    found = sorted(visible, key=lambda table: (order.get(table, len(order)), table))
    return Contents(
        queries=await _queries(visit),
        views=tuple(_opened(table, about[table]) for table in found if kinds[table] == "view"),
        tables=tuple(_opened(table, about[table]) for table in found if kinds[table] == "table"),
        may_ask=await may_ask(datasette, actor, name),
    )


async def _queries(visit: PageRequest) -> tuple[Opened, ...]:
    """The questions of metadata.yml that this visitor may ask."""
    datasette, name, actor = visit.datasette, visit.name, visit.request.actor
    queries: Mapping[str, Mapping[str, str]] = await datasette.get_canned_queries(name, actor)
    return tuple(
        [
            _opened(query, one)
            for query, one in queries.items()
            if await datasette.permission_allowed(actor, "view-query", (name, query), default=True)
        ]
    )


def _of_database(visit: PageRequest) -> Mapping[str, Mapping[str, object]]:
    databases = visit.datasette.metadata("databases")
    of_this = databases.get(visit.name) if isinstance(databases, dict) else None
    return of_this if isinstance(of_this, dict) else {}


def _opened(table: str, about: Mapping[str, str]) -> Opened:
    return Opened(table, about.get("title") or table, about.get("description") or "")
