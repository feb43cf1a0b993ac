"""The page of one row: the targets of its keys, and readable names of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extractor.catalogue.queries.tables import LABELS, label_of
from extractor.publish.html.cells import cell
from extractor.publish.plugin.catalogues import paths_of
from extractor.publish.plugin.columns import column_name
from extractor.publish.plugin.safety import may_see

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

    from markupsafe import Markup

    from extractor.publish.plugin.datasette_types import Datasette, Request

NAMES = {
    "links.url": "address as written",
    "urls.url": "address to request",
    "url_id": "address, any spelling",
    "canonical": "address, any spelling",
    "first_revision_id": "added by",
    "last_revision_id": "last in",
}
SAID_BY = {"section": "section_id", "notebook": "notebook_id"}  # by what the key leads to
# For search and facets, or repeated by the dates beside it.
UNREAD = {"folded", "first_seen_month", "captured_month", "is_dated", "removal_is_dated"}


async def row_facts(
    datasette: Datasette, request: Request, database: str, table: str, cells: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str, Markup]]:
    """Name, column and value of the fields of a row, with links for keys."""
    keys = {str(one["column"]): _raw(one) for one in cells if one["column"] in LABELS and _raw(one) not in {None, ""}}
    visible = await may_see(datasette, request.actor, database, {LABELS[key][0] for key in keys})

    def reading(connection: Connection) -> dict[str, str]:
        return {key: label_of(connection, key, value) for key, value in keys.items() if LABELS[key][0] in visible}

    labels = await datasette.get_database(database).execute_fn(reading)
    paths, row = paths_of(datasette, database), {str(one["column"]): _raw(one) for one in cells}
    facts: list[tuple[str, str, Markup]] = []
    for one in cells:
        column, value = str(one["column"]), one["value"]
        if row[column] in {None, ""} or column in UNREAD or SAID_BY.get(column) in labels:
            continue
        if column in labels:
            value = cell(paths, table, column, {"value": keys[column], "label": labels[column]}, row) or value
        facts.append((_name(table, column, is_dated=bool(row.get("is_dated"))), column, value))
    return facts


def _raw(one: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- a value of SQLite
    """The value of a cell; since Datasette 1.0, a key comes with its label."""
    raw = one["raw"]
    return raw["value"] if isinstance(raw, dict) else raw


def _name(table: str, column: str, *, is_dated: bool) -> str:
    """The readable name of a column of a row."""
    if column == "first_revision_id" and not is_dated:
        return "first seen in"  # it is not known to have been added then
    return NAMES.get(f"{table}.{column}") or NAMES.get(column) or column_name(column)
