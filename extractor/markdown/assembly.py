"""Assembling blocks to a document: which heading is under which, and which link is under which heading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.markdown.records import Document, Heading, Link, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from extractor.markdown.block_records import Block, Found


def assembled(blocks: Iterable[tuple[int, Block]], *, all_footnotes: bool = False) -> Document:
    """Assemble blocks, each starting at its line (from 0); a footnote counts only if something calls it."""
    blocks = [(start, block) for start, block in blocks if block.found or block.calls]
    assembly = Assembly(None if all_footnotes else shown_footnotes(blocks))
    for start, block in blocks:
        assembly.place(block.found, start)
    return Document(tuple(assembly.headings), tuple(assembly.links), tuple(assembly.problems))


def shown_footnotes(blocks: Sequence[tuple[int, Block]]) -> set[tuple[int, int]]:
    """Return the footnotes that are shown: those that are called, and of equal labels the last.

    A footnote is identified by the start of its block and its `id()`, as one block may be in two places.
    """
    calls = frozenset().union(*(block.calls for _, block in blocks))
    footnotes = {note.label: (start, id(note)) for start, block in blocks for note in block.footnotes}
    return {footnote for label, footnote in footnotes.items() if label in calls}


class Assembly:
    """A document that is being assembled; `shown` are the footnotes that count, None for all.

    It may continue under the headings `above`, the last of which has the index `headings` - 1 in the document.
    """

    def __init__(
        self, shown: set[tuple[int, int]] | None = None, above: tuple[Heading, ...] = (), headings: int = 0
    ) -> None:
        self.headings: list[Heading] = []
        self.links: list[Link] = []
        self.problems: list[Problem] = []
        self._shown = shown
        self._first = headings
        self.above = above
        self.section: int | None = headings - 1 if above else None

    def place(self, found: Found, start: int) -> None:
        """Add the records that were found in a block that starts at this line."""
        for item in found:
            if isinstance(item, Link):
                self.add_link(item, start + item.line + 1, self.section)
            elif isinstance(item, Heading):
                above = self.above
                while above and above[-1].level >= item.level:
                    above = above[:-1]
                path = (*above[-1].path, item.title) if above else (item.title,)
                self.section = self._first + len(self.headings)
                self.add_heading(item.level, path, start + item.line + 1)
                self.above = (*above, self.headings[-1])
            elif isinstance(item, Document):
                self._place_document(item, start)
            elif isinstance(item, Problem):
                self.problems.append(Problem(start + item.line + 1, item.reason))
            elif self._shown is None or (start, id(item)) in self._shown:
                outside = self.above, self.section
                self.place(item.found, start)
                self.above, self.section = outside

    def add_heading(self, level: int, path: tuple[str, ...], line: int) -> None:
        """Add a heading on a line of the document; its title is the last of the path."""
        self.headings.append(Heading(level, path[-1], path, line))

    def add_link(self, link: Link, line: int, section: int | None) -> None:
        """Add a link on a line of the document, under a heading of it."""
        self.links.append(_placed(link, line, section))

    def _place_document(self, document: Document, start: int) -> None:
        """Add a separate document: its headings go under the one above, and nothing after it goes under them."""
        above = self.above[-1].path if self.above else ()
        before = self._first + len(self.headings)
        for heading in document.headings:
            self.add_heading(heading.level, above + heading.path, start + heading.line + 1)
        for link in document.links:
            section = self.section if link.section is None else before + link.section
            self.add_link(link, start + link.line + 1, section)
        self.problems += [Problem(start + problem.line + 1, problem.reason) for problem in document.problems]


def _placed(link: Link, line: int, section: int | None) -> Link:
    """Return a link with its line and section."""
    return Link(
        link.kind,
        link.syntax,
        link.target,
        link.url,
        link.text,
        link.title,
        link.context,
        line,
        section,
    )
