"""The health of some addresses, as the view `link_health` tells it, and their archived copies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from extractor.linkcheck import Health

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from sqlite3 import Connection

# From what needs something done to what does not.
ORDER = (
    Health.DEAD,
    Health.EXPIRED,
    Health.SUSPECT,
    Health.FAILING,
    Health.MOVED,
    Health.BLOCKED,
    Health.ALIVE,
    Health.UNKNOWN,
)


def health_of(connection: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """The health of these addresses, by their ids."""
    rows = connection.execute(
        "SELECT url_id, health FROM link_health WHERE url_id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(url_ids))],
    )
    return {row["url_id"]: row["health"] for row in rows.fetchall()}


def archived(connection: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """The archived copies of these addresses by their ids, '' where an archive was asked and had none."""
    rows = connection.execute(
        "SELECT url_id, snapshot_url FROM snapshots WHERE url_id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(url_ids))],
    ).fetchall()
    return {row["url_id"]: row["snapshot_url"] or "" for row in rows}


def health_name(health: str) -> str:
    """What people read for a health."""
    return {"unknown": "not checked", "inside": "in Joplin"}.get(health, health)


def in_archive(url: str, saved_at: str | None) -> str:
    """Where the Wayback Machine has the copy nearest to the day when a link was saved, if it has any."""
    return f"https://web.archive.org/web/{(saved_at or '')[:10].replace('-', '') or '2'}/{url}"
