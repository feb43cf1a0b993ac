"""The parts of a rendered note, and what is known about its links."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.markdown.addresses import item_of
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from markupsafe import Markup

    from extractor.markdown import Kind, Target
    from extractor.publish.html.paths import Paths


@dataclass(frozen=True, slots=True)
class KnownLink:
    """What the catalogue knows about a link or image to the web that the note has or had; `url` is as written.

    `kept_at` is when its page was last kept, '' if it was not; `copy` is the archived copy that was found, `archive`
    is where to look for one if no archive has been asked.
    """

    link_id: int
    url_id: int | None
    health: str
    copy: str = ""
    archive: str = ""
    kind: str = "link"
    url: str = ""
    canonical: str = ""
    text: str = ""
    kept_at: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the outline; `anchor` is its id on the page, `part` the part of a long text that shows it."""

    level: int
    title: str
    anchor: str
    part: int | None = None


@dataclass(frozen=True, slots=True)
class LinkInText:
    """A link or picture of the text, as written; `anchor` is that of the heading above."""

    kind: Kind
    url: str
    text: str
    anchor: str
    known: KnownLink | None
    target: Target = "other"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered text or, if too long for that, the text itself (`is_as_written`); `anchors` are by Joplin's names."""

    html: Markup
    outline: tuple[Heading, ...]
    found: tuple[LinkInText, ...]
    anchors: Mapping[str, str] = field(default_factory=dict)
    is_as_written: bool = False


def lookup(known: Iterable[KnownLink]) -> Callable[[str, str], KnownLink | None]:
    """A function that finds the link or image with an address as written; equal ones are returned one after the other.

    `known` is in the order of the text. An address that no link has in this spelling is found by its canonical form.
    """
    named: defaultdict[tuple[str, str], deque[KnownLink]] = defaultdict(deque)
    for one in known:
        for name in {one.url, f"canonical {one.canonical}"}:
            named[one.kind, name].append(one)
    given: set[int] = set()

    def find(kind: str, url: str) -> KnownLink | None:
        address = read_address(url)
        canonical = f"canonical {address.canonical}" if address else ""
        other = "image" if kind == "link" else "link"
        for name in ((kind, url), (kind, canonical), (other, canonical)):
            if same := named.get(name):
                while len(same) > 1 and same[0].link_id in given:
                    same.popleft()
                given.add(same[0].link_id)
                return same[0]
        return None

    return find


def inside_address(paths: Paths, url: str) -> str:
    """The page for an address that leads to a note or a file in Joplin; any other address is unchanged."""
    inside = item_of(url)
    return paths.within(*inside) if inside else url


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment that a note shows as an image; `is_here` if its file is in the source of the notes."""

    title: str
    is_picture: bool
    is_here: bool
