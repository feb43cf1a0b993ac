"""The saved links in figures: by health, site and time; and the conditions that narrow them down."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import pairs, rows, value
from extractor.catalogue.queries.conditions import all_of, has_tag, within

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

# Conditions on the view `saved_links`, by the name of the value that they compare with.
BY_PLACE = {
    "topic": within("section", "topic"),
    "site": "url_id IN (SELECT id FROM urls WHERE site = :site)",
    "host": "url_id IN (SELECT id FROM urls WHERE host = :host)",
    "notebook": f"note_id IN (SELECT id FROM notes WHERE {within('notebook', 'notebook')})",
    "tag": f"note_id IN ({has_tag('tag')})",
}
BY_TIME = {
    "month": "first_seen_month = :month",
    "year": "first_seen_month >= :year || '-' AND first_seen_month < :year || '-~'",
    "dated": "first_seen_month IS NULL",
}
BY_HEALTH = {"health": "health = :health"}
BY_HEALTHS = """
SELECT health, count(*)
FROM saved_links
GROUP BY health
"""
BY_SITE = """
SELECT site, count(*)
FROM saved_links
GROUP BY site
ORDER BY 2 DESC, site
LIMIT :most
"""
BY_MONTH = """
SELECT first_seen_month, count(*)
FROM saved_links
WHERE first_seen_month NOT NULL
GROUP BY first_seen_month
ORDER BY first_seen_month
"""
UNDATED = """
SELECT count(*)
FROM saved_links
WHERE first_seen_month IS NULL
"""


def condition(given: Mapping[str, str], *filters: Mapping[str, str]) -> str:
    """What of these filters is given, as a condition on the view `saved_links`."""
    return all_of([where for some in filters for name, where in some.items() if name in given])


def counts(connection: Connection, given: Mapping[str, str]) -> tuple[dict[str, int], dict[str, int]]:
    """How many links there are of each health and of each year, the rest being as it is given.

    The year '' is that of the links that came earlier, nobody knows on which day.
    """
    statement = f"""
SELECT first_seen_month, health, count(*) AS number
FROM saved_links
WHERE {condition(given, BY_PLACE)}
GROUP BY 1, 2
"""
    healths: Counter[str] = Counter()
    years: Counter[str] = Counter({given["year"]: 0} if "year" in given else {})
    for found in rows(connection, statement, **given):
        month, health = found["first_seen_month"] or "", found["health"]
        if given.get("health", health) == health:
            years[month[:4]] += found["number"]
        wanted = ("", "") if "dated" in given else (given.get("month", month), given.get("year", month[:4]))
        if wanted == (month, month[:4]):
            healths[health] += found["number"]
    return dict(healths), dict(years)


def healths(connection: Connection) -> Mapping[str, int]:
    """How many saved links there are of each health."""
    return pairs(connection, BY_HEALTHS)


def sites(connection: Connection, most: int) -> tuple[tuple[str, int], ...]:
    """The sites that most saved links lead to, and how many."""
    return tuple(pairs(connection, BY_SITE, most=most).items())


def months(connection: Connection) -> tuple[tuple[str, int], ...]:
    """How many links were saved in each month, of those of which it is known."""
    return tuple(pairs(connection, BY_MONTH).items())


def undated(connection: Connection) -> int:
    """How many saved links came earlier than anything that is known of them."""
    return int(value(connection, UNDATED))
