"""The state of the inline parser, with the differences of Joplin's version of markdown-it."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from markdown_it.common.utils import isMdAsciiPunct, isWhiteSpace
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned

if TYPE_CHECKING:
    from markdown_it.token import Token


class InlineState(StateInline):
    """Inline state whose tokens have a position: `meta["at"]` is an offset into the text of the block."""

    def pushPending(self) -> Token:  # noqa: N802 - markdown-it's name
        """Push the text that was read so far."""
        at = self.pos - len(self.pending)
        token = super().pushPending()
        token.meta["at"] = at
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """Push a token."""
        token = super().push(ttype, tag, nesting)
        token.meta["at"] = self.pos
        return token

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - markdown-it's names
        """Classify a run of emphasis marks as in CommonMark 0.30: symbols (category S) are not punctuation."""
        src, marker = self.src, self.src[start]
        end = start
        while end < self.posMax and src[end] == marker:
            end += 1
        before = sort_of(src[start - 1] if start > 0 else " ")
        after = sort_of(src[end] if end < self.posMax else " ")
        left, right = _is_flanking(before, after), _is_flanking(after, before)
        can_open = left and (canSplitWord or not right or before[1])
        can_close = right and (canSplitWord or not left or after[1])
        return Scanned(can_open, can_close, end - start)


def _is_flanking(outside: tuple[bool, bool], inside: tuple[bool, bool]) -> bool:
    """Return whether a run of marks is flanking, given (white space, punctuation) of the characters on both sides."""
    is_space, is_punctuation = inside
    return not is_space and (not is_punctuation or any(outside))


@lru_cache(maxsize=1024)
def sort_of(character: str) -> tuple[bool, bool]:
    """Return whether a character is (white space, punctuation)."""
    code = ord(character)
    is_punctuation = isMdAsciiPunct(code) or (code <= 0xFFFF and unicodedata.category(character).startswith("P"))  # noqa: PLR2004 - JavaScript sees half an emoji
    return isWhiteSpace(code), is_punctuation
