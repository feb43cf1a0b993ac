"""The lines that a patch changes, found without the whole text: places are looked up in the lines of its base. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from extractor.joplin.hunks import MARGIN, context, from_units, sides, to_units
from extractor.texts import common_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from extractor.chunked import Chunked
    from extractor.joplin.hunks import Hunk

T = TypeVar("T")
Lines = tuple[tuple[object, str], ...]  # of a chunk: whose each is, and the line


@dataclass(frozen=True, slots=True)
class Window:
    """Lines `start:stop` of a text before and after an edit that changed nothing else."""

    start: int
    stop: int
    before: str
    after: str


class Lengths:
    """How many UTF-16 units the lines of chunks take, line ends included; what texts have in common is counted once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Lines, int]] = {}

    def ends(self, chunks: Iterable[Lines]) -> list[int]:
        """Where each chunk of a text ends, were there a line end behind its last line."""
        known = self._known
        found = []
        for chunk in chunks:
            one = known.get(id(chunk))
            if one is None:  # held with the chunk, so that no other has its identity
                one = known[id(chunk)] = chunk, units_of("\n".join(line for _, line in chunk)) + 1
            found.append(one[1])
        return list(accumulate(found))


def units_of(line: str) -> int:
    """How many UTF-16 units a line has."""
    return len(line) if line.isascii() else len(to_units(line)) // 2


def windowed(owned: Chunked[tuple[T, str]], hunks: Sequence[Hunk], lengths: Lengths) -> Window | None:
    """The lines that a patch changes in a text; None where it does not fit exactly (as `joplin.patch.apply_patch`).

    They end where both forms differ, so that what is found in them is what is found in the whole texts.
    """
    ends = lengths.ends(owned.chunks)
    edits = _edits(hunks, ends[-1] - 1)
    if edits is None:
        return None
    start, offset = _line_at(owned, ends, min(edit.old_at for edit in edits))
    last, _ = _line_at(owned, ends, max(edit.old_at + len(edit.old) // 2 for edit in edits))
    before = "\n".join(line for _, line in owned[start : last + 1])
    units = bytearray(to_units(before))
    for edit in edits:
        place = 2 * (edit.at - offset)
        if place < 0 or not units.startswith(edit.old, place):
            return None
        units[place : place + len(edit.old)] = edit.new
    return _until_they_differ(owned, Window(start, last + 1, before, from_units(units)))


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


def _line_at(owned: Chunked[tuple[T, str]], ends: Sequence[int], offset: int) -> tuple[int, int]:
    """The number of the line, from 0, that has a unit or ends with it, and the unit with which it starts."""
    at = min(bisect_right(ends, max(offset, 0)), len(ends) - 1)
    line, start = sum(map(len, owned.chunks[:at])), ends[at - 1] if at else 0
    for _, text in owned.chunks[at]:
        end = start + units_of(text) + 1
        if offset < end:
            break
        line, start = line + 1, end
    return line, start


def _until_they_differ(owned: Chunked[tuple[T, str]], window: Window) -> Window:
    """The window with more lines behind it where one form begins with the other: more of them may be alike."""
    more = 1
    while window.stop < len(owned) and window.before != window.after:
        shorter = min(len(window.before), len(window.after))
        if common_start(window.before, window.after, shorter) < shorter:
            break
        stop = min(window.stop + more, len(owned))
        behind = "".join(f"\n{line}" for _, line in owned[window.stop : stop])
        window = Window(window.start, stop, window.before + behind, window.after + behind)
        more *= 2
    return window
