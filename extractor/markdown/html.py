"""HTML as browsers read it (WHATWG, 13.2): turbohtml builds the tree, and this module walks it.

A scanner of tags is not enough: whether `<title/>` hides what follows depends on whether it is in an `<svg>`,
and where a heading or a link ends depends on what is open around it. turbohtml builds the standard's tree in linear
time, knows the line of each tag, and never raises an error; the tests compare it with html5lib. HTML that is nested too
deeply for it (html_depth.py) is read tag by tag, and `GivenUp` says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from turbohtml import Element, Text, TokenType, parse_fragment, tokenize

from extractor.markdown.html_depth import RAW_TEXT, may_be_too_deep, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from turbohtml import Node, Token


@dataclass(frozen=True, slots=True)
class Tag:
    """A single tag, its name in lower case. The first of equal attributes counts."""

    name: str
    is_end: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


class Start(NamedTuple):
    """An element begins. `place` is (line, column) of its tag, both from 0; None if the standard implies the element.

    An element that is split, like an `<a>` in which a paragraph ends, comes in several parts with the same place.
    """

    name: str
    place: tuple[int, int] | None
    attribute: Callable[[str], str]


class End(NamedTuple):
    """An element ends."""

    name: str


class GivenUp(NamedTuple):
    """From this line (from 0) on, something may be missing; `reason` says why."""

    line: int
    reason: str


TOO_DEEP = "HTML nested too deeply, or never closed: its tags are read one by one, and texts may be cut off or too long"

_ENDING_EACH_OTHER = dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "h") | {"a": "a"}
_NAMES = {"image": "img"}
_EMPTY_RAW_TEXT = re.compile("<((?:" + "|".join(RAW_TEXT) + r")[\t\n\f\r ]*)(?=/>)", re.IGNORECASE)


def events(text: str) -> Iterator[Start | End | str | GivenUp]:
    """Yield the elements and texts of a piece of HTML in the order of its tree; raw text, like scripts, is left out."""
    if may_be_too_deep(text):
        yield GivenUp(0, TOO_DEEP)
        yield from _tags_alone(text)
    else:
        yield from _tree(text)


def _tree(text: str) -> Iterator[Start | End | str]:
    """Yield what is in the tree that the standard prescribes."""
    # The context element is a <div>, in which Joplin shows a note.
    open_elements: list[tuple[str, Iterator[Node]]] = [("div", iter(parse_fragment(text, "div").children))]
    while open_elements:
        name, children = open_elements[-1]
        node = next(children, None)
        if node is None:
            open_elements.pop()
            if open_elements:
                yield End(name)
        elif isinstance(node, Text):
            if name not in RAW_TEXT:
                yield node.data
        elif isinstance(node, Element):
            yield Start(node.tag, _place(node), _reader(node))
            open_elements.append((node.tag, iter(node.children)))
        else:  # a comment, or the content of a <template>
            open_elements.append(("template", iter(node.children)))


def _tags_alone(text: str) -> Iterator[Start | End | str]:
    """Yield tags as they are written: a link ends at the next one, a heading at the next heading or end of one.

    Here `<title/>` and other empty elements of raw text hide nothing, wherever they are.
    """
    ends: dict[str, str] = {}  # the open elements, by the kind of tag that ends them
    is_raw = False
    for token in tokens(_EMPTY_RAW_TEXT.sub(lambda tag: "<" + "x" * len(tag[1]), text)):
        name = token.tag or ""
        kind = _ENDING_EACH_OTHER.get(name, "")
        if token.type == TokenType.TEXT and not is_raw:
            yield token.data or ""
        elif token.type in (TokenType.START_TAG, TokenType.END_TAG):
            is_raw = token.type == TokenType.START_TAG and name in RAW_TEXT
            if kind in ends:
                yield End(ends.pop(kind))
            if token.type == TokenType.START_TAG:
                yield Start(_NAMES.get(name, name), (token.line - 1, token.col), _reader(token))
                if kind:
                    ends[kind] = name
            elif not kind:
                yield End(name)
    yield from map(End, ends.values())


def _place(element: Element) -> tuple[int, int] | None:
    """Return (line, column) of the tag, both from 0."""
    position = element.position
    return (position[0] - 1, position[1]) if position else None


def _reader(element: Element | Token) -> Callable[[str], str]:
    """Return a function that looks up an attribute; it returns '' if there is none."""
    return lambda name: element.attr(name) or ""


def read_tag(text: str) -> Tag | None:
    """Read a single tag, as in a line of Markdown; None for anything else, like a comment."""
    for token in tokenize(text):
        if token.type == TokenType.START_TAG:
            return Tag(token.tag or "", attributes={name: value or "" for name, value in token.attrs or ()})
        if token.type == TokenType.END_TAG:
            return Tag(token.tag or "", is_end=True)
    return None
