"""The health of addresses from the view `link_health`, the checks that it is based on, and archived copies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.link_health import ORDER
from extractor.catalogue.queries.ask import pairs, record, records, row, rows, value
from extractor.linkcheck import Verdict, health_from

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from sqlite3 import Connection

OF_ADDRESSES = """
SELECT url_id, health
FROM link_health
WHERE url_id IN (SELECT value FROM json_each(:addresses))
"""
COPIES = """
SELECT url_id, coalesce(snapshot_url, '')
FROM snapshots
WHERE url_id IN (SELECT value FROM json_each(:addresses))
"""
OF_ADDRESS = """
SELECT health, verdict, checked_at, since, failures, final_url, doubt
FROM link_health
WHERE url_id = :address
"""
CHECKS = """
SELECT checked_at, verdict, status, method, final_url, elapsed_ms, error, evidence, counts
FROM checks
WHERE url_id = :address
ORDER BY checked_at DESC
LIMIT :most
"""
FIRST_AND_LAST = """
SELECT min(checked_at) AS first, max(checked_at) AS last
FROM checks
WHERE counts
"""
DAYS = "SELECT julianday(:last) - julianday(:first)"
# Verdicts that say nothing about an address by themselves.
SILENT = ", ".join(f"'{verdict}'" for verdict in Verdict if health_from(verdict) is None)
# SQLite takes the other columns from the row that has the max().
OVER_TIME = f"""
SELECT time, verdict, count(*) AS number
FROM (
  SELECT substr(checked_at, 1, :letters) AS time, verdict, max(checked_at)
  FROM checks
  WHERE counts AND verdict NOT IN ({SILENT})
  GROUP BY url_id, time
)
GROUP BY time, verdict
ORDER BY time
"""
DAY, MONTH = len("2024-11-01"), len("2024-11")
MOST_DAYS = 62  # above this, checks are counted by month


@dataclass(frozen=True, slots=True)
class AddressHealth:
    """The result of all checks of an address: a row of `link_health`."""

    health: str
    verdict: str | None
    checked_at: str | None
    since: str | None
    failures: int
    final_url: str | None
    doubt: str | None


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check; `evidence` is JSON or plain text."""

    checked_at: str
    verdict: str
    status: int | None
    method: str | None
    final_url: str | None
    elapsed_ms: int | None
    error: str | None
    evidence: str | None
    counts: bool


def health_of(connection: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """The health of these addresses, by their ids."""
    return pairs(connection, OF_ADDRESSES, addresses=json.dumps(list(url_ids)))


def archived(connection: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """The archived copies of these addresses by their ids, '' if an archive was asked and had none."""
    return pairs(connection, COPIES, addresses=json.dumps(list(url_ids)))


def address_health(connection: Connection, url_id: int) -> AddressHealth | None:
    """The result of all checks of an address; None if there is no such address."""
    found = row(connection, OF_ADDRESS, address=url_id)
    return record(AddressHealth, found) if found is not None else None


def checks_of(connection: Connection, url_id: int, most: int) -> tuple[CheckRow, ...]:
    """The checks of an address, latest first."""
    return records(CheckRow, connection, CHECKS, address=url_id, most=most)


def over_time(connection: Connection) -> Mapping[str, Mapping[str, int]]:
    """How many addresses had which health, by day (2024-11-01), or by month if the checks span many days.

    For each address the last check in that time counts, by itself.
    """
    (between,) = rows(connection, FIRST_AND_LAST)
    if between["first"] is None:
        return {}
    days = value(connection, DAYS, first=between["first"], last=between["last"])
    found: dict[str, dict[str, int]] = {}
    for counted in rows(connection, OVER_TIME, letters=DAY if days <= MOST_DAYS else MONTH):
        if (health := health_from(Verdict(counted["verdict"]))) is not None:
            found.setdefault(counted["time"], dict.fromkeys(ORDER, 0))[health] += counted["number"]
    return found
