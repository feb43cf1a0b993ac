"""The page "looking back": writing by day over the years, the growth of topics, and the sites of links in each year."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from extractor.catalogue.queries import looking_back, writing
from extractor.publish.html.formats import MONTHS, count
from extractor.publish.html.over_years import Day, growth, heat_map, level_of, levels
from extractor.publish.plugin.cache import remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from sqlite3 import Connection

    from datasette.utils.asgi import Response
    from markupsafe import Markup

    from extractor.catalogue.queries.looking_back import OverTime
    from extractor.catalogue.queries.writing import DayOfWriting
    from extractor.publish.html.paths import Paths
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = (*writing.TABLES, "links", "urls")
TOPICS, SITES = 12, 12
YEARS = 30  # the most that are drawn


@dataclass(frozen=True, slots=True)
class LookingBack:
    """What the page shows."""

    days: Sequence[DayOfWriting]
    undated: DayOfWriting
    topics: tuple[OverTime, ...]
    sites: tuple[OverTime, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """A year of writing: on how many days, and how many characters were added."""

    year: int
    days: int
    added: int
    chart: Markup


async def looking_back_page(visit: PageRequest) -> Response:
    """`/-/looking-back`."""
    found: LookingBack = await remembered(visit, "looking back", _read)
    years = sorted({time[:4] for one in found.sites for time in one.times})
    least = levels(number for one in found.sites for number in one.times.values())
    return await visit.show(
        "looking_back.html",
        found=found,
        years=_years(found.days, visit.paths),
        topics=_growing(found.topics),
        columns=years,
        level=lambda number: level_of(number, least),
    )


def _read(connection: Connection) -> LookingBack:
    days, undated = writing.days_of_writing(connection)
    return LookingBack(
        days,
        undated,
        looking_back.topics_over_time(connection, TOPICS),
        looking_back.sites_over_time(connection, SITES),
    )


def _years(days: Sequence[DayOfWriting], paths: Paths) -> list[Year]:
    """Each year in which something was written, the latest first."""
    least = levels(one.added + one.removed for one in days)
    by_year: dict[int, list[DayOfWriting]] = {}
    for one in days:
        by_year.setdefault(int(one.day[:4]), []).append(one)
    return [
        Year(
            year,
            len(some),
            sum(one.added for one in some),
            heat_map(year, {one.day: _day(one, paths) for one in some}, least),
        )
        for year, some in sorted(by_year.items(), reverse=True)[:YEARS]
    ]


def _day(one: DayOfWriting, paths: Paths) -> Day:
    """A day of the chart; it is a link only if it has revisions, as the query for changes on a day shows no others."""
    return Day(
        one.added + one.removed, _said(one), paths.table("changes_of_a_day", day=one.day) if one.revisions else ""
    )


def _said(one: DayOfWriting) -> str:
    day = f"{int(one.day[8:])} {MONTHS[int(one.day[5:7]) - 1]} {one.day[:4]}"
    changes = f"{count(one.changes, 'change')} in {count(one.notes, 'note')}"
    return f"{day}: {changes}, +{one.added:,} −{one.removed:,} characters"


def _growing(topics: Iterable[OverTime]) -> list[tuple[OverTime, Markup]]:
    """Each topic with a chart of its growth, all of them over the same months."""
    topics = list(topics)
    months = _all_months({month for one in topics for month in one.times})
    return [
        (
            one,
            growth(
                list(accumulate((one.times.get(month, 0) for month in months), initial=0)),
                f"{one.name}: {one.total:,} links",
            ),
        )
        for one in topics
    ]


def _all_months(months: set[str]) -> list[str]:
    """All months from the first of these to the last."""
    if not months:
        return []
    first, last = ((int(month[:4]) * 12 + int(month[5:7]) - 1) for month in (min(months), max(months)))
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(first, last + 1)]
