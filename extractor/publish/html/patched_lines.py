"""The lines that a patch changes, found without the whole text: places are looked up in the lines of its base. Pure."""

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
Lines = tuple[tuple[object, str], ...]  # of a chunk: whose each is, and the line


@dataclass(frozen=True, slots=True)
class Window(Generic[T]):
    """Lines of a text from `start` on before an edit that changed nothing else, whose each is; and both texts."""

    start: int
    lines: Sequence[tuple[T, str]]
    before: str
    after: str

    @property
    def stop(self) -> int:
        """The line behind the last one."""
        return self.start + len(self.lines)


class _Units(dict[str, int]):
    """How many UTF-16 units lines have, line ends included; most lines are asked for again and again."""

    def __missing__(self, line: str) -> int:
        units = self[line] = 1 + (len(line) if line.isascii() else len(to_units(line)) // 2)
        return units


class Lengths:
    """Where lines end, in UTF-16 units, line ends included; what texts have in common is counted once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Lines, array[int]]] = {}
        self._units = _Units()

    def ends(self, chunks: Iterable[Lines]) -> list[int]:
        """Where each chunk of a text ends, were there a line end behind its last line."""
        known = self._known
        return list(accumulate([(known.get(id(chunk)) or self._count(chunk))[1][-1] for chunk in chunks]))

    def within(self, chunk: Lines) -> array[int]:
        """Where each line of a chunk ends, from the start of the chunk."""
        return (self._known.get(id(chunk)) or self._count(chunk))[1]

    def _count(self, chunk: Lines) -> tuple[Lines, array[int]]:
        units = self._units
        ends = array("Q", accumulate([units[line] for _, line in chunk]))
        self._known[id(chunk)] = found = chunk, ends  # held with the chunk, so that no other has its identity
        return found


def windowed(owned: Chunked[tuple[T, str]], hunks: Sequence[Hunk], lengths: Lengths) -> Window[T] | None:
    """The lines that a patch changes in a text; None where it does not fit exactly (as `joplin.patch.apply_patch`).

    They end where both forms differ, so that what is found in them is what is found in the whole texts.
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
    """What a hunk does: at which unit of the text so far, and of the one before all hunks, to what, in UTF-16-LE."""

    at: int
    old_at: int
    old: bytes
    new: bytes


def _edits(hunks: Sequence[Hunk], length: int) -> list[_Edit] | None:
    """The hunks of a patch; None where one is to be looked for. `length` is that of the text, in units."""
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
    """The number of the line, from 0, that has a unit or ends with it, and the unit with which it starts."""
    at = min(bisect_right(ends, max(offset, 0)), len(ends) - 1)
    start = ends[at - 1] if at else 0
    within = lengths.within(chunks[at])
    line = bisect_right(within, offset - start)
    return sum(map(len, chunks[:at])) + line, start + (within[line - 1] if line else 0)


def _until_they_differ(owned: Chunked[tuple[T, str]], window: Window[T]) -> Window[T]:
    """The window with more lines behind it where one form begins with the other: more of them may be alike."""
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
