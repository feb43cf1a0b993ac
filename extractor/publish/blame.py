"""Which revision each line of a text came with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from extractor.publish.matching import common

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def blame(texts: Sequence[tuple[T, str]]) -> list[tuple[T, str]]:
    """Each line of the last text with the key of the text that it came with; texts stand in the order they followed.

    A line that went and came back belongs to the text that brought it back.
    """
    owned: list[tuple[T, str]] = []
    before: str | None = None
    for key, text in texts:
        if before is None:
            owned = [(key, line) for line in text.split("\n")]
        elif text != before:
            owned = _next(owned, before, key, text)
        before = text
    return owned


def _next(owned: list[tuple[T, str]], before: str, key: T, text: str) -> list[tuple[T, str]]:
    """Carry the owners of lines over an edit; only the lines between its first and its last letter are compared."""
    head = _same_start(before, text)
    first = before.count("\n", 0, head)
    tail = _same_end(before, text, head)
    last = before.count("\n", len(before) - tail) if tail else 0
    old, new = [line for _, line in owned], text.split("\n")
    old_end, new_end = len(old) - last, len(new) - last
    middle: list[tuple[T, str]] = [(key, line) for line in new[first:new_end]]
    for a, b, length in common(old[first:old_end], new[first:new_end]):
        middle[b : b + length] = owned[first + a : first + a + length]
    return [*owned[:first], *middle, *owned[old_end:]]


def _same_start(one: str, other: str) -> int:
    """How many characters two texts begin with in common; halving compares at the speed of memory."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _same_end(one: str, other: str, head: int) -> int:
    """How many characters two texts end with in common, after their common beginning."""
    low, high = 0, min(len(one), len(other)) - head
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
