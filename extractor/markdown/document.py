"""The document that blocks make: which heading stands under which, and which link under which heading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.markdown import blocks as block_level
from extractor.markdown.records import Document, Heading, Link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extractor.markdown.blocks import Block, Found


def parse_markdown(body: str) -> Document:
    """Parse a Markdown body."""
    sources = block_level.sources(block_level.normalised(body))
    distant = block_level.Distant.of(sources)
    starts = [source.start for source in sources]
    return assembled(starts, [block_level.read(source, distant) for source in sources])


def assembled(starts: Sequence[int], blocks: Sequence[Block]) -> Document:
    """Put blocks together, each starting at its line (from 0); footnotes follow in the order they are called."""
    headings: list[Heading] = []
    links: list[Link] = []
    above: list[Heading] = []
    for start, found in _in_order(starts, blocks):
        for item in found:
            line = start + item.line + 1
            if isinstance(item, Heading):
                while above and above[-1].level >= item.level:
                    above.pop()
                path = (*(above[-1].path if above else ()), item.title)
                heading = Heading(item.level, item.title, path, line)
                above.append(heading)
                headings.append(heading)
            else:
                section = len(headings) - 1 if headings else None
                links.append(
                    Link(
                        item.kind,
                        item.syntax,
                        item.target,
                        item.url,
                        item.href,
                        item.text,
                        item.title,
                        item.context,
                        line,
                        section,
                    )
                )
    return Document(tuple(headings), tuple(links))


def _in_order(starts: Sequence[int], blocks: Sequence[Block]) -> Iterator[tuple[int, Found]]:
    """Yield what is shown, in the order in which it is shown."""
    calls = []
    footnotes: dict[str, tuple[int, Found]] = {}
    for start, block in zip(starts, blocks, strict=True):
        if block.found:
            yield start, block.found
        calls += [(start, call) for call in block.calls]
        footnotes.update((label, (start, found)) for label, found in block.footnotes)
    called: set[str] = set()
    for start, call in calls:
        if call.label is None:
            yield start, call.found
        elif call.label not in called:
            called.add(call.label)
            yield footnotes.get(call.label, (start, ()))
