"""The rules that Joplin adds to markdown-it: mathematics, ==marks==, front matter and the table of contents.

They matter for what they hide: `$[a](b)$` is a formula without a link, and `==` is not part of a heading's title.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it import rules_block, rules_inline
from markdown_it.helpers import parseLinkLabel
from markdown_it.rules_inline.state_inline import Delimiter

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token


def math_inline(state: StateInline, silent: bool) -> bool:
    """Read `$...$` (MdToHtml/rules/katex.ts, math_inline)."""
    src, start = state.src, state.pos
    if src[start] != "$":
        return False
    content = start + 1
    end = closing_dollar(src, content) if _may_open(state, start) else -1
    if end == content:
        if not silent:
            state.append_pending("$$")
        state.pos = content + 1
    elif end < 0 or not may_close_formula(src, end):
        if not silent:
            state.append_pending("$")
        state.pos = content
    else:
        if not silent:
            token = state.push("math_inline", "math", 0)
            token.content = src[content:end]
        state.pos = end + 1
    return True


def _may_open(state: StateInline, pos: int) -> bool:
    """Return whether the dollar at `pos` may open a formula."""
    return state.src[pos + 1 : pos + 2] not in (" ", "\t")


def may_close_formula(src: str, pos: int) -> bool:
    """Return whether the dollar at `pos` may close a formula."""
    following = src[pos + 1 : pos + 2]
    return src[pos - 1] not in " \t" and not ("0" <= following <= "9")


def closing_dollar(src: str, start: int) -> int:
    """Find the next dollar that is not escaped by an odd number of backslashes; -1 if there is none."""
    end = src.find("$", start)
    while end >= 0:
        before = end - 1
        while before >= 0 and src[before] == "\\":
            before -= 1
        if (end - before) % 2 == 1:
            break
        end = src.find("$", end + 1)
    return end


def math_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read `$$` ... `$$` (MdToHtml/rules/katex.ts, math_block)."""
    src = state.src
    pos, end = state.bMarks[start_line] + state.tShift[start_line], state.eMarks[start_line]
    if pos + 2 > end or not src.startswith("$$", pos):
        return False
    if silent:
        return True
    line = start_line
    if not src[pos + 2 : end].strip().endswith("$$"):
        line += 1
        while line < end_line:
            pos, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
            if pos < end and state.tShift[line] < state.blkIndent:
                break
            if src[pos:end].strip().endswith("$$"):
                break
            line += 1
    state.line = line + 1
    token = state.push("math_block", "math", 0)
    token.map = [start_line, state.line]
    token.content = state.getLines(start_line, state.line, state.blkIndent, False)
    return True


_MARK = ord("=")


def mark(state: StateInline, silent: bool) -> bool:
    """Read the `==` of a mark as text, until `mark_pairs` finds its other end (markdown-it-mark)."""
    if silent or state.src[state.pos] != "=":
        return False
    scanned = state.scanDelims(state.pos, True)
    if scanned.length < len("=="):
        return False
    if scanned.length % 2:
        state.push("text", "", 0).content = "="
    for _ in range(scanned.length // 2):
        state.push("text", "", 0).content = "=="
        if scanned.can_open or scanned.can_close:
            token = len(state.tokens) - 1
            state.delimiters.append(
                Delimiter(_MARK, length=0, token=token, end=-1, open=scanned.can_open, close=scanned.can_close)
            )
    state.pos += scanned.length
    return True


def mark_pairs(state: StateInline) -> None:
    """Turn the paired text tokens `==` into the start and end of a mark, so that they are not shown."""
    for delimiters in [state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta)]:
        for opening in delimiters:
            if opening.marker == _MARK and opening.end >= 0:
                start, end = state.tokens[opening.token], state.tokens[delimiters[opening.end].token]
                start.type, start.tag, start.nesting, start.content = "mark_open", "mark", 1, ""
                end.type, end.tag, end.nesting, end.content = "mark_close", "mark", -1, ""


PADDED = re.compile(r" (.+) ")


def backticks(state: StateInline, silent: bool) -> bool:
    """Read a code span, or skip ticks that do not begin one, like markdown-it 13, which Joplin uses.

    It remembers the runs of ticks that it found in its first search to the end of a text without success. That search
    may have started after a bracket; ticks before it that do have a closing run are then skipped, too.
    """
    src, start = state.src, state.pos
    pos = _after_ticks(src, start, state.posMax)
    length = pos - start
    if not state.backticksScanned or state.backticks.get(length, 0) > start:
        end = pos
        while (closing := src.find("`", end)) >= 0:
            end = _after_ticks(src, closing, state.posMax)
            if end - closing == length:
                if not silent:
                    content = src[pos:closing].replace("\n", " ")
                    padded = PADDED.fullmatch(content)
                    state.push("code_inline", "code", 0).content = padded[1] if padded else content
                state.pos = end
                return True
            state.backticks[end - closing] = closing
        state.backticksScanned = True
    if not silent:
        state.append_pending(src[start:pos])
    state.pos = pos
    return True


def _after_ticks(src: str, pos: int, end: int) -> int:
    """Return the end of a run of ticks that starts at `pos`."""
    pos += 1
    while pos < end and src[pos] == "`":
        pos += 1
    return pos


_COMMENT = re.compile(r"<!---->|<!--(?:-?[^>-])(?:-?[^-])*-->")
_DECLARATION = re.compile(r"<![A-Z]+\s+[^>]*+>")


def html_inline(state: StateInline, silent: bool) -> bool:
    """Read a tag or a comment; a comment and `<!DOCTYPE ...>` are read as in CommonMark 0.30."""
    src, pos = state.src, state.pos
    if src.startswith("<!--", pos):
        if state.html_terminator_last("-->") < pos + 4 or not _COMMENT.match(src, pos):
            return False
    elif src.startswith("<!", pos) and not src.startswith("<![", pos) and not _DECLARATION.match(src, pos):
        return False
    return rules_inline.html_inline(state, silent)


def html_block(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read a block of HTML; as in CommonMark 0.30, `<!doctype` in lower case does not start one.

    In a list a less indented line ends it, even an empty one (markdown-it 13, which Joplin uses).
    """
    pos = state.bMarks[start_line] + state.tShift[start_line]
    is_declaration = state.src.startswith("<!", pos) and "a" <= state.src[pos + 2 : pos + 3] <= "z"
    if is_declaration or not rules_block.html_block(state, start_line, end_line, silent):
        return False
    lines = range(start_line + 1, state.line) if not silent else ()
    outside = next((line for line in lines if state.sCount[line] < state.blkIndent), None)
    if outside is not None:
        state.line = outside
        state.tokens[-1].map = [start_line, outside]
        state.tokens[-1].content = state.getLines(start_line, outside, state.blkIndent, True)
    return True


_FENCE = re.compile(r"---\s*")


def front_matter(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Skip `---` ... `---` that begins on the very first line (MdToHtml/rules/frontmatter.ts)."""
    if start_line != 0 or not state.env.get("at_start", True) or not _is_fence(state, 0):
        return False
    closing = next((line for line in range(1, end_line) if _is_fence(state, line)), None)
    if closing is None:
        return False
    if not silent:
        token = state.push("front_matter", "", 0)
        token.map = [0, closing + 1]
        token.content = state.getLines(1, closing, 0, False)
        state.line = closing + 1
    return True


def _is_fence(state: StateBlock, line: int) -> bool:
    """Return whether the line is three dashes and nothing else."""
    return bool(_FENCE.fullmatch(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line]))


_CONTENTS = re.compile(r"\$\{toc\}|\[\[?_?toc_?\]?\]|\$<toc(?:\{[^}]*\})>", re.IGNORECASE)


def table_of_contents(state: StateBlock, start_line: int, _end_line: int, silent: bool) -> bool:
    """Skip `[toc]` and its variants: the links that they show are generated (markdown-it-toc-done-right)."""
    first_word = state.src[state.bMarks[start_line] + state.tShift[start_line] : state.eMarks[start_line]].split(" ")[0]
    if not _CONTENTS.fullmatch(first_word):
        return False
    if not silent:
        state.line = start_line + 1
        state.push("toc", "", 0).map = [start_line, start_line + 1]
    return True


def footnote_inline(state: StateInline, silent: bool) -> bool:
    """Read `^[...]` (markdown-it-footnote), recording where its text starts in `env["footnotes"]["list"]`."""
    start, end = state.pos, state.posMax
    if not state.src.startswith("^[", start) or start + 2 >= end:
        return False
    closing = parseLinkLabel(state, start + 1)
    if closing < 0:
        return False
    if not silent:
        notes: dict[int, dict[str, object]] = state.env["footnotes"]["list"]
        content = state.src[start + 2 : closing]
        tokens: list[Token] = []
        number = len(notes)
        notes[number] = {"content": content, "tokens": tokens, "at": start + 2}
        state.md.inline.parse(content, state.md, state.env, tokens)
        state.push("footnote_ref", "", 0).meta.update(id=number, subId=0)
    state.pos = closing + 1
    state.posMax = end
    return True
