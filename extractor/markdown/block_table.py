"""A text split into top-level blocks, stored as columns, so that moving unchanged blocks costs only additions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from extractor.markdown.block_reader import read
from extractor.markdown.block_records import NOTHING, Definitions, mentioned_as, merged
from extractor.markdown.blocks import sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.markdown.block_records import Block, Placed, Source


@dataclass(slots=True)
class Split:
    """The blocks of `text`: the line and the offset where each starts, whether a blank line is before it, and so on.

    A block that has not been read is None in `blocks`; `definitions` is what all blocks define together.
    """

    text: str
    lines: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    after_blank: list[bool] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    blocks: list[Block | None] = field(default_factory=list)
    definitions: Definitions = NOTHING

    @classmethod
    def of(cls, text: str, old: Split) -> Split:
        """Split a whole text and read it, except for blocks that are the same in an older text."""
        split = cls(text, definitions=old.definitions)
        split.add(sources(text), line=0, offset=0)
        split.reuse(old, 0, len(old.blocks), range(len(split.blocks)))
        split.read(merged(source.defines for source in split.sources))
        return split

    def add(self, new: Sequence[Placed], *, line: int, offset: int) -> None:
        """Add the blocks of a part of the text that starts at this line and offset."""
        self.lines += [one.line + line for one in new]
        self.offsets += [one.offset + offset for one in new]
        self.after_blank += [one.after_blank for one in new]
        self.sources += [one.source for one in new]
        self.blocks += [None] * len(new)

    def keep(self, old: Split, start: int, end: int, *, lines: int, characters: int) -> None:
        """Take over blocks `start:end` of an older split, moved down by this much."""
        if lines:
            self.lines += [line + lines for line in old.lines[start:end]]
        else:
            self.lines += old.lines[start:end]
        if characters:
            self.offsets += [offset + characters for offset in old.offsets[start:end]]
        else:
            self.offsets += old.offsets[start:end]
        self.after_blank += old.after_blank[start:end]
        self.sources += old.sources[start:end]
        self.blocks += old.blocks[start:end]

    def reuse(self, old: Split, start: int, end: int, new: range) -> None:
        """Take over what was read from blocks `start:end` of an older split into `new` blocks that are the same.

        Equal texts read the same wherever they are, except for the first block, which may be front matter, and for
        blocks of which only one continues a list: these are not taken over.
        """
        before = range(max(start, 1), end)
        known = {(old.sources[index].continues, old.slice(index)): old.blocks[index] for index in before} if new else {}
        for index in new if known else ():
            if index:
                self.blocks[index] = known.get((self.sources[index].continues, self.slice(index)))

    def slice(self, index: int) -> str:
        """Return the text of a block, including the empty lines after it."""
        return self.text[self.offsets[index] : self.offsets[index + 1] if index + 1 < len(self.offsets) else None]

    def read(self, definitions: Definitions) -> None:
        """Read the new blocks, and those that are affected by changed definitions."""
        changed = _changed(self.definitions, definitions)
        self.definitions = definitions
        blocks = self.blocks
        if changed:
            for index, source in enumerate(self.sources):
                if blocks[index] is not None and source.mentions(changed):
                    blocks[index] = None
        for index in [at for at, block in enumerate(blocks) if block is None]:
            blocks[index] = read(self.sources[index], definitions)

    def read_blocks(self) -> list[Block]:
        """Return what was read from all blocks; `read` must have been called."""
        return cast("list[Block]", self.blocks)

    @property
    def front(self) -> int:
        """The number of lines of front matter."""
        first = self.sources[0].tokens[:1] if self.sources else []
        return first[0].map[1] if first and first[0].type == "front_matter" and first[0].map else 0


def _changed(old: Definitions, new: Definitions) -> list[str]:
    """Return the labels whose definitions differ, in the form that `Source.mentions` takes."""
    if old is new or old == new:
        return []
    labels = old.references.keys() | new.references.keys()
    changed = [label for label in labels if old.references.get(label) != new.references.get(label)]
    return mentioned_as(changed, old.footnotes ^ new.footnotes)
