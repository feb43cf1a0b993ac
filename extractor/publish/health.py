"""The health of some addresses, by the rule that the view `link_health` and the link checks go by.

The view weighs every check there is, whatever is asked of it; here only those of the addresses in question are read.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from extractor.linkcheck import PastCheck, Verdict, health
from extractor.times import milliseconds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from sqlite3 import Connection

CHECKS = (
    "SELECT urls.id, expires_at, checked_at, verdict FROM urls LEFT JOIN checks ON checks.url_id = urls.id AND counts "
    "WHERE {} ORDER BY urls.id, checked_at, checks.id"
)
# From what needs something done to what does not.
ORDER = ("dead", "expired", "failing", "moved", "blocked", "alive", "unknown")


def health_of(connection: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """The health of these addresses, by their ids."""
    return dict(_weighed(connection, "urls.id IN (SELECT value FROM json_each(?))", json.dumps(list(url_ids))))


def is_checked(connection: Connection) -> bool:
    """Whether any address was ever checked."""
    return connection.execute("SELECT 1 FROM checks LIMIT 1").fetchone() is not None


def health_of_all(connection: Connection) -> Mapping[int, str]:
    """The health of every address, by its id."""
    return dict(_weighed(connection, "1"))


def _weighed(connection: Connection, where: str, *values: str) -> Iterator[tuple[int, str]]:
    now = int(datetime.now(UTC).timestamp() * 1000)
    rows = connection.execute(CHECKS.format(where), values)
    for (url_id, expires_at), checks in groupby(rows, key=lambda row: (row[0], row[1])):
        past = [PastCheck(milliseconds(row[2]), Verdict(row[3])) for row in checks if row[3] is not None]
        yield url_id, str(health(past, now, milliseconds(expires_at) or None).health)


def archived(connection: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """The archived copies of these addresses that are known, by their ids."""
    rows = connection.execute(
        "SELECT url_id, snapshot_url FROM snapshots WHERE snapshot_url NOT NULL "
        "AND url_id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(url_ids))],
    ).fetchall()
    return {row["url_id"]: row["snapshot_url"] for row in rows}
