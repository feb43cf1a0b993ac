"""The links that are saved now, as a tree of the places where they are: notebooks, notes, sections."""

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

    from sqlite_utils import Database

IN_FRAGMENT = "%!$&'()*+,;=:@/?~"  # beside letters, digits and -._ (RFC 3986 section 3.5), and escapes as they are


@dataclass(frozen=True, slots=True)
class ExportedLink:
    """A saved link: where it leads, its text in one line ('' where it has none), when it was saved, its note's tags.

    A text that says nothing has the title of its page beside it, marked as the page's. It was saved at the time that
    `came` has as `first_seen_at` if that is dated, else by then.
    """

    address: str
    text: str
    came: Span
    tags: tuple[str, ...] = ()


@dataclass(slots=True)
class ExportedPlace:
    """A notebook, note or section: the links directly in it by address, and the places inside."""

    title: str
    kind: Literal["notebook", "note", "section"]
    links: dict[str, ExportedLink] = field(default_factory=dict)
    places: dict[str, ExportedPlace] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many bookmarks that is, here and in the places inside: an address in a section is one, however often."""
        return len(self.links) + sum(place.total for place in self.places.values())

    def inside(self, key: str, title: str, kind: Literal["notebook", "note", "section"]) -> ExportedPlace:
        """The place of that key in this one, new or known."""
        return self.places.setdefault(key, ExportedPlace(one_line(without_userinfo(title)) or UNTITLED, kind))

    def save(self, link: ExportedLink) -> None:
        """Put a link here; an address that is here twice is one link, saved when it first came."""
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
            # By its title: headings of one title under one another's parent are one place to look for a link.
            place = place.inside(name, name, "section")
        words = one_line(named_by_page(without_userinfo(link.text), link.page_title))
        came = Span(link.absent_at, link.first_seen_at, int(link.is_dated), link.last_seen_at)
        place.save(ExportedLink(address, words, came, tags.get(link.note_id, ())))
    return root


def withhold_tokens(place: ExportedPlace) -> list[str]:
    """Take out of this place and those inside what looks like a token; gives the addresses, their tokens hidden."""
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
    """Where a link leads, in a form that any program takes: encoded, with its fragment, and without secrets.

    That is without name and password, its own and those of addresses in its query, and without a fragment that is a
    token. None for what is no web address.
    """
    url = without_token_fragment(without_userinfo(url))
    address = read_address(url)
    if address is None:
        return None
    fragment = url.partition("#")[2].strip()
    whole = f"{address.url}#{quote(fragment, IN_FRAGMENT, errors='replace')}" if fragment else address.url
    return whole.replace("\\", "%5C")


def chain(key: object, known: Mapping[object, tuple[str, object]]) -> Sequence[tuple[str, str]]:
    """Keys and titles from the outermost to this one; a circle of parents is cut where it closes."""
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
