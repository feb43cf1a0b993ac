"""How deeply HTML may be nested, judged by its tags alone; never less than the standard nests it.

turbohtml is safe and fast as long as elements are not nested more than 512 deep. If they are, versions up to 1.15 take
quadratic time, and unclosed links have made them crash. And no parser that follows the standard limits how often
unclosed elements are repeated: `<font><p>` ten thousand times makes five million elements. So HTML that may be
nested too deeply is never given to it.

An element counts as ended only where it certainly is; so tag soup seems deeper than it is, but well-formed HTML does
not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from turbohtml import TokenType, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turbohtml import Token

DEEPEST = 450  # below the 512 of turbohtml, to leave room for implied elements at the end
MOST_REPEATED = 2_000_000  # elements, of about 125 bytes
_AN_ELEMENT_IN_A_TABLE = 4  # <td> alone implies <tbody> and <tr>; <col> implies <colgroup>

_NOSCRIPT = re.compile("(</?)n(?=oscript)", re.IGNORECASE)

_ONE_SECTION = re.compile(r"[^<]*<!\[CDATA\[[^<]*\]\]>[^<]*")

RAW_TEXT = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
_WITH_IMPLIED = frozenset({"table", "template"})
_FOREIGN = frozenset({"svg", "math"})
_ODD = _FOREIGN | {"template"}
_INTEGRATION = frozenset({"foreignobject", "desc", "title", "mi", "mo", "mn", "ms", "mtext", "annotation-xml"})
_VOID_EVERYWHERE = frozenset({"br", "embed", "hr", "img", "meta"})
VOID = _VOID_EVERYWHERE | {
    *("area", "base", "basefont", "bgsound", "col", "frame", "image", "input", "keygen", "link", "param", "source"),
    *("track", "wbr"),
}
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
_LEAVES_FOREIGN = frozenset({
    *("b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "font", "h1"),
    *("h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p"),
    *("pre", "ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var"),
})  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTS = frozenset({"ul", "ol", "dl", "menu", "dir"})
_BLOCKS = _LISTS | {
    *("address", "article", "aside", "blockquote", "center", "details", "dialog", "div", "fieldset", "figcaption"),
    *("figure", "footer", "header", "main", "nav", "pre", "section", "summary"),
}
_IN_TABLES = frozenset({"td", "th", "tr", "tbody", "thead", "tfoot"})
_PHRASES = frozenset({"span", "label", "abbr", "cite", "q", "sub", "sup", "ins", "del", "time"})
_ENDED_WITH_BLOCKS = frozenset({"p", "li", "dd", "dt"}) | _PHRASES
# The innermost elements that the start of an element ends.
_ENDED_BY_START = {
    **dict.fromkeys(_BLOCKS | {"p", "form", "hr", "table"}, frozenset({"p"})),
    **dict.fromkeys(_HEADINGS, _HEADINGS | {"p"}),
    "li": frozenset({"li", "p"}),
    **dict.fromkeys(("dd", "dt"), frozenset({"dd", "dt", "p"})),
    "option": frozenset({"option"}),
    "a": frozenset({"a"}),
}
# What else is ended in a table.
_ENDED_BY_CELL = {"td": {"td", "th"}, "th": {"td", "th"}, "tr": {"td", "th", "tr"}} | dict.fromkeys(
    ("tbody", "thead", "tfoot"), _IN_TABLES
)


class _Open(NamedTuple):
    """An element that may be open; `is_foreign` if it certainly belongs to SVG or MathML."""

    name: str
    is_foreign: bool


@dataclass(slots=True)
class _Nesting:
    """The elements that may be open, and counts of them."""

    open: list[_Open] = field(default_factory=list)
    depth: int = 0
    odd: int = 0  # how many of the open elements may change what a tag means
    formatting: int = 0
    has_lost_form: bool = False  # an end tag in the wrong place may leave a form open for good
    repeated: int = 0

    def start(self, token: Token) -> None:
        """Read a start tag."""
        name = token.tag or ""
        self._end_implied(name)
        top = self.open[-1] if self.open else None
        is_foreign = name in _FOREIGN or (
            top is not None and top.is_foreign and name not in _LEAVES_FOREIGN and top.name not in _INTEGRATION
        )
        self.repeated += self.formatting
        if name in _VOID_EVERYWHERE or (name in VOID and not self.odd) or (is_foreign and token.self_closing):
            return
        self.open.append(_Open(name, is_foreign))
        self._count(name, 1)

    def end(self, name: str) -> None:
        """Read an end tag, which certainly ends the innermost element if that has its name."""
        while self.open and not self.odd and self._is_ended_with(self.open[-1].name, name):
            self._pop()
        is_innermost = bool(self.open) and self.open[-1].name == name
        if is_innermost and not (name == "form" and self.has_lost_form):
            self._pop()
        elif name == "form":
            self.has_lost_form = True

    def _is_ended_with(self, innermost: str, name: str) -> bool:
        """Return whether the end of the element `name` also ends the innermost one, which is inside it."""
        outer = next((one.name for one in reversed(self.open) if one.name not in _ENDED_WITH_BLOCKS | _IN_TABLES), "")
        if name == "table":
            return outer == "table" and innermost in _ENDED_WITH_BLOCKS | _IN_TABLES
        if innermost not in _ENDED_WITH_BLOCKS:
            return False
        if name in _BLOCKS:
            return outer == name and not any(one.name in _IN_TABLES for one in self.open[-3:])
        return name in {"li", "dd", "dt"} and innermost == "p" and len(self.open) > 1 and self.open[-2].name == name

    def _end_implied(self, name: str) -> None:
        """End the elements that the start of an element certainly ends."""
        ended = _ENDED_BY_START.get(name) or _ENDED_BY_CELL.get(name) or ()
        while self.open and not self.odd and self.open[-1].name in ended:
            is_last = self.open[-1].name != "p" and name not in _ENDED_BY_CELL
            self._pop()
            if is_last:
                break

    def _pop(self) -> None:
        self._count(self.open.pop().name, -1)

    def _count(self, name: str, by: int) -> None:
        self.depth += by * (_AN_ELEMENT_IN_A_TABLE if name in _WITH_IMPLIED else 1)
        self.odd += by * (name in _ODD)
        self.formatting += by * (name in _FORMATTING)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tags and texts of some HTML; <noscript> is not raw text, as no scripts run here."""
    return tokenize(_NOSCRIPT.sub(r"\1x", text))


def may_be_too_deep(text: str) -> bool:
    """Return whether some HTML may be nested too deeply for a parser, or make it repeat elements too often."""
    if text.count("<") * _AN_ELEMENT_IN_A_TABLE < DEEPEST:
        return False
    return greatest_depth(text) >= DEEPEST


def greatest_depth(text: str) -> int:
    """Return how deeply some HTML may be nested; at least `DEEPEST` if that is too deep, or repeated too often."""
    nesting = _Nesting()
    deepest = 0
    raw = False
    for token in tokens(text):
        if token.type == TokenType.START_TAG:
            nesting.start(token)
            raw = token.tag in RAW_TEXT or token.tag == "plaintext"
            deepest = max(deepest, nesting.depth)
            if deepest >= DEEPEST or nesting.repeated > MOST_REPEATED:
                return DEEPEST
        elif token.type == TokenType.END_TAG:
            raw = False
            nesting.end(token.tag or "")
        elif nesting.odd and _may_be_read_otherwise(token, raw=raw):
            return DEEPEST
    return deepest


def _may_be_read_otherwise(token: Token, *, raw: bool) -> bool:
    """Return whether a text may be tags, or a comment text: in SVG <style> is not raw text, and CDATA is text."""
    data = token.data or ""
    if token.type == TokenType.TEXT:
        return raw and "<" in data and not _ONE_SECTION.fullmatch(data)
    return token.type == TokenType.COMMENT and data.startswith("[CDATA[")
