"""The footnotes that a document shows, placed where they are written, so that blocks can be assembled separately."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.markdown.block_records import Block, Footnote
from extractor.markdown.records import Heading

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from extractor.markdown.block_records import Found, Item


class ShownFootnotes:
    """Puts footnotes into the blocks of one version after another; blocks that stay the same stay one object."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, tuple[str, ...]], tuple[Block, Block]] = {}

    def put_in(self, blocks: Sequence[Block]) -> Sequence[Block]:
        """Return the blocks with each footnote replaced by its content, without the footnotes that nothing calls.

        Of equal labels the last counts. A footnote that contains a heading, which makes no section, stays as it is.
        """
        noted = [place for place, block in enumerate(blocks) if block.footnotes]
        if not noted:
            return blocks
        calls = frozenset().union(*[block.calls for block in blocks if block.calls])
        last = {note.label: place for place in noted for note in blocks[place].footnotes if note.label in calls}
        found = list(blocks)
        known: dict[tuple[int, tuple[str, ...]], tuple[Block, Block]] = {}
        for place in noted:
            block = blocks[place]
            shown = tuple([label for label, where in last.items() if where == place])
            key = id(block), shown
            known[key] = self._last.get(key) or (block, _with_footnotes(block, shown))
            found[place] = known[key][1]
        self._last = known
        return found


def _with_footnotes(block: Block, shown: Collection[str]) -> Block:
    """Return a block with the last of its footnotes for each of these labels, and without the others."""
    notes = {id(note) for note in {note.label: note for note in block.footnotes if note.label in shown}.values()}
    return Block(tuple(_put_in(block.found, notes)))


def _put_in(found: Found, shown: Collection[int]) -> Iterator[Item]:
    for item in found:
        if not isinstance(item, Footnote) or _has_heading(item.found):
            yield item
        elif id(item) in shown:
            yield from _put_in(item.found, shown)


def _has_heading(found: Found) -> bool:
    return any(isinstance(item, Heading) or (isinstance(item, Footnote) and _has_heading(item.found)) for item in found)
