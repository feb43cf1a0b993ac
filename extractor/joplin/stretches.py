"""What a diff shows by itself of a text that is otherwise not known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a text, without what stands before and after it.

    `start` counts UTF-16 units in the new text; `inserted` are half-open ranges in characters of `text`
    that this revision put there; `old_text` is the same stretch before the edit.
    """

    start: int
    text: str
    inserted: tuple[tuple[int, int], ...]
    old_text: str
