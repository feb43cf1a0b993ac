"""What became of addresses in a period: which died, moved, or came back.

The earlier health of an address is computed from the earlier checks, by the rule of extractor.catalogue.address_health:
an address that failed for a week is dead from the third failure on, and not from the first.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from extractor.catalogue.address_health import weigh
from extractor.catalogue.conditions import CURRENT, NOW
from extractor.catalogue.queries.ask import pairs, record, rows
from extractor.catalogue.queries.links import COLUMNS, LINKS, ListedLink
from extractor.linkcheck import Health

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from sqlite3 import Connection

LOST = frozenset({Health.DEAD, Health.FAILING, Health.SUSPECT})
THERE = frozenset({Health.ALIVE, Health.MOVED})

# Of the many that are alive, only those whose health was different before.
CHANGED = f"""
SELECT address_health.url_id, address_health.health
FROM address_health JOIN urls ON urls.id = address_health.url_id
WHERE address_health.checked_at >= :since AND (address_health.health = 'dead' OR address_health.since >= :since)
  AND address_health.health IN ('dead', 'alive', 'moved') AND (urls.expires_at IS NULL OR urls.expires_at > {NOW})
  AND EXISTS (SELECT 1 FROM links WHERE links.url_id = address_health.url_id AND {CURRENT})
"""
CHECKS = """
SELECT id, url_id, checked_at, verdict, status, counts, final_url, doubt, confirmed
FROM checks
WHERE checked_at < :since AND url_id IN (SELECT value FROM json_each(:addresses))
"""
WEIGHED = """
CREATE TABLE checks (id INTEGER PRIMARY KEY, url_id, checked_at, verdict, status, counts, final_url, doubt, confirmed);
CREATE INDEX idx_checks ON checks(url_id, checked_at);
CREATE TABLE address_health (url_id INTEGER PRIMARY KEY, health, verdict, status, checked_at, since, failures,
  final_url, doubt);
"""
OF_ADDRESSES = f"""
SELECT {COLUMNS},
       address_health.since AS fate_since, address_health.verdict AS fate_verdict, address_health.final_url AS fate_url
FROM {LINKS} JOIN address_health ON address_health.url_id = links.url_id
WHERE links.url_id IN (SELECT value FROM json_each(:addresses)) AND {CURRENT} AND NOT notes.is_locked
ORDER BY address_health.since DESC, notes.name, links.line
"""


@dataclass(frozen=True, slots=True)
class Fate:
    """A saved link whose address changed its health: by which verdict, since when, and its final address.

    `is_first` if its first check found it so: it is then unknown when it changed. `kept_at` is when its page was last
    kept; '' if it was not, or if that was not looked up (`with_kept`).
    """

    link: ListedLink
    verdict: str
    since: str
    final_url: str | None
    is_first: bool
    kept_at: str = ""


@dataclass(frozen=True, slots=True)
class Fates:
    """Links by what became of their addresses."""

    died: tuple[Fate, ...]
    moved: tuple[Fate, ...]
    came_back: tuple[Fate, ...]


def fates(connection: Connection, since: str) -> Fates:
    """What became of saved links since a time."""
    now: Mapping[int, str] = pairs(connection, CHANGED, since=since)
    before = health_before(connection, now, since)
    became = {url_id for url_id, health in now.items() if before.get(url_id) != health}
    died = {url_id for url_id in became if now[url_id] == Health.DEAD}
    moved = {url_id for url_id in became if now[url_id] == Health.MOVED}
    back = {url_id for url_id in became if now[url_id] in THERE and before.get(url_id) in LOST}
    return Fates(*(_of(connection, some, before) for some in (died, moved - back, back)))


def with_kept(fates: Fates, kept: Mapping[int, str]) -> Fates:
    """The fates, with the times when the pages of dead links were last kept, which `kept` has by address id."""
    died = (replace(one, kept_at=kept.get(one.link.url_id or 0, "")) for one in fates.died)
    return replace(fates, died=tuple(died))


def health_before(connection: Connection, url_ids: Collection[int], moment: str) -> Mapping[int, str]:
    """The health of these addresses by the checks before a time; without those that had not been checked by then."""
    found = rows(connection, CHECKS, since=moment, addresses=json.dumps(list(url_ids)))
    with closing(sqlite3.connect(":memory:")) as weighing:
        weighing.executescript(WEIGHED)
        weighing.executemany("INSERT INTO checks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", map(tuple, found))
        for url_id in {row["url_id"] for row in found}:
            weighing.execute(weigh(str(int(url_id))))
        return pairs(weighing, "SELECT url_id, health FROM address_health")


def _of(connection: Connection, url_ids: Collection[int], before: Mapping[int, str]) -> tuple[Fate, ...]:
    return tuple(
        Fate(
            record(ListedLink, row),
            row["fate_verdict"],
            row["fate_since"],
            row["fate_url"],
            is_first=row["url_id"] not in before,
        )
        for row in rows(connection, OF_ADDRESSES, addresses=json.dumps(list(url_ids)))
    )
