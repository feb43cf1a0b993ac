"""The document that blocks make: which heading stands under which, and which link under which heading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.markdown.records import Document, Heading, Link, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from extractor.markdown.blocks import Block, Found


def assembled(blocks: Iterable[tuple[int, Block]], *, all_footnotes: bool = False) -> Document:
    """Put blocks together, each starting at its line (from 0); a footnote counts only where something calls it."""
    return Assembler().assembled(blocks, all_footnotes=all_footnotes)


class Assembler:
    """Puts together one text after another; what stands where it stood before is the very same heading or link."""

    def __init__(self) -> None:
        self._parts: dict[tuple[int, int, int | None, int], _Part] = {}

    def assembled(self, blocks: Iterable[tuple[int, Block]], *, all_footnotes: bool = False) -> Document:
        """Put the blocks of the next text together."""
        blocks = [(start, block) for start, block in blocks if block.found or block.calls]
        assembly = _Assembly(None if all_footnotes else _shown(blocks))
        parts = {}
        for start, block in blocks:
            if block.footnotes:
                assembly.place(block.found, start)
            elif block.found:
                place = id(block), start, assembly.section, len(assembly.headings)
                part = self._parts.get(place)
                if part is not None and part.above == assembly.above:
                    assembly.take(part)
                else:
                    part = assembly.part(block, start)
                parts[place] = part
        self._parts = parts
        return Document(tuple(assembly.headings), tuple(assembly.links), tuple(assembly.problems))


@dataclass(frozen=True, slots=True)
class _Part:
    """What a block became in a document, the headings above it, those above what follows, and the section of that.

    It holds the block, so that no other one has its identity.
    """

    block: Block
    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    problems: tuple[Problem, ...]
    above: tuple[Heading, ...]
    below: tuple[Heading, ...]
    section: int | None


def _shown(blocks: Sequence[tuple[int, Block]]) -> set[tuple[int, int]]:
    """Return the footnotes that are shown: those that are called, of equal labels the last.

    A footnote is known by the start of its block and its identity, as one block may stand in two places.
    """
    calls = frozenset().union(*(block.calls for _, block in blocks))
    footnotes = {note.label: (start, id(note)) for start, block in blocks for note in block.footnotes}
    return {footnote for label, footnote in footnotes.items() if label in calls}


class _Assembly:
    """A document in the making; `shown` are the footnotes that count, None for all."""

    def __init__(self, shown: set[tuple[int, int]] | None) -> None:
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.problems: list[Problem] = []
        self._shown = shown
        self.above: tuple[Heading, ...] = ()
        self.section: int | None = None

    def part(self, block: Block, start: int) -> _Part:
        """Place a block without footnotes, and tell what it became."""
        headings, links, problems, above = len(self.headings), len(self.links), len(self.problems), self.above
        self.place(block.found, start)
        return _Part(
            block,
            tuple(self.headings[headings:]),
            tuple(self.links[links:]),
            tuple(self.problems[problems:]),
            above,
            self.above,
            self.section,
        )

    def take(self, part: _Part) -> None:
        """Take over what a block became."""
        self.links += part.links
        self.problems += part.problems
        self.headings += part.headings
        self.above = part.below
        self.section = part.section

    def place(self, found: Found, start: int) -> None:
        """Put records where they stand, which were found in a block that starts at this line."""
        for item in found:
            if isinstance(item, Link):
                self.links.append(_placed(item, start + item.line + 1, self.section))
            elif isinstance(item, Heading):
                above = self.above
                while above and above[-1].level >= item.level:
                    above = above[:-1]
                path = (*above[-1].path, item.title) if above else (item.title,)
                heading = Heading(item.level, item.title, path, start + item.line + 1)
                self.above = (*above, heading)
                self.section = len(self.headings)
                self.headings.append(heading)
            elif isinstance(item, Document):
                self._place_document(item, start)
            elif isinstance(item, Problem):
                self.problems.append(Problem(start + item.line + 1, item.reason))
            elif self._shown is None or (start, id(item)) in self._shown:
                outside = self.above, self.section
                self.place(item.found, start)
                self.above, self.section = outside

    def _place_document(self, document: Document, start: int) -> None:
        """Put a document of its own where it stands: its headings under the one above, and above nothing else."""
        above = self.above[-1].path if self.above else ()
        before = len(self.headings)
        self.headings += [
            Heading(heading.level, heading.title, above + heading.path, start + heading.line + 1)
            for heading in document.headings
        ]
        for link in document.links:
            section = self.section if link.section is None else before + link.section
            self.links.append(_placed(link, start + link.line + 1, section))
        self.problems += [Problem(start + problem.line + 1, problem.reason) for problem in document.problems]


def _placed(link: Link, line: int, section: int | None) -> Link:
    """Put a link on its line, under its heading."""
    return Link(
        link.kind,
        link.syntax,
        link.target,
        link.url,
        link.href,
        link.text,
        link.title,
        link.context,
        line,
        section,
    )
