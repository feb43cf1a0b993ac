"""Naming the occurrences of each version: which section or link each one is, through the whole history of a note.

Equal keys are distinguished by an ordinal, a number from 1 in the order in which they appeared. From a text to the one
made from it an occurrence keeps its name if `pairing` finds its partner; one that comes back, or is known from another
branch, gets the name that it had. So the same texts give the same names, in whichever order they became known.

A name has a number, from 0 in the order in which names are given. A set of names is an integer with a bit for each
number, so that the set of a version takes an eighth of a byte per name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from extractor.chunked import Chunked
from extractor.timeline.pairing import (
    Key,
    Matches,
    Occurrence,
    Pairing,
    pair_links,
    pair_sections,
    recall_links,
    recall_sections,
)
from extractor.timeline.versions import Version, bases_first, reference_of

Name = tuple[Key, int]
"""Key and ordinal."""
Occurrences = Sequence[Chunked[Occurrence] | None]  # of each version; None if it cannot be read


@dataclass(frozen=True, slots=True)
class Identity:
    """How an occurrence is recognised in another text.

    `pair` pairs the occurrences of a text with those of the text before. `recall` pairs those that found no partner
    there with others of their key, as last seen; its last argument says whether their whole text is known.
    """

    pair: Pairing
    recall: Callable[[Sequence[Occurrence], Sequence[Occurrence], bool], Matches]


@dataclass(slots=True)
class Names:
    """All names by their numbers; `by_key` has, for each key, the numbers of its names by ordinal."""

    all: list[Name] = field(default_factory=list)
    by_key: defaultdict[Key, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def number(self, key: Key, ordinal: int) -> int:
        """The number of a name; a new name gets the next one."""
        ordinals = self.by_key[key]
        number = ordinals.get(ordinal)
        if number is None:
            number = ordinals[ordinal] = len(self.all)
            self.all.append((key, ordinal))
        return number


@dataclass(frozen=True, slots=True)
class Named:
    """The numbers of each version's occurrences, as a sequence and as a set, and of those that were respelled."""

    names: Names
    of: list[Chunked[int]]
    shown: list[int]
    respelled: list[tuple[int, ...]]


def name_all(
    versions: Sequence[Version],
    occurrences: Occurrences,
    identity: Identity,
    ordinals: Sequence[int] | None = None,
) -> Named:
    """Name the occurrences of each version; `ordinals` are those of the first version's occurrences, if known."""
    naming = _Naming(identity)
    nothing: Chunked[int] = Chunked()
    named = Named(naming.names, [nothing] * len(versions), [0] * len(versions), [()] * len(versions))
    is_named = [False] * len(versions)
    for i in bases_first(versions):
        here = occurrences[i]
        is_named[i] = True
        if here is None:
            continue
        reference = _reference(versions, i)
        before = occurrences[reference] if reference is not None and is_named[reference] else None
        is_whole = versions[i].reading.whole
        if not i and ordinals is not None:
            named.of[i], named.shown[i] = naming.take_over(here, ordinals)
        elif reference is None or before is None:
            named.of[i], named.shown[i] = naming.name(here, Chunked(), nothing, 0, is_whole=is_whole)
        elif before is here or before == here:
            named.of[i], named.shown[i] = named.of[reference], named.shown[reference]
        else:
            names, shown = named.of[reference], named.shown[reference]
            named.of[i], named.shown[i] = naming.name(here, before, names, shown, is_whole=is_whole)
            if reference == versions[i].base and not (versions[i].echo or versions[reference].echo):
                named.respelled[i] = naming.respelled
    return named


def set_of(numbers: Iterable[int]) -> int:
    """A set of numbers as an integer."""
    found = list(numbers)
    bits = bytearray(max(found, default=0) // 8 + 1)
    for number in found:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")


def numbers_in(set_: int) -> Iterator[int]:
    """The numbers of a set, in order."""
    for place, byte in enumerate(set_.to_bytes(set_.bit_length() // 8 + 1, "little")):
        if byte:
            yield from (8 * place + bit for bit in range(8) if byte >> bit & 1)


def _reference(versions: Sequence[Version], i: int) -> int | None:
    """The version that names are taken over from: its base, or else a wholly known one if there is any."""
    reference = reference_of(versions, i)
    if reference is None or reference == versions[i].base or versions[reference].reading.whole:
        return reference
    whole = (j for j in range(i - 1, -1, -1) if versions[j].reading.whole and versions[j].is_readable)
    return next((j for j in whole if versions[j].base != i), reference)


@dataclass(slots=True)
class _Naming:
    """The names given so far; `last` has, by key and ordinal, each one as last seen in a wholly known text."""

    identity: Identity
    names: Names = field(default_factory=Names)
    last: dict[Key, dict[int, Occurrence]] = field(default_factory=dict)
    respelled: tuple[int, ...] = ()

    def take_over(self, here: Chunked[Occurrence], ordinals: Sequence[int]) -> tuple[Chunked[int], int]:
        """Give the occurrences of the first text the names that they have had before."""
        numbers = [self.names.number(one.key, ordinal) for one, ordinal in zip(here, ordinals, strict=True)]
        for ordinal, one in sorted(zip(ordinals, here, strict=True), key=itemgetter(0)):
            self.last.setdefault(one.key, {})[ordinal] = one
        return Chunked.of(numbers), set_of(numbers)

    def name(
        self,
        here: Chunked[Occurrence],
        before: Chunked[Occurrence],
        numbers: Chunked[int],
        shown: int,
        *,
        is_whole: bool,
    ) -> tuple[Chunked[int], int]:
        """Name the occurrences of one text; those `before` have these `numbers`, which are the set `shown`."""
        matching = self.identity.pair(here, before)
        head, end = matching.head, len(before) - matching.tail
        occurrences = here[head : len(here) - matching.tail]
        occurrences_before, numbers_before = before[head:end], numbers[head:end]
        given: dict[int, int] = {}
        respelled = []
        for place, match in enumerate(matching.matches):
            if match is not None:
                number = given[place] = numbers_before[match]
                if occurrences[place].hints[:1] != occurrences_before[match].hints[:1]:
                    respelled.append(number)
                if is_whole:
                    key, ordinal = self.names.all[number]
                    self.last[key][ordinal] = occurrences[place]
        same = shown & ~set_of(numbers_before)
        if len(given) < len(occurrences):
            self._name_others(occurrences, given, same, is_whole=is_whole)
        self.respelled = tuple(respelled)
        middle = [given[place] for place in range(len(occurrences))]
        return numbers.splice(head, end, middle), same | set_of(middle)

    def _name_others(
        self, occurrences: Sequence[Occurrence], given: dict[int, int], same: int, *, is_whole: bool
    ) -> None:
        """Name those without a partner; `same` are the numbers of the unchanged occurrences around them."""
        new: defaultdict[Key, list[int]] = defaultdict(list)
        for place, occurrence in enumerate(occurrences):
            if place not in given:
                new[occurrence.key].append(place)
        names: dict[int, Name] = {}
        in_use = set(given.values())
        for key, places in new.items():
            if not self.last.get(key):  # by far the most: nothing that they could be a return of
                self.last[key] = dict(enumerate([occurrences[place] for place in places], 1))
                for ordinal, place in enumerate(places, 1):
                    names[place] = key, ordinal
                continue
            numbers = self.names.by_key[key].items()
            taken = {ordinal for ordinal, number in numbers if number in in_use or same >> number & 1}
            ordinals = self._recalled_or_new(key, [occurrences[place] for place in places], taken, is_whole=is_whole)
            names |= {place: (key, ordinal) for place, ordinal in zip(places, ordinals, strict=True)}
        for place in sorted(names):
            given[place] = self.names.number(*names[place])

    def _recalled_or_new(
        self, key: Key, occurrences: Sequence[Occurrence], taken: set[int], *, is_whole: bool
    ) -> list[int]:
        """Ordinals for occurrences of one key that have no partner: each gets a known free one, or a new one."""
        known = self.last[key]
        free = [ordinal for ordinal in known if ordinal not in taken]
        matches = self.identity.recall(occurrences, [known[ordinal] for ordinal in free], is_whole)
        ordinals = []
        for occurrence, match in zip(occurrences, matches, strict=True):
            ordinal = next(reversed(known), 0) + 1 if match is None else free[match]
            if is_whole or ordinal not in known:
                known[ordinal] = occurrence
            ordinals.append(ordinal)
        return ordinals


SECTIONS = Identity(pair_sections, recall_sections)
LINKS = Identity(pair_links, recall_links)
