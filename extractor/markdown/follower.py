"""A document that follows a body from revision to revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.markdown.document import parse_markdown
from extractor.markdown.html_document import parse_html

if TYPE_CHECKING:
    from extractor.markdown.records import Document, Markup


class Follower:
    """Parses successive bodies of one note; each result is what `parse` of that body alone would give."""

    def __init__(self, markup: Markup = "markdown") -> None:
        self._parse = parse_html if markup == "html" else parse_markdown

    def follow(self, body: str) -> Document:
        """Return the headings, links and images of the next body."""
        return self._parse(body)
