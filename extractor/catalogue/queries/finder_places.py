"""The places of web links and images that the finder searches, as SQL, and the values of a query's parameters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from extractor.catalogue.conditions import CURRENT, NOW
from extractor.catalogue.queries.ask import rows

if TYPE_CHECKING:
    from sqlite3 import Connection

    from extractor.catalogue.queries.ask import Value
    from extractor.catalogue.queries.finder_conditions import Wanted

UNKNOWN = "~"  # sorts after every time, as text
# An undated link has a month if it certainly came in that month.
MONTH = """\
CASE WHEN links.is_dated THEN +links.first_seen_month
              WHEN substr(links.absent_at, 1, 7) = substr(links.first_seen_at, 1, 7) THEN substr(links.absent_at, 1, 7)
              END AS month"""
# Places of web links and images, with the columns for conditions of a query. Columns have a plus, so that SQLite uses
# no index for a condition that nearly all rows meet: reading all rows is faster.
PLACE = f"""links.id, links.url_id, +links.note_id AS note_id, +links.kind AS kind, +urls.site AS site,
         +urls.host AS host, coalesce(+links.section, '') AS section,
         CASE WHEN +urls.expires_at <= {NOW} THEN 'expired'
              ELSE coalesce(address_health.health, 'unknown') END AS health,
         coalesce(+links.first_seen_at, '{UNKNOWN}') AS first_seen_at, +links.is_dated AS is_dated,
         CASE WHEN links.is_dated THEN +links.first_seen_at ELSE coalesce(+links.absent_at, '') END AS since,
         {MONTH}, """
OF_LINKS = """
             CROSS JOIN urls ON urls.id = links.url_id
             LEFT JOIN address_health ON address_health.url_id = links.url_id"""
# Each of these has an address, so that a statement which needs nothing of it need not look it up.
PRESENT = f"""
  SELECT {PLACE}1 AS is_present
  FROM links{OF_LINKS.replace("CROSS JOIN", "LEFT JOIN")}
  WHERE {CURRENT}"""
EVER = f"""
  SELECT {PLACE}+links.removed_at IS NULL AND notes.is_present AS is_present
  FROM links CROSS JOIN notes ON notes.id = links.note_id{OF_LINKS}"""
# If neither words nor names limit the query, the first rows of an index that has the order of the list are enough.
NEWEST_FIRST = "links INDEXED BY idx_links_current_newest"
GONE = "  WHERE links.removed_at NOT NULL OR links.note_id IN (SELECT id FROM notes WHERE NOT is_present)"


def places_of(wanted: Wanted, *, newest_first: bool = False) -> str:
    """The places to search; with `newest_first`, the current ones in this order, which all must have a time."""
    if wanted.only_past:
        return f"{EVER}\n{GONE}"
    if wanted.with_past:
        return EVER
    if not newest_first:
        return PRESENT
    times = f"coalesce(+links.first_seen_at, '{UNKNOWN}')"  # columns as they are in the index
    places = PRESENT.replace(times, "links.first_seen_at").replace("+links.is_dated AS", "links.is_dated AS")
    return places.replace("FROM links", f"FROM {NEWEST_FIRST}", 1)


def values_of(wanted: Wanted) -> dict[str, Value]:
    """The values of the parameters in the conditions of a query."""
    return {**wanted.values, "kinds": json.dumps(wanted.kinds)}


def have_times(connection: Connection) -> bool:
    """Whether all current links have a time when they were first seen."""
    statement = "SELECT 1 FROM links WHERE first_seen_at IS NULL AND removed_at IS NULL AND target = 'web' LIMIT 1"
    return not rows(connection, statement)
