"""The start page of a catalogue: its contents, what is new, and what is broken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from extractor.catalogue.database import Database
from extractor.catalogue.link_health import ORDER
from extractor.catalogue.overdue import overdue
from extractor.catalogue.queries import links, notes, saved_links
from extractor.catalogue.queries.conditions import NOTE_IS_THERE
from extractor.catalogue.queries.health import over_time
from extractor.catalogue.queries.totals import last_build, totals
from extractor.catalogue.rules import is_derived_otherwise
from extractor.publish.html.charts import Bar, bars, columns, share
from extractor.publish.html.formats import human_month
from extractor.publish.plugin.cache import remembered
from extractor.publish.plugin.contents import contents_of
from extractor.publish.plugin.table_filters import as_table
from extractor.times import now_ms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from datasette.utils.asgi import Response
    from markupsafe import Markup

    from extractor.catalogue.overdue import Overdue
    from extractor.catalogue.queries.links import ListedLink
    from extractor.catalogue.queries.notes import ChangedNote
    from extractor.catalogue.queries.totals import Totals
    from extractor.publish.html.paths import Paths
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("notes", "links", "urls", "sections", "revisions", "checks")
OPTIONAL_TABLES = ("problems", "sources")
PRESENT = {"present": NOTE_IS_THERE}
MOST = 10  # links and notes that are listed
SITES = 8
MONTHS = 48
MONTH = len("2024-11")


@dataclass(frozen=True, slots=True)
class Start:
    """What the template shows.

    `months` counts the links that were saved in each month, `undated` those that came at unknown times;
    `is_derived_otherwise` if the catalogue was derived by another version of this program.
    """

    totals: Totals
    built_at: str | None
    latest: tuple[ListedLink, ...]
    changed: tuple[ChangedNote, ...]
    sites: tuple[tuple[str, int], ...]
    months: tuple[tuple[str, int], ...]
    undated: int
    is_derived_otherwise: bool
    checks: tuple[tuple[str, Mapping[str, int]], ...]

    @property
    def is_checked(self) -> bool:
        """Whether any address was ever checked."""
        return bool(self.checks)


@dataclass(frozen=True, slots=True)
class Charts:
    """The charts of the page."""

    saved: Markup
    health: Markup
    over_time: Markup | None


async def start_page(visit: PageRequest) -> Response:
    """`/DATABASE`: what is new and what is broken, and below everything else that can be opened."""
    contents = await contents_of(visit)
    if not visit.sees(*REQUIRED_TABLES):
        return await visit.show("start.html", start=None, contents=contents)
    start = await remembered(visit, "start", read_start)
    expired = await visit.read(saved_links.expired)
    healths = await remembered(visit, "healths", saved_links.healths, besides=expired)
    shares = {str(name): healths.get(name, 0) for name in reversed(ORDER)}
    return await visit.show(
        "start.html",
        start=start,
        contents=contents,
        health=shares,
        charts=charts(start, shares, visit.paths),
        sections=await as_table(visit, "sections", {"removed_at__isnull": "1"}, PRESENT, PRESENT)
        or visit.paths.topics(),
        shows_problems=visit.sees("problems"),
        overdue=await _overdue(visit),
    )


async def _overdue(visit: PageRequest) -> list[Overdue]:
    """The sources that were not read for too long; not cached, as they change just by the passing of time."""
    path = visit.datasette.get_database(visit.name).path
    if path is None or not visit.sees("sources"):
        return []
    return await visit.read(lambda connection: overdue(connection, Path(path), now_ms()))


def read_start(connection: Connection) -> Start:
    """Count and list what the page shows."""
    return Start(
        totals=totals(connection),
        built_at=last_build(connection),
        latest=links.newest(connection, "is_dated", most=MOST),
        changed=notes.changed_last(connection, MOST),
        sites=saved_links.sites(connection, SITES),
        months=saved_links.months(connection),
        undated=saved_links.undated(connection),
        is_derived_otherwise=is_derived_otherwise(Database(connection)),
        checks=tuple(over_time(connection).items())[-MONTHS:],
    )


def charts(start: Start, health: Mapping[str, int], paths: Paths) -> Charts:
    """Draw the charts; `health` counts the links with each health."""
    saved = [
        Bar(month[:4], f"{human_month(month)}: {number:,}", number, paths.links(month=month))
        for month, number in every_month(dict(start.months))
    ]
    checked = [(_short(time), {str(name): shares[name] for name in reversed(ORDER)}) for time, shares in start.checks]
    return Charts(
        saved=bars(saved, "Links saved per month"),
        health=share(health, "Saved links by the health of their addresses"),
        over_time=columns(checked, "Results of link checks over time") if len(checked) > 1 else None,
    )


def _short(time: str) -> str:
    """`2024-11` as `Nov 2024`, `2024-11-01` as `1 Nov`."""
    return human_month(time) if len(time) == MONTH else f"{int(time[8:])} {human_month(time[:MONTH])[:3]}"


def every_month(months: Mapping[str, int]) -> list[tuple[str, int]]:
    """The latest months up to the last one in which a link was saved, including months without any."""
    if not months:
        return []
    year, month = map(int, max(months).split("-"))
    found: list[tuple[str, int]] = []
    first = min(months)
    while len(found) < MONTHS and (name := f"{year:04d}-{month:02d}") >= first:
        found.append((name, months.get(name, 0)))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found[::-1]
