"""Saved links as a Netscape bookmark file, which browsers and bookmark services can import.

There is no standard. This is what all of these read: Chromium (bookmark_html_reader.cc: one line for
each entry, tags in upper case, only ``&lt; &gt; &amp; &quot; &#39;`` unescaped), Firefox (BookmarkHTMLUtils: folders,
ADD_DATE, TAGS) and linkding (parser.py: no folders, but TAGS, ADD_DATE and the description in DD).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.names import SEPARATOR
from extractor.times import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from extractor.catalogue.export_tree import ExportedLink, ExportedPlace

HEAD = """\
<!DOCTYPE NETSCAPE-Bookmark-file-1>
<!-- This is an automatically generated file.
     It will be read and overwritten.
     DO NOT EDIT! -->
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks</H1>
"""


def bookmarks(root: ExportedPlace) -> Iterator[str]:
    """The lines of the file: notebooks, notes and sections are nested folders."""
    yield HEAD
    yield from _folder(root, ())


def _folder(place: ExportedPlace, path: tuple[str, ...]) -> Iterator[str]:
    indent = "    " * len(path)
    yield f"{indent}<DL><p>\n"
    for link in place.links.values():
        yield from _entry(link, path, indent + "    ")
    for inner in place.places.values():
        yield f"{indent}    <DT><H3>{_escaped(inner.title)}</H3>\n"
        yield from _folder(inner, (*path, inner.title))
    yield f"{indent}</DL><p>\n"


def _entry(link: ExportedLink, path: tuple[str, ...], indent: str) -> Iterator[str]:
    attributes = f'HREF="{_escaped(link.address)}"'
    if link.came.first_seen_at:  # may be only a bound, which the format cannot express
        attributes += f' ADD_DATE="{milliseconds(link.came.first_seen_at) // 1000}"'
    if link.tags:
        # Readers split at every comma.
        attributes += f' TAGS="{_escaped(",".join(tag.replace(",", " ") for tag in link.tags))}"'
    yield f"{indent}<DT><A {attributes}>{_escaped(link.text or link.address)}</A>\n"
    if path:
        # Without folder support, this still shows where the link is.
        yield f"{indent}<DD>{_escaped(SEPARATOR.join(path))}\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
