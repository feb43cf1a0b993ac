"""Fragments: pieces of a body whose surroundings are unknown, read for what is in them whatever is around them.

A piece is parsed several times, each time with different text before or after it, which changes a link or a heading
that is cut off at an edge. Only what all these readings agree on is certain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from extractor.markdown.assembly import assembled
from extractor.markdown.block_reader import read
from extractor.markdown.block_records import merged
from extractor.markdown.blocks import normalised, sources
from extractor.markdown.html_document import parse_html
from extractor.markdown.records import Document, Heading, Link

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from extractor.markdown.records import Markup

_BEFORE = {"markdown": ("x", "\\", "!", "[", "![", "<", "<a "), "html": ("x",)}
_IN_A_TAG = "<a "
_BEHIND = ("x", ")", "(u)", "](u)", ">", '">x')


def parse_fragment(
    text: str, markup: Markup = "markdown", *, known_start: bool = False, known_end: bool = False
) -> Document:
    """Return the headings, links and images that are certainly in a piece of a body; lines count from its own first.

    `known_start` and `known_end` say that the body itself starts or ends there. Half a link or half a heading at an
    edge does not count, nor does a reference link whose definition is elsewhere. Lines indented by four
    columns may belong to a list above the piece: links in them count, headings do not. Footnotes count, as they are
    most likely called elsewhere.
    """
    befores, behinds = () if known_start else _befores(text, markup), () if known_end else _BEHIND
    around = [text, *(before + text for before in befores), *(text + behind for behind in behinds)]
    readings = [_read(one, markup, known_start, is_code_known=known_start) for one in around]
    agreed = set.intersection(*(set(_keys(reading)) for reading in readings))
    if markup == "markdown" and not known_start:
        strict = set(_keys(_read(text, markup, known_start, is_code_known=True)))
        agreed = {key for key in agreed if key in strict or key[0] != "heading"}
    return _only(readings[0], agreed)


def _befores(text: str, markup: Markup) -> tuple[str, ...]:
    """Return the texts to try before a piece whose start is unknown."""
    is_in_tag = markup == "html" and ">" in text.partition("<")[0]
    return (*_BEFORE[markup], _IN_A_TAG) if is_in_tag else _BEFORE[markup]


_Key = tuple[str, "Hashable"]


def _read(text: str, markup: Markup, known_start: bool, *, is_code_known: bool) -> Document:
    """Read a piece as if it were a body."""
    if markup == "html":
        return parse_html(text)
    found = sources(normalised(text), at_start=known_start, indented_code=is_code_known)
    definitions = merged(one.source.defines for one in found)
    return assembled(((one.line, read(one.source, definitions)) for one in found), all_footnotes=True)


def _keys(document: Document) -> Iterator[_Key]:
    """Yield the keys that readings must agree on."""
    for heading in document.headings:
        yield _heading_key(heading)
    for link in document.links:
        yield _link_key(link)


def _heading_key(heading: Heading) -> _Key:
    """Return the key of a heading."""
    return "heading", (heading.level, heading.title, heading.line)


def _link_key(link: Link) -> _Key:
    """Return the key of a link."""
    return "link", (link.kind, link.syntax, link.url, link.text, link.line)


def _only(document: Document, agreed: set[_Key]) -> Document:
    """Keep only what is agreed on; a link whose heading is left out is then under the heading before."""
    headings: list[Heading] = []
    above: list[Heading] = []
    sections: list[int | None] = []
    for heading in document.headings:
        if _heading_key(heading) in agreed:
            while above and above[-1].level >= heading.level:
                above.pop()
            kept = replace(heading, path=(*(above[-1].path if above else ()), heading.title))
            above.append(kept)
            headings.append(kept)
        sections.append(len(headings) - 1 if headings else None)
    links = tuple(
        replace(link, section=None if link.section is None else sections[link.section])
        for link in document.links
        if _link_key(link) in agreed
    )
    return Document(tuple(headings), links)
