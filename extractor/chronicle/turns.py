"""Naming the marks of each text: which of several with one key is which, from a text to the one made from it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from extractor.chronicle.moments import Key, Mark, Moment, Name, bases_first, reference_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def name_all(moments: Sequence[Moment]) -> list[tuple[Name, ...]]:
    """The name of each mark of each moment."""
    names: list[tuple[Name, ...]] = [()] * len(moments)
    named = [False] * len(moments)
    for i in bases_first(moments):
        marks = moments[i].marks
        named[i] = True
        if marks is None:
            continue
        reference = reference_of(moments, i)
        before = moments[reference].marks if reference is not None and named[reference] else None
        if before == marks and reference is not None:
            names[i] = names[reference]
            continue
        names[i] = _name(marks, before or (), names[reference] if reference is not None and before else ())
    return names


def _name(marks: Sequence[Mark], before: Sequence[Mark], names: Sequence[Name]) -> tuple[Name, ...]:
    """Name each mark, taking over the turns of the marks `before` of the same key, which have these names.

    What both texts begin and end with keeps its names, but for keys that stand between as well.
    """
    head = _alike(marks, before)
    tail = _alike(marks[head:][::-1], before[head:][::-1])
    end, end_before = len(marks) - tail, len(before) - tail
    changed = {mark.key for mark in (*marks[head:end], *before[head:end_before])}
    groups: dict[Key, list[int]] = defaultdict(list)
    for i, mark in enumerate(marks):
        if mark.key in changed:
            groups[mark.key].append(i)
    known: dict[Key, list[tuple[int, Mark]]] = defaultdict(list)
    for name, mark in zip(names, before, strict=True):
        if mark.key in changed:
            known[mark.key].append((name[1], mark))
    turns: dict[int, int] = {}
    for key, places in groups.items():
        if len(places) == 1 and len(known[key]) <= 1:
            turns[places[0]] = known[key][0][0] if known[key] else 1
        else:
            _share_turns(marks, places, known[key], turns)
    found = [*names[:head], *((mark.key, 1) for mark in marks[head:end]), *names[end_before:]]
    for place, turn in turns.items():
        found[place] = (marks[place].key, turn)
    return tuple(found)


def _alike(one: Sequence[Mark], other: Sequence[Mark]) -> int:
    """How many marks two texts have in common at their start; halving compares at the speed of memory."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _share_turns(
    marks: Sequence[Mark], places: list[int], before: list[tuple[int, Mark]], turns: dict[int, int]
) -> None:
    """Match marks of one key with those before: all hints equal, then fewer, then by order; the rest are new."""
    left = list(places)
    depth = len(marks[places[0]].hints)
    rounds = [slice(0, depth), *(slice(k, k + 1) for k in range(depth)), slice(0, 0)]
    for part in rounds:
        still = []
        for place in left:
            wanted = marks[place].hints[part]
            match = next((pair for pair in before if pair[1].hints[part] == wanted), None)
            if match is None:
                still.append(place)
            else:
                before.remove(match)
                turns[place] = match[0]
        left = still
    taken = {turns[place] for place in places if place not in left}
    free = (turn for turn in range(1, len(places) + len(taken) + 2) if turn not in taken)
    for place in left:
        turns[place] = next(free)
