"""Which revision each line of a text came with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from extractor.chunked import Chunked
from extractor.textdiff import common
from extractor.texts import common_end, common_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

T = TypeVar("T")
KEPT = 8  # texts that are held for what is made from them; one that is older is asked for again


Owned = tuple[T, str]  # the key of a text, and a line of it


def blame(texts: Sequence[tuple[T, str]], bases: Sequence[int | None] | None = None) -> list[tuple[T, str]]:
    """Each line of the last text with the key of the text that it came with; texts are in the order of time.

    `bases` are the places of the texts that each was made from, None for none; without them, each was made from the one
    before. Lines that were in a text on another branch came by a sync: they are as old as they are there. A line that
    went and came back belongs to the text that brought it back. Of `texts` each is asked for a few times at most, one
    after the other.
    """
    bases = _each_from_the_one_before(len(texts)) if bases is None else bases
    last_use = {base: at for at, base in enumerate(bases) if base is not None}
    owned: list[Chunked[Owned[T]]] = []
    written: dict[int, str] = {}  # texts that others are still to be compared with, the latest of them
    lines_of = _LinesOf()
    is_branched = False
    for at in range(len(texts)):
        key, text = texts[at]
        base = bases[at]
        if base is None:
            lines, new = _first(key, text)
        else:
            lines, new = _next(owned[base], written[base] if base in written else texts[base][1], key, text)
        is_branched = is_branched or base != _place_before(at)
        if is_branched and (beside := _beside(bases, at)) is not None:
            lines = _synced(lines, key, new, owned[beside], lines_of)
        owned.append(lines)
        written = {**_still_used(written, last_use, at), at: text}
    return list(owned[-1]) if owned else []


def _each_from_the_one_before(number: int) -> list[int | None]:
    return [_place_before(at) for at in range(number)]


def _place_before(at: int) -> int | None:
    return at - 1 if at else None


def _still_used(written: Mapping[int, str], last_use: Mapping[int, int], at: int) -> dict[int, str]:
    """Of the texts that are held, the latest of those that a later one was made from."""
    return {place: text for place, text in written.items() if last_use.get(place, 0) > at and place >= at - KEPT}


class _LinesOf:
    """The lines of chunks, as sets, so that what many texts have in common is looked through once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, frozenset[str]]] = {}

    def any_of(self, lines: set[str], chunks: Iterable[tuple[tuple[object, str], ...]]) -> bool:
        """Whether one of these lines is in the chunks."""
        return any(not lines.isdisjoint(self._lines(chunk)) for chunk in chunks)

    def _lines(self, chunk: tuple[tuple[object, str], ...]) -> frozenset[str]:
        known = self._known.get(id(chunk))
        if known is None:  # held with the chunk, so that no other has its identity
            known = self._known[id(chunk)] = chunk, frozenset(line for _, line in chunk)
        return known[1]


def _synced(
    lines: Chunked[Owned[T]], key: T, new: range, beside: Chunked[Owned[T]], lines_of: _LinesOf
) -> Chunked[Owned[T]]:
    """Give what is new in a text, but is likewise in one of another branch, the age that it has there.

    `new` is where lines may be new. An empty line by itself did not come by a sync.
    """
    wanted = {line for owner, line in lines[new.start : new.stop] if owner == key and line.strip()}
    if not lines_of.any_of(wanted, beside.chunks):
        return lines
    found, other = list(lines), list(beside)
    for a, b, length in common([line for _, line in other], [line for _, line in found]):
        for i in range(length):
            if found[b + i][0] == key:
                found[b + i] = other[a + i]
    return lines.edited_to(found)


def _beside(bases: Sequence[int | None], at: int) -> int | None:
    """The latest of the texts before one that it does not come from; None where all of them led to it."""
    came_from = bases[at]
    for before in range(at - 1, -1, -1):
        if before != came_from:
            return before
        came_from = bases[before]
    return None


def _first(key: T, text: str) -> tuple[Chunked[Owned[T]], range]:
    """The lines of a text that was made from none, and where they are new: everywhere."""
    return Chunked.of([(key, line) for line in text.split("\n")]), range(text.count("\n") + 1)


def _next(owned: Chunked[Owned[T]], before: str, key: T, text: str) -> tuple[Chunked[Owned[T]], range]:
    """Carry the owners of lines over an edit; only the lines between its first and its last letter are compared.

    Says also where lines may be new.
    """
    if text == before:
        return owned, range(0)
    head = common_start(before, text, min(len(before), len(text)))
    first = before.count("\n", 0, head)
    tail = common_end(before, text, min(len(before), len(text)) - head)
    last = before.count("\n", len(before) - tail) if tail else 0
    old_end = len(owned) - last
    start = before.rfind("\n", 0, head) + 1
    end = text.find("\n", len(text) - tail)
    new = text[start : len(text) if end < 0 else end].split("\n")
    middle: list[Owned[T]] = [(key, line) for line in new]
    for a, b, length in common([line for _, line in owned[first:old_end]], new):
        middle[b : b + length] = owned[first + a : first + a + length]
    return owned.splice(first, old_end, middle), range(first, first + len(new))
