"""Joplin's text patches (models/Revision.ts): read, and applied as diff-match-patch applies them.

Offsets and lengths count UTF-16 code units, and an edit may split a surrogate pair. So a text to be
patched is UTF-16-LE bytes here: two bytes a unit, lone surrogates and all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DELETE, EQUAL, INSERT = -1, 0, 1


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk: (DELETE | EQUAL | INSERT, text) pairs, and where it stands, in UTF-16 units.

    `start2` counts in the text that the hunks before this one have made. None stands for a number that
    the patch does not give.
    """

    diffs: tuple[tuple[int, str], ...]
    start1: int | None = None
    start2: int | None = None
    length1: int | None = None
    length2: int | None = None


class Fit(Enum):
    """How a hunk went onto a text."""

    EXACT = "exact"  # its old text stood at its very place
    FUZZY = "fuzzy"  # Joplin found a place that is near, or like enough
    FAILED = "failed"  # Joplin dropped it, or a part of it, in silence


@dataclass(frozen=True, slots=True)
class Applied:
    """A patched text in UTF-16-LE, and how each hunk fitted."""

    text: bytes
    fits: tuple[Fit, ...]


def to_units(text: str) -> bytes:
    """UTF-16-LE bytes of `text`, lone surrogates kept."""
    return text.encode("utf-16-le", "surrogatepass")


def from_units(units: bytes) -> str:
    """The text of UTF-16-LE bytes; a surrogate without its other half stays a lone character."""
    return units.decode("utf-16-le", "surrogatepass")


def parse_patch(text: str) -> tuple[Hunk, ...]:
    """Read patch JSON or legacy `@@` text; raise PatchError."""
    raise NotImplementedError


def apply_patch(hunks: tuple[Hunk, ...], base: bytes) -> Applied:
    """Apply `hunks` one after another to `base` (UTF-16-LE)."""
    raise NotImplementedError
