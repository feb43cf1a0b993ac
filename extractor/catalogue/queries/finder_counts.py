"""Counts of the places of links that a query of the finder finds, by kind, site, month, health, notebook and tag."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import rows
from extractor.catalogue.queries.finder_places import places_of, values_of
from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from extractor.catalogue.queries.finder_conditions import Wanted


@dataclass(frozen=True, slots=True)
class Counts:
    """How many places of links a query finds, in all and by each value; `kinds` also counts kinds that are not wanted.

    `perhaps` counts those that may or may not have been there at the time asked for, `undated` those without
    a day. The count of a notebook includes the notebooks in it.
    """

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


def counts(connection: Connection, wanted: Wanted) -> Counts:
    """Count what a query finds."""
    condition = wanted.condition
    is_certain = "1" if wanted.with_perhaps or condition.certain == condition.possible else condition.certain
    shown = "is_certain AND kind IN (SELECT value FROM json_each(:kinds))"
    statement = f"""
WITH found AS MATERIALIZED (
  SELECT url_id, note_id, kind, site, health, is_dated, month, {is_certain} AS is_certain
  FROM ({places_of(wanted)})
  WHERE {condition.possible}
), of_notes AS MATERIALIZED (
  SELECT note_id, count(*) AS number
  FROM found
  WHERE {shown}
  GROUP BY note_id
)
SELECT 'kind' AS sort, kind AS name, count(*) AS number FROM found WHERE is_certain GROUP BY kind
UNION ALL
SELECT 'perhaps', '', count(*) FROM found WHERE NOT is_certain AND kind IN (SELECT value FROM json_each(:kinds))
UNION ALL
SELECT 'address', '', count(DISTINCT url_id) FROM found WHERE {shown}
UNION ALL
SELECT 'undated', '', count(*) FROM found WHERE {shown} AND NOT is_dated
UNION ALL
SELECT 'site', site, count(*) FROM found WHERE {shown} GROUP BY site
UNION ALL
SELECT 'month', month, count(*) FROM found WHERE {shown} AND month NOT NULL GROUP BY month
UNION ALL
SELECT 'health', health, count(*) FROM found WHERE {shown} GROUP BY health
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
    for found in rows(connection, statement, **values_of(wanted)):
        of_sort[found["sort"]][found["name"]] += found["number"]
    kinds = of_sort["kind"]
    return Counts(
        places=sum(kinds[kind] for kind in wanted.kinds),
        addresses=of_sort["address"][""],
        perhaps=of_sort["perhaps"][""],
        undated=of_sort["undated"][""],
        kinds=kinds,
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
