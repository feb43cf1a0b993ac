"""The document that blocks make: which heading stands under which, and which link under which heading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.markdown.block_reader import read
from extractor.markdown.blocks import merged, normalised, sources
from extractor.markdown.records import Document, Heading, Link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.markdown.blocks import Block, Found


def parse_markdown(body: str) -> Document:
    """Parse a Markdown body."""
    split = sources(normalised(body))
    distant = merged(source.defines for source in split)
    return Assembly().document([(source.line, read(source, distant)) for source in split])


_Placed = tuple["Found", int, "int | None", list[Link]]


class Assembly:
    """Puts blocks together to documents. What stands where it stood in the document before is not made anew."""

    def __init__(self, *, all_footnotes: bool = False) -> None:
        self._all_footnotes = all_footnotes
        self._before: dict[int, _Placed] = {}
        self._start_over()

    def _start_over(self) -> None:
        self._headings: list[Heading] = []
        self._links: list[Link] = []
        self._above: list[Heading] = []
        self._section: int | None = None

    def document(self, blocks: Sequence[tuple[int, Block]]) -> Document:
        """Put blocks together, each starting at its line (from 0)."""
        self._start_over()
        called = frozenset().union(*(block.calls for _, block in blocks if block.calls))
        placed: dict[int, _Placed] = {}
        for start, block in blocks:
            found = block.found
            if not found:
                continue
            known = self._before.get(id(found))
            if known is not None and known[0] is found and known[1:3] == (start, self._section):
                placed[id(found)] = known
                self._links += known[3]
                continue
            first = len(self._links)
            self._place(found, start, called)
            if all(isinstance(item, Link) for item in found):
                placed[id(found)] = (found, start, self._section, self._links[first:])
        self._before = placed
        return Document(tuple(self._headings), tuple(self._links))

    def _place(self, found: Found, start: int, called: frozenset[str]) -> None:
        """Put the records of one block where they stand."""
        for item in found:
            if isinstance(item, Link):
                self._links.append(_placed_link(item, start, self._section))
            elif isinstance(item, Heading):
                self._section = len(self._headings)
                self._headings.append(_placed_heading(item, start, self._above))
            elif self._all_footnotes or item.label in called:
                outside = self._above[:], self._section
                self._place(item.found, start, called)
                self._above, self._section = outside


def _placed_heading(heading: Heading, start: int, above: list[Heading]) -> Heading:
    """Put a heading under those `above` it, and among them."""
    while above and above[-1].level >= heading.level:
        above.pop()
    path = (*above[-1].path, heading.title) if above else (heading.title,)
    placed = Heading(heading.level, heading.title, path, start + heading.line + 1)
    above.append(placed)
    return placed


def _placed_link(link: Link, start: int, section: int | None) -> Link:
    """Put a link under its heading."""
    return Link(
        link.kind,
        link.syntax,
        link.target,
        link.url,
        link.href,
        link.text,
        link.title,
        link.context,
        start + link.line + 1,
        section,
    )
