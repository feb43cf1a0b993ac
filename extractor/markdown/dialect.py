"""markdown-it-py set up to read as Joplin's renderer does (renderer/MdToHtml.ts).

Joplin 3.6 runs markdown-it 13.0.2 with html, breaks, linkify, its own mathematics and front matter, and the plugins
mark, footnote and toc. Where markdown-it-py follows a later version of the specification, the older rule is kept here.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from mdit_py_plugins.footnote import footnote_plugin

from extractor.markdown import addresses, rules
from extractor.markdown.bare import bare_rule

if TYPE_CHECKING:
    from markdown_it.ruler import RuleOptionsType
    from markdown_it.token import Token
    from markdown_it.utils import EnvType

_IMAGES_IN_IMAGES = 20  # each level parses the alt text again, on a deeper stack


class _State(StateInline):
    """Inline state whose tokens know where they stand: `meta["at"]` is an offset into the text of the block."""

    def pushPending(self) -> Token:  # noqa: N802 - markdown-it's name
        at = self.pos - len(self.pending)
        token = super().pushPending()
        token.meta["at"] = at
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        token.meta["at"] = self.pos
        return token

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - markdown-it's names
        """Judge a run of emphasis marks as CommonMark 0.30 does: symbols (category S) are no punctuation."""
        src, marker = self.src, self.src[start]
        end = start
        while end < self.posMax and src[end] == marker:
            end += 1
        before_space, before_punctuation = _sort_of(src[start - 1] if start > 0 else " ")
        after_space, after_punctuation = _sort_of(src[end] if end < self.posMax else " ")
        left = not (after_space or (after_punctuation and not (before_space or before_punctuation)))
        right = not (before_space or (before_punctuation and not (after_space or after_punctuation)))
        can_open = left and (canSplitWord or not right or before_punctuation)
        can_close = right and (canSplitWord or not left or after_punctuation)
        return Scanned(can_open, can_close, end - start)


@lru_cache(maxsize=1024)
def _sort_of(character: str) -> tuple[bool, bool]:
    """Tell whether a character is (white space, punctuation)."""
    code = ord(character)
    is_punctuation = isMdAsciiPunct(code) or (code <= 0xFFFF and unicodedata.category(character).startswith("P"))  # noqa: PLR2004 - JavaScript sees half an emoji
    return isWhiteSpace(code), is_punctuation


class _Inline(ParserInline):
    """Inline parser that stops at images in images in images, where it would run out of stack."""

    depth = 0

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        if self.depth >= _IMAGES_IN_IMAGES:
            return tokens
        state = _State(src, md, env, tokens)
        self.depth += 1
        try:
            self.tokenize(state)
            for rule in self.ruler2.getRules(""):
                rule(state)
        finally:
            self.depth -= 1
        return state.tokens


class JoplinMarkdown(MarkdownIt):
    """The dialect. Use `dialect()`; only the block and the inline parser are used, not the core chain."""

    def __init__(self) -> None:
        super().__init__("default", {"html": True, "linkify": True, "breaks": True, "store_labels": True})
        self.inline = _Inline()
        block, inline = self.block.ruler, self.inline.ruler
        anywhere: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
        block.before("fence", "front_matter", rules.front_matter)
        block.after("blockquote", "math_block", rules.math_block, anywhere)
        inline.at("linkify", bare_rule)
        inline.after("escape", "math_inline", rules.math_inline)
        inline.before("emphasis", "mark", rules.mark)
        self.inline.ruler2.before("emphasis", "mark", rules.mark_pairs)
        footnote_plugin(self, move_to_end=False)
        inline.at("footnote_inline", rules.footnote_inline)
        block.before("heading", "toc", rules.table_of_contents, {"alt": ["paragraph", "reference", "blockquote"]})

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        """Normalise an address."""
        return addresses.normalised(url)

    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        """Tell whether an address may be a link."""
        return addresses.is_allowed(url)


@lru_cache(maxsize=1)
def dialect() -> JoplinMarkdown:
    """Return the parser; it holds no state between texts."""
    return JoplinMarkdown()
