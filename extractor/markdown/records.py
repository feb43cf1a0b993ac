"""The headings, links and images of a body, as plain records in document order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from extractor.markdown.addresses import normalised

Markup = Literal["markdown", "html"]
Kind = Literal["link", "image"]
# "source_url" is never read from a body: it is for the address that a note was clipped from.
Syntax = Literal["inline", "reference", "autolink", "bare", "html", "source_url"]
Target = Literal["web", "note", "resource", "anchor", "mail", "file", "data", "other"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. `path` leads from the outermost heading to this one, own title last; `line` counts from 1.

    `title` is the text as shown: no emphasis marks, entities resolved, a line break of a setext heading kept; without
    the alt texts of images, as in Joplin's table of contents, unless there is nothing else.
    """

    level: int
    title: str
    path: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Link:
    """A link or an image.

    `url` is the address as written, with entities and backslash escapes resolved and nothing percent-encoded. `text`
    is the link's text or the image's alt text. `context` is the plain text of the block around it, at most
    `CONTEXT_LENGTH` characters, and less if a block has many links. `line` counts from 1. `section` indexes
    `Document.headings`: the heading that the link is under (or in), None before the first.

    `target` is judged by the address alone: `:/id` is a resource in an image and a note in a link.
    """

    kind: Kind
    syntax: Syntax
    target: Target
    url: str
    text: str
    title: str
    context: str
    line: int
    section: int | None

    @property
    def href(self) -> str:
        """The address as Joplin's renderer writes it: percent-encoded, with a punycode host; in HTML, as written."""
        return self.url if self.syntax in ("html", "source_url") else str(normalised(self.url))


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read completely: from `line` (counted from 1) on, links may be missing."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """Headings, links (including images), and problems, each in the order of the text.

    A footnote counts where it is written, although it is shown at the end; it does not count if nothing refers to it.
    """

    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    problems: tuple[Problem, ...] = ()


CONTEXT_LENGTH = 300
