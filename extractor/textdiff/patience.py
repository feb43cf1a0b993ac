"""The common lines of two texts: patience diff, which moved or repeated lines do not confuse.

Lines that appear exactly once in both texts are anchors; the areas between anchors are compared recursively. Without
anchors, the standard library's matcher takes over for small areas.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Run = tuple[int, int, int]  # start in old, start in new, length
Area = tuple[int, int, int, int]  # start and end in old, start and end in new
LARGE = 400_000  # product of two lengths; above it, the area counts as rewritten


def common(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Runs of equal lines as (start in old, start in new, length), in order, none of them empty."""
    runs: list[Run] = []
    for a, b, length in _match(old, new, (0, len(old), 0, len(new))):
        if runs and (runs[-1][0] + runs[-1][2], runs[-1][1] + runs[-1][2]) == (a, b):
            runs[-1] = (runs[-1][0], runs[-1][1], runs[-1][2] + length)
        else:
            runs.append((a, b, length))
    return runs


def _match(old: Sequence[str], new: Sequence[str], area: Area) -> Iterator[Run]:
    """Yield the runs of equal lines of an area, in order; uses a stack of areas, because they can nest deeply."""
    stack: list[Area | Run] = [area]
    while stack:
        entry = stack.pop()
        if len(entry) == 3:  # noqa: PLR2004 -- a run
            yield entry
            continue
        a0, a1, b0, b1 = entry
        head, tail = _ends(old, new, entry)
        if head:
            yield a0, b0, head
        a0, a1, b0, b1 = a0 + head, a1 - tail, b0 + head, b1 - tail
        if tail:
            stack.append((a1, b1, tail))
        if a0 == a1 or b0 == b1:
            continue
        if anchors := _anchors(old[a0:a1], new[b0:b1]):
            stack.extend(reversed(_between([(a0 + a, b0 + b) for a, b in anchors], (a0, a1, b0, b1))))
        else:
            stack.extend([(a0 + a, b0 + b, length) for a, b, length in _without_anchors(old[a0:a1], new[b0:b1])[::-1]])


def _between(anchors: Sequence[tuple[int, int]], area: Area) -> list[Area]:
    """The area before the first anchor, and the one that begins with each; adjacent anchors begin one area."""
    a0, a1, b0, b1 = area
    areas = []
    start = a0, b0
    for before, end in zip([None, *anchors], [*anchors, (a1, b1)], strict=True):
        if before is None or end != (before[0] + 1, before[1] + 1):
            areas.append((start[0], end[0], start[1], end[1]))
            start = end
    if start != (a1, b1):
        areas.append((start[0], a1, start[1], b1))
    return areas


def _ends(old: Sequence[str], new: Sequence[str], area: Area) -> tuple[int, int]:
    """How many lines are equal at the start of an area, and how many of the others at its end."""
    a0, a1, b0, b1 = area
    most = min(a1 - a0, b1 - b0)
    head = 0
    while head < most and old[a0 + head] == new[b0 + head]:
        head += 1
    tail = 0
    while tail < most - head and old[a1 - 1 - tail] == new[b1 - 1 - tail]:
        tail += 1
    return head, tail


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Lines that appear exactly once in each text, in the longest common order."""
    in_old, in_new = Counter(old), Counter(new)
    place = {line: at for at, line in enumerate(new) if in_new[line] == 1}
    pairs = [(a, place[line]) for a, line in enumerate(old) if in_old[line] == 1 and line in place]
    places = [b for _, b in pairs]
    if places == sorted(places):  # the usual case: none has moved
        return pairs
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


def _without_anchors(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    if len(old) * len(new) > LARGE:
        return []
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks if block.size]
