"""The text of one block: its links and images, and its plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from extractor.markdown.addresses import written
from extractor.markdown.characters import SPACES
from extractor.markdown.dialect import dialect
from extractor.markdown.html import read_tag
from extractor.markdown.linkify import may_be_bare, with_bare_links

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from markdown_it.token import Token
    from markdown_it.utils import EnvType

    from extractor.markdown.reading import BlockText, PlacedLink
    from extractor.markdown.records import Syntax

_MAY_HOLD_LINK = re.compile(r"mailto:|<(?:a|img)[\s/>]|<[a-z][a-z0-9+.-]+:|<[^<>\s]+@", re.IGNORECASE)
_SYNTAX: dict[str, Syntax] = {"linkify": "bare", "autolink": "autolink"}
_BREAKS = frozenset({"softbreak", "hardbreak"})
_TEXTS = frozenset({"text", "text_special", "code_inline", "math_inline"})


def may_hold_link(text: str) -> bool:
    """Return, fast, whether `text` may contain a link, an image or a footnote."""
    # Most texts are decided without a pattern, which takes fifty times as long.
    if "]" in text or "//" in text:
        return True
    return ("<" in text or ":" in text) and _MAY_HOLD_LINK.search(text) is not None


_CHECKBOX = re.compile(r"\A\[[ xX]\] ")  # not part of an item's text (MdToHtml/rules/checkbox.ts)


def content_of(token: Token, *, begins_item: bool, references: Container[str]) -> tuple[str, str, int]:
    """Return the checkbox that an inline token begins with ('' if none), its text, and how many lines precede that."""
    content = token.content.strip(SPACES)
    checkbox = _CHECKBOX.match(content) if begins_item and "X" not in references else None
    if checkbox:
        content = content[checkbox.end() :]
    return checkbox[0] if checkbox else "", content, token.content.count("\n", 0, token.content.find(content))


def parse_inline(content: str, env: EnvType) -> list[Token]:
    """Parse the text of a block; the offsets in `meta["at"]` count from the start of `content`."""
    md = dialect()
    tokens: list[Token] = []
    md.inline.parse(content, md, env, tokens)
    return with_bare(tokens, content)


def with_bare(tokens: list[Token], content: str) -> list[Token]:
    """Turn the bare addresses in a parsed text into links."""
    return with_bare_links(tokens, content) if may_be_bare(content) else tokens


class Lines:
    """Finds the line of an offset in a text, counting on from the previous offset."""

    def __init__(self, text: str, first: int) -> None:
        self._text = text
        self._offset = 0
        self._line = first

    def at(self, offset: int) -> int:
        """Return the line of an offset; offsets must be given in ascending order."""
        if offset > self._offset:
            self._line += self._text.count("\n", self._offset, offset)
            self._offset = offset
        return self._line


def read_tokens(reading: BlockText, tokens: Sequence[Token], content: str, line: int) -> None:
    """Add inline tokens to a reading; they were parsed from `content`, which starts on `line`."""
    opened: list[PlacedLink | None] = []
    lines = Lines(content, line)
    for token in tokens:
        kind = token.type
        if kind in _TEXTS:
            reading.write(token.content)
        elif kind in _BREAKS:
            reading.write("\n")
        elif kind == "link_open":
            opened.append(_opened(reading, token, "href", lines.at(token.meta["at"])))
        elif kind == "link_close":
            if (link := opened.pop()) is not None:
                reading.close(link)
        elif kind == "image":
            place = _opened(reading, token, "src", lines.at(token.meta["at"]))
            _read_alt(reading, token.children or ())
            if place is not None:
                reading.close(place)
        elif kind == "html_inline" and (tag := read_tag(token.content)):
            reading.read_tag(tag, lines.at(token.meta["at"]))
    reading.close_all()


def _opened(reading: BlockText, token: Token, attribute: str, line: int) -> PlacedLink | None:
    """Begin a Markdown link or image; None if it has no address, like `[text]()`."""
    href = token.attrs.get(attribute, "")
    if not href:
        return None
    syntax: Syntax = _SYNTAX.get(token.markup) or ("reference" if "label" in token.meta else "inline")
    title = str(token.attrs.get("title", ""))
    return reading.open("image" if token.type == "image" else "link", syntax, written(href), title, line)


def _read_alt(reading: BlockText, tokens: Iterable[Token]) -> None:
    """Add the plain text of an image's alt text."""
    for token in tokens:
        if token.type in _TEXTS:
            reading.write(token.content)
        elif token.type in _BREAKS:
            reading.write("\n")
        elif token.type == "image":
            _read_alt(reading, token.children or ())
