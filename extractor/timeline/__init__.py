"""The timeline of one note: the rows of its revisions, sections and links, from its whole history. Pure.

versions      the texts of a note in the order of time, each read once
occurrences   the sections and links of each text, with the keys that identify them
pairing       which of them continues which one of the text before
naming        which is which through the whole history
lifetimes     where each one is, when it came, and when it went
bounds        between which two times that was
derivation    the rows of sections and links, and of what each revision changed in them
derive        the rows of a note
continuing    the rows that change when a history has grown
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.timeline.names import NamedSection, note_name
from extractor.timeline.rows import HTML, LinkRow, NoteRows, identifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor.timeline.derive import derive_rows

__all__ = [
    "HTML",
    "LinkRow",
    "NamedSection",
    "NoteRows",
    "derive_rows",
    "identifier",
    "note_name",
]


def __getattr__(name: str) -> Callable[..., NoteRows]:
    """Import the Markdown parser only when a text has to be read: most builds find nothing changed."""
    if name != "derive_rows":
        raise AttributeError(name)
    from extractor.timeline.derive import derive_rows  # noqa: PLC0415 -- heavy imports only where used

    return derive_rows
