"""The links of one note, and the attachments that it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import records, value

if TYPE_CHECKING:
    from sqlite3 import Connection

# In the order of the note, then those that it had once.
TO_WEB = """
SELECT links.id, url_id, kind, links.url AS written, text, canonical, urls.url,
       iif(urls.is_dated, urls.first_seen_at, urls.absent_at) AS saved_at
FROM links JOIN urls ON urls.id = url_id
WHERE note_id = :note
ORDER BY removed_at NOT NULL, line IS NULL, line, position, links.id
"""
REMOVED = """
SELECT count(*)
FROM links
WHERE note_id = :note AND removed_at NOT NULL
"""


@dataclass(frozen=True, slots=True)
class NoteLink:
    """A link or image to the web; `saved_at` is the time from which on an archive may have what was saved."""

    id: int
    url_id: int
    kind: str
    written: str
    text: str
    canonical: str
    url: str
    saved_at: str | None


def links_to_web(connection: Connection, note_id: str) -> tuple[NoteLink, ...]:
    """Each link and image to the web that a note has, in its order, and then those that it had once."""
    return records(NoteLink, connection, TO_WEB, note=note_id)


def removed_links(connection: Connection, note_id: str) -> int:
    """How many links and images a note once had and no longer has."""
    return int(value(connection, REMOVED, note=note_id))
