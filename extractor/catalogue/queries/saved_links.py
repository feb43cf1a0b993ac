"""Counts of the saved links: by health, site and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.conditions import NOW
from extractor.catalogue.queries.ask import pairs, value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

BY_HEALTHS = """
SELECT health, count(*)
FROM saved_links
GROUP BY health
"""
EXPIRED = f"""
SELECT count(*)
FROM urls
WHERE expires_at <= {NOW}
"""
BY_SITE = """
SELECT site, count(*)
FROM saved_links
GROUP BY site
ORDER BY 2 DESC, site
LIMIT :most
"""
# An undated link counts for a month if it certainly came in that month.
BY_MONTH = """
SELECT month, sum(number)
FROM (
  SELECT first_seen_month AS month, count(*) AS number
  FROM saved_links
  WHERE first_seen_month NOT NULL
  GROUP BY first_seen_month
  UNION ALL
  SELECT substr(links.absent_at, 1, 7), count(*)
  FROM saved_links JOIN links USING (id)
  WHERE saved_links.first_seen_month IS NULL AND substr(links.absent_at, 1, 7) = substr(links.first_seen_at, 1, 7)
  GROUP BY 1
)
GROUP BY month
ORDER BY month
"""
UNDATED = """
SELECT count(*)
FROM saved_links
WHERE first_seen_month IS NULL
"""


def healths(connection: Connection) -> Mapping[str, int]:
    """How many saved links there are with each health."""
    return pairs(connection, BY_HEALTHS)


def expired(connection: Connection) -> int:
    """How many addresses have expired by now, which changes the health of links without a build or a check."""
    return int(value(connection, EXPIRED))


def sites(connection: Connection, most: int) -> tuple[tuple[str, int], ...]:
    """The sites with the most saved links, and how many each has."""
    return tuple(pairs(connection, BY_SITE, most=most).items())


def months(connection: Connection) -> tuple[tuple[str, int], ...]:
    """How many links were saved in each month, without links whose month is unknown."""
    return tuple(pairs(connection, BY_MONTH).items())


def undated(connection: Connection) -> int:
    """How many saved links came at an unknown time."""
    return int(value(connection, UNDATED))
