"""HTML notes (markup_language 2): `<a href>`, `<img src>`, and h1 to h6 as headings."""

from __future__ import annotations

import re

from extractor.markdown import html
from extractor.markdown.blocks import Block
from extractor.markdown.document import assembled
from extractor.markdown.inline import Lines
from extractor.markdown.reading import BlockText
from extractor.markdown.records import Document, Heading, Link

_HEADING = re.compile(r"h[1-6]")
_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure"
    "|footer|form|h[1-6]|header|hr|html|legend|li|main|menu|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead"
    "|tr|ul"
)


def parse_html(body: str) -> Document:
    """Parse an HTML body. Whatever is wrong in it is read as browsers do, or passed over."""
    return assembled([(0, Block(tuple(_HtmlReader(body).read())))])


class _HtmlReader:
    """One walk over an HTML body."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.found: list[Heading | Link] = []
        self.reading = BlockText()
        self.heading: tuple[int, int] | None = None  # level, line

    def read(self) -> list[Heading | Link]:
        """Walk."""
        lines = Lines(self.body, 0)
        for event in html.events(self.body):
            if isinstance(event, html.Text):
                self.reading.write(event.text)
            else:
                self._read_tag(event, lines.at(event.at))
        self._end_block()
        return self.found

    def _read_tag(self, tag: html.Tag, line: int) -> None:
        """Read one tag."""
        if _BLOCKS.fullmatch(tag.name):
            self._end_block()
            if _HEADING.fullmatch(tag.name) and not tag.is_end:
                self.heading = (int(tag.name[1]), line)
        elif tag.name == "br":
            self.reading.write("\n")
        else:
            self.reading.read_tag(tag, line)

    def _end_block(self) -> None:
        """Write down what the block held: a heading before the links in it."""
        links = self.reading.links()
        if self.heading:
            title = " ".join(self.reading.text().split())
            self.found.append(Heading(self.heading[0], title, (title,), self.heading[1]))
            self.heading = None
        self.found += links
        self.reading = BlockText()
