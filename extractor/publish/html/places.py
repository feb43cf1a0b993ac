"""Matching the headings and links on a note's page to those that were read from its text."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor.markdown import Document
    from extractor.publish.html.note_parts import KnownLink

_ANYWHERE = 0


class Places:
    """Finds the index of a heading or link; those that cannot be distinguished are returned one after the other.

    The line (from 1) is known for what Markdown makes; for raw HTML it is `None`.
    """

    def __init__(self, document: Document) -> None:
        self._links: defaultdict[tuple[str, str, int], deque[int]] = defaultdict(deque)
        for index, link in enumerate(document.links):
            self._links[link.kind, link.href, _ANYWHERE if link.syntax == "html" else link.line].append(index)
        self._by_line: defaultdict[tuple[int, int], deque[int]] = defaultdict(deque)
        self._by_title: defaultdict[tuple[int, str], deque[int]] = defaultdict(deque)
        for index, heading in enumerate(document.headings):
            self._by_line[heading.level, heading.line].append(index)
            self._by_title[heading.level, heading.title].append(index)

    def link(self, kind: str, href: str, line: int | None) -> int | None:
        """The index of the next link with this address."""
        return _next(self._links.get((kind, href, line or _ANYWHERE)))

    def heading(self, level: int, line: int) -> int | None:
        """The index of the next heading on this line."""
        return _next(self._by_line.get((level, line)))

    def titled(self, level: int, title: str) -> int | None:
        """The index of the next heading with this title, its white space collapsed."""
        return _next(self._by_title.get((level, title)))


def _next(indexes: deque[int] | None) -> int | None:
    return indexes.popleft() if indexes else None


def in_their_places(document: Document, known: Callable[[str, str], KnownLink | None]) -> list[KnownLink | None]:
    """What is known about each link of a text: by kind and address, in order; for equal ones on a line, by text."""
    found = [known(link.kind, link.url) if link.target == "web" else None for link in document.links]
    same: defaultdict[tuple[str, str, int], list[int]] = defaultdict(list)
    for index, link in enumerate(document.links):
        if found[index] is not None:
            same[link.kind, link.url, link.line].append(index)
    for places in same.values():
        if len(places) > 1:
            _by_text(document, found, places)
    return found


def _by_text(document: Document, found: list[KnownLink | None], places: list[int]) -> None:
    """Assign what is known about equal links on one line by their texts, as far as these differ."""
    known = [one for place in places if (one := found[place]) is not None]
    named = {one.text: one for one in reversed(known)}
    chosen = [named.pop(document.links[place].text, None) for place in places]
    taken = set(filter(None, chosen))
    left = (one for one in known if one not in taken)
    for place, one in zip(places, chosen, strict=True):
        found[place] = one or next(left)
