"""Attachments, by their ids or by the note that links to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import records

if TYPE_CHECKING:
    from sqlite3 import Connection

ONE = """
SELECT id, coalesce(title, '') AS title, mime, coalesce(file_extension, '') AS extension
FROM resources
WHERE id = :resource
"""
OF_NOTE = """
SELECT DISTINCT substr(links.url, 3, 32) AS id, coalesce(resources.title, '') AS title, mime,
       coalesce(file_extension, '') AS extension
FROM links LEFT JOIN resources ON resources.id = substr(links.url, 3, 32)
WHERE note_id = :note AND target = 'resource'
"""


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """An attachment; `mime` is None if its item was never read."""

    id: str
    title: str
    mime: str | None
    extension: str


def attachment(connection: Connection, resource_id: str) -> AttachmentRow | None:
    """An attachment; None if there is none with that id."""
    return next(iter(records(AttachmentRow, connection, ONE, resource=resource_id)), None)


def attachments_of(connection: Connection, note_id: str) -> tuple[AttachmentRow, ...]:
    """The attachments that a note links to or shows, or once did."""
    return records(AttachmentRow, connection, OF_NOTE, note=note_id)
