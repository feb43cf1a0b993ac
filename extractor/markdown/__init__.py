"""Headings, links and images of a body: the parser, and the `Follower`, which parses one revision after another.

Pure: text in, records out. Nothing here raises an error for any text.
"""

from __future__ import annotations

from extractor.markdown.document import parse_markdown
from extractor.markdown.fragment import parse_fragment
from extractor.markdown.html_document import parse_html
from extractor.markdown.incremental import Follower
from extractor.markdown.records import Document, Heading, Kind, Link, Markup, Problem, Syntax, Target
from extractor.markdown.shared import SharedDocument


def parse(body: str, markup: Markup = "markdown") -> Document:
    """Return the headings, links and images of a body, in document order."""
    return parse_html(body) if markup == "html" else parse_markdown(body)


__all__ = [
    "Document", "Follower", "Heading", "Kind", "Link", "Markup", "Problem", "SharedDocument", "Syntax", "Target",
    "parse", "parse_fragment",
]  # fmt: skip
