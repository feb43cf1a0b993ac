"""HTML notes (markup_language 2): `<a href>`, `<img src>`, and h1 to h6 as headings.

A heading and a link end at their own end tag, or where the standard ends them: blocks in them belong to their text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.markdown import html
from extractor.markdown.assembly import assembled
from extractor.markdown.block_records import Block
from extractor.markdown.context import CUT
from extractor.markdown.reading import LONGEST, LOOKED_AT, BlockText, shortened
from extractor.markdown.records import Document, Heading, Link, Problem

if TYPE_CHECKING:
    from extractor.markdown.reading import PlacedLink

TOO_LONG = f"an unclosed heading or link: only the first {LONGEST} characters of its text are kept"

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip


def parse_html(body: str) -> Document:
    """Parse an HTML body. Invalid HTML is read as in browsers."""
    return assembled([(0, Block(tuple(_HtmlReader().read(body))))])


@dataclass(slots=True)
class _OpenHeading:
    """A heading whose end has not been reached."""

    level: int
    line: int
    start: int
    first_place: int
    end: int = 0
    last_place: int = 0


class _HtmlReader:
    """One walk over an HTML body."""

    def __init__(self) -> None:
        self.reading = BlockText()
        self.found: list[_OpenHeading | PlacedLink | Problem] = []
        self.headings: list[_OpenHeading] = []
        self.line = 0  # of the last tag that was written, not implied

    def read(self, body: str) -> list[Heading | Link | Problem]:
        """Return the headings, links and problems of a body, in its order."""
        for event in html.events(body):
            if isinstance(event, str):
                self.reading.write(event)
            elif isinstance(event, html.Start):
                self._start(event)
            elif isinstance(event, html.End):
                self._end(event.name)
            else:
                self.found.append(Problem(event.line, event.reason))
        self.reading.close_all()
        links = dict(zip(map(id, self.reading.places), self.reading.links(), strict=True))
        found = [self._finished(item, links) for item in self.found]
        too_long = next((item.line for item in found if _is_cut(item)), None)
        return found if too_long is None else [*found, Problem(too_long, TOO_LONG)]

    def _start(self, start: html.Start) -> None:
        """Read the start of an element."""
        if start.place:
            self.line = start.place[0]
        if start.name in _BLOCKS:
            self.reading.break_block()
            if level := _HEADINGS.get(start.name):
                heading = _OpenHeading(level, self.line, self.reading.length, len(self.reading.places))
                self.headings.append(heading)
                self.found.append(heading)
        elif start.name == "br":
            self.reading.write("\n")
        elif link := self.reading.read_start(start, self.line):
            self.found.append(link)

    def _end(self, name: str) -> None:
        """Read the end of an element."""
        if name in _HEADINGS:
            heading = self.headings.pop()
            heading.end, heading.last_place = self.reading.length, len(self.reading.places)
        if name in _BLOCKS:
            self.reading.break_block()
        else:
            self.reading.read_end(name)

    def _finished(self, item: _OpenHeading | PlacedLink | Problem, links: dict[int, Link]) -> Heading | Link | Problem:
        """Return the finished record of an item, now that the whole text is known."""
        if isinstance(item, Problem):
            return item
        if not isinstance(item, _OpenHeading):
            return links[id(item)]
        end = min(item.end, item.start + LOOKED_AT)
        title = self.reading.title(item.start, end, range(item.first_place, item.last_place))
        title = shortened(" ".join(title.split()))
        return Heading(item.level, title, (title,), item.line)


def _is_cut(item: Heading | Link | Problem) -> bool:
    """Return whether a title or the text of a link was cut because it was too long."""
    text = item.title if isinstance(item, Heading) else item.text if isinstance(item, Link) else ""
    return len(text) == LONGEST and text.endswith(CUT)
