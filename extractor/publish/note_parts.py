"""What a rendered note is made of, and what is known of its links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from markupsafe import Markup

    from extractor.publish.paths import Paths

INSIDE = re.compile(r"(?::/|joplin://x-callback-url/openNote\?id=)([0-9a-f]{32})(?:#.*)?")


@dataclass(frozen=True, slots=True)
class KnownLink:
    """What the catalogue knows of an address that the note has; `link_id` is its place in this note.

    `copy` is the archived copy that was found, `archive` where to look for one that was never looked for.
    """

    link_id: int
    url_id: int | None
    health: str
    copy: str = ""
    archive: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the outline; `anchor` is where it stands in the page."""

    level: int
    title: str
    anchor: str


@dataclass(frozen=True, slots=True)
class LinkInText:
    """A link or picture in the text as it is shown; `anchor` is that of the heading above."""

    kind: Literal["link", "image"]
    url: str
    text: str
    anchor: str
    known: KnownLink | None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text for a page."""

    html: Markup
    outline: tuple[Heading, ...]
    found: tuple[LinkInText, ...]


def lookup(known: Mapping[str, KnownLink]) -> Callable[[str], KnownLink | None]:
    """A way to find what is known of an address, however it is spelled; `known` is by canonical address."""

    def find(url: str) -> KnownLink | None:
        address = read_address(url) or read_address(unquote(url))
        return known.get(address.canonical) if address else None

    return find


def inside_address(paths: Paths, url: str) -> str:
    """Where an address that leads to a note, a file or a person leads in these pages; the address itself else."""
    inside = INSIDE.fullmatch(url)
    return paths.within(inside[1]) if inside else url
