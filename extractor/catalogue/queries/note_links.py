"""The links of one note."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import records, value

if TYPE_CHECKING:
    from collections.abc import Collection
    from sqlite3 import Connection

COLUMNS = """\
links.id, url_id, kind, links.url AS written, text, canonical, urls.url,
       iif(urls.is_dated, urls.first_seen_at, urls.absent_at) AS saved_at"""
# In the order of the note, then those that it no longer has.
IN_ORDER = "removed_at NOT NULL, line IS NULL, line, position, links.id"
TO_WEB = f"""
SELECT {COLUMNS}
FROM links JOIN urls ON urls.id = url_id
WHERE note_id = :note
ORDER BY {IN_ORDER}
"""
TO_ADDRESSES = f"""
SELECT {COLUMNS}
FROM json_each(:addresses) AS wanted
     CROSS JOIN urls ON canonical = wanted.value
     CROSS JOIN links INDEXED BY idx_links_url_id ON url_id = urls.id
WHERE note_id = :note AND NOT (removed_at IS NULL AND coalesce(line < :since, 0))
ORDER BY {IN_ORDER}
"""
WITH_IDS = f"""
SELECT {COLUMNS}
FROM links JOIN urls ON urls.id = url_id
WHERE links.id IN (SELECT value FROM json_each(:links))
"""
REMOVED = """
SELECT count(*)
FROM links
WHERE note_id = :note AND removed_at NOT NULL
"""


@dataclass(frozen=True, slots=True)
class NoteLink:
    """A link or image to the web; an archive may have the saved page from `saved_at` on."""

    id: int
    url_id: int
    kind: str
    written: str
    text: str
    canonical: str
    url: str
    saved_at: str | None


def links_to_web(connection: Connection, note_id: str) -> tuple[NoteLink, ...]:
    """Each link and image to the web that a note has, in its order, and then those that it no longer has."""
    return records(NoteLink, connection, TO_WEB, note=note_id)


def links_to(
    connection: Connection, note_id: str, addresses: Collection[str], since: int | None
) -> tuple[NoteLink, ...]:
    """The links to some addresses, given in canonical form; of those in the note now, only from line `since` on."""
    return records(NoteLink, connection, TO_ADDRESSES, note=note_id, addresses=json.dumps(list(addresses)), since=since)


def links_with_ids(connection: Connection, link_ids: Collection[int]) -> tuple[NoteLink, ...]:
    """The links and images to the web with these ids."""
    return records(NoteLink, connection, WITH_IDS, links=json.dumps(list(link_ids)))


def removed_links(connection: Connection, note_id: str) -> int:
    """How many links and images a note once had and no longer has."""
    return int(value(connection, REMOVED, note=note_id))
