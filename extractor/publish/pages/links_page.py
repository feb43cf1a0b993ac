"""The saved links, newest first, by health, site or month: what the view `saved_links` has, as a list to read."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from extractor.catalogue.link_health import ORDER
from extractor.publish.html.formats import MONTH
from extractor.publish.plugin.page import pages_of
from extractor.publish.plugin.table_filters import as_table
from extractor.publish.queries.link_rows import Listed, listed, newest_saved, of_tag, within
from extractor.publish.queries.typed_names import HOSTS, NOTEBOOKS, SECTIONS_OF_LINKS, TAGS, as_known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.publish.plugin.page import PageRequest, Pages

REQUIRED_TABLES = ("links", "urls", "notes", "checks", "notebooks", "tags", "note_tags")
A_PAGE = 50
YEAR = re.compile(r"[0-9]{4}")
FILTERS = {
    "topic": within("section", "topic"),
    "site": "site = :site",
    "host": "host = :host",
    "notebook": f"note_id IN (SELECT id FROM notes WHERE {within('notebook', 'notebook')})",
    "tag": f"note_id IN ({of_tag('tag')})",
}
NAMES = {"topic": SECTIONS_OF_LINKS, "notebook": NOTEBOOKS, "tag": TAGS, "site": HOSTS, "host": HOSTS}
TIMES = {
    "month": "first_seen_month = :month",
    "year": "first_seen_month >= :year || '-' AND first_seen_month < :year || '-~'",
    "dated": "first_seen_month IS NULL",
}
HEALTH = {"health": "health = :health"}
# Those that a table of Datasette can narrow down by itself.
OF_TABLE = {
    **{name: name for name in ("site", "host", "health")},
    "month": "first_seen_month",
    "year": "first_seen_month__startswith",
    "dated": "is_dated",
}


async def links_page(visit: PageRequest) -> Response:
    """`/-/links?topic=...&site=...&host=...&notebook=...&tag=...&health=...&month=...&year=...&dated=0&page=...`.

    A topic or notebook with those inside; a month (2024-11) may be a year (2024); `dated=0` for the links that came
    earlier, nobody knows on which day.
    """
    typed = choice_of(visit.args)
    given, unknown = await visit.read(lambda connection: as_known(connection, typed, NAMES))

    def reading(connection: Connection) -> tuple[list[Listed], Mapping[str, int], Mapping[str, int], Pages, list[str]]:
        healths, years = counts_of(connection, given)
        total = total_of(healths, given)
        pages = pages_of(visit.args.get("page"), total, A_PAGE)
        found = newest_saved(condition(given, FILTERS, TIMES, HEALTH))
        values = {**given, "most": A_PAGE, "skipped": pages.skipped}
        links = listed(connection.execute(found, values).fetchall()) if total else []  # to find none takes longest
        paths = connection.execute("SELECT path FROM notebooks WHERE state = 'current' ORDER BY path").fetchall()
        return links, healths, years, pages, [row["path"] for row in paths]

    links, healths, years, pages, notebooks = await visit.read(reading)
    is_right = MONTH.fullmatch(given.get("month", "2024-11")) and YEAR.fullmatch(given.get("year", "2024"))
    return await visit.show(
        "links.html",
        links=links,
        given=given,
        unknown=unknown,
        healths=[(name, healths.get(name, 0)) for name in reversed(ORDER) if name in {*healths, given.get("health")}],
        years=sorted(years.items()),
        total=total_of(healths, given),
        pages=pages,
        notebooks=notebooks,
        wrong="" if is_right else "A month is written 2024-11, a year 2024.",
        as_table=await as_table(
            visit,
            "saved_links",
            {OF_TABLE[name]: value for name, value in given.items() if name in OF_TABLE},
            {name: where for name, where in FILTERS.items() if name not in OF_TABLE},
            given,
        ),
    )


def choice_of(args: Mapping[str, str]) -> dict[str, str]:
    """What an address asks for."""
    given = {name: args[name] for name in (*FILTERS, *TIMES, *HEALTH) if args.get(name)}
    if given.get("health") not in ORDER:
        given.pop("health", None)
    if given.get("dated") == "0":
        given.pop("month", None)
        given.pop("year", None)
    else:
        given.pop("dated", None)
    if YEAR.fullmatch(given.get("month", "")):
        given["year"] = given.pop("month")
    elif "month" in given:
        given.pop("year", None)
    return given


def condition(given: Mapping[str, str], *filters: Mapping[str, str]) -> str:
    """What of these filters is given, as a condition on the view `saved_links`."""
    return " AND ".join([where for some in filters for name, where in some.items() if name in given]) or "1"


def counts_of(connection: Connection, given: Mapping[str, str]) -> tuple[dict[str, int], dict[str, int]]:
    """How many links there are of each health and of each year, the rest being as it is given.

    The year '' is that of the links that came earlier, nobody knows on which day.
    """
    where = condition(given, FILTERS)
    rows = connection.execute(
        f"SELECT first_seen_month, health, count(*) FROM saved_links WHERE {where} GROUP BY 1, 2", given
    ).fetchall()
    healths: Counter[str] = Counter()
    years: Counter[str] = Counter({given["year"]: 0} if "year" in given else {})
    for of_month, health, number in rows:
        month = of_month or ""
        if given.get("health", health) == health:
            years[month[:4]] += number
        wanted = ("", "") if "dated" in given else (given.get("month", month), given.get("year", month[:4]))
        if wanted == (month, month[:4]):
            healths[health] += number
    return dict(healths), dict(years)


def total_of(healths: Mapping[str, int], given: Mapping[str, str]) -> int:
    """How many links there are to show."""
    return healths.get(given["health"], 0) if "health" in given else sum(healths.values())


def healths_of_saved(connection: Connection) -> dict[str, int]:
    """How many saved links there are of each health."""
    return dict(connection.execute("SELECT health, count(*) FROM saved_links GROUP BY health").fetchall())
