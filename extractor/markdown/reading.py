"""The plain text of a block while it is read, and the links in it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from extractor.markdown.addresses import is_allowed, target_of
from extractor.markdown.characters import HTML_SPACES
from extractor.markdown.context import CUT, around
from extractor.markdown.records import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from extractor.markdown.html import Start, Tag
    from extractor.markdown.records import Kind, Syntax


@dataclass(slots=True)
class PlacedLink:
    """A link that was found, and the place of its text in the plain text: in characters, and in blocks of HTML."""

    kind: Kind
    syntax: Syntax
    url: str
    title: str
    line: int
    start: int
    end: int
    first_block: int
    last_block: int
    alt: str | None = None  # of an HTML image, whose alt text is part of the text around it only inside a link


LONGEST = 2000  # characters of a title or of the text of a link in HTML: a longer one was never closed
LOOKED_AT = 4 * LONGEST
_SPACES = re.compile(" {2,}")


@dataclass(slots=True)
class BlockText:
    """The growing plain text of a block, with the links in it. Lines are counted as the caller counts them.

    A whole HTML body is one text, too, with a break where a block starts or ends.
    """

    parts: list[str] = field(default_factory=list)
    length: int = 0
    places: list[PlacedLink] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    anchors: list[PlacedLink | None] = field(default_factory=list)  # open `<a>`; None for one without href
    by_place: dict[tuple[int, int], PlacedLink] = field(default_factory=dict)
    is_empty: bool = True  # nothing was read since the last break

    def write(self, text: str) -> None:
        """Add shown text."""
        self.parts.append(text)
        self.length += len(text)
        self.is_empty = False

    def break_block(self) -> None:
        """End a block of HTML here, unless it is empty."""
        if not self.is_empty:
            self.write("\n")
            self.breaks.append(self.length)
            self.is_empty = True

    def open(self, kind: Kind, syntax: Syntax, url: str, title: str, line: int) -> PlacedLink:
        """Add a link whose text starts here."""
        block = len(self.breaks)
        place = PlacedLink(kind, syntax, url, title, line, self.length, self.length, block, block)
        self.places.append(place)
        self.is_empty = False
        return place

    def close(self, place: PlacedLink) -> None:
        """End the text of a link here."""
        place.end = self.length
        place.last_block = len(self.breaks) - (self.is_empty and len(self.breaks) > place.first_block)

    def read_tag(self, tag: Tag, line: int) -> None:
        """Add the link of a tag in a line of Markdown: `<img src>`, or `<a href>` until its end or the next `<a>`."""
        if tag.name == "a":
            self.close_all()
            if not tag.is_end:
                self._open_anchor(lambda name: tag.attributes.get(name, ""), line)
        elif tag.name == "img" and not tag.is_end:
            self._read_image(lambda name: tag.attributes.get(name, ""), line)

    def read_start(self, start: Start, line: int) -> PlacedLink | None:
        """Add an HTML element that is a link or an image; None for anything else, and for a later part of a link."""
        if start.name == "a":
            known = self.by_place.get(start.place) if start.place else None
            if known is not None:
                self.anchors.append(known)
                return None
            link = self._open_anchor(start.attribute, line)
            if link is not None and start.place:
                self.by_place[start.place] = link
            return link
        return self._read_image(start.attribute, line) if start.name == "img" else None

    def read_end(self, name: str) -> None:
        """End an HTML element."""
        if name == "a":
            anchor = self.anchors.pop()
            if anchor is not None:
                self.close(anchor)

    def close_all(self) -> None:
        """End the text of each open `<a>`."""
        while self.anchors:
            self.read_end("a")

    def _open_anchor(self, attribute: Callable[[str], str], line: int) -> PlacedLink | None:
        """Begin an `<a>`, and a link if it has an allowed address."""
        url = attribute("href").strip(HTML_SPACES)
        link = self.open("link", "html", url, attribute("title"), line) if url and is_allowed(url) else None
        self.anchors.append(link)
        return link

    def _read_image(self, attribute: Callable[[str], str], line: int) -> PlacedLink | None:
        """Add an image."""
        url = attribute("src").strip(HTML_SPACES)
        if not url or not is_allowed(url):
            return None
        place = self.open("image", "html", url, attribute("title"), line)
        place.alt = attribute("alt")
        if any(anchor is not None for anchor in self.anchors):
            self.write(place.alt)
            self.close(place)
        return place

    def text(self) -> str:
        """Return the text read so far."""
        if len(self.parts) > 1:
            self.parts = ["".join(self.parts)]
        return self.parts[0] if self.parts else ""

    def title(self, start: int = 0, end: int | None = None, places: range | None = None) -> str:
        """Return the text from `start` to `end` as a title: without images' alt texts, unless it has no other text.

        `places` says which links and images are in it, None for all.
        """
        text = self.text()[start:end]
        if not self.places:
            return text
        behind = start + len(text)
        inside = map(self.places.__getitem__, range(len(self.places)) if places is None else places)
        images = [place for place in takewhile(lambda place: place.start <= behind, inside) if place.kind == "image"]
        if not images:
            return text
        title = _SPACES.sub(" ", "".join(self._without(images, start, behind))).strip()
        return title or text.strip() or next((place.alt for place in images if place.alt), "")

    def _without(self, images: list[PlacedLink], start: int, end: int) -> Iterator[str]:
        """Yield the text between images."""
        text = self.text()
        for image in images:
            yield text[start : image.start]
            start = max(start, image.end)
        yield text[start:end]

    def links(self) -> list[Link]:
        """Return the links, each with the text around it."""
        if not self.places:
            return []
        self.close_all()
        text = self.text()
        whole = (0, self.length)
        blocks = [self._blocks_of(place) for place in self.places] if self.breaks else [whole] * len(self.places)
        links_by_block = Counter(blocks) if self.breaks else {whole: len(blocks)}
        return [
            Link(
                kind=place.kind,
                syntax=place.syntax,
                target=target_of(place.url, place.kind),
                url=place.url,
                text=self._text_of(place),
                title=place.title,
                context=around(text, place.start, place.end, *block, links_by_block[block]),
                line=place.line,
                section=None,
            )
            for place, block in zip(self.places, blocks, strict=True)
        ]

    def _text_of(self, place: PlacedLink) -> str:
        """Return the text of a link, or the alt text of an image."""
        if place.alt is not None:
            return place.alt
        text = self.text()[place.start : place.end]
        if place.syntax != "html" or (place.first_block == place.last_block and len(text) <= LONGEST):
            return text
        return shortened(" ".join(text[:LOOKED_AT].split()))

    def _blocks_of(self, place: PlacedLink) -> tuple[int, int]:
        """Return where the blocks that a link is in start and end."""
        start = self.breaks[place.first_block - 1] if place.first_block else 0
        return start, self.breaks[place.last_block] if place.last_block < len(self.breaks) else self.length


def shortened(text: str) -> str:
    """Cut a text that is longer than `LONGEST`."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + CUT
