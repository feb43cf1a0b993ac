"""Joplin's text patches (models/Revision.ts): parsing and applying them.

The text to patch is UTF-16-LE bytes here: see `hunks`.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Never

from extractor.errors import PatchError
from extractor.joplin.fields import excerpt
from extractor.joplin.hunks import DELETE, INSERT, MARGIN, Hunk, context, sides
from extractor.joplin.legacy import parse_legacy

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_CHANGE = frozenset({"", "[]", '""'})


class Fit(Enum):
    """How well a hunk fitted a text."""

    EXACT = "exact"  # its old text was exactly where the hunk says
    FUZZY = "fuzzy"  # Joplin found a place that is near, or similar enough
    FAILED = "failed"  # Joplin silently dropped it, or a part of it


class Applied(NamedTuple):
    """A patched text in UTF-16-LE, and how each hunk fitted."""

    text: bytes
    fits: tuple[Fit, ...]

    @property
    def is_exact(self) -> bool:
        """Whether every hunk fitted exactly where it says."""
        return all(fit is Fit.EXACT for fit in self.fits)


def parse_patch(text: str) -> tuple[Hunk, ...]:
    """The hunks of a `title_diff` or `body_diff`: patch JSON, or the `@@` text of older Joplin.

    '' and '""' mean no change, as in Revision.ts:60. Raises PatchError for anything that Joplin could not
    apply, or applies only by accident of JavaScript (numbers of another type, unknown operations).
    """
    if text.startswith("@@"):
        return tuple([Hunk(*parts) for parts in parse_legacy(text)])
    if text in _NO_CHANGE:
        return ()
    patch = parse_json(text)
    if not isinstance(patch, list):
        raise PatchError(f"The diff is not a list of changes: {excerpt(text)}")
    return tuple([_hunk(entry) for entry in patch])


def parse_json(text: str) -> object:
    """JSON as JavaScript reads it: without NaN and Infinity. Raises PatchError."""
    try:
        return _JSON.decode(text)
    except ValueError:
        raise PatchError(f"The diff is not JSON: {excerpt(text)}") from None
    except RecursionError:
        raise PatchError(f"The diff is nested too deeply: {excerpt(text)}") from None


def apply_patch(hunks: Sequence[Hunk], base: bytes) -> Applied:
    """Apply `hunks` one after another to `base` (UTF-16-LE), as Joplin's diff-match-patch does.

    As long as each hunk's old text is where the hunk says, this is a splice. If one is not, the whole patch is
    applied by diff-match-patch, so that the outcome is the same as in Joplin. A hunk without a position raises
    PatchError: JavaScript fails on it too, except for a single hunk that makes the first text out of nothing.
    """
    text, rest = bytearray(), 0  # what is patched so far, and where in `base` the remainder begins
    for index, hunk in enumerate(hunks):
        old, new = sides(hunk)
        if hunk.start2 is None:
            if base or old or len(hunks) > 1:
                raise PatchError("A change in the diff does not say where it belongs.")
            return Applied(new, (Fit.EXACT,))
        at = 2 * hunk.start2
        end = at + len(old)
        if end > len(text):
            following = base[rest : rest + end - len(text)]
            text += following
            rest += len(following)
        if (
            not text.startswith(old, at)
            or at < 0
            or (index == 0 and at > 0 and context(hunk.diffs[:1]) < MARGIN)
            or (index == len(hunks) - 1 and end < len(text) + len(base) - rest and context(hunk.diffs[-1:]) < MARGIN)
        ):
            return _apply_fuzzily(hunks, base, exact=index)
        text[at:end] = new
    return Applied(b"".join((text, base[rest:])), (Fit.EXACT,) * len(hunks))


def _apply_fuzzily(hunks: Sequence[Hunk], base: bytes, exact: int) -> Applied:
    """Like `apply_patch`, but by diff-match-patch; the first `exact` hunks are known to fit exactly."""
    # Most histories never need it, and its import costs more than a hundred exact patches.
    from extractor.joplin.fuzzy import apply_fuzzily  # noqa: PLC0415 - see above

    if any(hunk.start2 is None or hunk.length1 is None or hunk.length2 is None for hunk in hunks):
        raise PatchError("A change in the diff does not say where it belongs.")
    text, pieces = apply_fuzzily(hunks, base)
    fits = [Fit.EXACT if index < exact else Fit.FUZZY if all(one) else Fit.FAILED for index, one in enumerate(pieces)]
    return Applied(text, tuple(fits))


def _refuse(constant: str) -> Never:
    """Reject NaN and Infinity, which Python's json accepts."""
    raise ValueError(constant)


_JSON = json.JSONDecoder(parse_constant=_refuse)


def _hunk(entry: object) -> Hunk:
    """One element of patch JSON."""
    if not isinstance(entry, dict):
        raise PatchError(f"A change in the diff has an unknown form: {excerpt(str(entry))}")
    pairs = entry.get("diffs")
    if not isinstance(pairs, list):
        raise PatchError("A change in the diff does not say what was changed.")
    diffs = []
    for pair in pairs:
        if type(pair) is list and len(pair) == 2:  # noqa: PLR2004 - operation and text
            op, piece = pair
            if type(op) is int and DELETE <= op <= INSERT and type(piece) is str:
                diffs.append((op, piece))
                continue
        raise PatchError(f"A change in the diff has an unknown form: {excerpt(str(pair))}")
    numbers = [entry.get("start1"), entry.get("start2"), entry.get("length1"), entry.get("length2")]
    return Hunk(tuple(diffs), *[each if type(each) is int else _number(each) for each in numbers])


def _number(value: object) -> int | None:
    """A count of units; None if the patch gives none."""
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise PatchError(f"A position in the diff is not a whole number: {excerpt(str(value))}")
