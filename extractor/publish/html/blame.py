"""Which revision each line of a text came with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from extractor.textdiff import common
from extractor.texts import common_end, common_start

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def blame(texts: Sequence[tuple[T, str]], bases: Sequence[int | None] | None = None) -> list[tuple[T, str]]:
    """Each line of the last text with the key of the text that it came with; texts are in the order of time.

    `bases` are the places of the texts that each was made from, None for none; without them, each was made from the one
    before. Lines that were in a text on another branch came by a sync: they are as old as they are there. A line that
    went and came back belongs to the text that brought it back.
    """
    bases = [at - 1 if at else None for at in range(len(texts))] if bases is None else bases
    owned: list[list[tuple[T, str]]] = []
    depths: list[int] = []
    for at, (key, text) in enumerate(texts):
        base = bases[at]
        if base is None:
            lines = [(key, line) for line in text.split("\n")]
        elif text == texts[base][1]:
            lines = owned[base]
        else:
            lines = _next(owned[base], texts[base][1], key, text)
        depths.append(0 if base is None else depths[base] + 1)
        if (beside := _beside(bases, depths, at)) is not None:
            lines = _synced(lines, key, owned[beside])
        owned.append(lines)
    return owned[-1] if owned else []


def _synced(lines: list[tuple[T, str]], key: T, beside: list[tuple[T, str]]) -> list[tuple[T, str]]:
    """Give what is new in a text, but is likewise in one of another branch, the age that it has there.

    An empty line by itself did not come by a sync.
    """
    new = {line for owner, line in lines if owner == key and line.strip()}
    if new.isdisjoint(line for _, line in beside):
        return lines
    found = list(lines)
    for a, b, length in common([line for _, line in beside], [line for _, line in lines]):
        for i in range(length):
            if found[b + i][0] == key:
                found[b + i] = beside[a + i]
    return found


def _beside(bases: Sequence[int | None], depths: Sequence[int], at: int) -> int | None:
    """The latest of the texts before one that it does not come from; None where all of them led to it."""
    if depths[at] == at:
        return None
    came_from: set[int] = set()
    base = bases[at]
    while base is not None:
        came_from.add(base)
        base = bases[base]
    return next((before for before in range(at - 1, -1, -1) if before not in came_from), None)


def _next(owned: list[tuple[T, str]], before: str, key: T, text: str) -> list[tuple[T, str]]:
    """Carry the owners of lines over an edit; only the lines between its first and its last letter are compared."""
    head = common_start(before, text, min(len(before), len(text)))
    first = before.count("\n", 0, head)
    tail = common_end(before, text, min(len(before), len(text)) - head)
    last = before.count("\n", len(before) - tail) if tail else 0
    old, new = [line for _, line in owned], text.split("\n")
    old_end, new_end = len(old) - last, len(new) - last
    middle: list[tuple[T, str]] = [(key, line) for line in new[first:new_end]]
    for a, b, length in common(old[first:old_end], new[first:new_end]):
        middle[b : b + length] = owned[first + a : first + a + length]
    return [*owned[:first], *middle, *owned[old_end:]]
