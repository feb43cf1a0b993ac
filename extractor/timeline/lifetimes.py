"""The lifetime of each section and link through the versions of a note: where it is, when it came, when it went."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING

from extractor.timeline.naming import Identity, Name, Occurrences, name_all
from extractor.timeline.versions import Version, bases_first, reference_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from extractor.timeline.pairing import Key, Occurrence


@dataclass(frozen=True, slots=True)
class Lifetime:
    """What became of one section or link; all numbers are indexes of versions.

    `holders` are the versions that show it, `place` its index among the occurrences of the last of them. One that was
    only ever seen going has no holder. `ended` is the first version without it, of one that is not current.
    """

    key: Key
    ordinal: int
    holders: tuple[int, ...]
    place: int
    added: tuple[int, ...]
    removed: tuple[int, ...]
    respelled: tuple[int, ...]
    ended: int | None

    @property
    def name(self) -> Name:
        """Key and ordinal."""
        return self.key, self.ordinal


@dataclass(frozen=True, slots=True)
class Tracked:
    """All lifetimes, for each version the index of each of its occurrences in them, and the names that it holds.

    A version holds what it shows, and of a partly known text what nothing shows going.
    """

    lifetimes: list[Lifetime]
    numbers: list[list[int]]
    held: list[frozenset[Name]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the diffs of partly known texts show, by version: occurrences that came in (their places), and that went."""

    inserted: Sequence[frozenset[int]]
    removed: Sequence[tuple[Occurrence, ...]]


def track(versions: Sequence[Version], occurrences: Occurrences, shown: Shown, identity: Identity) -> Tracked:
    """The lifetime of each section or link.

    `versions` are in the order of time; a base may come after its child where a clock ran backwards. The last version
    that can be read tells what is current.
    """
    names = name_all(versions, occurrences, identity)
    held = _held(versions, names.of, shown)
    came, went = _changes(versions, names.of, held, shown)
    readable = [i for i, version in enumerate(versions) if version.is_readable]
    current = held[readable[-1]] if readable else frozenset()

    index: dict[Name, int] = {}
    holders: list[list[int]] = []
    places: list[int] = []
    numbers: list[list[int]] = []
    for i, here in enumerate(names.of):
        numbers.append([index.setdefault(name, len(index)) for name in here])
        holders += [[] for _ in range(len(index) - len(holders))]
        places += [0] * (len(index) - len(places))
        for place, at in enumerate(numbers[i]):
            if not versions[i].echo or here[place] in held[i]:
                holders[at].append(i)
                places[at] = place
    for name in chain.from_iterable(went):
        index.setdefault(name, len(index))

    added, removed, respelled = _by_name(came), _by_name(went), _by_name(names.respelled)
    lifetimes = []
    for name, at in index.items():
        seen = holders[at] if at < len(holders) else []
        ended = None
        if name not in current:
            ended = _end(seen, removed[name], (i for i in readable if name not in held[i]))
        lifetimes.append(
            Lifetime(
                key=name[0],
                ordinal=name[1],
                holders=tuple(seen),
                place=places[at] if seen else 0,
                added=tuple(added[name]),
                removed=tuple(removed[name]),
                respelled=tuple(respelled[name]),
                ended=ended,
            )
        )
    return Tracked(lifetimes, numbers, held)


def _by_name(events: Iterable[Iterable[Name]]) -> dict[Name, list[int]]:
    """For each name the versions of its events."""
    found: dict[Name, list[int]] = defaultdict(list)
    for i, event in enumerate(events):
        for name in event:
            found[name].append(i)
    return found


def _end(holders: Sequence[int], removals: Sequence[int], without: Iterable[int]) -> int | None:
    """The version with which one that is not current went; `without` are those that are taken not to hold it."""
    if removals and (not holders or removals[-1] > holders[-1]):
        return removals[-1]
    return next((i for i in without if i > holders[-1]), removals[-1] if removals else None)


def _held(versions: Sequence[Version], names: Sequence[tuple[Name, ...]], shown: Shown) -> list[frozenset[Name]]:
    """For each version what it is taken to hold: what it shows, and for a partly known text what nothing shows going.

    That holds over a hole in the history, too: what was there before it is there until something shows otherwise.
    """
    held: list[frozenset[Name]] = [frozenset()] * len(versions)
    for i in bases_first(versions):
        if not versions[i].is_readable:
            continue
        own = frozenset(names[i])
        before = None if versions[i].reading.whole else reference_of(versions, i)
        if before is not None:
            own |= held[before] - set(_names_removed(shown.removed[i], names[i], held[before]))
        held[i] = own
    _undo_echoes(versions, names, held)
    return held


def _undo_echoes(versions: Sequence[Version], names: Sequence[tuple[Name, ...]], held: list[frozenset[Name]]) -> None:
    """What goes in an echo and is back in its child was held all along; what comes and goes was not.

    Nobody did either. Only what is shown nowhere else is left in the echo, lest it be in no text at all.
    """
    for i, version in enumerate(versions):
        if version.echo and version.base is not None:
            children = [held[c] for c, child in enumerate(versions) if child.base == i and child.is_readable]
            if children:
                before, after = held[version.base], frozenset.union(*children)
                passing = held[i] - before - after
                if passing:
                    passing &= {name for j, other in enumerate(names) if not versions[j].echo for name in other}
                held[i] = (held[i] - passing) | (before & after)


def _names_removed(removed: Sequence[Occurrence], own: Sequence[Name], before: frozenset[Name]) -> list[Name]:
    """Names of what the diff of a partly known text shows going."""
    wanted = {occurrence.key for occurrence in removed}
    taken = {name for name in own if name[0] in wanted}
    known: dict[Key, deque[int]] = {key: deque() for key in wanted}
    for key, ordinal in sorted((name for name in before if name[0] in wanted and name not in taken), key=_ordinal):
        known[key].append(ordinal)
    unknown = {key: count(1) for key in wanted}
    gone: list[Name] = []
    for occurrence in removed:
        key = occurrence.key
        here = known[key] or unknown[key]
        ordinal = here.popleft() if isinstance(here, deque) else next(n for n in here if (key, n) not in taken)
        taken.add((key, ordinal))
        gone.append((key, ordinal))
    return gone


def _ordinal(name: Name) -> int:
    return name[1]


def _changes(
    versions: Sequence[Version], names: Sequence[tuple[Name, ...]], held: Sequence[frozenset[Name]], shown: Shown
) -> tuple[list[list[Name]], list[list[Name]]]:
    """For each version the names that came and went, told against the text it was made from."""
    added: list[list[Name]] = []
    removed: list[list[Name]] = []
    for i, version in enumerate(versions):
        came: list[Name] = []
        went: list[Name] = []
        reference = reference_of(versions, i)
        before = held[reference] if reference is not None else frozenset()
        if version.is_readable and version.reading.whole:
            came = [name for name in names[i] if name not in before and name in held[i]]
            if reference is not None and reference == version.base:
                # sorted by what the reference holds first, so that the rows come in one order
                went = [name for name in _in_order(names[reference], before) if name not in held[i]]
        elif version.is_readable:
            came = [name for place, name in enumerate(names[i]) if place in shown.inserted[i] and name not in before]
            went = _names_removed(shown.removed[i], names[i], before)
        added.append(came)
        removed.append(went)
    return added, removed


def _in_order(names: Sequence[Name], held: frozenset[Name]) -> list[Name]:
    """The held names, those that the text shows first and in its order."""
    present = [name for name in dict.fromkeys(names) if name in held]
    return present + sorted(held.difference(present), key=repr)
