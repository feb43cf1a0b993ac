"""The fragments that a diff shows of a text that is otherwise unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from extractor.joplin.hunks import EQUAL, INSERT, Hunk, from_units, to_units

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a text, without what comes before and after it.

    `start` counts UTF-16 units in the new text; `inserted` are half-open ranges in characters of `text`
    that this revision inserted (`text[a:b]`); `old_text` is the same fragment before the edit.
    """

    start: int
    text: str
    inserted: tuple[tuple[int, int], ...]
    old_text: str


@dataclass(slots=True)
class _Piece:
    """A fragment to which hunks are being applied: UTF-16-LE texts, and in `inserted` a byte per unit of `new`."""

    start: int
    new: bytearray = field(default_factory=bytearray)
    inserted: bytearray = field(default_factory=bytearray)
    old: bytearray = field(default_factory=bytearray)


def fragments(hunks: Sequence[Hunk]) -> tuple[Fragment, ...]:
    """The fragments that the hunks show; those that touch or overlap are joined.

    The hunks of one patch are in the order of their places. The context of one often reaches into the
    fragment of the one before it, and there it has the text after that hunk.
    """
    pieces: list[_Piece] = []
    for hunk in hunks:
        start = hunk.start2 or 0
        if not (pieces and _lay(hunk, pieces[-1], start - pieces[-1].start)):
            pieces.append(_Piece(start))
            _lay(hunk, pieces[-1], 0)
    return tuple([_fragment(piece) for piece in pieces if piece.new or piece.old])


def _lay(hunk: Hunk, piece: _Piece, at: int) -> bool:
    """Apply a hunk at unit `at` of a piece, past whose end it may reach; False if they do not touch or agree."""
    if not 0 <= at <= len(piece.inserted):
        return False
    new = inserted = old = b""
    end = at
    for op, text in hunk.diffs:
        units = to_units(text)
        length = len(units) // 2
        if op == INSERT:
            new += units
            inserted += b"\1" * length
            continue
        known = piece.new[2 * end : 2 * (end + length)]
        if not units.startswith(known):
            return False
        if op == EQUAL:
            new += units
            inserted += piece.inserted[end : end + length].ljust(length, b"\0")
        old += units[len(known) :]
        end += length
    piece.new[2 * at : 2 * end] = new
    piece.inserted[at:end] = inserted
    piece.old += old
    return True


def _fragment(piece: _Piece) -> Fragment:
    """The finished fragment; an insertion that contains half a surrogate pair contains the whole character."""
    ranges = []
    at = characters = 0
    for mark, group in groupby(piece.inserted):
        end = at + len(list(group))
        first = characters - _splits_a_pair(piece.new, at)
        characters = first + len(from_units(piece.new[2 * at : 2 * end]))
        if mark:
            ranges.append((first, characters))
        at = end
    return Fragment(piece.start, from_units(piece.new), tuple(ranges), from_units(piece.old))


def _splits_a_pair(units: bytearray, at: int) -> bool:
    """Whether the unit before `at` and the one at it are the halves of one character."""
    pair = units[2 * at - 2 : 2 * at + 2] if at else b""
    return len(pair) == 4 and len(from_units(pair)) == 1  # noqa: PLR2004 - the bytes of two units
