"""Assembling one version of a text after another, at a cost that depends only on what differs.

A block makes the same records wherever it is, except for its line and the headings that it is under. So records are
made again only from the first block that differs to the first one from which on both the blocks and the headings above
them are those of the version before; the rest has only moved. If a block contains anything but headings and links
(a whiteboard, a footnote with headings), the whole document is assembled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import repeat
from operator import eq, is_, sub
from typing import TYPE_CHECKING

from extractor.chunked import Places, run
from extractor.markdown.assembly import Assembly, shown_footnotes
from extractor.markdown.records import Heading
from extractor.markdown.shared import NONE, Kept, SharedDocument
from extractor.markdown.shown_footnotes import ShownFootnotes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from extractor.markdown.block_records import Block
    from extractor.markdown.records import Link


@dataclass(slots=True)
class _Table:
    """For each block, and for the end, how many links and headings are before it, and the headings above it."""

    links: list[int] = field(default_factory=lambda: [0])
    headings: list[int] = field(default_factory=lambda: [0])
    above: list[tuple[Heading, ...]] = field(default_factory=lambda: [()])

    def cut(self, end: int) -> _Table:
        """Return the table of the first `end` blocks."""
        return _Table(self.links[: end + 1], self.headings[: end + 1], self.above[: end + 1])

    def append(self, assembly: Assembly, links: int, headings: int) -> None:
        """Add a block, the last that `assembly` placed; the assembly began after so many links and headings."""
        self.links.append(links + len(assembly.links))
        self.headings.append(headings + len(assembly.headings))
        self.above.append(assembly.above)

    def extend(self, other: _Table, start: int) -> None:
        """Take over the blocks of another table from `start` on."""
        for mine, its in ((self.links, other.links), (self.headings, other.headings)):
            moved = mine[-1] - its[start]
            rest = its[start + 1 :]
            mine.extend([number + moved for number in rest] if moved else rest)
        self.above += other.above[start + 1 :]


class _SharedAssembly(Assembly):
    """A document, or a part of one, that is being assembled: the records of the blocks, and separately their places.

    `known` are headings that were made before; the other arguments are those of `Assembly`.
    """

    def __init__(
        self,
        known: dict[tuple[int, tuple[str, ...]], Heading],
        shown: set[tuple[int, int]] | None = None,
        above: tuple[Heading, ...] = (),
        headings: int = 0,
    ) -> None:
        super().__init__(shown, above, headings)
        self.heading_lines: list[int] = []
        self.link_lines: list[int] = []
        self.link_sections: list[int] = []
        self._known = known

    def add_heading(self, level: int, path: tuple[str, ...], line: int) -> None:
        """Add a heading, the same one for equal paths."""
        heading = self._known.get((level, path))
        if heading is None:
            heading = self._known[level, path] = Heading(level, path[-1], path, 0)
        self.headings.append(heading)
        self.heading_lines.append(line)

    def add_link(self, link: Link, line: int, section: int | None) -> None:
        """Add a link as it is in its block."""
        self.links.append(link)
        self.link_lines.append(line)
        self.link_sections.append(NONE if section is None else section)


class SharedAssembler:
    """Assembles the documents of one version after another."""

    def __init__(self) -> None:
        self.document = SharedDocument()
        self._blocks: Sequence[Block] = []
        self._lines: Sequence[int] = []
        self._odd = 0  # how many blocks require that the whole document is assembled
        self._table: _Table | None = _Table()
        self._known: dict[tuple[int, tuple[str, ...]], Heading] = {}
        self._footnotes = ShownFootnotes()

    def advance(self, blocks: Sequence[Block], lines: Sequence[int]) -> SharedDocument:
        """Return the document of the next version, given its blocks and the line where each starts, from 0."""
        whole, blocks = blocks, self._footnotes.put_in(blocks)
        head, tail = self._unchanged(blocks, lines)
        if head == len(blocks) == len(self._blocks) and not self._odd:
            return self.document
        old_end, end = len(self._blocks) - tail, len(blocks) - tail
        self._odd += _odd(blocks[head:end]) - _odd(self._blocks[head:old_end])
        if self._odd:
            self.document = self._assemble_whole(whole, lines)
            self._table = None
        elif self._table is None:
            self._assemble(_Table(), 0, blocks, lines, (len(blocks), 0), SharedDocument())
        else:
            moved = lines[end] - self._lines[old_end] if tail else 0
            self._assemble(self._table, head, blocks, lines, (end, old_end), self.document, moved)
        self._blocks, self._lines = blocks, lines
        return self.document

    def _assemble_whole(self, blocks: Sequence[Block], lines: Sequence[int]) -> SharedDocument:
        """Assemble all blocks; records that are equal to those of the version before stay the same objects."""
        whole = _SharedAssembly(self._known, shown_footnotes([*zip(lines, blocks, strict=True)]))
        for block, line in zip(blocks, lines, strict=True):
            if block.found:
                whole.place(block.found, line)
        return SharedDocument(
            self.document.headings.edited_to(whole.headings),
            Places.of(whole.heading_lines),
            self.document.links.edited_to(whole.links),
            Places.of(whole.link_lines),
            Places.of(whole.link_sections),
            tuple(whole.problems),
        )

    def _unchanged(self, blocks: Sequence[Block], lines: Sequence[int]) -> tuple[int, int]:
        """Return how many blocks at the start are the same and unmoved, and how many at the end moved equally."""
        head = run(eq, lines[: run(is_, self._blocks, blocks)], self._lines)
        most = min(len(blocks), len(self._blocks)) - head
        if not most:
            return head, 0
        old, new = self._lines[: -most - 1 : -1], lines[: -most - 1 : -1]
        tail = run(is_, self._blocks[: -most - 1 : -1], blocks[: -most - 1 : -1])
        return head, run(eq, map(sub, new[:tail], old), repeat(new[0] - old[0]))

    def _assemble(
        self,
        old: _Table,
        head: int,
        blocks: Sequence[Block],
        lines: Sequence[int],
        ends: tuple[int, int],
        before: SharedDocument,
        moved: int = 0,
    ) -> None:
        """Make the records of the blocks from `head` to the `ends` (new and old index); take over the rest."""
        table = old.cut(head)
        links, headings = table.links[-1], table.headings[-1]
        assembly = _SharedAssembly(self._known, None, table.above[-1], headings)
        at, old_at = head, ends[1]
        while at < ends[0] or (at < len(blocks) and not _same(assembly.above, old.above[old_at])):
            old_at += at >= ends[0]
            if found := blocks[at].found:
                assembly.place(found, lines[at])
            table.append(assembly, links, headings)
            at += 1
        end_links, end_headings = old.links[old_at], old.headings[old_at]
        grown = len(assembly.headings) - (end_headings - headings)
        table.extend(old, old_at)
        self._table = table
        self.document = SharedDocument(
            before.headings.splice(headings, end_headings, assembly.headings),
            before.heading_lines.splice(headings, end_headings, assembly.heading_lines, moved),
            before.links.splice(links, end_links, assembly.links),
            before.link_lines.splice(links, end_links, assembly.link_lines, moved),
            before.link_sections.splice(links, end_links, assembly.link_sections, grown),
            kept=Kept(before, (headings, old.headings[-1] - end_headings), (links, old.links[-1] - end_links)),
        )


def _odd(blocks: Iterable[Block]) -> int:
    """Return how many blocks contain anything but headings and links."""
    return sum([not block.is_plain for block in blocks])


def _same(above: Sequence[Heading], other: Sequence[Heading]) -> bool:
    """Return whether the headings above are the same."""
    return above is other or [(one.level, one.path) for one in above] == [(one.level, one.path) for one in other]
