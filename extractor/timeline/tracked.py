"""The lifetimes of sections and links through the versions of a note: the result of `lifetimes`."""

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
    """The indexes of the versions that show something, in order: `runs` are ranges of consecutive ones."""

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

    __hash__ = None  # type: ignore[assignment]  # it is compared by its content


class Lifetime(NamedTuple):
    """The lifetime of one section or link.

    `number` is the number of its name. `holders`, `added`, `removed`, `respelled` and `ended` are indexes of versions:
    `holders` show it (none if it was only seen in a diff that removes it), `ended` is the first one without it, or None
    if it is current.
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
    """All lifetimes; `of` has the numbers of each version's occurrences, `held` the set that it is assumed to have.

    That is what it shows and, for a partly known text, what was not removed. Lifetimes are in the order in
    which they are first shown; `index` says where each number is among them.
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
        """For each version, the index in `lifetimes` of each of its occurrences."""
        return [[self.index[number] for number in here] for here in self.of]

    def is_held(self, lifetime: Lifetime, version: int) -> bool:
        """Whether a version is assumed to have it."""
        return bool(self.held[version] >> lifetime.number & 1)


class LastPlaces:
    """The place of each lifetime among the occurrences of the last version that shows it."""

    def __init__(self, tracked: Tracked) -> None:
        self._of = tracked.of
        self._latest = len(tracked.of) - 1  # most are in the last version: those are looked up in a dict

    def last(self, lifetime: Lifetime) -> int:
        """The place of a lifetime that has at least one holder."""
        at = lifetime.holders[-1]
        place = self._in_latest.get(lifetime.number) if at == self._latest else self._of[at].find(lifetime.number)
        assert place is not None  # noqa: S101 -- its holders show it
        return place

    @cached_property
    def _in_latest(self) -> dict[int, int]:
        return {number: place for place, number in enumerate(self._of[-1])}
