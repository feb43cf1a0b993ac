"""markdown-it's block and inline parsers, which look up rules by the character that they start with.

The library tries each rule in turn at each line and at each special character; every rule first looks at one
character, and most reject it. Here the rules that cannot match are not tried, which makes parsing three times as fast;
the order of those that are tried is the library's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.common.utils import mdTrim
from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline

from extractor.markdown.inline_state import InlineState

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.utils import EnvType

    BlockRule = Callable[[StateBlock, int, int, bool], bool]
    InlineRule = Callable[[StateInline, bool], bool]

NESTING = 100  # markdown-it's own limit (presets/default.js)
_IMAGES_IN_IMAGES = 20  # each level parses the alt text again, on a deeper stack
_CODE_INDENT = 4

_BLOCKS_BY_CHARACTER = {
    "`": ["fence"],
    "~": ["fence"],
    ">": ["blockquote"],
    "$": ["math_block", "toc"],
    "*": ["hr", "list"],
    "-": ["front_matter", "hr", "list"],
    "_": ["hr"],
    "+": ["list"],
    **{digit: ["list"] for digit in "0123456789"},
    "[": ["footnote_def", "reference", "toc"],
    "<": ["html_block"],
    "#": ["heading"],
}


class BlockParser(ParserBlock):
    """Block parser. `look_up` fills its tables once all rules are known.

    `is_shown` adds the tokens that only a page needs: those for the start and end of paragraphs.
    """

    is_shown = False

    def look_up(self) -> None:
        """Collect the rules by the character that a line must start with, and those that end a paragraph."""
        named = {rule.name: rule for rule in self.ruler.__rules__}
        self._table: BlockRule = named["table"].fn
        self._code: BlockRule = named["code"].fn
        self.read_list: BlockRule = named["list"].fn
        self._starting: dict[str, list[BlockRule]] = {}
        self._ending: dict[str, list[BlockRule]] = {}
        for character, names in _BLOCKS_BY_CHARACTER.items():
            self._starting[character] = [named[name].fn for name in names]
            self._ending[character] = [named[name].fn for name in names if "paragraph" in named[name].alt]

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803 - markdown-it's names
        """Read the blocks of a container."""
        line = startLine
        has_empty_lines = False
        while line < endLine:
            state.line = line = state.skipEmptyLines(line)
            if line >= endLine or state.sCount[line] < state.blkIndent:
                break
            if state.level >= NESTING:
                state.line = endLine
                break
            self.read_block(state, line, endLine)
            state.tight = not has_empty_lines
            line = state.line
            if line - 1 < endLine and state.isEmpty(line - 1):
                has_empty_lines = True
            if line < endLine and state.isEmpty(line):
                has_empty_lines = True
                line += 1
                state.line = line

    def read_block(self, state: StateBlock, line: int, end: int) -> None:
        """Read the block that starts at `line`, which is not empty."""
        if _may_be_table(state, line, end) and self._table(state, line, end, False):
            return
        if state.is_code_block(line) and self._code(state, line, end, False):
            return
        first = state.src[state.bMarks[line] + state.tShift[line]]
        for rule in self._starting.get(first, ()):
            if rule(state, line, end, False):
                return
        self._read_paragraph(state, line, end)

    def _read_paragraph(self, state: StateBlock, start: int, end: int) -> None:
        """Read a paragraph or an underlined heading (the rules lheading and paragraph in one)."""
        outer, state.parentType = state.parentType, "paragraph"
        line, level = self._end_of_paragraph(state, start, end)
        content = state.getLines(start, line, state.blkIndent, False)
        state.parentType = outer
        if level:
            state.push("heading_open", f"h{level}", 1 if self.is_shown else 0).map = [start, line]
        elif self.is_shown:
            state.push("paragraph_open", "p", 1).map = [start, line]
        token = state.push("inline", "", 0)
        token.content = mdTrim(content)
        token.map = [start, line]
        if self.is_shown:
            state.push("heading_close" if level else "paragraph_close", f"h{level}" if level else "p", -1)
        state.line = line + 1 if level else line

    def _end_of_paragraph(self, state: StateBlock, start: int, end: int) -> tuple[int, int]:
        """Return the line after a paragraph, and the level of the heading if that line underlines it, else 0."""
        line = start + 1
        while line < end and not state.isEmpty(line):
            if state.sCount[line] - state.blkIndent < _CODE_INDENT:
                if level := _underline(state, line):
                    return line, level
                if state.sCount[line] >= 0 and self._ends_paragraph(state, line, end):
                    break
            line += 1
        return line, 0

    def _ends_paragraph(self, state: StateBlock, line: int, end: int) -> bool:
        """Return whether a line that follows a paragraph starts another block."""
        if _may_be_table(state, line, end) and self._table(state, line, end, True):
            return True
        first = state.src[state.bMarks[line] + state.tShift[line]]
        return any(rule(state, line, end, True) for rule in self._ending.get(first, ()))


def _may_be_table(state: StateBlock, line: int, end: int) -> bool:
    """Return whether the next line may be the `|---|` of a table."""
    following = line + 1
    if following >= end:
        return False
    start = state.bMarks[following] + state.tShift[following]
    return state.src.startswith(("|", "-", ":"), start)


def _underline(state: StateBlock, line: int) -> int:
    """Return the level of the heading that this line underlines, 0 for none."""
    if state.sCount[line] < state.blkIndent:
        return 0
    start, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    marker = state.src[start]
    if marker not in "-=" or state.src[start:end].strip(" \t").strip(marker):
        return 0
    return 1 if marker == "=" else 2


SPECIAL = re.compile(r"[\n$&*<\[\\\]_`]|!\[|://|\^\[|==|~~")
_INLINE_BY_CHARACTER = {
    "\n": ["newline"],
    "$": ["math_inline"],
    "&": ["entity"],
    "*": ["emphasis"],
    "_": ["emphasis"],
    "<": ["autolink", "html_inline"],
    "[": ["link", "footnote_ref"],
    "\\": ["escape"],
    "`": ["backticks"],
    "!": ["image"],
    ":": ["linkify"],
    "^": ["footnote_inline"],
    "=": ["mark"],
    "~": ["strikethrough"],
}


class InlineParser(ParserInline):
    """Inline parser. It stops at images that are nested too deeply, where it would run out of stack."""

    def look_up(self) -> None:
        """Collect the rules by the character that they start with."""
        named: dict[str, InlineRule] = {rule.name: rule.fn for rule in self.ruler.__rules__}
        self._rules = {character: [named[name] for name in names] for character, names in _INLINE_BY_CHARACTER.items()}

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        """Parse a text into tokens."""
        depth: int = env.get("depth", 0)
        if depth >= _IMAGES_IN_IMAGES:
            return tokens
        state = InlineState(src, md, env, tokens)
        env["depth"] = depth + 1
        self.tokenize(state)
        env["depth"] = depth
        if state.delimiters or any(meta["delimiters"] for meta in state.tokens_meta if meta):
            for rule in self.ruler2.getRules(""):
                rule(state)
        return state.tokens

    def tokenize(self, state: StateInline) -> None:
        """Read from `state.pos` to `state.posMax`."""
        src, end = state.src, state.posMax
        while (pos := state.pos) < end:
            special = SPECIAL.search(src, pos)
            stop = special.start() if special else end
            if stop > pos:
                state.append_pending(src[pos:stop])
                state.pos = stop
                continue
            if state.level < NESTING:
                for rule in self._rules.get(src[pos], ()):
                    if rule(state, False):
                        break
            if state.pos == pos:
                state.append_pending(src[pos])
                state.pos += 1
        if state.pending:
            state.pushPending()

    def skipToken(self, state: StateInline) -> None:  # noqa: N802 - markdown-it's name
        """Skip one token."""
        pos = state.pos
        if pos in state.cache:
            state.pos = state.cache[pos]
            return
        if state.level >= NESTING:
            state.pos = state.posMax + 1
        else:
            special = SPECIAL.search(state.src, pos)
            state.pos = special.start() if special else state.posMax
            if state.pos == pos:
                state.level += 1
                for rule in self._rules.get(state.src[pos], ()):
                    if rule(state, True):
                        break
                else:
                    state.pos += 1
                state.level -= 1
        state.cache[pos] = state.pos
