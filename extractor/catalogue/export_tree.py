"""The current links as a tree of their places: notebooks, notes, sections."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from extractor.catalogue.addresses import Span, span
from extractor.catalogue.choice import Choice, choose
from extractor.catalogue.link_names import named_by_page
from extractor.catalogue.queries.exported import links_of, sections_of
from extractor.catalogue.queries.named import named_notebooks, tags_of_notes
from extractor.redaction import has_token, without_token_fragment, without_tokens, without_userinfo
from extractor.texts import one_line
from extractor.timeline.rows import UNTITLED
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

    from extractor.catalogue.database import Database

IN_FRAGMENT = "%!$&'()*+,;=:@/?~"  # beside letters, digits and -._ (RFC 3986 section 3.5), and escapes as they are


@dataclass(frozen=True, slots=True)
class ExportedLink:
    """A saved link: its target, its text in one line ('' if it has none), when it was saved, and its note's tags.

    A meaningless text is followed by the title of the page, marked as such. The link was saved at `first_seen_at` of
    `came` if that is dated, else by then.
    """

    address: str
    text: str
    came: Span
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class ExportedPlace:
    """A notebook, note or section: its own links by address, and the places inside it."""

    title: str
    kind: Literal["notebook", "note", "section"]
    links: dict[str, ExportedLink] = field(default_factory=dict)
    places: dict[str, ExportedPlace] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of bookmarks here and in the places inside: each address counts once per section."""
        return len(self.links) + sum(place.total for place in self.places.values())

    def inside(self, key: str, title: str, kind: Literal["notebook", "note", "section"]) -> ExportedPlace:
        """The place with this key inside this one, created if needed."""
        return self.places.setdefault(key, ExportedPlace(one_line(without_userinfo(title)) or UNTITLED, kind))

    def save(self, link: ExportedLink) -> None:
        """Add a link; an address that is here twice is one link, with the earlier date."""
        known = self.links.get(link.address)
        if known is not None:
            link = replace(known, text=known.text or link.text, came=span((known.came, link.came)))
        self.links[link.address] = link


def saved_links(db: Database, choice: Choice) -> ExportedPlace:
    """Every current web link of the chosen notes, in the order of notebooks, notes and lines. Raises NotFound."""
    chosen = choose(db, choice, to_export=True)
    connection = db.conn
    tags = _tags(connection)
    notebooks: Mapping[object, tuple[str, object]] = {
        one.id: (one.title, one.parent_id) for one in named_notebooks(connection)
    }
    sections: Mapping[object, tuple[str, object]] = {
        one.id: (one.title, one.parent_id) for one in sections_of(connection, chosen.note_list)
    }
    root = ExportedPlace("", "notebook")
    for link in links_of(connection, chosen.note_list):
        if (address := address_of(link.url)) is None:
            continue
        place = root
        for key, name in chain(link.notebook_id, notebooks):
            place = place.inside(key, name, "notebook")
        place = place.inside(link.note_id, link.note, "note")
        for _, name in chain(link.section_id, sections):
            # By title: headings with the same title under the same parent are one place.
            place = place.inside(name, name, "section")
        words = one_line(named_by_page(without_userinfo(link.text), link.page_title))
        came = Span(link.absent_at, link.first_seen_at, int(link.is_dated), link.last_seen_at)
        place.save(ExportedLink(address, words, came, tags.get(link.note_id, ())))
    return root


def withhold_tokens(place: ExportedPlace) -> list[str]:
    """Remove links that seem to contain a token, here and inside; returns their addresses, with hidden tokens."""
    found = [without_tokens(address) for address in place.links if has_token(address)]
    place.title = without_tokens(place.title)
    place.links = {
        address: replace(link, text=without_tokens(link.text))
        for address, link in place.links.items()
        if not has_token(address)
    }
    for inner in place.places.values():
        found += withhold_tokens(inner)
    place.places = {key: inner for key, inner in place.places.items() if inner.total}
    return found


def address_of(url: str) -> str | None:
    """The target of a link in a form that any program accepts: encoded, with its fragment, without secrets.

    That means without user names and passwords, also in addresses within its query, and without a fragment that is a
    token. None if it is not a web address.
    """
    url = without_token_fragment(without_userinfo(url))
    address = read_address(url)
    if address is None:
        return None
    fragment = url.partition("#")[2].strip()
    whole = f"{address.url}#{quote(fragment, IN_FRAGMENT, errors='replace')}" if fragment else address.url
    return whole.replace("\\", "%5C")


def chain(key: object, known: Mapping[object, tuple[str, object]]) -> Sequence[tuple[str, str]]:
    """Keys and titles from the outermost to this one; a cycle of parents is cut."""
    titles: list[tuple[str, str]] = []
    passed: set[object] = set()
    while key in known and key not in passed:
        passed.add(key)
        title, parent = known[key]
        titles.insert(0, (str(key), title))
        key = parent
    return titles


def _tags(connection: Connection) -> Mapping[str, tuple[str, ...]]:
    """The titles of the tags of each note."""
    tags: dict[str, tuple[str, ...]] = {}
    for tag in tags_of_notes(connection):
        tags[tag.note_id] = (*tags.get(tag.note_id, ()), one_line(tag.title))
    return tags
