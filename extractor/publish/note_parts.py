"""What a rendered note is made of, and what is known of its links."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from markupsafe import Markup

    from extractor.publish.paths import Paths

INSIDE = re.compile(r"(?::/|joplin://x-callback-url/openNote\?id=)([0-9a-f]{32})(?:#.*)?")


@dataclass(frozen=True, slots=True)
class KnownLink:
    """What the catalogue knows of a link or image to the web that the note has or had; `url` is as it is written.

    `copy` is the archived copy that was found, `archive` where to look for one that was never looked for.
    """

    link_id: int
    url_id: int | None
    health: str
    copy: str = ""
    archive: str = ""
    kind: str = "link"
    url: str = ""
    canonical: str = ""


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


def lookup(known: Iterable[KnownLink]) -> Callable[[str, str], KnownLink | None]:
    """A way to find the link or image of an address as the text has it; of several that are equal, each in its turn.

    `known` is in the order of the text. An address that is spelled otherwise than any is found by its canonical form.
    """
    named: defaultdict[tuple[str, str], list[KnownLink]] = defaultdict(list)
    for one in known:
        for name in {one.url, f"canonical {one.canonical}"}:
            named[one.kind, name].append(one)
    given: set[int] = set()

    def find(kind: str, url: str) -> KnownLink | None:
        address = read_address(url) or read_address(unquote(url))
        canonical = f"canonical {address.canonical}" if address else ""
        other = "image" if kind == "link" else "link"
        for name in ((kind, url), (kind, unquote(url)), (kind, canonical), (other, canonical)):
            if same := named.get(name):
                found = next((one for one in same if one.link_id not in given), same[0])
                given.add(found.link_id)
                return found
        return None

    return find


def inside_address(paths: Paths, url: str) -> str:
    """Where an address that leads to a note, a file or a person leads in these pages; the address itself else."""
    inside = INSIDE.fullmatch(url)
    return paths.within(inside[1]) if inside else url
