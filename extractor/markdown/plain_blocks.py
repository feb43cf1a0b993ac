"""Plain blocks, which are recognised without the library; and places where the library can stop reading.

These are a heading that starts with `#`, a rule, a closed fence of code, a paragraph that a blank line or a heading
ends and whose lines begin with nothing that could begin anything else, a list of such lines, a table: one regular
expression for each. It matches only where the library would find the same block, whatever comes before and after it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.common.html_blocks import block_names
from markdown_it.common.utils import normalizeReference
from markdown_it.rules_block.table import MAX_AUTOCOMPLETED_CELLS

from extractor.markdown.addresses import is_allowed, normalised, written
from extractor.markdown.block_records import NOTHING, Definitions
from extractor.markdown.plain_tokens import cells, footnote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

# Repeated groups are atomic, `(?>(?:...)*)`, and not possessive, `(?:...)*+`, which Python before 3.11.5 gets wrong
# (https://github.com/python/cpython/issues/106052).
# The beginning of a line that is only text, the first one of a paragraph or another: no rule for blocks accepts it.
_TEXT = (
    r"(?:[^\s`~>$*\-_+0-9\[<#|:=\ufeff]|`{1,2}(?!`)|~{1,2}(?!~)|\*{1,2}(?![\s*]|\Z)|_{1,2}(?![\s_]|\Z)|\$(?![$<{])"
    r"|[0-9]++(?![.)])|\[[^\[\]\\\n]*+\]\(|\[!\[|\#{1,6}(?![\s#]|\Z)|<[a-z][a-z0-9+.\-]*+:)[^\n]*+"
)
_HEADING = r"\#{1,6}(?:[ \t]++[^\n|]*+)?"
_ITEM = rf"(?>(?:\[[ xX]\][ ]+)?){_TEXT}"
_NESTED = rf"(?>(?:\n[ ]{{2,5}}[\-*+][ ]{_ITEM})*)"  # bullets within an item of a bullet list, however deep
_DELIMITER = r"[ \t]*+:?-++:?[ \t]*+\|"
_BULLET, _NUMBER = r"(?P<bullet>[\-*+])[ ]", r"[0-9]{1,9}(?P<stop>[.)])[ ]"
_NO_ITEM = r"(?:[^\s\-*+0-9]|[\-*+](?!\s|\Z)|[0-9]++(?![.)]))"  # what begins a line that is no item of a list, either
_END_OF_LIST = (
    rf"(?=\n?[ \t]*+\Z|\n(?>(?:[ \t]*+\n)+)(?:{_NO_ITEM}|\Z)|\n\#{{1,6}}[ \t]"
    rf"|\n(?:[\-*+]|[0-9]{{1,9}}[.)])[ ]{_ITEM})"
)
_END_OF_TEXT = r"(?=\n[ \t]*+(?:\n|\Z)|\Z)"
_QUOTED = rf"(?:{_TEXT}|{_HEADING}(?=\n|\Z))"
# A label, an address and perhaps a title; nothing in them that might stand for something else.
_DEFINITION = (
    r"""\[(?P<label>[^\[\]\\\s^][^\[\]\\\n]*+)\]:[ ]*+(?:<(?P<bracketed>(?>(?:[^<>\n\\&]++|&(?![#\w]++;))+))>"""
    r"""|(?P<address>(?>(?:[^\x00-\x20\x7f()<\\&]++|&(?![#\w]++;)|\([^\x00-\x20\x7f()\\&]*+\))+)))"""
    r"""(?:[ ]++(?:"(?P<title>[^"\\\n&]*+)"|'(?P<other_title>[^'\\\n&]*+)'))?"""
)
_BLOCK = re.compile(
    rf"""
      (?P<paragraph> {_TEXT} (?>(?:\n{_TEXT})*) (?=\n[ \t]*+(?:\n|\Z)|\Z|\n\#{{1,6}}[ \t]) )
    | (?P<heading> {_HEADING} ) (?=\n|\Z)
    | (?P<rule> (?P<mark>[*\-_])[ \t]*+ (?>(?:(?P=mark)[ \t]*+){{2,}}) ) (?=\n|\Z)
    | (?P<fence> (?P<ticks>`{{3,}}+|~{{3,}}+) [^\n`~|]*+
        (?>(?:\n(?![ ]{{0,3}}(?P=ticks)[`~]*+[ \t]*+(?:\n|\Z))[^\n]*+)*)
        \n[ ]{{0,3}}(?P=ticks)(?:`*+|~*+)[ \t]*+ ) (?=\n|\Z)
    | (?P<bullets> {_BULLET}{_ITEM}{_NESTED} (?>(?:\n(?P=bullet)[ ]{_ITEM}{_NESTED})*) ) {_END_OF_LIST}
    | (?P<numbers> {_NUMBER}{_ITEM} (?>(?:\n[0-9]{{1,9}}(?P=stop)[ ]{_ITEM})*) ) {_END_OF_LIST}
    | (?P<table> \|[^\n]*+ \n\|{_DELIMITER}(?>(?:{_DELIMITER})*)[ \t]*+ (?>(?:\n\|[^\n]*+)*) ) (?=\n[ \t]*+(?:\n|\Z)|\Z)
    | (?P<formula> \$\$[^\S\n]*+\n (?>(?:(?![^\n]*\$\$[^\S\n]*+(?:\n|\Z))[^\n]*+\n)*) [^\n]*\$\$[^\S\n]*+ ) (?=\n|\Z)
    | (?P<comment> <!--[^\n<]*?-->[^\n<]*+ ) (?=\n|\Z)
    | (?P<html> </?(?:{"|".join(block_names)})(?=[\s>]|/>|\Z) [^\n|]*+ (?>(?:\n(?![ \t]*+(?:\n|\Z))[^\n]*+)*) (?=\n|\Z)
        | <img (?>(?:[ ]++[a-z]++=(?:"[^"\n]*+"|'[^'\n]*+'))*) [ ]?/?>[ \t]*+ (?=\n[ \t]*+(?:\n|\Z)|\Z) )
    | (?P<quote> >[ ]{_QUOTED} (?>(?:\n>[ ]{_QUOTED})*) ) {_END_OF_TEXT}
    | (?P<definition> {_DEFINITION} ) [ \t]*+ (?=\Z|\n(?![ \t]*+["'(|:\-]))
    | (?P<footnote> \[\^[^\]\s\\]++\]:[ ]{_TEXT} )
        (?=\n?[ \t]*+\Z|\n(?>(?:[ \t]*+\n)+)(?![ \t])|\n\[\^[^\]\s\\]++\]:[ ])
    """,
    re.VERBOSE,
)
_REFERENCE = re.compile(_DEFINITION)
_BEHIND_BLANK = re.compile(rf"\n[ \t]*+\n(?>(?:[ \t]*+\n)*)(?={_NO_ITEM})")
_FRONT_MATTER = re.compile(r"[ ]{0,3}---[^\S\n]*+\n(?:[^\n]*+\n)*?[ \t]*+---[^\S\n]*+(?=\n|\Z)")
_ENDED_BY_ITSELF = re.compile(r"[ ]{0,3}<(?:script|pre|style|textarea|[!?])", re.IGNORECASE)


def plain_block(text: str, start: int) -> tuple[str, str]:
    """Return the text and the kind of the plain block at `start`, where a line starts and nothing is open.

    The kind is one of `LISTS`, in which each line that is not indented begins an item, or one for `plain_tokens`. Both
    are '' if the block is not plain.
    """
    found = _BLOCK.match(text, start)
    if found is None:
        return "", ""
    kind = found.lastgroup or ""
    if (kind == "table" and not _is_table(found[0])) or (
        kind == "definition" and not plain_definitions(found[0], kind)
    ):
        return "", ""
    return found[0], kind


def plain_definitions(block: str, kind: str) -> Definitions:
    """Return what a plain block defines for the whole document; nothing where the address of a reference is refused."""
    if kind == "footnote":
        return Definitions(footnotes=frozenset({footnote(block)[0]}))
    found = _REFERENCE.match(block) if kind == "definition" else None
    if found is None or not is_allowed(href := normalised(found["bracketed"] or found["address"])):
        return NOTHING
    title = found["title"] or found["other_title"] or ""
    return Definitions({normalizeReference(found["label"]): {"href": href, "title": title, "written": written(href)}})


LISTS = frozenset({"bullets", "numbers"})


def _is_table(block: str) -> bool:
    """Return whether the first line has as many columns as the second, and there are not too many cells to fill up."""
    first, second = block.split("\n", 2)[:2]
    columns = second.count("|") - 1
    return len(cells(first)) == columns and columns * block.count("\n") < MAX_AUTOCOMPLETED_CELLS


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
