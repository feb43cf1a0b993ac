"""The digest: what was saved and written in a period, what became of links, what expires, and this day in past years.

It may be mailed, so it contains nothing of locked notes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from extractor.catalogue.conditions import CURRENT
from extractor.catalogue.queries.ask import records, row, rows
from extractor.catalogue.queries.fates import fates
from extractor.catalogue.queries.links import COLUMNS, LINKS, ListedLink, newest
from extractor.catalogue.queries.writing import TABLES, written, written_notes

if TYPE_CHECKING:
    from sqlite3 import Connection

    from extractor.catalogue.queries.fates import Fates
    from extractor.catalogue.queries.writing import WrittenNote

REQUIRED = (*TABLES, "links", "urls", "checks", "pages", "snapshots")
"""The tables that the digest needs to see."""
YEARS_AGO = (1, 2, 5)
EXPIRES_WITHIN = 7  # days
MOST = 20  # entries that are listed; the rest is only counted

# A link without a known day counts only if it was certainly not there when the period began.
IN_TIME = """\
first_seen_at >= :since AND first_seen_at < :until AND note_id NOT IN (SELECT id FROM notes WHERE is_locked)
    AND (is_dated OR id IN (SELECT id FROM links WHERE absent_at >= :since))"""
COUNTS = f"""
SELECT count(*) FILTER (WHERE {IN_TIME}) AS saved, count(*) AS all_first_seen
FROM saved_links
WHERE first_seen_at >= :since AND first_seen_at < :until AND note_id NOT IN (SELECT id FROM notes WHERE is_locked)
"""
EXPIRING = f"""
SELECT {COLUMNS}
FROM {LINKS}
WHERE urls.expires_at >= :now AND urls.expires_at < :until AND {CURRENT} AND NOT notes.is_locked
ORDER BY urls.expires_at, notes.name, links.line
"""
SAVED_ON = f"""
SELECT {COLUMNS}
FROM {LINKS}
WHERE links.kind = 'link' AND links.target = 'web' AND links.is_dated AND NOT notes.is_locked
  AND links.first_seen_at >= :day AND links.first_seen_at < :after
ORDER BY links.first_seen_at, notes.name, links.position
"""
IN_DAYS = " OR ".join(f"this.captured_at >= :day_{n} AND this.captured_at < :day_{n} || 'U'" for n in (1, 2, 3))
WRITTEN_ON = f"""
WITH {written(f"({IN_DAYS})")}
SELECT substr(at, 1, 10) AS day, notes.id, notes.name, sum(added) AS added, sum(removed) AS removed,
       max(revision_id) AS revision_id
FROM written JOIN notes ON notes.id = note_id
WHERE is_dated AND substr(at, 1, 10) IN (:day_1, :day_2, :day_3) AND NOT notes.is_locked
GROUP BY day, notes.id
ORDER BY added + removed DESC, notes.name
"""


@dataclass(frozen=True, slots=True)
class NoteThen:
    """A note in which something was written on a day (counted in characters), and a revision that shows it, if any."""

    id: str
    name: str
    added: int
    removed: int
    revision_id: str | None


@dataclass(frozen=True, slots=True)
class DayThen:
    """This day some years ago: what was saved and written on it."""

    years: int
    day: str
    saved: tuple[ListedLink, ...]
    written: tuple[NoteThen, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of the period from `since` until `until` (ISO 8601 UTC).

    `saved` are the latest of `all_saved` links; `maybe_older` more were first seen in the period, but may have been
    there before. The notes in `written` begin with those that changed most.
    """

    since: str
    until: str
    saved: tuple[ListedLink, ...]
    all_saved: int
    maybe_older: int
    written: tuple[WrittenNote, ...]
    fates: Fates
    expiring: tuple[ListedLink, ...]
    days: tuple[DayThen, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all to report."""
        lists = (self.saved, self.maybe_older, self.written, self.expiring)
        return not any((*lists, self.fates.died, self.fates.moved, self.fates.came_back, self.days))


def digest(connection: Connection, since: str, until: str) -> Digest:
    """The digest of the period between two times; `until` is the current time."""
    counts = row(connection, COUNTS, since=since, until=until)
    assert counts is not None  # noqa: S101 -- a count always has a row
    end = f"{date.fromisoformat(until[:10]) + timedelta(EXPIRES_WITHIN)}{until[10:]}"
    return Digest(
        since=since,
        until=until,
        saved=newest(connection, IN_TIME, most=MOST, since=since, until=until),
        all_saved=counts["saved"],
        maybe_older=counts["all_first_seen"] - counts["saved"],
        written=written_notes(connection, since, until),
        fates=fates(connection, since),
        expiring=records(ListedLink, connection, EXPIRING, now=until, until=end),
        days=_days(connection, date.fromisoformat(until[:10])),
    )


def years_before(day: date, years: int) -> date:
    """The same day some years ago; for a leap day, the 28th of February if necessary."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _days(connection: Connection, today: date) -> tuple[DayThen, ...]:
    """This day in past years, without years of which nothing is known."""
    days = {years: years_before(today, years) for years in YEARS_AGO}
    asked = {f"day_{place}": str(day) for place, day in enumerate(days.values(), 1)}
    of_days = rows(connection, WRITTEN_ON, **asked)
    found = []
    for years, day in days.items():
        saved = records(ListedLink, connection, SAVED_ON, day=str(day), after=str(day + timedelta(1)))
        notes = tuple(
            NoteThen(one["id"], one["name"], one["added"], one["removed"], one["revision_id"])
            for one in of_days
            if one["day"] == str(day)
        )
        if saved or notes:
            found.append(DayThen(years, str(day), saved, notes))
    return tuple(found)
