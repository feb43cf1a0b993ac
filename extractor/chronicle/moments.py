"""The texts of one note as moments, each with the marks that stand in it, and which was made from which."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Key = tuple[Hashable, ...]
Name = tuple[Key, int]  # key and turn


class Mark(NamedTuple):
    """A heading or link in one text: its key, and hints (heaviest first) that tell equal keys apart."""

    key: Key
    hints: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """One text of a note.

    `base` is the index of the moment that this text was made from, None for a root or where that is lost; bases lead
    in no circle.
    `marks` is None where nothing of the text can be read. `whole` says whether the text is wholly known; if not,
    `marks` are those in the stretches that are known, `inserted` the indexes of those that this moment brought in, and
    `removed` what the diff shows going. `echo`: a text that drops what the next one brings back at once.
    """

    base: int | None
    marks: tuple[Mark, ...] | None
    whole: bool = True
    inserted: frozenset[int] = frozenset()
    removed: tuple[Mark, ...] = ()
    echo: bool = False


def bases_first(moments: Sequence[Moment]) -> list[int]:
    """Indexes in an order in which each base comes before what was made from it."""
    order: list[int] = []
    done = [False] * len(moments)
    for start in range(len(moments)):
        path: list[int] = []
        at: int | None = start
        while at is not None and not done[at]:
            done[at] = True
            path.append(at)
            at = moments[at].base
        order.extend(reversed(path))
    return order


def reference_of(moments: Sequence[Moment], i: int) -> int | None:
    """The moment to compare `i` with: its base, or where that cannot be read the nearest earlier one that can."""
    base = moments[i].base
    if base is not None and moments[base].marks is not None:
        return base
    for earlier in range(i - 1, -1, -1):
        if moments[earlier].marks is not None and moments[earlier].base != i:
            return earlier
    return None
