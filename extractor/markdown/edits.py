"""What changed between two texts, as far as blocks can tell."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from extractor.texts import common_end, common_start

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEAR = 2000  # characters within which a block that moved is still looked for without a second sign
_FEW = 4  # blocks that are sooner parsed again than compared


class Edit(NamedTuple):
    """A change: the lines `line` to `last_line` of the old text; and how much longer the text got up to its end.

    Where whole lines were put in and none taken out, `last_line` is the one before `line`.
    """

    line: int
    last_line: int
    lines: int
    characters: int


def edits(old: str, new: str, offsets: Sequence[int]) -> list[Edit]:
    """Compare two texts that differ; `offsets` says where the blocks of the old one start.

    The changes are in order, and the text between them is the same in both. They need not be the fewest.
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
        # Where both changed parts end with their line, the next line is as it was.
        is_whole = (old_end == 0 or old[old_end - 1] == "\n") and (new_end == 0 or new[new_end - 1] == "\n")
        found.append(Edit(line, line + removed - is_whole, grown, new_end - old_end))
        line += removed
        position = old_end
    return found


def _to_line_start(old: str, new: str, start: int, tail: int) -> int:
    """Return how far a change can be read as starting earlier, so that it is one of whole lines.

    Of `* a` put before `* b` the two texts have `* ` in common before and behind.
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
    """Return the block behind the one at `index + 1`, or a text that is found nowhere."""
    return old[starts[index + 1] : starts[index + 2]] if index + 2 < len(starts) else "\0"
