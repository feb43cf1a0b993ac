"""The health of some addresses, weighed as the view `link_health` weighs it, without weighing all the others."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from extractor.catalogue.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from sqlite3 import Connection

# The view ranks every check there is, whatever is asked of it: with 100,000 checks that takes half a second.
_CHOSEN = "(SELECT value FROM json_each(:chosen))"
_OF_CHOSEN = re.sub(
    r"\bFROM (checks|urls)\b",
    lambda match: (
        f"FROM (SELECT * FROM {match[1]} WHERE {'url_id' if match[1] == 'checks' else 'id'} IN {_CHOSEN}) AS {match[1]}"
    ),
    VIEWS["link_health"],
)
# From what needs something done to what does not.
ORDER = ("dead", "expired", "failing", "moved", "blocked", "alive", "unknown")


def health_of(connection: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """The health of these addresses, by their ids."""
    rows = connection.execute(_OF_CHOSEN, {"chosen": json.dumps(list(url_ids))}).fetchall()
    return {row["url_id"]: row["health"] for row in rows}


def archived(connection: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """The archived copies of these addresses that are known, by their ids."""
    rows = connection.execute(
        "SELECT url_id, snapshot_url FROM snapshots WHERE snapshot_url NOT NULL "
        "AND url_id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(url_ids))],
    ).fetchall()
    return {row["url_id"]: row["snapshot_url"] for row in rows}
