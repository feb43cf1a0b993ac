"""Writing the HTML of a note for its page: every element and attribute, and the targets of links and pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from markupsafe import Markup, escape

from extractor.markdown.addresses import item_of
from extractor.publish.html.formats import short_address, web_address
from extractor.publish.html.note_elements import (
    HEADINGS,
    LOWEST,
    VOID,
    beside_web_link,
    demoted,
    end_of,
    start_of,
    web_link_start,
)
from extractor.publish.html.note_parts import Heading, KnownLink, LinkInText, Rendered
from extractor.publish.html.pictures import attached_picture, img, lost_picture, remote_picture
from extractor.publish.html.places import Places
from extractor.publish.html.sanitise import TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from extractor.markdown import Document, Link
    from extractor.publish.html.note_parts import Attachment
    from extractor.publish.html.paths import Paths

PICTURE_DATA = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]+")
ELSEWHERE = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
OF_THE_NOTE = "in-"  # prefix of ids that the note itself defines
LINK_END = Markup("</a>")
NO_TITLE = Markup('<span class="unseen">(no title)</span>')  # for screen readers


@dataclass(slots=True)
class _Anchor:
    """A link that is being written, and what comes after it; `url` is shown if the link has no text."""

    end: Markup
    place: int
    url: str
    after: list[Markup] = field(default_factory=list)


@dataclass(slots=True)
class _OpenHeading:
    """A heading that is being written: the index of its start tag, its text, and its text with images' alt texts."""

    place: int
    given: Mapping[str, str]
    words: list[str] = field(default_factory=list)
    words_and_alts: list[str] = field(default_factory=list)


class NoteWriter(HTMLParser):
    """Rewrites sanitised HTML; elements and attributes that it does not know are left out.

    `elsewhere` returns the address of a place that is not in this HTML, '' if there is no such place.
    """

    def __init__(
        self,
        paths: Paths,
        document: Document,
        known: Sequence[KnownLink | None],
        attachments: Mapping[str, Attachment],
        *,
        is_markdown: bool,
        elsewhere: Callable[[str], str] | None = None,
    ) -> None:
        super().__init__(convert_charrefs=True)
        self.paths, self.document, self.known, self.attachments = paths, document, known, attachments
        self.is_markdown = is_markdown
        self.elsewhere = elsewhere or (lambda _fragment: "")
        self.places = Places(document)
        self.parts: list[Markup] = []
        self.heading_anchors = [f"line-{heading.line}" if is_markdown else "" for heading in document.headings]
        self.placed: set[int] = set()
        self.anchors_of: dict[str, str] = {}  # by the name in a link to it (after the #)
        self.waiting: list[tuple[int, str, Markup]] = []  # links to places that may come later
        self.ids: set[str] = set()
        self.anchors: list[_Anchor] = []
        self.headings: list[_OpenHeading] = []
        self.levels_around: list[int] = []  # levels of the headings that the next one may be under

    def result(self) -> Rendered:
        """The result, once all HTML was fed."""
        for place, fragment, own in self.waiting:
            anchor = self.anchors_of.get(fragment)
            leads_to = f"#{quote(anchor, safe=':')}" if anchor else self.elsewhere(fragment)
            self.parts[place] = (
                Markup('<a href="{}"{}>').format(leads_to, own)
                if leads_to
                else Markup('<a class="lost" title="#{}"{}>').format(fragment, own)
            )
        outline = [
            Heading(heading.level, heading.title, anchor)
            for heading, anchor in zip(self.document.headings, self.heading_anchors, strict=True)
        ]
        found = [
            LinkInText(link.kind, link.url, " ".join(link.text.split()), self._anchor_above(link), known, link.target)
            for link, known in zip(self.document.links, self.known, strict=True)
        ]
        return Rendered(Markup("").join(self.parts), tuple(outline), tuple(found), self.anchors_of)

    def _anchor_above(self, link: Link) -> str:
        return "" if link.section is None else self.heading_anchors[link.section]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write the start of an element."""
        given = {name: value or "" for name, value in attrs}
        if tag not in TAGS:
            return
        if tag == "a":
            self._open_link(given)
        elif tag == "img":
            self._picture(given)
        elif tag == "input":
            if given.get("type") == "checkbox":
                done = Markup(' aria-label="done" checked') if "checked" in given else Markup(' aria-label="to do"')
                self._write(Markup('<input type="checkbox" disabled{}>').format(done))
        elif tag in HEADINGS:
            self.headings.append(_OpenHeading(len(self.parts), given))
            self._write(Markup())
        else:
            self._write(start_of(tag, given, self._own_id(given)))

    def handle_endtag(self, tag: str) -> None:
        """Write the end of an element."""
        if tag == "a":
            self._close_link()
        elif tag in HEADINGS:
            self._close_heading(tag)
        elif tag in TAGS and tag not in VOID:
            self._write(end_of(tag))

    def handle_data(self, data: str) -> None:
        """Write text."""
        self._write(escape(data))
        for heading in self.headings:
            heading.words.append(data)
            heading.words_and_alts.append(data)

    def _write(self, part: Markup) -> None:
        self.parts.append(part)

    def _own_id(self, given: Mapping[str, str]) -> str:
        """The id of an element: the page's own, or the note's (`id`, else `name`) with a prefix.

        The note's ids are never written unchanged: one could replace an element that the page's script looks for.
        """
        name = given.get("id") or given.get("name", "")
        anchor = given.get("data-id") or (f"{OF_THE_NOTE}{name}" if name else "")
        if not anchor or self.anchors_of.setdefault(name or anchor, anchor) != anchor or anchor in self.ids:
            return ""
        self.ids.add(anchor)
        return anchor

    def _close_heading(self, tag: str) -> None:
        if self.headings and not "".join(self.headings[-1].words_and_alts).strip():
            self._write(NO_TITLE)
        self._write(end_of(demoted(tag)))
        if not self.headings:
            return
        heading = self.headings.pop()
        given, level = heading.given, HEADINGS[tag]
        if self.is_markdown:
            line = given.get("data-line", "")
            index = self.places.heading(level, int(line)) if line.isdecimal() else None
        else:
            index = self.places.titled(level, _folded(heading.words) or _folded(heading.words_and_alts))
        own = self._own_id(given)
        if index is not None:
            own = own or f"heading-{index + 1}"
            self.heading_anchors[index] = own
            if "data-slug" in given:
                self.anchors_of.setdefault(given["data-slug"], own)
        self.parts[heading.place] = start_of(demoted(tag), given, own, self._said_level(level))

    def _said_level(self, level: int) -> Markup:
        """The `aria-level` of a heading if the text skips levels, so that those of the page have no gaps."""
        while self.levels_around and self.levels_around[-1] >= level:
            self.levels_around.pop()
        self.levels_around.append(level)
        said, shown = 1 + len(self.levels_around), min(level + 1, LOWEST)
        return Markup() if said == shown else Markup(' aria-level="{}"').format(said)

    def _open_link(self, given: Mapping[str, str]) -> None:
        url, title = given.get("href", "").strip(), given.get("title", "")
        own = self._own_id(given)
        if own and not own.startswith("fnref"):
            self._write(Markup('<span id="{}"></span>').format(own))
        if inside := item_of(url):
            self._open_anchor(LINK_END, url)
            self._write(Markup('<a class="inside" href="{}">').format(self.paths.within(*inside)))
        elif url.startswith("#"):
            self._open_anchor(LINK_END, url)
            back = Markup(' id="{}"').format(own) if own.startswith("fnref") else Markup()
            self.waiting.append((len(self.parts), unquote(url[1:]), back))
            self._write(Markup())
        elif web := web_address(url):
            self._open_web_link(web, title, self._known("link", given))
        elif ELSEWHERE.match(url):
            self._open_anchor(LINK_END, url)
            self._write(Markup('<a href="{}">').format(url))
        elif own and not url:
            self._open_anchor(Markup(), url)
        else:  # to a file, or to something that would run: it is no link
            self._open_anchor(Markup("</span>"), url)
            self._write(Markup('<span class="lost" title="{}">').format(url))

    def _open_anchor(self, end: Markup, url: str) -> _Anchor:
        self.anchors.append(_Anchor(end, len(self.parts), url))
        return self.anchors[-1]

    def _known(self, kind: str, given: Mapping[str, str]) -> KnownLink | None:
        """What is known about a link or image, found by its address and line."""
        line = given.get("data-line", "") if self.is_markdown else ""
        address = given.get("href" if kind == "link" else "src", "")
        index = self.places.link(kind, address, int(line) if line.isdecimal() else None)
        return None if index is None else self.known[index]

    def _open_web_link(self, url: str, title: str, known: KnownLink | None) -> None:
        anchor = self._open_anchor(LINK_END, url)
        self._write(web_link_start(url, title, known.health if known else "", self._place(known)))
        anchor.after += beside_web_link(self.paths, known)

    def _close_link(self) -> None:
        if not self.anchors:
            return
        anchor = self.anchors.pop()
        if anchor.end == LINK_END and not _has_words(self.parts[anchor.place + 1 :]):
            self._write(escape(short_address(anchor.url)))
        self._write(anchor.end)
        self.parts += anchor.after

    def _picture(self, given: Mapping[str, str]) -> None:
        url, alt = given.get("src", "").strip(), given.get("alt", "")
        for heading in self.headings:
            heading.words_and_alts.append(alt)
        if own := self._own_id(given):
            self._write(Markup('<span id="{}"></span>').format(own))
        if inside := item_of(url):
            shown = attached_picture(self.paths, inside[0], self.attachments.get(inside[0]), given)
        elif PICTURE_DATA.fullmatch(url):
            shown = img(url, given)
        elif web := web_address(url):
            self._remote_picture(web, alt, self._known("image", given))
            return
        else:
            shown = lost_picture(url, alt or "picture")
        if self.anchors and shown.startswith("<a "):
            self.anchors[-1].after.append(shown)  # links cannot be nested
        else:
            self._write(shown)

    def _remote_picture(self, url: str, alt: str, known: KnownLink | None) -> None:
        """Write a link that loads the picture; if the picture is itself in a link, after that link."""
        shown = remote_picture(self.paths, url, alt, known, self._place(known))
        if self.anchors:
            self._write(escape(alt or short_address(url)))
            self.anchors[-1].after.append(shown)
        else:
            self._write(shown)

    def _place(self, known: KnownLink | None) -> Markup:
        """The id of a link's first place in the text, to which other pages lead."""
        if known is None or known.link_id in self.placed:
            return Markup()
        self.placed.add(known.link_id)
        return Markup(' id="link-{}"').format(known.link_id)


def _has_words(parts: Sequence[Markup]) -> bool:
    """Whether what was written contains text: a part that does not begin like an element, or text in elements."""
    return any(not part.startswith("<") and part.strip() for part in parts) or bool(Markup("").join(parts).striptags())


def _folded(words: Sequence[str]) -> str:
    """The words on one line."""
    return " ".join("".join(words).split())
