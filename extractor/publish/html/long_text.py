"""A long text of Markdown in parts, each of which is read and shown separately (`text_parts` splits it)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.markdown.assembly import Assembly, shown_footnotes
from extractor.markdown.block_reader import read
from extractor.markdown.blocks import shown_tokens, sources
from extractor.markdown.records import Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markdown_it.token import Token

    from extractor.markdown import Heading
    from extractor.markdown.block_records import Block, Definitions

_NAMING = re.compile(r"<[a-z][^<>]*\s(?:id|name)=[^<>]*>", re.IGNORECASE)
_NAME = re.compile(r"""\s(?:id|name)=(["']?)([^"'\s>]+)\1""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Slice:
    """Whole blocks of a text: their lines, from 1, and their offsets; `in_list` if they continue a list."""

    first: int
    last: int
    start: int
    end: int
    in_list: bool


@dataclass(frozen=True, slots=True)
class Part(Slice):
    """A part, the headings above its first line, the index of the last of them, and how many headings precede it."""

    above: tuple[Heading, ...]
    section: int | None
    headings: int


@dataclass(frozen=True, slots=True)
class LongText:
    """A text in parts; `named` has the anchors and texts of its headings by line.

    `footed` are the blocks that call or contain footnotes, `notes` the lines of those that contain some, and `contents`
    is the index of the part that shows the table of contents.
    """

    text: str
    parts: tuple[Part, ...]
    headings: tuple[Heading, ...]
    named: Mapping[int, tuple[str, str]]
    defines: Definitions
    footed: tuple[Slice, ...]
    notes: tuple[range, ...]
    contents: int | None

    def at_line(self, line: int) -> int:
        """The index of the part that shows a line, or of the nearest one; footnotes are in the last one."""
        note = bisect_right(self.notes, line, key=lambda one: one.start) - 1
        if note >= 0 and line in self.notes[note]:
            return len(self.parts) - 1
        return min(bisect_left(self.parts, line, key=lambda one: one.last), len(self.parts) - 1)

    def own_places(self) -> Mapping[str, int]:
        """The lines of elements to which the note itself gave names, by name, as far as a simple search finds them."""
        found: dict[str, int] = {}
        line = at = 0
        for tag in _NAMING.finditer(self.text):
            line, at = line + self.text.count("\n", at, tag.start()), tag.start()
            for _, name in _NAME.findall(tag[0]):
                found.setdefault(name, line + 1)
        return found

    def tokens(self, part: Slice) -> list[Token]:
        """The tokens of some blocks, with the lines of the whole text."""
        tokens, _ = shown_tokens(self.text[part.start : part.end], at_start=not part.start, in_list=part.in_list)
        for token in tokens:
            if token.map:
                token.map = [line + part.first - 1 for line in token.map]
        return tokens

    def footed_beside(self, part: Slice) -> tuple[Sequence[Slice], Sequence[Slice]]:
        """The blocks with footnotes before a part, and those after it."""
        before = [one for one in self.footed if one.start < part.start]
        return before, [one for one in self.footed if one.start >= part.end]

    def document(self, part: Part) -> Document:
        """All headings of the text, and the links and images of one part."""
        blocks = list(self._blocks(part))
        shown: set[tuple[int, int]] = set()
        if self.footed:
            before, after = self.footed_beside(part)
            beside = [[block for one in some for block in self._blocks(one)] for some in (before, after)]
            shown = shown_footnotes([*beside[0], *blocks, *beside[1]])
        assembly = Assembly(shown, part.above, part.headings)
        assembly.section = part.section
        for start, block in blocks:
            assembly.place(block.found, start)
        return Document(self.headings, tuple(assembly.links), tuple(assembly.problems))

    def _blocks(self, part: Slice) -> Iterator[tuple[int, Block]]:
        text = self.text[part.start : part.end]
        for one in sources(text, at_start=not part.start, in_list=part.in_list):
            yield one.line + part.first - 1, read(one.source, self.defines)
