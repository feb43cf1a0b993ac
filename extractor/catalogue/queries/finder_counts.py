"""Counts of the places of links that a query of the finder finds, by kind, site, month, health, notebook and tag."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import rows
from extractor.catalogue.queries.finder_places import have_times, places_of, values_of
from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from extractor.catalogue.queries.finder_conditions import Wanted

ALL = 1 << 62  # more than any table has


@dataclass(frozen=True, slots=True)
class Counts:
    """How many places of links a query finds, in all and by each value; `kinds` also counts kinds that are not wanted.

    If there are more than were to be counted, the result `is_bounded`: all numbers are of those that were counted, for
    a query without words and names the newest. Of `bounded_kinds` there are more than `kinds` says.

    `perhaps` counts those that may or may not have been there at the time asked for, `undated` those without
    a day. The count of a notebook includes the notebooks in it.
    """

    is_bounded: bool = False
    bounded_kinds: tuple[str, ...] = ()
    places: int = 0
    addresses: int = 0
    perhaps: int = 0
    undated: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    sites: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)
    healths: Mapping[str, int] = field(default_factory=dict)
    notebooks: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)


def counts(connection: Connection, wanted: Wanted, most: int | None = None) -> Counts:
    """Count what a query finds, but at most `most` places."""
    condition = wanted.condition
    is_certain = "1" if wanted.with_perhaps or condition.certain == condition.possible else condition.certain
    by_index = wanted.is_broad and have_times(connection)
    places = places_of(wanted, newest_first=by_index)
    order = "ORDER BY is_dated DESC, first_seen_at DESC" if by_index and most is not None else ""
    is_shown = "kind IN (SELECT value FROM json_each(:kinds))"
    statement = f"""
WITH found AS MATERIALIZED (
  SELECT url_id, note_id, kind, site, health, is_dated, month, {is_certain} AS is_certain
  FROM ({places})
  WHERE {condition.possible} AND {is_shown}
  {order}
  LIMIT :most + 1
), counted AS (
  SELECT *
  FROM found
  LIMIT :most
), others AS MATERIALIZED (
  SELECT kind
  FROM ({places})
  WHERE {condition.certain} AND NOT {is_shown}
  {order}
  LIMIT :most + 1
), of_notes AS MATERIALIZED (
  SELECT note_id, count(*) AS number
  FROM counted
  WHERE is_certain
  GROUP BY note_id
)
SELECT 'kind' AS sort, kind AS name, count(*) AS number FROM counted WHERE is_certain GROUP BY kind
UNION ALL
SELECT 'other', kind, count(*) FROM others GROUP BY kind
UNION ALL
SELECT 'found', '', count(*) FROM found
UNION ALL
SELECT 'perhaps', '', count(*) FROM counted WHERE NOT is_certain
UNION ALL
SELECT 'address', '', count(DISTINCT url_id) FROM counted WHERE is_certain
UNION ALL
SELECT 'undated', '', count(*) FROM counted WHERE is_certain AND NOT is_dated
UNION ALL
SELECT 'site', site, count(*) FROM counted WHERE is_certain GROUP BY site
UNION ALL
SELECT 'month', month, count(*) FROM counted WHERE is_certain AND month NOT NULL GROUP BY month
UNION ALL
SELECT 'health', health, count(*) FROM counted WHERE is_certain GROUP BY health
UNION ALL
SELECT 'notebook', notebook, sum(number)
FROM of_notes JOIN notes ON notes.id = note_id
WHERE notebook NOT NULL
GROUP BY notebook
UNION ALL
SELECT 'tag', title, sum(number)
FROM (
  SELECT DISTINCT note_id, number, title COLLATE NOCASE AS title
  FROM of_notes JOIN note_tags USING (note_id) JOIN tags ON tags.id = tag_id
)
GROUP BY title COLLATE NOCASE
"""
    of_sort: dict[str, Counter[str]] = defaultdict(Counter)
    limit = ALL if most is None else most
    for found in rows(connection, statement, **values_of(wanted), most=limit):
        of_sort[found["sort"]][found["name"]] += found["number"]
    kinds, others = of_sort["kind"], of_sort["other"]
    more, more_others = (one.total() > limit for one in (of_sort["found"], others))
    return Counts(
        is_bounded=more,
        bounded_kinds=(*(wanted.kinds if more else ()), *(sorted(others) if more_others else ())),
        places=sum(kinds[kind] for kind in wanted.kinds),
        addresses=of_sort["address"][""],
        perhaps=of_sort["perhaps"][""],
        undated=of_sort["undated"][""],
        kinds=kinds + others,
        sites=of_sort["site"],
        months=of_sort["month"],
        healths=of_sort["health"],
        notebooks=_with_inner(of_sort["notebook"]),
        tags=of_sort["tag"],
    )


def _with_inner(numbers: Mapping[str, int]) -> Mapping[str, int]:
    """The counts of notebooks, each including the notebooks in it."""
    found: Counter[str] = Counter()
    for path, number in numbers.items():
        parts = path.split(SEPARATOR)
        for depth in range(len(parts)):
            found[SEPARATOR.join(parts[: depth + 1])] += number
    return found
