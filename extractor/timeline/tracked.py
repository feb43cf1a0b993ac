"""What became of each section and link through the versions of a note, as `lifetimes` tells it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, overload

if TYPE_CHECKING:
    from extractor.chunked import Chunked
    from extractor.timeline.naming import Name
    from extractor.timeline.pairing import Key


class Holders(Sequence[int]):
    """The versions that show something, by index, in order: `runs` of one after the other."""

    __slots__ = ("runs",)

    def __init__(self, runs: Sequence[range] = ()) -> None:
        self.runs = tuple(runs)

    def __len__(self) -> int:
        return sum(map(len, self.runs))

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self.runs)

    def __reversed__(self) -> Iterator[int]:
        return chain.from_iterable(map(reversed, reversed(self.runs)))

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        if index == 0:
            return self.runs[0][0]
        return self.runs[-1][-1] if index == -1 else tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # it is compared by what is in it


class Lifetime(NamedTuple):
    """What became of one section or link; all numbers are indexes of versions.

    `number` is the one of its name. `holders` are the versions that show it. One that was only ever seen going has no
    holder. `ended` is the first version without it, of one that is not current.
    """

    key: Key
    ordinal: int
    number: int
    holders: Holders
    added: tuple[int, ...]
    removed: tuple[int, ...]
    respelled: tuple[int, ...]
    ended: int | None

    @property
    def name(self) -> Name:
        """Key and ordinal."""
        return self.key, self.ordinal


@dataclass(frozen=True)
class Tracked:
    """All lifetimes, for each version the numbers of its occurrences, and the set of those that it holds.

    A version holds what it shows, and of a partly known text what nothing shows going. Lifetimes are in the order in
    which they are first shown; `index` tells where each number is among them.
    """

    lifetimes: list[Lifetime]
    of: list[Chunked[int]]
    held: list[int]

    @cached_property
    def index(self) -> list[int]:
        """For each number the index of its lifetime."""
        found = [0] * len(self.lifetimes)
        for at, lifetime in enumerate(self.lifetimes):
            found[lifetime.number] = at
        return found

    @property
    def numbers(self) -> list[list[int]]:
        """For each version the index of each of its occurrences in the lifetimes."""
        return [[self.index[number] for number in here] for here in self.of]

    def is_held(self, lifetime: Lifetime, version: int) -> bool:
        """Whether a version holds it."""
        return bool(self.held[version] >> lifetime.number & 1)


class LastPlaces:
    """Where each lifetime stands in the last version that shows it, by its place among the occurrences there."""

    def __init__(self, tracked: Tracked) -> None:
        self._of = tracked.of
        self._latest = len(tracked.of) - 1  # most are in the last version: they are looked up at once

    def last(self, lifetime: Lifetime) -> int:
        """The place of a lifetime that has a holder."""
        at = lifetime.holders[-1]
        place = self._in_latest.get(lifetime.number) if at == self._latest else self._of[at].find(lifetime.number)
        assert place is not None  # noqa: S101 -- its holders show it
        return place

    @cached_property
    def _in_latest(self) -> dict[int, int]:
        return {number: place for place, number in enumerate(self._of[-1])}
