"""Addresses of places in notes: where something that a note has, or once had, is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.catalogue.queries.links import ListedLink
    from extractor.catalogue.queries.notes import PastHeading
    from extractor.publish.html.paths import Paths


def link_in_note(paths: Paths, link: ListedLink) -> str:
    """The address of a link in its note; if it has gone, in the last text that had it."""
    if link.removed_at:
        return in_last_text(paths, link.note_id, link.last_revision_id, link.last_number, link.line)
    return paths.in_note(link.note_id, link.line, anchor=f"link-{link.id}" if link.host else "")


def heading_in_note(paths: Paths, note_id: str, heading: PastHeading) -> str:
    """The address of a heading that a note no longer has, in the last text that had it."""
    return in_last_text(paths, note_id, heading.last_revision_id, heading.last_number, heading.line)


def in_last_text(paths: Paths, note_id: str, revision_id: str | None, number: int | None, line: int | None) -> str:
    """The address of the last text of a note that had something, at its line.

    The text of a lost revision, which has no number, is on the page of the revision. A link that is known only because
    a revision removed it is in no known text.
    """
    if revision_id is None:
        return paths.note(note_id)
    if number is None:
        return paths.revision(revision_id)
    return paths.in_note(note_id, line, at=number)
