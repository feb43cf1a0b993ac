"""Saved links as one Markdown document: notebooks, notes and sections as headings, links as a list with dates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from extractor.dates import at_or_by
from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.catalogue.export_tree import ExportedLink, ExportedPlace

DEEPEST = 6
NOTE_LEVEL = 2
DAY = len("2024-11-01")

# Characters with a meaning in Markdown text, in CommonMark and Joplin: `==` marks, `$` is mathematics. All of them are
# ASCII punctuation, which a backslash escapes (CommonMark section 2.4).
SPECIAL = re.compile(r"[\\`*_\[\]<$]|~~|==|\^(?=\[)|&(?=#?\w+;)")
# In a heading, also `#`, which would close it, and addresses that would become links.
SPECIAL_IN_HEADING = re.compile(rf"{SPECIAL.pattern}|(?:(?<=\s)|^)#+$|:(?=//)|//|(?<=mailto):", re.IGNORECASE)
ENTITY = re.compile(r"&(?=#?\w+;)")


def link_list(root: ExportedPlace) -> Iterator[str]:
    """The lines of the document."""
    yield from _notebook(root, ())


def _notebook(place: ExportedPlace, path: tuple[str, ...]) -> Iterator[str]:
    notes = [inner for inner in place.places.values() if inner.kind == "note"]
    if notes and path:
        yield _heading(1, SEPARATOR.join(path))
    for note in notes:
        yield _heading(NOTE_LEVEL, note.title)
        yield from _links(note)
        for section in note.places.values():
            yield from _section(section, (section.title,))
    for inner in place.places.values():
        if inner.kind == "notebook":
            yield from _notebook(inner, (*path, inner.title))


def _section(place: ExportedPlace, path: tuple[str, ...]) -> Iterator[str]:
    """A section under its heading; one too deep for Markdown has the rest of its path in its title."""
    level = min(NOTE_LEVEL + len(path), DEEPEST)
    yield _heading(level, SEPARATOR.join(path[level - NOTE_LEVEL - 1 :]))
    yield from _links(place)
    for inner in place.places.values():
        yield from _section(inner, (*path, inner.title))


def _heading(level: int, title: str) -> str:
    return f"{'#' * level} {SPECIAL_IN_HEADING.sub(_plain, title)}\n\n"


def _links(place: ExportedPlace) -> Iterator[str]:
    for link in place.links.values():
        date = f" — {at_or_by(at[:DAY], link.came.is_dated)}" if (at := link.came.first_seen_at) else ""
        yield f"- {_link(link)}{date}\n"
    if place.links:
        yield "\n"


def _link(link: ExportedLink) -> str:
    if not link.text or (link.text == link.address and "%" not in link.address):  # an escape would be shown decoded
        return f"<{link.address}>"
    address = ENTITY.sub(r"\\&", link.address)
    if "(" in address or ")" in address:
        address = f"<{address}>"
    return f"[{SPECIAL.sub(_plain, link.text)}]({address})"


def _plain(special: re.Match[str]) -> str:
    r"""`==` as `\=\=`."""
    return "".join(f"\\{char}" for char in special[0])
