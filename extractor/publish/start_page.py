"""The start page of a catalogue: what is in it, what is new, what is broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.publish.charts import Bar, bars, columns, share
from extractor.publish.formats import human_month
from extractor.publish.health import ORDER
from extractor.publish.listed import COLUMNS, FROM, THERE, Listed, listed
from extractor.publish.remembering import remembered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection, Row

    from markupsafe import Markup

    from extractor.publish.page import Visit
    from extractor.publish.paths import Paths

NEEDS = ("notes", "links", "urls", "sections", "revisions", "checks")
MOST = 10  # links and notes that are listed
SITES = 8
MONTHS = 48
DAYS_OF_CHECKS = 62  # above this, checks are shown by month
IS_LINK = f"{THERE} AND links.kind = 'link' AND links.target = 'web'"
HEALTH_OF_VERDICT = {
    "ok": "alive",
    "moved": "moved",
    "dead": "dead",
    "gone": "dead",
    "blocked": "blocked",
    "rate_limited": "blocked",
    "expired": "expired",
    "suspect": "failing",
    "server_error": "failing",
    "timeout": "failing",
    "dns_error": "failing",
    "connection_error": "failing",
    "tls_error": "failing",
}


@dataclass(frozen=True, slots=True)
class Start:
    """What the template shows; `health` counts the addresses of links that stand in notes now."""

    counts: Mapping[str, int]
    built_at: str | None
    latest: tuple[Listed, ...]
    changed: tuple[Row, ...]
    sites: tuple[tuple[str, int], ...]
    months: tuple[tuple[str, int], ...]
    health: Mapping[str, int]
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


async def start_of(visit: Visit) -> dict[str, object] | None:
    """What the start page adds to Datasette's page of a database; None where the visitor may not see it all."""
    if not visit.sees(*NEEDS):
        return None
    start = await remembered(visit, "start", read_start)
    return {
        "start": start,
        "charts": charts(start, visit.paths),
        "paths": visit.paths,
        "shows_problems": visit.sees("problems"),
    }


def read_start(connection: Connection) -> Start:
    """Count and list what the page shows."""

    def pairs(sql: str) -> tuple[tuple[str, int], ...]:
        return tuple((row[0], row[1]) for row in connection.execute(sql).fetchall())

    rows = connection.execute(
        f"SELECT {COLUMNS} FROM {FROM} WHERE {IS_LINK} ORDER BY links.first_seen_at DESC, links.line LIMIT {MOST}"
    ).fetchall()
    return Start(
        counts=_counts(connection),
        built_at=connection.execute("SELECT max(finished_at) FROM builds").fetchone()[0],
        latest=tuple(listed(connection, rows)),
        changed=tuple(
            connection.execute(
                "SELECT notes.id, notes.title, notes.notebook, notes.updated_at, revisions.summary, "
                "revisions.id AS revision_id "
                "FROM notes LEFT JOIN revisions ON revisions.note_id = notes.id AND revisions.number = notes.revisions "
                f"WHERE notes.state = 'current' ORDER BY notes.updated_at DESC LIMIT {MOST}"
            ).fetchall()
        ),
        sites=pairs(
            f"SELECT urls.site, count(*) FROM {FROM} WHERE {IS_LINK} GROUP BY urls.site "
            f"ORDER BY 2 DESC, urls.site LIMIT {SITES}"
        ),
        months=pairs(
            "SELECT first_seen_month, count(*) FROM links WHERE kind = 'link' AND target = 'web' "
            "AND first_seen_month NOT NULL GROUP BY first_seen_month ORDER BY first_seen_month"
        ),
        health=dict(
            pairs(
                "SELECT health, count(*) FROM link_health WHERE url_id IN "
                f"(SELECT links.url_id FROM {FROM} WHERE {IS_LINK}) GROUP BY health"
            )
        ),
        checks=_checks(connection),
    )


def _counts(connection: Connection) -> dict[str, int]:
    def count(sql: str) -> int:
        return int(connection.execute(f"SELECT count(*) FROM {sql}").fetchone()[0])

    return {
        "notes": count("notes WHERE state IN ('current', 'conflict', 'encrypted')"),
        "links": count(f"{FROM} WHERE {IS_LINK}"),
        "images": count(f"{FROM} WHERE {THERE} AND links.kind = 'image'"),
        "sections": count("sections WHERE removed_at IS NULL"),
        "revisions": count("revisions"),
        "problems": count("problems"),
    }


def _checks(connection: Connection) -> tuple[tuple[str, Mapping[str, int]], ...]:
    """What checks found, by day or by month, the last of each address in that time."""
    first, last = connection.execute("SELECT min(checked_at), max(checked_at) FROM checks").fetchone()
    if first is None:
        return ()
    (days,) = connection.execute("SELECT julianday(?) - julianday(?)", [last, first]).fetchone()
    letters = 10 if days <= DAYS_OF_CHECKS else 7
    rows = connection.execute(
        f"SELECT substr(checked_at, 1, {letters}) AS time, verdict, count(DISTINCT url_id) FROM checks "
        "GROUP BY time, verdict ORDER BY time"
    ).fetchall()
    found: dict[str, dict[str, int]] = {}
    for time, verdict, number in rows:
        if (health := HEALTH_OF_VERDICT.get(verdict)) is not None:
            of_time = found.setdefault(time, dict.fromkeys(ORDER, 0))
            of_time[health] += number
    return tuple(found.items())[-MONTHS:]


def charts(start: Start, paths: Paths) -> Charts:
    """Draw them."""
    saved = [
        Bar(month[:4], f"{human_month(month)}: {number:,}", number, paths.table("saved_links", first_seen_month=month))
        for month, number in every_month(dict(start.months))
    ]
    health = {name: start.health.get(name, 0) for name in reversed(ORDER)}
    over_time = [(label, {name: shares[name] for name in reversed(ORDER)}) for label, shares in start.checks]
    return Charts(
        saved=bars(saved, "Links saved per month"),
        health=share(health, "Health of the addresses of saved links"),
        over_time=columns(over_time, "What the checks found over time") if len(over_time) > 1 else None,
    )


def every_month(months: Mapping[str, int]) -> list[tuple[str, int]]:
    """The latest months up to the last in which a link was saved, those without any included."""
    if not months:
        return []
    year, month = map(int, max(months).split("-"))
    found: list[tuple[str, int]] = []
    first = min(months)
    while len(found) < MONTHS and (name := f"{year:04d}-{month:02d}") >= first:
        found.append((name, months.get(name, 0)))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found[::-1]
