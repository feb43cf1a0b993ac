"""Naming the occurrences of each version: which section or link each one is, through the whole history of a note.

Equal keys are told apart by an ordinal, a number from 1 in the order in which they came. From a text to the one made
from it an occurrence keeps its name where `pairing` finds its partner; one that comes back, or is known of another
branch, takes the name that it had. So the same texts give the same names, whichever way they came to be known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

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
Occurrences = Sequence[tuple[Occurrence, ...] | None]  # of each version; None where nothing can be read


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes an occurrence the same in another text.

    `pair` pairs the occurrences of a text with those of the text before, `recall` those without a partner there with
    others of their key, as each was when last seen; it is told whether their text is wholly known.
    """

    pair: Pairing
    recall: Callable[[Sequence[Occurrence], Sequence[Occurrence], bool], Matches]


@dataclass(frozen=True, slots=True)
class Names:
    """The names of each version's occurrences, and of those that are spelled otherwise than in its base."""

    of: list[tuple[Name, ...]]
    respelled: list[tuple[Name, ...]]


def name_all(versions: Sequence[Version], occurrences: Occurrences, identity: Identity) -> Names:
    """Name the occurrences of each version."""
    naming = _Naming(identity)
    names: list[tuple[Name, ...]] = [()] * len(versions)
    respelled: list[tuple[Name, ...]] = [()] * len(versions)
    is_named = [False] * len(versions)
    for i in bases_first(versions):
        here = occurrences[i]
        is_named[i] = True
        if here is None:
            continue
        reference = _reference(versions, i)
        before = occurrences[reference] if reference is not None and is_named[reference] else None
        if reference is None or before is None:
            names[i] = naming.name(here, (), (), is_whole=versions[i].reading.whole)
        elif before is here or before == here:
            names[i] = names[reference]
        else:
            names[i] = naming.name(here, before, names[reference], is_whole=versions[i].reading.whole)
            if reference == versions[i].base and not (versions[i].echo or versions[reference].echo):
                respelled[i] = naming.respelled
    return Names(names, respelled)


def _reference(versions: Sequence[Version], i: int) -> int | None:
    """The version that names are taken over from: a wholly known one, where there is one."""
    reference = reference_of(versions, i)
    if reference is None or reference == versions[i].base or versions[reference].reading.whole:
        return reference
    whole = (j for j in range(i - 1, -1, -1) if versions[j].reading.whole and versions[j].is_readable)
    return next((j for j in whole if versions[j].base != i), reference)


@dataclass(slots=True)
class _Naming:
    """The names given so far; by key and ordinal, how each one was when last seen in a wholly known text."""

    identity: Identity
    last: dict[Key, dict[int, Occurrence]] = field(default_factory=dict)
    respelled: tuple[Name, ...] = ()

    def name(
        self, here: Sequence[Occurrence], before: Sequence[Occurrence], names: Sequence[Name], *, is_whole: bool
    ) -> tuple[Name, ...]:
        """Name the occurrences of one text, where those `before` have these names."""
        matching = self.identity.pair(here, before)
        end = len(here) - matching.tail
        middle = range(matching.head, end)
        given = {place: names[match] for place in middle if (match := matching.matches[place]) is not None}
        respelled = []
        for place, name in given.items():
            if here[place].hints[:1] != before[matching.matches[place] or 0].hints[:1]:
                respelled.append(name)
            if is_whole:
                self.last[name[0]][name[1]] = here[place]
        same = (names[: matching.head], names[len(names) - matching.tail :])
        if len(given) < len(middle):
            new: dict[Key, list[int]] = defaultdict(list)
            for place in middle:
                if place not in given:
                    new[here[place].key].append(place)
            taken: dict[Key, set[int]] = {key: set() for key in new}
            for name in chain(*same, given.values()):
                if name[0] in new:
                    taken[name[0]].add(name[1])
            for key, places in new.items():
                ordinals = self._recalled_or_new(key, [here[place] for place in places], taken[key], is_whole=is_whole)
                given |= {place: (key, ordinal) for place, ordinal in zip(places, ordinals, strict=True)}
        self.respelled = tuple(respelled)
        return (*same[0], *(given[place] for place in middle), *same[1])

    def _recalled_or_new(
        self, key: Key, occurrences: Sequence[Occurrence], taken: set[int], *, is_whole: bool
    ) -> list[int]:
        """Ordinals of occurrences of one key that have no partner: each takes up one that is free, or begins one."""
        known = self.last.setdefault(key, {})
        free = [ordinal for ordinal in known if ordinal not in taken]
        matches = self.identity.recall(occurrences, [known[ordinal] for ordinal in free], is_whole)
        ordinals = []
        for occurrence, match in zip(occurrences, matches, strict=True):
            ordinal = len(known) + 1 if match is None else free[match]
            if is_whole or ordinal not in known:
                known[ordinal] = occurrence
            ordinals.append(ordinal)
        return ordinals


SECTIONS = Identity(pair_sections, recall_sections)
LINKS = Identity(pair_links, recall_links)
