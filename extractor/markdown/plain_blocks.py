"""Plain blocks, which are recognised without the library; and places where the library can stop reading.

These are a heading that starts with `#`, a rule, a closed fence of code, a paragraph that a blank line or a heading
ends and whose lines begin with nothing that could begin anything else, a list of such lines, a table: one regular
expression for each. It matches only where the library would find the same block, whatever comes before and after it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.common.utils import mdTrim
from markdown_it.rules_block.table import MAX_AUTOCOMPLETED_CELLS, escapedSplit
from markdown_it.token import Token

if TYPE_CHECKING:
    from collections.abc import Sequence

# Repeated groups are atomic, `(?>(?:...)*)`, and not possessive, `(?:...)*+`, which Python before 3.11.5 gets wrong
# (https://github.com/python/cpython/issues/106052).
# The beginning of a line that is only text, the first one of a paragraph or another: no rule for blocks accepts it.
_TEXT = (
    r"(?:[^\s`~>$*\-_+0-9\[<#|:=\ufeff]|`{1,2}(?!`)|~{1,2}(?!~)|\*{1,2}(?![\s*]|\Z)|_{1,2}(?![\s_]|\Z)|\$(?![$<{])"
    r"|[0-9]++(?![.)])|\[[^\[\]\\\n]*+\]\(|\[!\[|\#{1,6}(?![\s#]|\Z))[^\n]*+"
)
_ITEM = rf"(?>(?:\[[ xX]\][ ]+)?){_TEXT}"
_NESTED = rf"(?>(?:\n[ ]{{2,5}}[\-*+][ ]{_ITEM})*)"  # bullets within an item of a bullet list, however deep
_DELIMITER = r"[ \t]*+:?-++:?[ \t]*+\|"
_BULLET, _NUMBER = r"(?P<bullet>[\-*+])[ ]", r"[0-9]{1,9}(?P<stop>[.)])[ ]"
_END_OF_LIST = (
    r"(?=\n?[ \t]*+\Z|\n(?>(?:[ \t]*+\n)+)(?:[^\s\-*+0-9]|\Z)|\n\#{1,6}[ \t]"
    rf"|\n(?:[\-*+]|[0-9]{{1,9}}[.)])[ ]{_ITEM})"
)
_BLOCK = re.compile(
    rf"""
      (?P<paragraph> {_TEXT} (?>(?:\n{_TEXT})*) (?=\n[ \t]*+(?:\n|\Z)|\Z|\n\#{{1,6}}[ \t]) )
    | (?P<heading> \#{{1,6}} (?:[ \t]++[^\n|]*+)? ) (?=\n|\Z)
    | (?P<rule> (?P<mark>[*\-_])[ \t]*+ (?>(?:(?P=mark)[ \t]*+){{2,}}) ) (?=\n|\Z)
    | (?P<fence> (?P<ticks>`{{3,}}+|~{{3,}}+) [^\n`~|]*+
        (?>(?:\n(?![ ]{{0,3}}(?P=ticks)[`~]*+[ \t]*+(?:\n|\Z))[^\n]*+)*)
        \n[ ]{{0,3}}(?P=ticks)(?:`*+|~*+)[ \t]*+ ) (?=\n|\Z)
    | (?P<bullets> {_BULLET}{_ITEM}{_NESTED} (?>(?:\n(?P=bullet)[ ]{_ITEM}{_NESTED})*) ) {_END_OF_LIST}
    | (?P<numbers> {_NUMBER}{_ITEM} (?>(?:\n[0-9]{{1,9}}(?P=stop)[ ]{_ITEM})*) ) {_END_OF_LIST}
    | (?P<table> \|[^\n]*+ \n\|{_DELIMITER}(?>(?:{_DELIMITER})*)[ \t]*+ (?>(?:\n\|[^\n]*+)*) ) (?=\n[ \t]*+(?:\n|\Z)|\Z)
    | (?P<formula> \$\$[^\S\n]*+\n (?>(?:(?![^\n]*\$\$[^\S\n]*+(?:\n|\Z))[^\n]*+\n)*) [^\n]*\$\$[^\S\n]*+ ) (?=\n|\Z)
    | (?P<comment> <!--[^\n<]*?-->[^\n<]*+ ) (?=\n|\Z)
    """,
    re.VERBOSE,
)
_BEHIND_BLANK = re.compile(r"\n[ \t]*+\n(?>(?:[ \t]*+\n)*)(?=[^\s\-*+0-9])")
_FRONT_MATTER = re.compile(r"[ ]{0,3}---[^\S\n]*+\n(?:[^\n]*+\n)*?[ \t]*+---[^\S\n]*+(?=\n|\Z)")
_ENDED_BY_ITSELF = re.compile(r"[ ]{0,3}<(?:script|pre|style|textarea|[!?])", re.IGNORECASE)


class PlainToken(Token):
    """A token with only the attributes that are used: one of the library's takes three times as long to make."""

    __slots__ = ()

    def __init__(
        self,
        type_: str,
        lines: list[int],
        content: str = "",
        *,
        tag: str = "",
        level: int = 0,
        markup: str = "",
        info: str = "",
    ) -> None:
        self.type, self.map, self.content = type_, lines, content
        self.tag, self.level, self.markup, self.info = tag, level, markup, info


def plain_block(text: str, start: int) -> tuple[str, str]:
    """Return the text and the kind of the plain block at `start`, where a line starts and nothing is open.

    The kind is one of `LISTS`, in which each line that is not indented begins an item, or one for `plain_tokens`. Both
    are '' if the block is not plain.
    """
    found = _BLOCK.match(text, start)
    if found is None or (found.lastgroup == "table" and not _is_table(found[0])):
        return "", ""
    return found[0], found.lastgroup or ""


LISTS = frozenset({"bullets", "numbers"})
_TYPES = {"formula": "math_block", "comment": "html_block"}


def plain_tokens(block: str, kind: str) -> list[Token]:
    """Return the tokens that are used of a block that is not a list; lines count from its first."""
    lines = [0, block.count("\n") + 1]
    match kind:
        case "paragraph":
            return [PlainToken("inline", lines, mdTrim(block))]
        case "heading":
            markup = block[: len(block) - len(block.lstrip("#"))]
            return [
                PlainToken("heading_open", lines, tag=f"h{len(markup)}", markup=markup),
                PlainToken("inline", lines, _title(block[len(markup) :])),
            ]
        case "rule":
            return [PlainToken("hr", lines)]
        case "fence":
            first, _, rest = block.partition("\n")
            return [PlainToken("fence", lines, rest[: rest.rfind("\n") + 1], info=first.lstrip(first[0]))]
        case "table":
            return _table_tokens(block.split("\n"), lines)
        case _:
            return [PlainToken(_TYPES[kind], lines, block)]


def item_tokens(item: str) -> list[Token]:
    """Return the tokens that are used of an item of a plain list."""
    tokens: list[Token] = []
    for number, line in enumerate(item.split("\n")):
        text = line.lstrip(" ")
        lines = [number, number + 1]
        tokens.append(PlainToken("list_item_open", lines, level=1 + 2 * bool(number)))
        tokens.append(PlainToken("inline", lines, mdTrim(text[text.index(" ") + 1 :])))
    return tokens


def _is_table(block: str) -> bool:
    """Return whether the first line has as many columns as the second, and there are not too many cells to fill up."""
    first, second = block.split("\n", 2)[:2]
    columns = second.count("|") - 1
    return len(_cells(first)) == columns and columns * block.count("\n") < MAX_AUTOCOMPLETED_CELLS


def _cells(line: str) -> list[str]:
    """Split a row of a table into cells, as the library does."""
    text = mdTrim(line)
    cells = escapedSplit(text) if "\\" in text else text.split("|")
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    return cells


def _table_tokens(rows: Sequence[str], lines: list[int]) -> list[Token]:
    """Return the tokens of a table: each row has as many cells as the first."""
    tokens: list[Token] = [PlainToken("table_open", lines)]
    columns = len(_cells(rows[0]))
    for number, row in enumerate(rows):
        if number != 1:
            cells = (_cells(row) + [""] * columns)[:columns]
            here = [number, number + 1]
            tokens.append(PlainToken("tr_open", here))
            tokens += [PlainToken("inline", here, mdTrim(cell)) for cell in cells]
            tokens.append(PlainToken("tr_close", here))
    return tokens


def _title(written: str) -> str:
    """Return the text of a heading, without the `#` that may close it."""
    title = written.strip(" \t")
    open_title = title.rstrip("#")
    return mdTrim(open_title if not open_title or open_title[-1] in " \t" else title)


def next_start(text: str, start: int, blocks: int) -> int:
    """Return where the library can stop if it reads from `start`: at the `blocks`th block after a blank line.

    A line after a blank one that is neither indented nor an item of a list ends all open blocks, except for those that
    can contain blank lines (`may_go_on`).
    """
    end = start
    for _ in range(blocks):
        found = _BEHIND_BLANK.search(text, end)
        if found is None:
            return len(text)
        end = found.end()
    return end


def may_go_on(tokens: Sequence[Token]) -> bool:
    """Return whether a block may go on after a blank line and a line that is not indented: it has not been closed."""
    first = tokens[0] if tokens else None
    if first is None or first.level:
        return False
    if first.type == "html_block":
        return _ENDED_BY_ITSELF.match(first.content) is not None and not (
            first.content.lstrip(" ").startswith("<!--") and "-->" in first.content
        )
    if first.type == "math_block":
        return not first.content.strip()[2:].endswith("$$")
    return first.type == "fence"


def front_matter_end(text: str) -> int:
    """Return where the front matter at the start of a text ends; 0 if there is none."""
    found = _FRONT_MATTER.match(text)
    return found.end() if found else 0
