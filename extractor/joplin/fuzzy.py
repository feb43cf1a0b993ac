"""Patches that do not fit, applied as JavaScript's diff-match-patch, which Joplin uses, applies them.

The Python package is a port of it and differs in four ways, which are corrected here. Lengths are UTF-16
units in JavaScript: the package gets strings with one character per unit. JavaScript's letters and blanks
differ from Python's outside ASCII: see `_seen_as`. The package changes a list while it iterates over it, and it takes
a loop that ran to its end for one that was left early: see `_Engine`.

One difference remains: if a patch deletes the padding around an almost empty text, JavaScript's substring swaps
its ends and shows what is left of the padding; here the text is empty.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING

from diff_match_patch import diff_match_patch, patch_obj

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.joplin.hunks import Hunk

Diffs = list[tuple[int, str]]

_STEPS = 10_000_000  # a few seconds, for texts that differ in a few thousand places; then the search stops


def apply_fuzzily(hunks: Sequence[Hunk], base: bytes) -> tuple[bytes, list[list[bool]]]:
    """The patched text in UTF-16-LE, and for each hunk which of its pieces applied.

    diff-match-patch cuts a hunk of more than 32 old units into pieces and matches each separately. No number of
    a hunk may be None.
    """
    patches = []
    for hunk in hunks:
        patch = patch_obj()
        patch.diffs = [(op, _to_chars(piece.encode("utf-16-le", "surrogatepass"))) for op, piece in hunk.diffs]
        patch.start1, patch.start2 = hunk.start2, hunk.start2
        patch.length1, patch.length2 = hunk.length1, hunk.length2
        patches.append(patch)
    engine = _Engine()
    text, applied = engine.patch_apply(patches, _to_chars(base))
    flags = iter(applied)
    return _from_chars(text), [[next(flags) for _ in range(count)] for count in engine.pieces]


class _Engine(diff_match_patch):  # type: ignore[misc]  # the package has no types
    """The package with JavaScript's behaviour. One instance serves one `patch_apply`."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[int] = []
        self.steps = _STEPS
        # Diff_Timeout stays as in JavaScript: 0 would mean "no limit", but also switch off a shortcut
        # (diff_halfMatch) and so lead to other diffs. `_Effort` is the limit instead.

    def diff_bisect(self, text1: str, text2: str, _deadline: float) -> Diffs:
        """The package's search for the shortest diff, with a limit that is the same on every machine."""
        diffs: Diffs = super().diff_bisect(text1, text2, _Effort(self))
        return diffs

    def patch_splitMax(self, patches: list[patch_obj]) -> None:  # noqa: N802 - the package's name
        """Split long hunks, each separately: the package's own loop skips those after the first."""
        split: list[patch_obj] = []
        for patch in patches:
            pieces = [patch]
            super().patch_splitMax(pieces)
            self.pieces.append(len(pieces))
            split += pieces
        patches[:] = split

    def diff_xIndex(self, diffs: Diffs, loc: int) -> int:  # noqa: N802 - the package's name
        """Where `loc` of the old text is in the new one; the package is wrong if the last diff is a deletion."""
        chars1 = chars2 = last_chars1 = last_chars2 = 0
        for op, text in diffs:
            if op != self.DIFF_INSERT:
                chars1 += len(text)
            if op != self.DIFF_DELETE:
                chars2 += len(text)
            if chars1 > loc:
                if op == self.DIFF_DELETE:
                    return last_chars2
                break
            last_chars1, last_chars2 = chars1, chars2
        return last_chars2 + (loc - last_chars1)


class _Effort:
    """A deadline that counts steps instead of seconds, so that the same input has the same outcome.

    The package compares its deadline with the clock once per round, and the n-th round takes about 2 n steps.
    JavaScript gives up after a second.
    """

    def __init__(self, engine: _Engine) -> None:
        self.engine = engine
        self.rounds = 0

    def __lt__(self, _now: float) -> bool:
        self.rounds += 1
        self.engine.steps -= 2 * self.rounds
        return self.engine.steps < 0


_PLANE = 0xF0000  # private use: to Python neither letter nor blank, which is how JavaScript classes these units
_BLANKS = frozenset("\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B))))
_BOM, _BOM_STAND_IN = "\ufeff", "\x1c"  # a blank to JavaScript only, and one to Python only


@cache
def _seen_as(unit: int) -> str:
    """The character for a UTF-16 unit that Python's str methods class as JavaScript classes the unit."""
    char = chr(unit)
    if char == _BOM:
        return _BOM_STAND_IN
    if char in _BLANKS or (char.isascii() and not char.isspace()):
        return char
    return chr(_PLANE + unit)


def _to_chars(units: bytes) -> str:
    """One character for each UTF-16 unit."""
    return "".join(map(_seen_as, struct.unpack(f"<{len(units) // 2}H", units)))


def _from_chars(text: str) -> bytes:
    """The UTF-16-LE bytes of such a string."""
    units = [ord(char) & 0xFFFF for char in text.replace(_BOM_STAND_IN, _BOM)]
    return struct.pack(f"<{len(units)}H", *units)
