"""The saved links, newest first, by health, site or month: what the view `saved_links` has, as a list to read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from extractor.publish.health import ORDER, health_of_all, is_checked
from extractor.publish.listed import COLUMNS, FROM, NEWEST, NEWEST_FIRST, WEB_LINK, Listed, listed
from extractor.publish.page import number_of
from extractor.publish.remembering import remembered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.publish.page import Visit

NEEDS = ("links", "urls", "notes", "checks")
A_PAGE = 50
IS_LINK = f"{NEWEST} AND {WEB_LINK}"
FILTERS = {"site": "urls.site = :site", "host": "urls.host = :host", "month": "links.first_seen_month = :month"}


async def links_page(visit: Visit) -> Response:
    """`/-/links?health=...&site=...&host=...&month=...&page=...`."""
    given = {name: value for name in (*FILTERS, "health") if (value := visit.args.get(name))}
    page = number_of(visit.args.get("page"))
    healths, totals = await remembered(visit, "health", weighed)
    where, values = _where(given, healths)

    def reading(connection: Connection) -> tuple[list[Listed], int]:
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM {FROM} WHERE {IS_LINK}{where} {NEWEST_FIRST} LIMIT {A_PAGE} OFFSET :skipped",
            {**values, "skipped": (page - 1) * A_PAGE},
        ).fetchall()
        if set(given) <= {"health"}:
            return listed(connection, rows), totals["health", given.get("health", "")]
        (total,) = connection.execute(f"SELECT count(*) FROM {FROM} WHERE {IS_LINK}{where}", values).fetchone()
        return listed(connection, rows), total

    links, total = await visit.read(reading)
    return await visit.show(
        "links.html",
        links=links,
        given=given,
        healths=[(name, totals["health", name]) for name in reversed(ORDER) if totals["health", name]],
        is_checked=totals["checked", ""] > 0,
        total=total,
        page=page,
        pages=-(-total // A_PAGE),
    )


def weighed(connection: Connection) -> tuple[Mapping[int, str], Counter[tuple[str, str]]]:
    """The health of each address, and how many links there are of each health ('' for all of them)."""
    healths = health_of_all(connection)
    rows = connection.execute(
        f"SELECT links.url_id, count(*) FROM {FROM} WHERE {IS_LINK} GROUP BY links.url_id"
    ).fetchall()
    totals: Counter[tuple[str, str]] = Counter({("checked", ""): int(is_checked(connection))})
    for url_id, number in rows:
        totals["health", healths.get(url_id, "unknown")] += number
        totals["health", ""] += number
    return healths, totals


def _where(given: Mapping[str, str], healths: Mapping[int, str]) -> tuple[str, dict[str, str]]:
    """The conditions for what was chosen."""
    conditions = [FILTERS[name] for name in given if name in FILTERS]
    values = dict(given)
    if health := given.get("health"):
        conditions.append("links.url_id IN (SELECT value FROM json_each(:health))")
        values["health"] = str([url_id for url_id, one in healths.items() if one == health])
    return "".join(f" AND {condition}" for condition in conditions), values
