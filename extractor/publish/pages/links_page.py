"""The saved links, newest first, by health, site or month: what the view `saved_links` has, as a list to read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.link_health import ORDER
from extractor.catalogue.queries.links import newest
from extractor.catalogue.queries.notes import notebooks
from extractor.catalogue.queries.saved_links import BY_HEALTH, BY_PLACE, BY_TIME, condition, counts
from extractor.catalogue.queries.typed_names import HOSTS, NOTEBOOKS, SECTIONS_OF_LINKS, TAGS, as_known
from extractor.publish.html.formats import MONTH
from extractor.publish.plugin.page import pages_of
from extractor.publish.plugin.table_filters import as_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.catalogue.queries.links import ListedLink
    from extractor.publish.plugin.page import PageRequest, Pages

REQUIRED_TABLES = ("links", "urls", "notes", "checks", "notebooks", "tags", "note_tags")
A_PAGE = 50
YEAR = re.compile(r"[0-9]{4}")
NAMES = {"topic": SECTIONS_OF_LINKS, "notebook": NOTEBOOKS, "tag": TAGS, "site": HOSTS, "host": HOSTS}
# Those that a table of Datasette can narrow down by itself.
OF_TABLE = {
    **{name: name for name in ("site", "host", "health")},
    "month": "first_seen_month",
    "year": "first_seen_month__startswith",
    "dated": "is_dated",
}


@dataclass(frozen=True, slots=True)
class LinksView:
    """What the page lists, and how many links there are by health and by year."""

    links: Sequence[ListedLink]
    healths: Mapping[str, int]
    years: Mapping[str, int]
    total: int
    pages: Pages
    notebooks: Sequence[str]


async def links_page(visit: PageRequest) -> Response:
    """`/-/links?topic=...&site=...&host=...&notebook=...&tag=...&health=...&month=...&year=...&dated=0&page=...`.

    A topic or notebook with those inside; a month (2024-11) may be a year (2024); `dated=0` for the links that came
    earlier, nobody knows on which day.
    """
    typed = choice_of(visit.args)
    given, unknown = await visit.read(lambda connection: as_known(connection, typed, NAMES))

    def reading(
        connection: Connection,
    ) -> LinksView:
        healths, years = counts(connection, given)
        total = total_of(healths, given)
        pages = pages_of(visit.args.get("page"), total, A_PAGE)
        links: Sequence[ListedLink] = ()
        if total:  # to find none takes longest
            where = condition(given, BY_PLACE, BY_TIME, BY_HEALTH)
            links = newest(connection, where, most=A_PAGE, skipped=pages.skipped, **given)
        return LinksView(links, healths, years, total, pages, notebooks(connection))

    view = await visit.read(reading)
    is_right = MONTH.fullmatch(given.get("month", "2024-11")) and YEAR.fullmatch(given.get("year", "2024"))
    return await visit.show(
        "links.html",
        links=view.links,
        given=given,
        unknown=unknown,
        healths=[
            (name, view.healths.get(name, 0))
            for name in reversed(ORDER)
            if name in {*view.healths, given.get("health")}
        ],
        years=sorted(view.years.items()),
        total=view.total,
        pages=view.pages,
        notebooks=view.notebooks,
        wrong="" if is_right else "A month is written 2024-11, a year 2024.",
        as_table=await as_table(
            visit,
            "saved_links",
            {OF_TABLE[name]: value for name, value in given.items() if name in OF_TABLE},
            {name: where for name, where in BY_PLACE.items() if name not in OF_TABLE},
            given,
        ),
    )


def choice_of(args: Mapping[str, str]) -> dict[str, str]:
    """What an address asks for."""
    given = {name: args[name] for name in (*BY_PLACE, *BY_TIME, *BY_HEALTH) if args.get(name)}
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


def total_of(healths: Mapping[str, int], given: Mapping[str, str]) -> int:
    """How many links there are to show."""
    return healths.get(given["health"], 0) if "health" in given else sum(healths.values())
