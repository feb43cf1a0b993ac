"""What stays the same thing while a note changes: the life of a section or a link through the texts of one note.

A *moment* is one text of a note: a revision, or the note as it is now. A *mark* is what stands there: a heading, a
link. Marks with one key (a section's path; a link's kind and address) are told apart by their *turn*, a number from 1.
From a text to the one made from it, a mark keeps its turn when it stays where it was, and also when it moves; one that
comes back takes the lowest turn that is free. So the same texts give the same turns, whichever way they came.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from extractor.chronicle.moments import Key, Moment, Name, bases_first, reference_of
from extractor.chronicle.turns import name_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Life:
    """What became of one mark; all numbers are indexes of moments.

    `holders` are the moments in which it stands, `place` its index among the marks of the last of them. A mark that was
    only ever seen going has no holder. `ended` is the moment with which one that is not current went.
    """

    key: Key
    turn: int
    holders: tuple[int, ...]
    place: int
    added: tuple[int, ...]
    removed: tuple[int, ...]
    ended: int | None


def trace(moments: Sequence[Moment]) -> tuple[list[Life], list[list[int]]]:
    """The life of each mark, and for each moment the index in that list of each of its marks.

    `moments` are in the order of time; a base may come after its child where a clock ran backwards. The last moment
    that can be read tells what is current.
    """
    names = name_all(moments)
    held = _what_each_holds(moments, names)
    added, removed = _changes(moments, names, held)
    readable = [i for i, moment in enumerate(moments) if moment.marks is not None]
    current = held[readable[-1]] if readable else frozenset()

    index: dict[Name, int] = {}
    seen: list[list[int]] = []
    places: list[int] = []
    numbers: list[list[int]] = []
    for i, moment_names in enumerate(names):
        numbers.append([index.setdefault(name, len(index)) for name in moment_names])
        seen += [[] for _ in range(len(index) - len(seen))]
        places += [0] * (len(index) - len(places))
        for place, at in enumerate(numbers[i]):
            if not moments[i].echo or moment_names[place] in held[i]:
                seen[at].append(i)
                places[at] = place
    for name in chain.from_iterable(removed):
        index.setdefault(name, len(index))

    added_in: dict[Name, list[int]] = defaultdict(list)
    removed_in: dict[Name, list[int]] = defaultdict(list)
    for events, by_name in ((added, added_in), (removed, removed_in)):
        for i, event in enumerate(events):
            for name in event:
                by_name[name].append(i)

    lives = []
    for name, at in index.items():
        holders = seen[at] if at < len(seen) else []
        lives.append(
            Life(
                key=name[0],
                turn=name[1],
                holders=tuple(holders),
                place=places[at] if holders else 0,
                added=tuple(added_in[name]),
                removed=tuple(removed_in[name]),
                ended=None
                if name in current
                else _end(holders, removed_in[name], (i for i in readable if name not in held[i])),
            )
        )
    return lives, numbers


def _end(holders: Sequence[int], removals: Sequence[int], without: Iterable[int]) -> int | None:
    """The moment with which a mark that is not current went; `without` are those that are taken not to hold it."""
    if removals and (not holders or removals[-1] > holders[-1]):
        return removals[-1]
    return next((i for i in without if i > holders[-1]), removals[-1] if removals else None)


def _what_each_holds(moments: Sequence[Moment], names: Sequence[tuple[Name, ...]]) -> list[frozenset[Name]]:
    """For each moment what it is taken to hold: its marks, and for a partly known text what nothing shows going.

    That holds over a hole in the history, too: what stood before it stands until something shows otherwise.
    """
    held: list[frozenset[Name]] = [frozenset()] * len(moments)
    for i in bases_first(moments):
        moment = moments[i]
        if moment.marks is None:
            continue
        own = frozenset(names[i])
        before = None if moment.whole else reference_of(moments, i)
        if before is not None:
            own |= held[before] - set(_name_removed(moment, names[i], held[before]))
        held[i] = own
    _undo_echoes(moments, names, held)
    return held


def _undo_echoes(moments: Sequence[Moment], names: Sequence[tuple[Name, ...]], held: list[frozenset[Name]]) -> None:
    """What goes in an echo and is back in its child was held all along; what comes and goes was not.

    Nobody did either. Only a mark that stands nowhere else is left in the echo, lest it be in no text at all.
    """
    for i, moment in enumerate(moments):
        if moment.echo and moment.base is not None:
            children = [held[c] for c, child in enumerate(moments) if child.base == i and child.marks is not None]
            if children:
                before, after = held[moment.base], frozenset.union(*children)
                passing = held[i] - before - after
                if passing:
                    passing &= {name for j, other in enumerate(names) if not moments[j].echo for name in other}
                held[i] = (held[i] - passing) | (before & after)


def _name_removed(moment: Moment, own: Sequence[Name], before: frozenset[Name]) -> list[Name]:
    """Names of the marks that the diff of a partly known text shows going."""
    taken = set(own)
    gone: list[Name] = []
    for mark in moment.removed:
        known = sorted(turn for key, turn in before if key == mark.key and (key, turn) not in taken)
        turn = known[0] if known else next(t for t in range(1, len(taken) + 2) if (mark.key, t) not in taken)
        taken.add((mark.key, turn))
        gone.append((mark.key, turn))
    return gone


def _changes(
    moments: Sequence[Moment], names: Sequence[tuple[Name, ...]], held: Sequence[frozenset[Name]]
) -> tuple[list[list[Name]], list[list[Name]]]:
    """For each moment the names added and removed, told against the text it was made from."""
    added: list[list[Name]] = []
    removed: list[list[Name]] = []
    for i, moment in enumerate(moments):
        came: list[Name] = []
        went: list[Name] = []
        reference = reference_of(moments, i)
        before = held[reference] if reference is not None else frozenset()
        if moment.marks is not None and moment.whole:
            came = [name for name in names[i] if name not in before and name in held[i]]
            if reference is not None and reference == moment.base:
                # sorted by what the reference holds first, so that the rows come in one order
                went = [name for name in _in_order(names[reference], before) if name not in held[i]]
        elif moment.marks is not None:
            came = [name for place, name in enumerate(names[i]) if place in moment.inserted and name not in before]
            went = _name_removed(moment, names[i], before)
        added.append(came)
        removed.append(went)
    return added, removed


def _in_order(names: Sequence[Name], held: frozenset[Name]) -> list[Name]:
    """The held names, those that stand in the text first and in its order."""
    standing = [name for name in dict.fromkeys(names) if name in held]
    return standing + sorted(held.difference(standing), key=repr)
