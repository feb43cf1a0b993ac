"""The changes between two texts, found by comparing blocks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from extractor.texts import common_end, common_start

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEAR = 2000  # characters; a block that moved farther is recognised only if the next block follows it
_FEW = 4  # blocks, which are faster to parse again than to compare


class Edit(NamedTuple):
    """A change of the lines `line` to `last_line` of the old text.

    `lines` and `characters` are by how much the text up to the end of the change has grown. If whole lines were added
    and none removed, `last_line` is the line before `line`.
    """

    line: int
    last_line: int
    lines: int
    characters: int


def edits(old: str, new: str, offsets: Sequence[int]) -> list[Edit]:
    """Compare two texts that differ; `offsets` says where the blocks of the old one start.

    The changes are in order, and the text between them is the same in both. There may be more of them than necessary.
    """
    shorter = min(len(old), len(new))
    start = common_start(old, new, shorter)
    tail = common_end(old, new, shorter - start)
    back = _to_line_start(old, new, start, tail)
    start, tail = start - back, tail + back
    spans = _spans(old, new, start, tail, offsets)
    found = []
    line = new.count("\n", 0, start)
    position = start
    grown = 0
    for (old_start, old_end), (new_start, new_end) in spans:
        line += old.count("\n", position, old_start)
        removed = old.count("\n", old_start, old_end)
        grown += new.count("\n", new_start, new_end) - removed
        # If both changed parts end at the end of a line, the next line is unchanged.
        is_whole = (old_end == 0 or old[old_end - 1] == "\n") and (new_end == 0 or new[new_end - 1] == "\n")
        found.append(Edit(line, line + removed - is_whole, grown, new_end - old_end))
        line += removed
        position = old_end
    return found


def _to_line_start(old: str, new: str, start: int, tail: int) -> int:
    """Return how many characters earlier a change can start, so that it consists of whole lines.

    If `* a` is inserted before `* b`, the texts have the `* ` in common at the start, although the whole line is new.
    """
    longer = new if len(new) > len(old) else old
    if min(len(old), len(new)) != start + tail:
        return 0
    back = start - longer.rfind("\n", 0, start) - 1
    end = len(longer) - tail
    return back if end - back >= start and longer[start - back : start] == longer[end - back : end] else 0


_Span = tuple[tuple[int, int], tuple[int, int]]


def _spans(old: str, new: str, start: int, tail: int, offsets: Sequence[int]) -> list[_Span]:
    """Return the changed parts of both texts, (start, end) of the old and of the new, between blocks that stay."""
    old_end, new_end = len(old) - tail, len(new) - tail
    inside = offsets[bisect_left(offsets, start) : bisect_right(offsets, old_end)]
    spans: list[_Span] = []
    old_at, new_at = start, start
    if len(inside) > _FEW:
        for index in range(len(inside) - 1):
            here, following = inside[index], inside[index + 1]
            block = old[here:following]
            found = new.find(block, new_at, new_end)
            if found < 0 or (found and new[found - 1] != "\n"):
                continue
            if found - new_at > _NEAR and not new.startswith(_next_block(old, inside, index), found + len(block)):
                continue
            if (here, found) != (old_at, new_at):
                spans.append(((old_at, here), (new_at, found)))
            old_at, new_at = following, found + len(block)
    if (old_at, new_at) != (old_end, new_end):
        spans.append(((old_at, old_end), (new_at, new_end)))
    return spans


def _next_block(old: str, starts: Sequence[int], index: int) -> str:
    """Return the block that starts at `starts[index + 1]`, or a text that is found nowhere."""
    return old[starts[index + 1] : starts[index + 2]] if index + 2 < len(starts) else "\0"
