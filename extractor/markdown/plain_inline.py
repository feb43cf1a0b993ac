"""Texts with only the commonest markup, read without the library: many times as fast, and with the same result.

The walk goes from special character to special character. If one might be anything but its simplest use (brackets in
brackets, emphasis that is not closed, a footnote), the walk gives up, and the library reads the text. The
tests compare each text of the corpora, and many more, with the result of the library.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.common.entities import entities
from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.common.utils import isValidEntityCode, normalizeReference
from markdown_it.rules_inline.entity import DIGITAL_RE, NAMED_RE

from extractor.markdown.addresses import may_be_link, shown, written
from extractor.markdown.html import read_tag
from extractor.markdown.inline_state import sort_of
from extractor.markdown.linkify import bare_address, may_be_bare
from extractor.markdown.parsers import SPECIAL
from extractor.markdown.rules import PADDED, closing_dollar, may_close_formula

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor.markdown.block_records import Definitions
    from extractor.markdown.html import Tag
    from extractor.markdown.reading import BlockText, PlacedLink
    from extractor.markdown.records import Kind, Syntax

    _Open = tuple[Kind, Syntax, str, str, int]  # the arguments of BlockText.open
    _Op = str | _Open | tuple[Tag, int] | None  # None closes the link that was opened last

_GIVE_UP = -1

# The text of a link, without anything in it that might contain a bracket, except for words in brackets.
_LABEL = re.compile(
    r"\[((?>(?:[^\[\]\\`<$:]++|\\[^\n\ud800-\udbff]|`[^`\n]+`(?!`)|:(?!//)|(?P<nested>\[(?!\^)[^\[\]\\`<$:!]*+\](?![(\[])))*))\]"
)
# A text and an address without special characters, as in most links.
_PLAIN_TARGET = re.compile(r"\[([^\[\]\\`<$:\n&*_!^=~]++)\]\(((?>(?:[^\x00-\x20\x7f()<\\&]++|&(?![#\w]++;))+))\)")
_DESTINATION = re.compile(
    r"\((?:<([^<>\n\\]*+)>|((?>(?:[^\x00-\x20\x7f()<\\]++|\([^\x00-\x20\x7f()\\]*+\))+)))"
    r"""(?: ++(?:"([^"\\\n]*+)"|'([^'\\\n]*+)'))?\)"""
)
_ENTITY = re.compile(r"&[#\w]++;")
_CODE = re.compile(r"`([^`\n]++)`(?!`)")
_AUTOLINK = re.compile(r"<([a-zA-Z][a-zA-Z0-9+.\-]{1,31}:[^<>\x00-\x20]*+)>")
_LINK_TAG = re.compile(r"</?(?:a|img)(?![a-z0-9-])", re.IGNORECASE)
_ESCAPED = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def read_plain(reading: BlockText, content: str, line: int, definitions: Definitions) -> bool:
    """Read a text, adding to `reading` what the library would add; False, and nothing read, if it is not plain.

    `line` is where the text starts, `definitions` what the document defines.
    """
    if not may_hold_more(content):
        reading.write(content)
        return True
    walk = _Walk(content, line, definitions)
    if not walk.read(0, len(content)) or walk.ticks != content.count("`"):
        return False
    opened: list[PlacedLink] = []
    for op in walk.ops:
        if op is None:
            reading.close(opened.pop())
        elif isinstance(op, str):
            reading.write(op)
        elif len(op) == 2:  # noqa: PLR2004 - a tag and its line
            reading.read_tag(*op)
        else:
            opened.append(reading.open(*op))
    reading.close_all()
    return True


def may_hold_more(content: str) -> bool:
    """Tell whether there is perhaps more in a text than what is shown of it."""
    return SPECIAL.search(content) is not None or may_be_bare(content)


class _Walk:
    """One walk over a text. What is found is kept as operations until the end is reached.

    `start` is where the text that is not yet written begins; `low` and `high` are the limits for characters that
    emphasis looks at.
    """

    __slots__ = (
        "content", "definitions", "emphasis", "has_bare", "high", "last_target", "line", "links", "low", "ops", "start",
        "ticks",
    )  # fmt: skip

    def __init__(self, content: str, line: int, definitions: Definitions) -> None:
        self.content = content
        self.line = line
        self.definitions = definitions
        self.ops: list[_Op] = []
        self.start = self.low = 0
        self.high = len(content)
        self.emphasis = ""  # the open marks
        self.links = 0  # how many `<a>` are open
        self.ticks = 0  # backticks that are accounted for
        self.has_bare = may_be_bare(content)
        self.last_target = content.rfind("](")

    def read(self, pos: int, end: int) -> bool:
        """Read from `pos` to `end`; False if the walk gives up."""
        content = self.content
        self.start = pos
        search = SPECIAL.search
        while special := search(content, pos, end):
            at = special.start()
            pos = _RULES[content[at]](self, at, end)
            if pos < 0:
                return False
        return self.write_until(end) and not self.emphasis

    def write_until(self, at: int) -> bool:
        """Write the text up to `at`; False if it may contain a bare address, which would have to be found."""
        if at > self.start:
            text = self.content[self.start : at]
            if self.has_bare and may_be_bare(text):
                return False
            self.ops.append(text)
        return True

    def write(self, at: int, text: str, end: int) -> int:
        """Write the text up to `at`, and then `text` in place of what is between `at` and `end`."""
        if not self.write_until(at):
            return _GIVE_UP
        self.ops.append(text)
        self.start = end
        return end

    def newline(self, at: int, end: int) -> int:
        """Read a line break: spaces around it are not shown."""
        behind = at + 1
        while behind < end and self.content[behind] in " \t":
            behind += 1
        self.line += 1
        text = self.content[self.start : at].rstrip(" ")
        return self.write(self.start, text + "\n", behind) if self.is_plain(text) else _GIVE_UP

    def is_plain(self, text: str) -> bool:
        """Return whether there is certainly no bare address in a text."""
        return not (self.has_bare and may_be_bare(text))

    def code(self, at: int, _end: int) -> int:
        """Read a code span between single backticks."""
        span = _CODE.match(self.content, at)
        if span is None:
            return _GIVE_UP
        self.ticks += 2
        padded = PADDED.fullmatch(span[1])
        return self.write(at, padded[1] if padded else span[1], span.end())

    def escape(self, at: int, end: int) -> int:
        """Read a backslash: it escapes the next character, or is text."""
        if at + 1 >= end:
            return at + 1
        escaped = self.content[at + 1]
        if escaped == "\n" or "\ud800" <= escaped <= "\udbff":
            return _GIVE_UP
        self.ticks += escaped == "`"
        return self.write(at, escaped if escaped in _ESCAPED else "\\" + escaped, at + 2)

    def entity(self, at: int, _end: int) -> int:
        """Read `&amp;` or `&#38;`."""
        if match := DIGITAL_RE.match(self.content, at):
            digits = match[1]
            code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
            return self.write(at, chr(code) if isValidEntityCode(code) else "\ufffd", match.end())
        if (match := NAMED_RE.match(self.content, at)) and match[1] in entities:
            return self.write(at, entities[match[1]], match.end())
        return at + 1

    def emphasise(self, at: int, _end: int) -> int:
        """Read `*` or `_` that certainly opens emphasis, or certainly closes the one opened by as many; or is text."""
        content, low, high = self.content, self.low, self.high
        marker = content[at]
        behind = at + 1
        while behind < high and content[behind] == marker:
            behind += 1
        before = sort_of(content[at - 1] if at > low else " ")
        after = sort_of(content[behind] if behind < high else " ")
        opens = any(before)
        if opens == any(after):
            is_text = before[0] and after[0] if opens else marker == "_"
            return behind if is_text else _GIVE_UP
        marks = content[at:behind]
        if self.emphasis != ("" if opens else marks):
            return _GIVE_UP
        self.emphasis = marks if opens else ""
        return self.write(at, "", behind)

    def formula(self, at: int, _end: int) -> int:
        """Read `$...$`, or a dollar sign."""
        content = self.content
        behind = at + 1
        closing = closing_dollar(content, behind) if content[behind : behind + 1] not in (" ", "\t") else -1
        if closing == behind:
            return behind + 1
        if closing < 0 or not may_close_formula(content, closing):
            return behind
        self.line += content.count("\n", behind, closing)
        self.ticks += content.count("`", behind, closing)
        return self.write(at, content[behind:closing], closing + 1)

    def bare(self, at: int, _end: int) -> int:
        """Read a bare address, whose scheme has already been passed."""
        found = None if self.links else bare_address(self.content[self.start : at], self.content, at)
        if found is None:
            return _GIVE_UP
        scheme, url = found
        if not self.write_until(at - scheme):
            return _GIVE_UP
        self.link("bare", url)
        self.start = at - scheme + len(url)
        return self.start

    def link(self, syntax: Syntax, url: str) -> None:
        """Add a link whose text is its own address."""
        self.ops += [("link", syntax, url, "", self.line), shown(url), None]

    def tag(self, at: int, _end: int) -> int:
        """Read `<https://...>`, or an HTML tag."""
        content = self.content
        if content[at + 1 : at + 2] == " ":
            return at + 1
        if autolink := _AUTOLINK.match(content, at):
            if not may_be_link(autolink[1]) or not self.write_until(at):
                return _GIVE_UP
            self.link("autolink", autolink[1])
            self.start = autolink.end()
            return self.start
        tag = HTML_TAG_RE.match(content, at)
        if tag is None or content[at + 1] in "!?" or not self.write_until(at):
            return _GIVE_UP
        if _LINK_TAG.match(tag[0]) and (read := read_tag(tag[0])):
            self.links += 0 if read.name == "img" else -1 if read.is_end else 1
            self.ops.append((read, self.line))
        self.line += tag[0].count("\n")
        self.start = tag.end()
        return self.start

    def bracket(self, at: int, _end: int) -> int:
        """Read a link, or a bracket."""
        if self.content.startswith("![", at + 1):
            return self.linked_image(at)
        return self.target(at, at, "link")

    def image(self, at: int, _end: int) -> int:
        """Read an image, or an exclamation mark."""
        return self.target(at, at + 1, "image")

    def text(self, at: int, _end: int) -> int:
        """Read a bracket that closes nothing."""
        return at + 1

    def give_up(self, _at: int, _end: int) -> int:
        """Leave the text to the library."""
        return _GIVE_UP

    def linked_image(self, at: int) -> int:
        """Read `[![alt](image)](address)`, with nothing else in the link."""
        ops, self.ops = self.ops, []
        start, self.start = self.start, at + 1
        closing = self.target(at + 1, at + 1 + 1, "image")
        image, self.ops = self.ops, ops
        self.start = start
        found = self.destination(closing + 1) if closing > 0 and self.content.startswith("](", closing) else None
        if found is None or not image or not self.write_until(at):
            return _GIVE_UP
        url, title, behind = found
        if not may_be_link(url):
            return _GIVE_UP
        self.ops += [("link", "inline", url, title, self.line), *image, None]
        self.start = behind
        return behind

    def add(self, at: int, ops: tuple[_Op, ...], end: int) -> int:
        """Write the text up to `at`, and then `ops`, which were read between `at` and `end`."""
        if not self.write_until(at):
            return _GIVE_UP
        self.ops += ops
        self.start = end
        return end

    def target(self, at: int, bracket: int, kind: Kind) -> int:
        """Read a link or an image that starts at `at`, with its text at `bracket`; or text."""
        content = self.content
        if (plain := _PLAIN_TARGET.match(content, bracket)) and may_be_link(plain[2]):
            return self.add(at, ((kind, "inline", plain[2], "", self.line), plain[1], None), plain.end())
        label = _LABEL.match(content, bracket)
        if label is None or (label["nested"] and self.definitions):
            return at + 1 if bracket > self.last_target and not self.definitions else _GIVE_UP
        behind = label.end()
        if content.startswith("(", behind):
            found = self.destination(behind)
            if found is None:
                return _GIVE_UP
            url, title, behind = found
            if may_be_link(url):
                return self.labelled(at, label, (kind, "inline", url, title, self.line), behind)
        return self.reference(at, label, kind) if self.definitions else at + 1

    def destination(self, at: int) -> tuple[str, str, int] | None:
        """Return the address and the title in parentheses, and where they end; None if they are not simple."""
        found = _DESTINATION.match(self.content, at)
        if found is None:
            return None
        url = found[1] or found[2]
        title = found[3] or found[4] or ""
        has_entity = "&" in found[0] and _ENTITY.search(found[0])
        return (url, title, found.end()) if url and not has_entity else None

    def reference(self, at: int, label: re.Match[str], kind: Kind) -> int:
        """Read `[text][label]`, `[label][]` or `[label]`; or text."""
        name, behind = label[1], label.end()
        is_refused_image = kind == "image" and self.content.startswith(
            "(", behind
        )  # there the library looks no further
        if name.startswith("^") or is_refused_image:
            return _GIVE_UP
        if self.content.startswith("[", behind):
            second = _LABEL.match(self.content, behind)
            if second is None:
                return _GIVE_UP
            name, behind = second[1] or name, second.end()
        found = self.definitions.references.get(normalizeReference(name))
        if found is None:
            return at + 1
        href = found["href"]
        if not href:
            return _GIVE_UP
        opening: _Open = (kind, "reference", written(href), found["title"], self.line)
        self.ticks += self.content.count("`", label.end(), behind)
        return self.labelled(at, label, opening, behind)

    def labelled(self, at: int, label: re.Match[str], opening: _Open, behind: int) -> int:
        """Add a link or an image with its text, which `label` matched."""
        if not self.write_until(at):
            return _GIVE_UP
        self.ops.append(opening)
        start, end = label.span(1)
        outside = self.emphasis, self.low, self.high, self.has_bare
        self.emphasis, self.high, self.has_bare = "", end, False
        if opening[0] == "image":
            self.low = start
        if not self.read(start, end):
            return _GIVE_UP
        self.emphasis, self.low, self.high, self.has_bare = outside
        self.ops.append(None)
        self.start = behind
        return behind


_RULES: dict[str, Callable[[_Walk, int, int], int]] = {
    "\n": _Walk.newline,
    "`": _Walk.code,
    "\\": _Walk.escape,
    "&": _Walk.entity,
    "*": _Walk.emphasise,
    "_": _Walk.emphasise,
    "$": _Walk.formula,
    ":": _Walk.bare,
    "<": _Walk.tag,
    "[": _Walk.bracket,
    "]": _Walk.text,
    "!": _Walk.image,
    "=": _Walk.give_up,
    "^": _Walk.give_up,
    "~": _Walk.give_up,
}
