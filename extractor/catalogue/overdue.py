"""Sources not read for so long that Joplin may soon delete history that the catalogue has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath, PureWindowsPath
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import rows
from extractor.times import iso, milliseconds

if TYPE_CHECKING:
    from pathlib import Path
    from sqlite3 import Connection

JOPLIN_KEEPS = 90  # days that Joplin keeps revisions by default (Setting.ts, revisionService.ttlDays)
DAY = 86_400_000  # ms
EXAMPLE = ("examples", "joplin")

UNREAD = """
SELECT location, last_built_at, coalesce(history_days, :usual) AS kept_days, history_days NOT NULL AS is_known
FROM sources
WHERE forgotten_at IS NULL AND kind NOT IN ('file', 'archive') AND coalesce(history_days, :usual) > 0
  AND last_built_at < strftime('%Y-%m-%dT%H:%M:%fZ', :now, '-' || (12 * coalesce(history_days, :usual)) || ' hours')
ORDER BY last_built_at
"""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A source last read at `read_at`, `days` ago, whose history Joplin keeps for `kept_days`.

    `is_known` if the source says so; else it is Joplin's default.
    """

    location: str
    read_at: str
    days: int
    kept_days: int
    is_known: bool


def overdue(connection: Connection, path: Path, now: int) -> list[Overdue]:
    """The sources not read for half the time that Joplin keeps history, longest unread first.

    `now` is in ms. Exports, single items, and sources without history cannot lose anything; nor can the example, which
    the Makefile marks with a stamp beside the catalogue at `path`.
    """
    found = rows(connection, UNREAD, now=iso(now), usual=JOPLIN_KEEPS)
    if path.with_name(f"{path.name}.sample").exists():
        found = [row for row in found if not _is_example(row["location"])]
    return [
        Overdue(
            location=row["location"],
            read_at=row["last_built_at"],
            days=(now - milliseconds(row["last_built_at"])) // DAY,
            kept_days=row["kept_days"],
            is_known=bool(row["is_known"]),
        )
        for row in found
    ]


def _is_example(location: str) -> bool:
    kind = PureWindowsPath if "\\" in location else PurePath
    return kind(location).parts[-2:] == EXAMPLE
