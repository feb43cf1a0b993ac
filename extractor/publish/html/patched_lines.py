"""The lines that a patch changes, found without the whole text: places are looked up in the base's lines. Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from extractor.joplin.hunks import MARGIN, context, from_units, sides, to_units
from extractor.texts import common_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from extractor.chunked import Chunked
    from extractor.joplin.hunks import Hunk

T = TypeVar("T")
Lines = tuple[tuple[object, str], ...]  # of a chunk: the owner of each line, and the line


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """The lines, from `start` on, to which an edit is limited, with their owners; and their text before and after."""

    start: int
    lines: Sequence[tuple[T, str]]
    before: str
    after: str

    @property
    def stop(self) -> int:
        """The index after that of the last line."""
        return self.start + len(self.lines)


class _Units(dict[str, int]):
    """How many UTF-16 units lines have, including their line ends; a cache, as most lines are needed repeatedly."""

    def __missing__(self, line: str) -> int:
        units = self[line] = 1 + (len(line) if line.isascii() else len(to_units(line)) // 2)
        return units


class Lengths:
    """Where lines end, in UTF-16 units including line ends; chunks that several texts share are counted once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Lines, array[int]]] = {}
        self._units = _Units()

    def ends(self, chunks: Iterable[Lines]) -> list[int]:
        """Where each chunk of a text ends, as if its last line had a line end, too."""
        known = self._known
        return list(accumulate([(known.get(id(chunk)) or self._count(chunk))[1][-1] for chunk in chunks]))

    def within(self, chunk: Lines) -> array[int]:
        """Where each line of a chunk ends, from the start of the chunk."""
        return (self._known.get(id(chunk)) or self._count(chunk))[1]

    def _count(self, chunk: Lines) -> tuple[Lines, array[int]]:
        units = self._units
        ends = array("Q", accumulate([units[line] for _, line in chunk]))
        self._known[id(chunk)] = found = chunk, ends  # kept with the chunk, so that no other can get its id()
        return found


def windowed(owned: Chunked[tuple[T, str]], hunks: Sequence[Hunk], lengths: Lengths) -> Window[T] | None:
    """The lines that a patch changes in a text; None if it does not fit exactly (see `joplin.patch.apply_patch`).

    There are enough of them that their comparison before and after gives the same as that of the whole texts.
    """
    ends = lengths.ends(owned.chunks)
    edits = _edits(hunks, ends[-1] - 1)
    if edits is None:
        return None
    at = [*(edit.old_at for edit in edits), *(edit.old_at + len(edit.old) // 2 for edit in edits)]
    start, offset = _line_at(owned.chunks, ends, min(at), lengths)
    last, _ = _line_at(owned.chunks, ends, max(at), lengths)
    lines = owned[start : last + 1]
    before = "\n".join([line for _, line in lines])
    units = bytearray(to_units(before))
    for edit in edits:
        place = 2 * (edit.at - offset)
        if place < 0 or not units.startswith(edit.old, place):
            return None
        units[place : place + len(edit.old)] = edit.new
    return _until_they_differ(owned, Window(start, lines, before, from_units(units)))


class _Edit(NamedTuple):
    """What a hunk replaces, in UTF-16-LE: `at` counts units in the text so far, `old_at` in that before all hunks."""

    at: int
    old_at: int
    old: bytes
    new: bytes


def _edits(hunks: Sequence[Hunk], length: int) -> list[_Edit] | None:
    """The hunks of a patch; None if the place of one would have to be searched. `length` of the text is in units."""
    edits: list[_Edit] = []
    moved = 0
    for index, hunk in enumerate(hunks):
        old, new = sides(hunk)
        at = hunk.start2
        if at is None or at < 0 or at > length + moved:
            return None
        claims_start = index == 0 and at > 0 and context(hunk.diffs[:1]) < MARGIN
        is_before_end = at + len(old) // 2 < length + moved
        if claims_start or (index == len(hunks) - 1 and is_before_end and context(hunk.diffs[-1:]) < MARGIN):
            return None
        edits.append(_Edit(at, at - moved, old, new))
        moved += (len(new) - len(old)) // 2
    return edits or None


def _line_at(chunks: Sequence[Lines], ends: Sequence[int], offset: int, lengths: Lengths) -> tuple[int, int]:
    """The number, from 0, of the line that contains a unit (or ends with it), and the unit with which it starts."""
    at = min(bisect_right(ends, max(offset, 0)), len(ends) - 1)
    start = ends[at - 1] if at else 0
    within = lengths.within(chunks[at])
    line = bisect_right(within, offset - start)
    return sum(map(len, chunks[:at])) + line, start + (within[line - 1] if line else 0)


def _until_they_differ(owned: Chunked[tuple[T, str]], window: Window[T]) -> Window[T]:
    """The window, extended as long as one of its texts begins with the other: the next lines may be equal, too."""
    more = 1
    while window.stop < len(owned) and window.before != window.after:
        shorter = min(len(window.before), len(window.after))
        if common_start(window.before, window.after, shorter) < shorter:
            break
        lines = owned[window.stop : window.stop + more]
        behind = "".join([f"\n{line}" for _, line in lines])
        window = Window(window.start, [*window.lines, *lines], window.before + behind, window.after + behind)
        more *= 2
    return window
