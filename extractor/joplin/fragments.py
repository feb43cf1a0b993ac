"""A text of which only some pieces, and their places, are known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from extractor.joplin.hunks import MARGIN, context, sides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.joplin.hunks import Hunk


class ContradictionError(Exception):
    """Two facts about one text contradict each other."""


class Fragments:
    """The known pieces of a text in UTF-16-LE, in order, none touching the next. Places and `length` count bytes.

    `length` is None while it is unknown where the text ends.
    """

    __slots__ = ("length", "pieces", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.pieces: list[bytes] = []
        self.length: int | None = None

    def whole(self) -> bytes | None:
        """The text; None while some of it is unknown."""
        if self.length == 0:
            return b""
        return self.pieces[0] if self.starts == [0] and len(self.pieces[0]) == self.length else None

    def add(self, text: bytes) -> None:
        """Add the whole text. Raises ContradictionError, as do all methods below."""
        self.end_at(len(text))
        self.replace(0, text, text)

    def merge(self, other: Fragments) -> None:
        """Add what is known of the same text elsewhere."""
        if other.length is not None:
            self.end_at(other.length)
        for start, piece in zip(other.starts, other.pieces, strict=True):
            self.replace(start, piece, piece)

    def undo(self, hunks: Sequence[Hunk]) -> None:
        """Go back from this text to the one that the hunks were made against.

        diff-match-patch (patch_addContext_) takes the same amount of context before and after an edit, at least
        MARGIN units: less before it means that the text begins there, less after it that the text ends there.
        """
        for hunk in reversed(hunks):
            if hunk.start2 is None or hunk.start2 < 0:
                raise ContradictionError
            before, after = context(hunk.diffs[:1]), context(hunk.diffs[-1:])
            if hunk.start2 and before < MARGIN:
                raise ContradictionError
            old, new = sides(hunk)
            if hunk is hunks[-1] and after < max(before, MARGIN):
                self.end_at(2 * hunk.start2 + len(new))
            self.replace(2 * hunk.start2, new, old)

    def end_at(self, length: int) -> None:
        """Set the length of the text."""
        if self.length is None and self.starts and self.starts[-1] + len(self.pieces[-1]) > length:
            raise ContradictionError
        if self.length not in {None, length}:
            raise ContradictionError
        self.length = length

    def replace(self, at: int, old: bytes, new: bytes) -> None:
        """Replace `old`, which begins at `at`, by `new`; whatever was unknown there is thereby known to be `old`."""
        end = at + len(old)
        if self.length is not None and end > self.length:
            raise ContradictionError
        first, last = bisect_left(self.starts, at), bisect_right(self.starts, end)
        if first and self.starts[first - 1] + len(self.pieces[first - 1]) >= at:
            first -= 1
        head = tail = b""
        for start, piece in zip(self.starts[first:last], self.pieces[first:last], strict=True):
            if not old.startswith(piece[max(at - start, 0) : max(end - start, 0)], max(start - at, 0)):
                raise ContradictionError
            head = piece[: at - start] if start < at else head
            tail = piece[max(end - start, 0) :]
        joined = b"".join((head, new, tail))
        self.starts[first:last] = [at - len(head)] if joined else []
        self.pieces[first:last] = [joined] if joined else []
        if moved := len(new) - len(old):
            rest = first + bool(joined)
            self.starts[rest:] = [start + moved for start in self.starts[rest:]]
            if self.length is not None:
                self.length += moved
