"""Pairing: which section or link of a text continues which one of the text that it was made from."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from extractor.chunked import alike

Key = tuple[Hashable, ...]
Matches = list[int | None]  # for each occurrence the index of the one before that it continues; None: it is new


class Matching(NamedTuple):
    """How the occurrences of a text continue those of the one before.

    The first `head` and the last `tail` are the same in both. `matches` covers only what is between them, and its
    places count, in both texts, from the first occurrence after the `head`.
    """

    matches: Matches
    head: int
    tail: int


class Occurrence(NamedTuple):
    """A section or link in one text: its key, and hints that distinguish equal keys, the most significant first.

    A section has its path as its only hint; a link its spelling, section and text.
    """

    key: Key
    hints: tuple[Hashable, ...] = ()


Pairing = Callable[[Sequence[Occurrence], Sequence[Occurrence]], Matching]

ROUNDS = ((0, 1, 2), (0, 1), (0, 2), (0,), (1, 2), (1,), (2,), ())
"""For links with the same key: which hints have to be equal in each round."""


@dataclass(slots=True)
class _Pairs:
    """The pairs found so far: `left` and `free` are the places without a partner, after and before, in order."""

    matches: Matches
    left: list[int]
    free: list[int]

    def keep_common(self, after: Sequence[Occurrence], before: Sequence[Occurrence]) -> None:
        """Leave out what no round can pair: most that comes or goes has a key of its own."""
        keys, keys_before = [after[place].key for place in self.left], [before[place].key for place in self.free]
        common = set(keys).intersection(keys_before)
        self.left = [place for place, key in zip(self.left, keys, strict=True) if key in common]
        self.free = [place for place, key in zip(self.free, keys_before, strict=True) if key in common]

    def pair(
        self,
        key: Callable[[int], Hashable],
        key_before: Callable[[int], Hashable],
        among: Callable[[int], bool] = lambda _: True,
    ) -> None:
        """Pair those with equal keys, in order; a key may depend on what was paired earlier in the text."""
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for place in self.free:
            waiting[key_before(place)].append(place)
        taken = set()
        for place in self.left:
            if among(place) and (found := waiting.get(key(place))):
                self.matches[place] = found.popleft()
                taken.add(self.matches[place])
        if taken:
            self.left = [place for place in self.left if self.matches[place] is None]
            self.free = [place for place in self.free if place not in taken]


def pair_links(after: Sequence[Occurrence], before: Sequence[Occurrence]) -> Matching:
    """Pair links of one kind and address: by spelling first, then by section, then by text, then by order."""
    head, tail = alike(after, before)
    after, before = after[head : len(after) - tail], before[head : len(before) - tail]
    pairs = _unpaired(after, before)
    _pair_by_hints(pairs, after, before)
    return Matching(pairs.matches, head, tail)


def recall_links(links: Sequence[Occurrence], known: Sequence[Occurrence], _is_whole: bool) -> Matches:
    """Match links that come back to the most similar known ones with their address."""
    pairs = _unpaired(links, known)
    _pair_by_hints(pairs, links, known)
    return pairs.matches


def _pair_by_hints(pairs: _Pairs, after: Sequence[Occurrence], before: Sequence[Occurrence]) -> None:
    pairs.keep_common(after, before)
    for hints in ROUNDS:
        if not pairs.left or not pairs.free:
            break
        pairs.pair(lambda i, h=hints: _select(after[i], h), lambda i, h=hints: _select(before[i], h))  # type: ignore[misc]


def _select(occurrence: Occurrence, hints: tuple[int, ...]) -> Hashable:
    return (occurrence.key, *(occurrence.hints[hint] for hint in hints if hint < len(occurrence.hints)))


def pair_sections(after: Sequence[Occurrence], before: Sequence[Occurrence]) -> Matching:
    """Pair sections of equal titles: by whole path, then by the parent that was itself paired, then by place.

    A section that is still unpaired continues one of the same title only at the same place between sections that stayed
    (a heading above it was retitled), in their order there. Elsewhere it is a different section: `2023 › Links` goes,
    `2026 › Links` comes.
    """
    head, tail = alike(after, before)
    end, end_before = len(after) - tail, len(before) - tail
    if head in {end, end_before}:
        return Matching([None] * (end - head), head, tail)
    matches = _matches(list(after), list(before), head, tail)
    return Matching([None if match is None else match - head for match in matches[head:end]], head, tail)


def _matches(after: Sequence[Occurrence], before: Sequence[Occurrence], head: int, tail: int) -> Matches:
    """Pair the sections of two whole texts."""
    pairs = _with_equal_ends(len(after), len(before), head, tail)
    pairs.keep_common(after, before)
    pairs.pair(after.__getitem__, before.__getitem__)
    if not pairs.left or not pairs.free:
        return pairs.matches
    matches, parents, parents_before = pairs.matches, _parents(after), _parents(before)

    def below_parent(place: int) -> Hashable:
        parent = parents[place]
        return (after[place].key, None if parent is None else matches[parent] if matches[parent] is not None else -1)

    def below_parent_before(place: int) -> Hashable:
        return (before[place].key, parents_before[place])

    pairs.pair(below_parent, below_parent_before)
    for depth in sorted({_depth(after[place]) for place in pairs.left}):
        if not pairs.free:
            break
        # The outermost first, so that the sections in them have a paired parent.
        gaps, gaps_before = _gaps(matches, len(before))
        pairs.pair(
            lambda i, gaps=gaps: (after[i].key, gaps(i)),  # type: ignore[misc]
            lambda i, gaps=gaps_before: (before[i].key, gaps(i)),  # type: ignore[misc]
            among=lambda i, depth=depth: _depth(after[i]) == depth,  # type: ignore[misc]
        )
        pairs.pair(below_parent, below_parent_before)
    return pairs.matches


def recall_sections(sections: Sequence[Occurrence], known: Sequence[Occurrence], is_whole: bool) -> Matches:
    """Match sections that come back, only by the path that they had; a partly known text may show just its end."""
    pairs = _unpaired(sections, known)
    depths = (0,) if is_whole else (0, *sorted({_depth(section) for section in sections}, reverse=True))
    for depth in depths:
        pairs.pair(
            lambda i: sections[i].hints[0],
            lambda i, depth=depth: known[i].hints[0][-depth:] if depth else known[i].hints[0],  # type: ignore[misc, index]
        )
    return pairs.matches


def _unpaired(after: Sequence[Occurrence], before: Sequence[Occurrence]) -> _Pairs:
    return _Pairs([None] * len(after), list(range(len(after))), list(range(len(before))))


def _with_equal_ends(count: int, count_before: int, head: int, tail: int) -> _Pairs:
    """Begin with the equal starts and ends of both texts: an edit is in between."""
    end, end_before = count - tail, count_before - tail
    matches: Matches = [*range(head), *[None] * (end - head), *range(end_before, count_before)]
    return _Pairs(matches, list(range(head, end)), list(range(head, end_before)))


def _depth(section: Occurrence) -> int:
    path = section.hints[0]
    return len(path) if isinstance(path, tuple) else 0


def _parents(sections: Sequence[Occurrence]) -> list[int | None]:
    """For each section the index of the one above it; None at the top."""
    parents: list[int | None] = []
    last: dict[int, int] = {}
    for place, section in enumerate(sections):
        depth = _depth(section)
        parents.append(last.get(depth - 1))
        last[depth] = place
    return parents


def _gaps(matches: Matches, count_before: int) -> tuple[Callable[[int], Hashable], Callable[[int], Hashable]]:
    """Return two functions that say between which two paired occurrences a place is, as a pair of places before.

    The first function takes a place in the text after, the second one in the text before.
    """
    paired = [place for place, match in enumerate(matches) if match is not None]
    stayed = [match for match in matches if match is not None]
    ordered = sorted(stayed)

    def around(found: list[int], at: int) -> Hashable:
        return (found[at - 1] if at else -1, found[at] if at < len(found) else count_before)

    return (
        lambda place: around(stayed, bisect_left(paired, place)),
        lambda place: around(ordered, bisect_left(ordered, place)),
    )
