"""What a note is called, wherever it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from extractor.timeline.rows import UNTITLED

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORT_ID = 8  # characters: enough to find a note by, and little enough to read


class NamedSection(NamedTuple):
    """A heading as far as it may name its note; `line` is None where that is not known."""

    line: int | None
    level: int
    path: str
    title: str


def note_name(note_id: str, title: str | None, sections: Iterable[NamedSection] = ()) -> str:
    """The title of a note; where none is known (None), the first of its headings, or else the beginning of its id.

    A title that is known to be empty is none to read either; Joplin shows such a note as untitled.
    """
    if title is not None:
        return title or UNTITLED
    titled = [section for section in sections if section.title]
    first = min(titled, key=lambda one: (one.line is None, one.line or 0, one.level, one.path), default=None)
    return first.title if first is not None else note_id[:SHORT_ID]
