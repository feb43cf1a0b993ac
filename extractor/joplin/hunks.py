"""The parts of a text patch, and the units in which it counts.

Offsets and lengths count UTF-16 code units, and an edit may split a surrogate pair. So the text to patch is
UTF-16-LE bytes here: two bytes per unit, lone surrogates included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

DELETE, EQUAL, INSERT = -1, 0, 1
MARGIN = 4  # units of context that diff-match-patch puts around an edit (its Patch_Margin)


class Hunk(NamedTuple):
    """One hunk: (DELETE | EQUAL | INSERT, text) pairs, and its place in UTF-16 units.

    `start2` is a place in the text that the hunks before this one have made. A number that the patch does not
    give is None.
    """

    diffs: tuple[tuple[int, str], ...]
    start1: int | None = None
    start2: int | None = None
    length1: int | None = None
    length2: int | None = None


def to_units(text: str) -> bytes:
    """UTF-16-LE bytes of `text`, lone surrogates kept."""
    return text.encode("utf-16-le", "surrogatepass")


def from_units(units: bytes | bytearray) -> str:
    """The text of UTF-16-LE bytes; a surrogate without its other half stays a lone character."""
    return units.decode("utf-16-le", "surrogatepass")


def sides(hunk: Hunk) -> tuple[bytes, bytes]:
    """The text that the hunk expects, and the text that it makes of it, in UTF-16-LE."""
    old = new = ""
    for op, piece in hunk.diffs:
        if op != INSERT:
            old += piece
        if op != DELETE:
            new += piece
    return to_units(old), to_units(new)


def context(edge: Sequence[tuple[int, str]]) -> int:
    """How many units of unchanged text are at the edge of a hunk.

    With less than MARGIN of it, the first hunk of a patch must be at the start of the text and the last one
    at its end: diff-match-patch fills the context up with the padding that it puts around the text.
    """
    return sum(len(to_units(piece)) // 2 for op, piece in edge if op == EQUAL)
