"""The documents of many versions of one text: what stays the same from one to the next is kept only once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from extractor.chunked import Chunked, Places
from extractor.markdown.records import Document

if TYPE_CHECKING:
    from extractor.markdown.records import Heading, Link, Problem


NONE = -1  # the section of a link that is under no heading


class Kept(NamedTuple):
    """What a document has in common with `before`: for headings and links, how many of the first and of the last.

    These are the same record objects under the same headings; only their lines and section numbers may differ.
    """

    before: SharedDocument
    headings: tuple[int, int]
    links: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SharedDocument:
    """A document that shares its records with the documents before it, where they are the same.

    The `line` of a heading, and the `line` and `section` of a link, are not valid here: the right ones are in
    `heading_lines`, `link_lines` and `link_sections` (NONE before the first heading).
    """

    headings: Chunked[Heading] = field(default_factory=Chunked)
    heading_lines: Places = field(default_factory=Places)
    links: Chunked[Link] = field(default_factory=Chunked)
    link_lines: Places = field(default_factory=Places)
    link_sections: Places = field(default_factory=Places)
    problems: tuple[Problem, ...] = ()
    kept: Kept | None = None


def shared(document: Document, before: SharedDocument | None = None) -> SharedDocument:
    """Return a separately read document so that it shares the equal records at both ends with the one before."""
    before = before or SharedDocument()
    return SharedDocument(
        before.headings.edited_to([replace(heading, line=0) for heading in document.headings]),
        Places.of(heading.line for heading in document.headings),
        before.links.edited_to([replace(link, line=0, section=None) for link in document.links]),
        Places.of(link.line for link in document.links),
        Places.of(section_of(link) for link in document.links),
        document.problems,
    )


def section_of(link: Link) -> int:
    """Return the section of a link as a number in `link_sections`."""
    return NONE if link.section is None else link.section


def with_first(link: Link, document: SharedDocument, before: SharedDocument | None) -> SharedDocument:
    """Return the document with one more link, before all others; `before` is the result of that for `kept.before`."""
    kept = None
    if document.kept is not None and before is not None:
        head, tail = document.kept.links
        kept = document.kept._replace(before=before, links=(head + 1, tail))
    return replace(
        document,
        links=document.links.splice(0, 0, [link]),
        link_lines=document.link_lines.splice(0, 0, [link.line], 0),
        link_sections=document.link_sections.splice(0, 0, [NONE], 0),
        kept=kept,
    )


def placed(document: SharedDocument) -> Document:
    """Return the document with its own records, each with its line and section."""
    return Document(
        tuple(map(place_heading, document.headings, document.heading_lines)),
        tuple(map(place_link, document.links, document.link_lines, document.link_sections)),
        document.problems,
    )


def place_heading(heading: Heading, line: int) -> Heading:
    """Return the heading with its line."""
    return heading if heading.line == line else replace(heading, line=line)


def place_link(link: Link, line: int, section: int) -> Link:
    """Return the link with its line and section."""
    index = None if section == NONE else section
    return link if (link.line, link.section) == (line, index) else replace(link, line=line, section=index)
