"""The lifetime of each section and link through the versions of a note: where it is, when it came, and when it went."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain, count
from operator import or_
from typing import TYPE_CHECKING

from extractor.chunked import Chunked
from extractor.timeline.naming import Identity, Name, Named, Names, Occurrences, name_all, numbers_in, set_of
from extractor.timeline.tracked import Holders, Lifetime, Tracked
from extractor.timeline.versions import Version, bases_first, reference_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from extractor.timeline.pairing import Key, Occurrence


@dataclass(frozen=True, slots=True)
class Shown:
    """What the diffs of partly known texts show, by version: the places of inserted occurrences, and removed ones."""

    inserted: Sequence[frozenset[int]]
    removed: Sequence[tuple[Occurrence, ...]]


@dataclass(slots=True)
class _Events:
    """The versions in which each name (by number) came, and in which it went."""

    came: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    went: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def track(
    versions: Sequence[Version],
    occurrences: Sequence[Sequence[Occurrence] | None],
    shown: Shown,
    identity: Identity,
    ordinals: Sequence[int] | None = None,
) -> Tracked:
    """The lifetime of each section or link.

    `versions` are in the order of time; a base may come after its child if a clock ran backwards. What the last
    readable version has is current. `ordinals` are those of the first version's occurrences, if known.
    """
    chunked: Occurrences = [None if one is None else Chunked.of(one) for one in occurrences]
    named = name_all(versions, chunked, identity, ordinals)
    held = _held(versions, named, shown)
    order = _in_order_of_coming(named)  # before `_events` names those that are only seen going
    events = _events(versions, named, held, shown)
    runs = _runs(versions, named, held)
    respelled: defaultdict[int, list[int]] = defaultdict(list)
    for i, numbers in enumerate(named.respelled):
        for number in numbers:
            respelled[number].append(i)
    readable = [i for i, version in enumerate(versions) if version.is_readable]
    current = held[readable[-1]] if readable else 0

    lifetimes = []
    for number in chain(order, range(len(order), len(named.names.all))):
        key, ordinal = named.names.all[number]
        holders, removed = Holders(runs.get(number, ())), events.went.get(number, ())
        ended = None if current >> number & 1 else _end(number, holders, removed, held, readable)
        lifetimes.append(
            Lifetime(
                key=key,
                ordinal=ordinal,
                number=number,
                holders=holders,
                added=tuple(events.came.get(number, ())),
                removed=tuple(removed),
                respelled=tuple(respelled.get(number, ())),
                ended=ended,
            )
        )
    return Tracked(lifetimes, named.of, held)


def _in_order_of_coming(named: Named) -> list[int]:
    """All numbers, in the order of the first version that shows each, and of its place there.

    That is the order of the numbers themselves, unless a base is dated later than a text that was made from it.
    """
    order: list[int] = []
    seen = 0
    for here, shown in zip(named.of, named.shown, strict=True):
        if new := shown & ~seen:
            fresh = set(numbers_in(new))
            order += [number for number in here if number in fresh]
            seen |= shown
    return order


def _runs(versions: Sequence[Version], named: Named, held: Sequence[int]) -> dict[int, list[range]]:
    """The versions that show each number; of an echo only what it is assumed to have."""
    begun: dict[int, int] = {}
    runs: defaultdict[int, list[range]] = defaultdict(list)
    before = 0
    for i, version in enumerate(versions):
        here = named.shown[i] & held[i] if version.echo else named.shown[i]
        if here != before:
            for number in numbers_in(before & ~here):
                runs[number].append(range(begun.pop(number), i))
            begun |= dict.fromkeys(numbers_in(here & ~before), i)
            before = here
    for number, start in begun.items():
        runs[number].append(range(start, len(versions)))
    return runs


def _end(
    number: int, holders: Sequence[int], removals: Sequence[int], held: Sequence[int], readable: Sequence[int]
) -> int | None:
    """The version with which one that is not current went: the first readable one without it after its last holder."""
    if removals and (not holders or removals[-1] > holders[-1]):
        return removals[-1]
    behind = range(bisect_right(readable, holders[-1]), len(readable))
    without = (readable[at] for at in behind if not held[readable[at]] >> number & 1)
    return next(without, removals[-1] if removals else None)


def _held(versions: Sequence[Version], named: Named, shown: Shown) -> list[int]:
    """The set that each version is assumed to have: what it shows and, in a partly known text, what was not removed.

    This bridges gaps in the history, too: what was there before a gap is there until something shows otherwise.
    """
    held = [0] * len(versions)
    for i in bases_first(versions):
        if not versions[i].is_readable:
            continue
        own = named.shown[i]
        before = None if versions[i].reading.whole else reference_of(versions, i)
        if before is not None:
            gone = _names_removed(shown.removed[i], named.of[i], held[before], named.names)
            own |= held[before] & ~set_of(number for name in gone if (number := _known(named.names, name)) is not None)
        held[i] = own
    _undo_echoes(versions, named.shown, held)
    return held


def _known(names: Names, name: Name) -> int | None:
    key, ordinal = name
    return names.by_key[key].get(ordinal) if key in names.by_key else None


def _undo_echoes(versions: Sequence[Version], shown: Sequence[int], held: list[int]) -> None:
    """Keep in an echo what goes with it and is back in its child, and take out what comes with it and goes again.

    Nobody made these changes. Only what is shown nowhere else stays in the echo, so that it is in some text at all.
    """
    echoes = [i for i, version in enumerate(versions) if version.echo and version.base is not None]
    if not echoes:
        return
    elsewhere = reduce(or_, (here for here, version in zip(shown, versions, strict=True) if not version.echo), 0)
    children = _readable_children(versions)
    for i in echoes:
        base = versions[i].base
        if base is not None and children[i]:
            before, after = held[base], reduce(or_, (held[child] for child in children[i]))
            passing = held[i] & ~before & ~after & elsewhere
            held[i] = (held[i] & ~passing) | (before & after)


def _readable_children(versions: Sequence[Version]) -> Mapping[int | None, Sequence[int]]:
    """For each version the readable ones that were made from it."""
    children: defaultdict[int | None, list[int]] = defaultdict(list)
    for i, version in enumerate(versions):
        if version.is_readable:
            children[version.base].append(i)
    return children


def _names_removed(removed: Sequence[Occurrence], own: Iterable[int], before: int, names: Names) -> list[Name]:
    """The names of what the diff of a partly known text removed."""
    if not removed:
        return []
    wanted = {occurrence.key for occurrence in removed}
    taken = {name for name in map(names.all.__getitem__, own) if name[0] in wanted}
    known = {key: deque(_ordinals_in(before, key, names, taken)) for key in wanted}
    unknown = {key: count(1) for key in wanted}
    gone: list[Name] = []
    for occurrence in removed:
        key = occurrence.key
        here = known[key] or unknown[key]
        ordinal = here.popleft() if isinstance(here, deque) else next(n for n in here if (key, n) not in taken)
        taken.add((key, ordinal))
        gone.append((key, ordinal))
    return gone


def _ordinals_in(held: int, key: Key, names: Names, taken: set[Name]) -> list[int]:
    """The ordinals of a key that are in the set `held` and not taken."""
    ordinals = names.by_key[key].items() if key in names.by_key else ()
    return sorted(ordinal for ordinal, number in ordinals if held >> number & 1 and (key, ordinal) not in taken)


def _events(versions: Sequence[Version], named: Named, held: Sequence[int], shown: Shown) -> _Events:
    """What came and went with each version, compared with the text that it was made from."""
    events = _Events()
    for i, version in enumerate(versions):
        if not version.is_readable:
            continue
        reference = reference_of(versions, i)
        before = held[reference] if reference is not None else 0
        came: Iterable[int] = ()
        went: Iterable[int] = ()
        if version.reading.whole:
            came = numbers_in(named.shown[i] & held[i] & ~before)
            if reference is not None and reference == version.base:
                went = numbers_in(before & ~held[i])
        else:
            places = sorted(shown.inserted[i])
            came = [number for number in map(named.of[i].__getitem__, places) if not before >> number & 1]
            gone = _names_removed(shown.removed[i], named.of[i], before, named.names)
            went = [named.names.number(*name) for name in gone]
        for number in came:
            events.came[number].append(i)
        for number in went:
            events.went[number].append(i)
    return events
