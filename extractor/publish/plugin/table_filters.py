"""The address of Datasette's table for the rows of a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from extractor.publish.plugin.safety import may_ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.plugin.page import PageRequest


async def as_table(
    visit: PageRequest, table: str, simple: Mapping[str, str], conditions: Mapping[str, str], given: Mapping[str, str]
) -> str | None:
    """The address of a table or view, filtered by Datasette's `simple` filters and by `conditions`.

    Conditions are SQL; None if this visitor may not use SQL.
    """
    wanted = [where for name, where in conditions.items() if name in given]
    if not wanted:
        return visit.paths.table(table, **simple)
    if not await may_ask(visit.datasette, visit.request.actor, visit.name):
        return None
    return visit.paths.table(table, **simple, _where=literally(" AND ".join(wanted), given))


def literally(condition: str, values: Mapping[str, str]) -> str:
    """A condition with literal values: `_where` takes no parameters."""
    return re.sub(r":([a-z]+)", lambda found: "'" + values[found[1]].replace("'", "''") + "'", condition)
