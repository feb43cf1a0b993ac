"""A note as a page shows it: sanitised, its links leading to where the catalogue knows, its pictures loaded with care.

Three things each keep a hostile note from running anything: the sanitiser, the writer, which writes every element and
attribute itself, and the Content-Security-Policy.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from markupsafe import Markup

from extractor.markdown import Document, parse
from extractor.publish.html.bounded import BoundedCache
from extractor.publish.html.markdown_html import to_html
from extractor.publish.html.note_parts import KnownLink, Rendered
from extractor.publish.html.note_writer import NoteWriter
from extractor.publish.html.paths import Paths
from extractor.publish.html.places import in_their_places
from extractor.publish.html.sanitise import is_bottomless, sanitised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from extractor.publish.html.note_parts import Attachment

MOST_KEPT = 16 << 20  # bytes of texts that were made harmless, and of what was read from them
OF_A_RECORD = 800  # bytes of a link or heading
LONGEST = 400_000  # characters; a longer text is shown as it is written (rendering takes 2 s for a million)


def rendered(
    body: str,
    markup: str,
    paths: Paths,
    known: Callable[[str, str], KnownLink | None],
    attachments: Mapping[str, Attachment] | None = None,
) -> Rendered:
    """Render a body; `known` tells of a web address, in any spelling, what the catalogue knows.

    The outline and the links are those that the catalogue reads. `attachments`, by id, tell which are no pictures, and
    whose files are not here.
    """
    html, document = _harmless(body, markup) if len(body) <= LONGEST else (None, None)
    if html is None or document is None:
        return Rendered(Markup('<pre class="as-written">{}</pre>').format(body), (), ())
    writer = NoteWriter(
        paths, document, in_their_places(document, known), attachments or {}, is_markdown=markup != "html"
    )
    writer.feed(html)
    writer.close()
    return writer.result()


def anchors_of(body: str, markup: str) -> Mapping[str, str]:
    """Where in the page of a text each place is that a link can lead to, by its name in Joplin."""
    return rendered(body, markup, Paths(""), lambda _kind, _url: None).anchors


_Harmless = tuple[str | None, Document | None]
_known: BoundedCache[_Harmless] = BoundedCache(MOST_KEPT)


def _harmless(body: str, markup: str) -> _Harmless:
    """The HTML of a body, and what is read from it; None for what takes too long to be made harmless.

    Walking through the history of a note asks for the same texts again and again.
    """
    key = markup, blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    known = _known.get(key)
    if known is None:
        known = html, document = _made_harmless(body, markup)
        records = 0 if document is None else len(document.links) + len(document.headings)
        _known.put(key, known, OF_A_RECORD * records + 2 * len(html or ""))
    return known


def _made_harmless(body: str, markup: str) -> _Harmless:
    is_html = markup == "html"
    html = body if is_html else to_html(body)
    if is_bottomless(html):
        return None, None
    return sanitised(html), parse(body, "html" if is_html else "markdown")
