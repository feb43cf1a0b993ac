"""The name by which a note is called everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from extractor.timeline.rows import UNTITLED

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORT_ID = 8  # characters: enough to find a note, few enough to read


class NamedSection(NamedTuple):
    """The parts of a heading that matter when it names its note; `line` is None if it is unknown."""

    line: int | None
    level: int
    path: str
    title: str


def note_name(note_id: str, title: str | None, sections: Iterable[NamedSection] = ()) -> str:
    """The title of a note; if it is not known (None), the first of its headings, or else the beginning of its id.

    A note whose title is known to be empty is called "Untitled", as in Joplin.
    """
    if title is not None:
        return title or UNTITLED
    titled = [section for section in sections if section.title]
    first = min(titled, key=lambda one: (one.line is None, one.line or 0, one.level, one.path), default=None)
    return first.title if first is not None else note_id[:SHORT_ID]
