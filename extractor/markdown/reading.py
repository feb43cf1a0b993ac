"""A block's plain text as it is read, and the links in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.markdown.addresses import is_allowed, target_of
from extractor.markdown.characters import HTML_SPACES
from extractor.markdown.context import around
from extractor.markdown.records import Link

if TYPE_CHECKING:
    from extractor.markdown.html import Tag
    from extractor.markdown.records import Kind, Syntax


@dataclass(slots=True)
class PlacedLink:
    """A link that was found, and where its text stands in the plain text."""

    kind: Kind
    syntax: Syntax
    url: str
    href: str
    title: str
    line: int
    start: int
    end: int
    alt: str | None = None  # of an HTML image, whose alt text is not shown in the text around it


@dataclass(slots=True)
class BlockText:
    """The plain text of a block, as it grows, with the links in it. Lines are counted as the caller counts them."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    places: list[PlacedLink] = field(default_factory=list)
    anchor: PlacedLink | None = None

    def write(self, text: str) -> None:
        """Add shown text."""
        self.parts.append(text)
        self.length += len(text)

    def open(self, kind: Kind, syntax: Syntax, url: str, href: str, title: str, line: int) -> PlacedLink:
        """Add a link whose text starts here."""
        place = PlacedLink(kind, syntax, url, href, title, line, self.length, self.length)
        self.places.append(place)
        return place

    def close(self, place: PlacedLink) -> None:
        """End the text of a link here."""
        place.end = self.length

    def read_tag(self, tag: Tag, line: int) -> None:
        """Add what an HTML tag links to: `<img src>`, or `<a href>` with the text until its end or the next `<a>`."""
        if tag.name == "a":
            self.close_anchor()
            url = tag.attributes.get("href", "").strip(HTML_SPACES)
            if url and is_allowed(url) and not tag.is_end:
                self.anchor = self.open("link", "html", url, url, tag.attributes.get("title", ""), line)
        elif tag.name == "img" and not tag.is_end:
            url = tag.attributes.get("src", "").strip(HTML_SPACES)
            if url and is_allowed(url):
                place = self.open("image", "html", url, url, tag.attributes.get("title", ""), line)
                place.alt = tag.attributes.get("alt", "")
                if self.anchor is not None:
                    self.write(place.alt)

    def close_anchor(self) -> None:
        """End the text of an `<a>`, if one is open."""
        if self.anchor is not None:
            self.close(self.anchor)
            self.anchor = None

    def text(self) -> str:
        """Return the text read so far."""
        return "".join(self.parts)

    def links(self) -> list[Link]:
        """Return the links, each with the words around it."""
        self.close_anchor()
        text = self.text()
        return [
            Link(
                kind=place.kind,
                syntax=place.syntax,
                target=target_of(place.url, place.kind),
                url=place.url,
                href=place.href,
                text=text[place.start : place.end] if place.alt is None else place.alt,
                title=place.title,
                context=around(text, place.start, place.end),
                line=place.line,
                section=None,
            )
            for place in self.places
        ]
