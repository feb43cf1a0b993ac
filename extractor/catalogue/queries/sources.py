"""The sources that a catalogue was built from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import rows

if TYPE_CHECKING:
    from sqlite3 import Connection

ALL = """
SELECT location
FROM sources
WHERE forgotten_at IS NULL
ORDER BY id
"""
LOCAL = """
SELECT location
FROM sources
WHERE kind IN ('folder', 'profile', 'archive') AND forgotten_at IS NULL
ORDER BY id
"""


def source_locations(connection: Connection) -> list[str]:
    """The locations of the sources of this catalogue, in the order in which they were added."""
    return [found["location"] for found in rows(connection, ALL)]


def local_sources(connection: Connection) -> list[str]:
    """The locations of the sources that may be on this computer and have the files of attachments."""
    return [found["location"] for found in rows(connection, LOCAL)]
