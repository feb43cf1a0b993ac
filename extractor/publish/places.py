"""Which heading and link of a text, as the catalogue has them, each of those in its page is."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.markdown import Document

_ANYWHERE = 0


class Places:
    """Tells the index of a heading or link; of what is the same in all that can be told, each in its turn.

    Markdown tells the line (from 1) of what it makes; for raw HTML it is `None`.
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
        """The index of the next link of this address."""
        return _next(self._links.get((kind, href, line or _ANYWHERE)))

    def heading(self, level: int, line: int) -> int | None:
        """The index of the next heading on this line."""
        return _next(self._by_line.get((level, line)))

    def titled(self, level: int, title: str) -> int | None:
        """The index of the next heading of this title, white space folded."""
        return _next(self._by_title.get((level, title)))


def _next(indexes: deque[int] | None) -> int | None:
    return indexes.popleft() if indexes else None
