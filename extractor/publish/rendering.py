"""A note as a page shows it: sanitised, its links leading to where the catalogue knows, its pictures loaded with care.

Three things each keep a hostile note from running anything: the sanitiser, this module, which writes every element and
attribute itself, and the Content-Security-Policy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote

from markupsafe import Markup, escape

from extractor.publish.cells import badge
from extractor.publish.formats import short_address, web_address
from extractor.publish.markdown_html import to_html
from extractor.publish.note_parts import INSIDE, Heading, KnownLink, LinkInText, Rendered
from extractor.publish.sanitise import ATTRIBUTES, TAGS, sanitised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from extractor.publish.paths import Paths
    from extractor.publish.resources import Attachment

VOID = {"br", "hr", "img", "input", "col"}
HEADINGS = {f"h{level}": level for level in range(1, 7)}
PICTURE_DATA = re.compile(r"data:image/(?:png|jpeg|gif|webp|avif);base64,[A-Za-z0-9+/=\s]+")
ELSEWHERE = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
NOT_IN_SLUG = re.compile(r"[^\w\- ]+")
LINK_END = Markup("</a>")
LONGEST = 400_000  # characters; a longer text is shown as it is written (rendering takes 2 s for a million)
WORTH_SAYING = {"dead", "moved", "suspect", "failing", "expired"}


def rendered(
    body: str,
    markup: str,
    paths: Paths,
    known: Callable[[str, str], KnownLink | None],
    attachments: Mapping[str, Attachment] | None = None,
) -> Rendered:
    """Render a body; `known` tells of a web address, in any spelling, what the catalogue knows.

    `attachments`, by id, tell which are no pictures, and whose files are not here.
    """
    if len(body) > LONGEST:
        return Rendered(Markup('<pre class="as-written">{}</pre>').format(body), (), ())
    writer = _Writer(paths, known, attachments or {})
    writer.feed(_harmless(body, markup))
    writer.close()
    return writer.result()


@lru_cache(maxsize=32)
def _harmless(body: str, markup: str) -> str:
    """Walking through the history of a note asks for the same texts again and again."""
    return sanitised(body if markup == "html" else to_html(body))


@dataclass(slots=True)
class _Anchor:
    """A link that is being written."""

    end: Markup
    after: list[Markup] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    url: str = ""
    known: KnownLink | None = None


class _Writer(HTMLParser):
    """Writes harmless HTML anew; what it does not know, it does not write."""

    def __init__(
        self, paths: Paths, known: Callable[[str, str], KnownLink | None], attachments: Mapping[str, Attachment]
    ) -> None:
        super().__init__(convert_charrefs=True)
        self.paths, self.known, self.attachments = paths, known, attachments
        self.parts: list[Markup] = []
        self.outline: list[Heading] = []
        self.found: list[LinkInText] = []
        self.placed: set[int] = set()
        self.slugs: dict[str, str] = {}
        self.waiting: list[tuple[int, str, Markup]] = []  # links to headings that may come later
        self.anchors: list[_Anchor] = []
        self.heading: tuple[str, list[str]] | None = None

    def result(self) -> Rendered:
        """What was written."""
        for place, slug, own in self.waiting:
            anchor = self.slugs.get(slug) or self.slugs.get(slug.lower())
            self.parts[place] = (
                Markup('<a href="#{}"{}>').format(anchor, own)
                if anchor
                else Markup('<a class="lost" title="#{}">').format(slug)
            )
        return Rendered(Markup("").join(self.parts), tuple(self.outline), tuple(self.found))

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
            anchor = given.get("id") or f"heading-{len(self.outline) + 1}"
            self.heading = (anchor, [])
            self._write(Markup('<{} id="{}">').format(_demoted(tag), anchor))
        else:
            self._write(_start(tag, given))

    def handle_endtag(self, tag: str) -> None:
        """Write the end of an element."""
        if tag == "a":
            self._close_link()
        elif tag in HEADINGS:
            self._close_heading(tag)
        elif tag in TAGS and tag not in VOID:
            self._write(Markup("</{}>").format(tag))

    def handle_data(self, data: str) -> None:
        """Write text."""
        self._write(escape(data))
        self._say(data)

    def _write(self, part: Markup) -> None:
        self.parts.append(part)

    def _say(self, text: str) -> None:
        """Text belongs to the link and the heading around it."""
        for anchor in self.anchors:
            anchor.text.append(text)
        if self.heading is not None:
            self.heading[1].append(text)

    def _close_heading(self, tag: str) -> None:
        self._write(Markup("</{}>").format(_demoted(tag)))
        if self.heading is None:
            return
        anchor, parts = self.heading
        title = " ".join("".join(parts).split())
        self.outline.append(Heading(HEADINGS[tag], title, anchor))
        slug = _slug(title)
        self.slugs.setdefault(slug, anchor)
        self.heading = None

    def _open_link(self, given: Mapping[str, str]) -> None:
        url, title = given.get("href", "").strip(), given.get("title", "")
        if inside := INSIDE.fullmatch(url):
            self.anchors.append(_Anchor(LINK_END, url=url))
            self._write(Markup('<a class="inside" href="{}">').format(self.paths.within(inside[1])))
        elif url.startswith("#"):
            self.anchors.append(_Anchor(LINK_END))
            own = given.get("id", "")
            back = (
                Markup(' id="{}"').format(own) if own.startswith("fnref") else Markup()
            )  # the way back from a footnote
            self.waiting.append((len(self.parts), unquote(url[1:]), back))
            if url.startswith("#fn"):
                self.slugs.setdefault(url[1:], url[1:])
            self._write(Markup())
        elif web := web_address(url):
            self._open_web_link(web, title)
        elif ELSEWHERE.match(url):
            self.anchors.append(_Anchor(LINK_END, url=url))
            self._write(Markup('<a href="{}">').format(url))
        else:  # to a file, or to something that would run: it leads nowhere
            self.anchors.append(_Anchor(Markup("</span>")))
            self._write(Markup('<span class="lost" title="{}">').format(url))

    def _open_web_link(self, url: str, title: str) -> None:
        known = self.known("link", url)
        anchor = _Anchor(LINK_END, url=url, known=known)
        self.anchors.append(anchor)
        health = known.health if known else ""
        self._write(
            Markup('<a href="{}" rel="noreferrer noopener"{}{}{}>').format(
                url,
                self._place(known),
                Markup(' title="{}"').format(title) if title else "",
                Markup(' class="is-{}"').format(health) if health in WORTH_SAYING else "",
            )
        )
        if known is not None and health in WORTH_SAYING:
            anchor.after.append(
                Markup(' <a class="told" href="{}">{}</a>').format(self.paths.link(known.link_id), badge(health))
            )
            if (known.copy or known.archive) and health in {"dead", "suspect", "failing", "expired"}:
                anchor.after.append(
                    Markup(' <a class="archived" href="{}" rel="noreferrer noopener">{}</a>').format(
                        known.copy or known.archive, "archived copy" if known.copy else "look in the archive"
                    )
                )

    def _close_link(self) -> None:
        if not self.anchors:
            return
        anchor = self.anchors.pop()
        self._write(anchor.end)
        self.parts += anchor.after
        if anchor.url:
            text = " ".join("".join(anchor.text).split())
            self.found.append(LinkInText("link", anchor.url, text, self._under(), anchor.known))

    def _picture(self, given: Mapping[str, str]) -> None:
        url, alt = given.get("src", "").strip(), given.get("alt", "")
        self._say(alt)
        inside = INSIDE.fullmatch(url)
        attachment = self.attachments.get(inside[1]) if inside else None
        if inside and attachment and not attachment.is_picture:
            name = alt or attachment.title or "attachment"
            shown = Markup('<a class="inside" href="{}">{}</a>').format(self.paths.resource(inside[1]), name)
        elif attachment and not attachment.is_here:
            name = alt or attachment.title or "picture"
            shown = Markup('<span class="lost" title="{}">{}: the file is not here</span>').format(url, name)
        elif inside:
            shown = _img(self.paths.resource(inside[1]), alt, given)
        elif PICTURE_DATA.fullmatch(url):
            shown = _img(url, alt, given)
        elif web := web_address(url):
            self._remote_picture(web, alt)
            return
        else:
            shown = Markup('<span class="lost" title="{}">{}</span>').format(url[:200], alt or "picture")
        self.found.append(LinkInText("image", url[:2000], alt, self._under(), None))
        if self.anchors and shown.startswith("<a "):
            self.anchors[-1].after.append(shown)  # a link has no link in it
        else:
            self._write(shown)

    def _remote_picture(self, url: str, alt: str) -> None:
        """What to click on; where the picture is itself a link, beside it."""
        known = self.known("image", url)
        self.found.append(LinkInText("image", url, alt, self._under(), known))
        name = alt or short_address(url)
        if known is None:
            shown = Markup('<span class="remote">{}</span>').format(name)
        elif known.health == "expired" and (known.copy or known.archive):
            shown = Markup(
                '<span class="remote"{}><a href="{}" rel="noreferrer noopener"><span class="remote-name">{}</span>'
                '<span class="remote-host">its address has expired: look in the archive</span></a></span>'
            ).format(self._place(known), known.copy or known.archive, name)
        else:
            shown = Markup(
                '<span class="remote"{}>'
                '<a href="{}" data-picture data-alt="{}" target="_blank" rel="noopener">'
                '<span class="remote-name">{}</span>'
                '<span class="remote-host">load the picture from {}</span></a>{}</span>'
            ).format(
                self._place(known),
                self.paths.picture(known.link_id),
                alt,
                name,
                short_address(url).partition("/")[0],
                badge(known.health) if known.health in WORTH_SAYING else "",
            )
        if self.anchors:
            self._write(escape(name))
            self.anchors[-1].after.append(shown)
        else:
            self._write(shown)

    def _place(self, known: KnownLink | None) -> Markup:
        """The id of a link's first place in the text, to which other pages lead."""
        if known is None or known.link_id in self.placed:
            return Markup()
        self.placed.add(known.link_id)
        return Markup(' id="link-{}"').format(known.link_id)

    def _under(self) -> str:
        return self.outline[-1].anchor if self.outline else ""


def _start(tag: str, given: Mapping[str, str]) -> Markup:
    allowed = ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()) | {"class"}
    written = [Markup(' {}="{}"').format(name, value) for name, value in given.items() if name in allowed]
    return Markup("<{}{}>").format(tag, Markup("").join(written))


def _img(address: str, alt: str, given: Mapping[str, str]) -> Markup:
    sizes = [
        Markup(' {}="{}"').format(name, given[name]) for name in ("width", "height") if given.get(name, "").isdigit()
    ]
    return Markup('<img src="{}" alt="{}" loading="lazy"{}>').format(address, alt, Markup("").join(sizes))


def _demoted(tag: str) -> str:
    """The title of the note is the first heading of its page."""
    return f"h{min(HEADINGS[tag] + 1, 6)}"


def _slug(title: str) -> str:
    """What `#...` of a link says of a heading (near enough to uslug, which Joplin uses)."""
    return NOT_IN_SLUG.sub("", title.lower()).strip().replace(" ", "-")
