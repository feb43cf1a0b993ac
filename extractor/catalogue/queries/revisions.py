"""The revisions of notes, for lists on pages and in the command `log`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from extractor.catalogue.queries.ask import record, records, row, rows

if TYPE_CHECKING:
    from sqlite3 import Connection

Change = Literal["added", "there", "removed", "respelled"]

COLUMNS = """\
id, number, captured_at, coalesce(summary, '') AS summary, state, coalesce(chars_added, 0) AS chars_added,
       coalesce(chars_removed, 0) AS chars_removed, is_echo"""
OF_NOTE = f"""
SELECT {COLUMNS}
FROM revisions
WHERE note_id = :note AND number NOT NULL
ORDER BY number
"""
ONE = f"""
SELECT {COLUMNS}
FROM revisions
WHERE id = :revision
"""
NOTE_OF = """
SELECT note_id
FROM revisions
WHERE id = :revision
"""
CHANGES = """
SELECT iif(change = 'added' AND NOT link_changes.is_dated, 'there', change) AS change, kind, text, link_changes.url,
       coalesce(url_before, '') AS url_before, section_then AS section, links.id AS link_id
FROM link_changes JOIN links ON links.id = link_id
WHERE revision_id = :revision
ORDER BY change, line
"""


@dataclass(frozen=True, slots=True)
class ListedRevision:
    """One revision: its number in the history of its note, its time (ISO 8601 UTC), how well it is known, what it did.

    A lost revision whose text is known from later ones has no number.
    """

    id: str
    number: int | None
    captured_at: str | None
    summary: str
    state: str
    chars_added: int
    chars_removed: int
    is_echo: bool


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """What a revision did to a link or image; `there` means that its text has it, but it is unknown since when."""

    change: Change
    kind: str
    text: str
    url: str
    url_before: str
    section: str | None
    link_id: int


def revisions_of(connection: Connection, note_id: str) -> tuple[ListedRevision, ...]:
    """The history of a note, the first revision first."""
    return records(ListedRevision, connection, OF_NOTE, note=note_id)


def revision(connection: Connection, revision_id: str) -> ListedRevision | None:
    """One revision, whether a step in the history of its note or a lost one; None if there is none."""
    found = row(connection, ONE, revision=revision_id)
    return record(ListedRevision, found) if found is not None else None


def note_of(connection: Connection, revision_id: str) -> tuple[str | None, ...]:
    """The id of a revision's note, in a tuple; None if the revision is encrypted; () if there is no such revision."""
    return tuple(found["note_id"] for found in rows(connection, NOTE_OF, revision=revision_id))


def changes_of(connection: Connection, revision_id: str) -> tuple[RecordedChange, ...]:
    """What a revision did to links and images."""
    return records(RecordedChange, connection, CHANGES, revision=revision_id)
