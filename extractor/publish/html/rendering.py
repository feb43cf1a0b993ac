"""Rendering a note for a page: sanitised, with links to pages of the catalogue, and remote pictures only on a click.

Three things each prevent a hostile note from running anything: the sanitiser, the writer, which writes every element
and attribute itself, and the Content-Security-Policy.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from markupsafe import Markup

from extractor.markdown import Document, parse
from extractor.publish.html.bounded import BoundedCache
from extractor.publish.html.markdown_html import part_to_html, to_html
from extractor.publish.html.note_parts import KnownLink, Rendered
from extractor.publish.html.note_writer import OF_THE_NOTE, NoteWriter
from extractor.publish.html.paths import Paths
from extractor.publish.html.places import in_their_places
from extractor.publish.html.sanitise import is_bottomless, sanitised
from extractor.publish.html.text_parts import LONG, long_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from extractor.publish.html.long_text import LongText
    from extractor.publish.html.note_parts import Attachment

MOST_KEPT = 16 << 20  # bytes of sanitised texts, and of what was read from them
OF_A_RECORD = 800  # bytes of a link or heading
LONGEST = 400_000  # characters; a longer text is shown as written (rendering takes 2 s for a million)
LONGEST_IN_PARTS = 4_000_000  # characters of a text that is shown in parts (finding them takes 1 s)


def rendered(
    body: str,
    markup: str,
    paths: Paths,
    known: Callable[[str, str], KnownLink | None],
    attachments: Mapping[str, Attachment] | None = None,
) -> Rendered:
    """Render a body; `known` returns what the catalogue knows about a link, given its kind and address.

    The outline and the links are those that the catalogue reads. `attachments`, by id, say which are not pictures, and
    whose files are not available.
    """
    html, document = _harmless(body, markup) if len(body) <= LONGEST else (None, None)
    if html is None or document is None:
        return _as_written(body)
    writer = NoteWriter(
        paths, document, in_their_places(document, known), attachments or {}, is_markdown=markup != "html"
    )
    writer.feed(html)
    writer.close()
    return writer.result()


def in_parts(body: str, markup: str) -> LongText | None:
    """A long body in parts; None if it is shown as a whole, or if it is too long to be rendered at all."""
    if markup == "html" or not LONG < len(body) <= LONGEST_IN_PARTS:
        return None
    key = "parts", _digest(body)
    known = _texts.get(key)
    if known is None and (known := long_text(body)) is not None:
        _texts.put(key, known, 4 * len(body) + OF_A_RECORD * len(known.headings))
    return known


def rendered_part(
    text: LongText,
    index: int,
    paths: Paths,
    known: Callable[[Document], Sequence[KnownLink | None]],
    attachments: Mapping[str, Attachment],
    address: Callable[[int, str], str],
) -> Rendered:
    """Render one part of a long text, with the links of the part and the outline of the whole text.

    `known` returns what is known about the links of the part; `address` returns the address of an anchor on a line of
    another part.
    """
    part = text.parts[index]
    html, document, footnotes = _harmless_part(text, index)
    if html is None:
        return _as_written(text.text[part.start : part.end])

    own_places = cache(text.own_places)  # found at most once, and only if a link leads to one

    def elsewhere(fragment: str) -> str:
        """The address of a place in another part."""
        line = slugs.get(fragment) or footnotes.get(fragment)
        if line is not None:
            return address(line, fragment if fragment in footnotes else f"line-{line}")
        place = own_places().get(fragment)
        return address(place, f"{OF_THE_NOTE}{fragment}") if place else ""

    slugs = {slug: line for line, (slug, _) in text.named.items()}
    writer = NoteWriter(paths, document, known(document), attachments, is_markdown=True, elsewhere=elsewhere)
    writer.feed(html)
    writer.close()
    shown = writer.result()
    places = [text.at_line(heading.line) for heading in text.headings]
    outline = (replace(one, part=place) for one, place in zip(shown.outline, places, strict=True))
    return replace(shown, outline=tuple(outline))


def _as_written(body: str) -> Rendered:
    return Rendered(Markup('<pre class="as-written">{}</pre>').format(body), (), (), is_as_written=True)


def place_of(body: str, markup: str, name: str) -> tuple[str, int | None]:
    """The anchor, on the page of a text, of a place that Joplin calls `name`; '' if there is none.

    For a text in parts also a line of the part that has it.
    """
    text = in_parts(body, markup)
    if text is None:
        return rendered(body, markup, Paths(""), lambda _kind, _url: None).anchors.get(name, ""), None
    line = next((line for line, (slug, _) in text.named.items() if slug == name), None)
    if line is not None:
        return f"line-{line}", line
    line = text.own_places().get(name)
    return (f"{OF_THE_NOTE}{name}", line) if line else ("", None)


_Harmless = tuple[str | None, Document | None]
_known: BoundedCache[_Harmless] = BoundedCache(MOST_KEPT)
_texts: BoundedCache[LongText] = BoundedCache(MOST_KEPT)


def _harmless(body: str, markup: str) -> _Harmless:
    """The sanitised HTML of a body, and what is read from it; None if sanitising would take too long.

    The results are cached, as people who look through a history read the same texts repeatedly.
    """
    key = markup, _digest(body)
    known = _known.get(key)
    if known is None:
        known = html, document = _made_harmless(body, markup)
        records = 0 if document is None else len(document.links) + len(document.headings)
        _known.put(key, known, OF_A_RECORD * records + 2 * len(html or ""))
    return known


def _harmless_part(text: LongText, index: int) -> tuple[str | None, Document, Mapping[str, int]]:
    """The sanitised HTML of a part (None if that would take too long), what is read from it, and its footnotes."""
    part = text.parts[index]
    if part.end - part.start > LONGEST:
        return None, Document(), {}
    html, footnotes = part_to_html(text, index)
    return None if is_bottomless(html) else sanitised(html), text.document(part), footnotes


def _digest(body: str) -> bytes:
    return blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _made_harmless(body: str, markup: str) -> _Harmless:
    is_html = markup == "html"
    html = body if is_html else to_html(body)
    if is_bottomless(html):
        return None, None
    return sanitised(html), parse(body, "html" if is_html else "markdown")
