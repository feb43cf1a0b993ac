"""Which lines two texts have in common: patience diff, so that what is moved or repeated does not confuse it.

Lines that stand once in both texts are anchors; between anchors the same is done again, and where there are none, the
standard library's matcher takes over for pieces that are small.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGE = 400_000  # product of two lengths; beyond it the piece counts as rewritten


def common(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Runs of equal lines as (start in old, start in new, length), in order, none of them empty."""
    pairs: list[tuple[int, int]] = []
    _match(old, new, (0, len(old), 0, len(new)), pairs)
    runs: list[tuple[int, int, int]] = []
    for a, b in pairs:
        if runs and (runs[-1][0] + runs[-1][2], runs[-1][1] + runs[-1][2]) == (a, b):
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((a, b, 1))
    return runs


def _match(
    old: Sequence[str], new: Sequence[str], area: tuple[int, int, int, int], pairs: list[tuple[int, int]]
) -> None:
    """Add the pairs of equal lines of an area, in order; areas wait on a stack, for histories nest deeply."""
    stack: list[tuple[int, int, int, int] | list[tuple[int, int]]] = [area]
    while stack:
        entry = stack.pop()
        if isinstance(entry, list):
            pairs += entry
            continue
        head, (a0, a1, b0, b1), tail = _ends(old, new, entry)
        pairs += head
        if tail:
            stack.append(tail)
        if a0 == a1 or b0 == b1:
            continue
        if anchors := _anchors(old[a0:a1], new[b0:b1]):
            ends = [*((a0 + a, b0 + b) for a, b in anchors), (a1, b1)]
            starts = [(a0, b0), *ends[:-1]]
            stack.extend((sa, ea, sb, eb) for (sa, sb), (ea, eb) in zip(reversed(starts), reversed(ends), strict=True))
        else:
            pairs += [(a0 + a, b0 + b) for a, b in _without_anchors(old[a0:a1], new[b0:b1])]


def _ends(
    old: Sequence[str], new: Sequence[str], area: tuple[int, int, int, int]
) -> tuple[list[tuple[int, int]], tuple[int, int, int, int], list[tuple[int, int]]]:
    """The equal lines at the start of an area, what is between, and the equal lines at its end."""
    a0, a1, b0, b1 = area
    head: list[tuple[int, int]] = []
    while a0 < a1 and b0 < b1 and old[a0] == new[b0]:
        head.append((a0, b0))
        a0, b0 = a0 + 1, b0 + 1
    tail: list[tuple[int, int]] = []
    while a0 < a1 and b0 < b1 and old[a1 - 1] == new[b1 - 1]:
        a1, b1 = a1 - 1, b1 - 1
        tail.append((a1, b1))
    return head, (a0, a1, b0, b1), tail[::-1]


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Lines that stand exactly once in each, in the longest order that both share."""
    in_old, in_new = Counter(old), Counter(new)
    place = {line: at for at, line in enumerate(new) if in_new[line] == 1}
    pairs = [(a, place[line]) for a, line in enumerate(old) if in_old[line] == 1 and line in place]
    # The longest increasing run of places in `new` (patience sorting).
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, (_, b) in enumerate(pairs):
        pile = bisect_left(tops, b)
        if pile == len(tops):
            tops.append(b)
            ends.append(at)
        else:
            tops[pile], ends[pile] = b, at
        before.append(ends[pile - 1] if pile else -1)
    chain: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _without_anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    if len(old) * len(new) > LARGE:
        return []
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return [(block.a + i, block.b + i) for block in blocks for i in range(block.size)]
