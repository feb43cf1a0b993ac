"""When the links that are in notes now came, by topic and by site. Only links with a known day have a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import rows
from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection, Row

TOPICS_BY_MONTH = f"""
SELECT substr(section, 1, instr(section || '{SEPARATOR}', '{SEPARATOR}') - 1) AS name,
       coalesce(first_seen_month, '') AS time, count(*) AS number
FROM saved_links
WHERE section NOT NULL
GROUP BY 1, 2
"""
SITES_BY_YEAR = """
SELECT site AS name, coalesce(substr(first_seen_month, 1, 4), '') AS time, count(*) AS number
FROM saved_links
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class OverTime:
    """How many links of a topic or site came in each month or year; `undated` ones came at unknown times."""

    name: str
    times: Mapping[str, int]
    undated: int

    @property
    def total(self) -> int:
        """The number of all these links."""
        return sum(self.times.values()) + self.undated


def topics_over_time(connection: Connection, most: int) -> tuple[OverTime, ...]:
    """The top-level topics with the most links, counted by month (2024-11)."""
    return _most(rows(connection, TOPICS_BY_MONTH), most)


def sites_over_time(connection: Connection, most: int) -> tuple[OverTime, ...]:
    """The sites with the most links, counted by year (2024)."""
    return _most(rows(connection, SITES_BY_YEAR), most)


def _most(counted: list[Row], most: int) -> tuple[OverTime, ...]:
    found: dict[str, Counter[str]] = {}
    for row in counted:
        found.setdefault(row["name"], Counter())[row["time"]] += row["number"]
    undated = {name: times.pop("", 0) for name, times in found.items()}
    series = [OverTime(name, dict(sorted(times.items())), undated[name]) for name, times in found.items()]
    return tuple(sorted(series, key=lambda one: (-one.total, one.name))[:most])
