"""The document that blocks make: which heading stands under which, and which link under which heading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.markdown.block_reader import read
from extractor.markdown.blocks import merged, normalised, sources
from extractor.markdown.records import Document, Heading, Link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from extractor.markdown.blocks import Block, Found, Note


def parse_markdown(body: str) -> Document:
    """Parse a Markdown body."""
    split = sources(normalised(body))
    distant = merged(source.defines for source in split)
    return Assembly().document((source.line, read(source, distant)) for source in split)


class Assembly:
    """Puts blocks together to documents. What stands where it stood in the document before is not made anew."""

    def __init__(self) -> None:
        self._before: dict[int, tuple[Found, int, int | None, list[Link]]] = {}

    def document(self, blocks: Iterable[tuple[int, Block]]) -> Document:
        """Put blocks together, each starting at its line (from 0); footnotes follow in the order they are called."""
        headings: list[Heading] = []
        links: list[Link] = []
        above: list[Heading] = []
        placed: dict[int, tuple[Found, int, int | None, list[Link]]] = {}
        for start, found in _in_order(blocks):
            section = len(headings) - 1 if headings else None
            known = self._before.get(id(found))
            if known is not None and known[0] is found and known[1:3] == (start, section):
                placed[id(found)] = known
                links += known[3]
                continue
            new: list[Link] = []
            for item in found:
                if isinstance(item, Heading):
                    headings.append(_placed_heading(item, start, above))
                else:
                    new.append(_placed_link(item, start, len(headings) - 1 if headings else None))
            links += new
            if len(new) == len(found):
                placed[id(found)] = (found, start, section, new)
        self._before = placed
        return Document(tuple(headings), tuple(links))


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


def _in_order(blocks: Iterable[tuple[int, Block]]) -> Iterator[tuple[int, Found]]:
    """Yield what is shown, in the order in which it is shown."""
    calls: list[tuple[int, Note]] = []
    footnotes: dict[str, tuple[int, Found]] = {}
    for start, block in blocks:
        if block.found:
            yield start, block.found
        if block.calls:
            calls += [(start, call) for call in block.calls]
        if block.footnotes:
            footnotes.update((label, (start, found)) for label, found in block.footnotes)
    called: set[str] = set()
    for start, call in calls:
        if call.label is None:
            yield start, call.found
        elif call.label not in called:
            called.add(call.label)
            yield footnotes.get(call.label, (start, ()))
