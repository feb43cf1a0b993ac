"""HTML as far as links need it: start tags, end tags and text, read as browsers do (WHATWG, 13.2.5), in linear time.

The standard library's `html.parser` does not serve here: it takes quadratic time over tags that never close, raises
`AssertionError` at `<![x`, and has changed how it reads broken tags from one patch release to the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.entities import html5
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, its name in lower case; `at` is its offset. The first of equal attributes counts, as in browsers."""

    name: str
    at: int
    is_end: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """Text between tags, entities resolved."""

    text: str
    at: int


_TAG_NAME = re.compile(r"</?([a-zA-Z][^\t\n\f\r />]*+)")
_TAG_END = re.compile(r"[\t\n\f\r /]*+>")
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*+([^\t\n\f\r />][^\t\n\f\r />=]*+)"""
    r"""(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:"([^"]*+)"|'([^']*+)'|(?!["'])([^\t\n\f\r >]*+)))?"""
)
_OPEN_QUOTE = re.compile(r"""[\t\n\f\r ]*+=[\t\n\f\r ]*+["']""")
_RAW_TEXT = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
_REFERENCE = re.compile(r"&(?:#(?:\d++|[xX][0-9a-fA-F]++);?|([a-zA-Z][a-zA-Z0-9]*+;?)(?!=))")


def events(text: str) -> Iterator[Tag | Text]:
    """Yield the tags and texts of `text`; what script, style and their kin hold is yielded as no text at all."""
    pos = 0
    while pos < len(text):
        at = text.find("<", pos)
        if at < 0:
            at = len(text)
        following = text[at + 1 : at + 3]
        if at < len(text) and not _starts_markup(following):
            at += 1
            yield Text(unescape(text[pos:at]), pos)
            pos = at
            continue
        if at > pos:
            yield Text(unescape(text[pos:at]), pos)
        if at == len(text):
            return
        if following[0] in "!?" or (following[0] == "/" and not following[1:].isalpha()):
            pos = _after_comment(text, at)
            continue
        tag, pos = _read_tag(text, at)
        if tag is None:
            return
        yield tag
        if tag.name in _RAW_TEXT and not tag.is_end:
            closing = re.compile(f"</{tag.name}(?=[\\t\\n\\f\\r />])", re.IGNORECASE).search(text, pos)
            pos = closing.start() if closing else len(text)


def _starts_markup(following: str) -> bool:
    """Tell whether `<` with these characters behind it starts a tag or a comment."""
    return (
        following[:1] in ("!", "?")
        or (following[:1].isascii() and following[:1].isalpha())
        or (following[:1] == "/" and len(following) > 1)
    )


def _after_comment(text: str, at: int) -> int:
    """Return the offset behind a comment, a declaration or a processing instruction that starts at `at`."""
    if text.startswith("<!--", at) and not text.startswith(("<!-->", "<!--->"), at):
        end = text.find("-->", at + 4)
        return end + 3 if end >= 0 else len(text)
    end = text.find(">", at)
    return end + 1 if end >= 0 else len(text)


def _read_tag(text: str, at: int) -> tuple[Tag | None, int]:
    """Read the tag at `at`; None where the text ends first, which browsers drop."""
    name = _TAG_NAME.match(text, at)
    if name is None:
        return None, len(text)
    pos = name.end()
    attributes: dict[str, str] = {}
    while not (end := _TAG_END.match(text, pos)):
        attribute = _ATTRIBUTE.match(text, pos)
        if attribute is None or _OPEN_QUOTE.match(text, attribute.end()):
            return None, len(text)
        pos = attribute.end()
        value = attribute[2] or attribute[3] or attribute[4] or ""
        attributes.setdefault(attribute[1].lower(), _unescape_value(value))
    return Tag(name[1].lower(), at, text[at + 1] == "/", attributes), end.end()


def _unescape_value(value: str) -> str:
    """Resolve entities as in an attribute: `&copy=1` in an address is a parameter, not a sign."""
    return _REFERENCE.sub(_resolve, value) if "&" in value else value


def _resolve(reference: re.Match[str]) -> str:
    """Resolve one character reference, or leave it where there is no such name."""
    return unescape(reference[0]) if reference[1] is None or reference[1] in html5 else reference[0]
