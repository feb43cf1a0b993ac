"""The links that are saved now, as a tree of the places where they stand: notebooks, notes, sections."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from extractor.catalogue.addresses import Span, span
from extractor.catalogue.choice import Choice, choose
from extractor.catalogue.link_names import named_by_page
from extractor.redaction import has_token, without_token_fragment, without_tokens, without_userinfo
from extractor.timeline.rows import UNTITLED
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    """A notebook, note or section: the links that stand directly in it by address, and the places inside."""

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
        """Put a link here; an address that stands here twice is one link, saved when it first came."""
        known = self.links.get(link.address)
        if known is not None:
            link = replace(known, text=known.text or link.text, came=span((known.came, link.came)))
        self.links[link.address] = link


def saved_links(db: Database, choice: Choice) -> ExportedPlace:
    """Every current web link of the chosen notes, in the order of notebooks, notes and lines. Raises NotFound."""
    chosen = choose(db, choice, to_export=True)
    tags = _tags(db)
    notebooks = {
        row[0]: (row[1], row[2]) for row in db.execute("SELECT id, title, parent_id FROM notebooks").fetchall()
    }
    sections = {
        row[0]: (row[1], row[2])
        for row in db.execute(
            "SELECT id, title, parent_id FROM sections WHERE note_id IN (SELECT value FROM json_each(?))",
            [chosen.note_list],
        ).fetchall()
    }
    root = ExportedPlace("", "notebook")
    rows = db.execute(
        "SELECT notes.id, notes.name, notes.notebook_id, links.section_id, links.url, links.text, "
        "(SELECT title FROM pages WHERE pages.url_id = links.url_id AND seen = 'last'), links.absent_at, "
        "links.first_seen_at, links.is_dated, links.last_seen_at "
        "FROM links JOIN notes ON notes.id = links.note_id "
        "WHERE links.removed_at IS NULL AND links.target = 'web' AND links.kind = 'link' AND links.url_id NOT NULL "
        "AND notes.id IN (SELECT value FROM json_each(?)) "
        "ORDER BY notes.notebook COLLATE NOCASE, notes.name COLLATE NOCASE, notes.id, links.line, links.position",
        [chosen.note_list],
    )
    for note_id, title, notebook_id, section_id, url, text, page_title, *bounds in rows.fetchall():
        if (address := address_of(url)) is None:
            continue
        place = root
        for key, name in chain(notebook_id, notebooks):
            place = place.inside(key, name, "notebook")
        place = place.inside(note_id, title, "note")
        for _, name in chain(section_id, sections):
            # By its title: headings of one title under one another's parent are one place to look for a link.
            place = place.inside(name, name, "section")
        words = one_line(named_by_page(without_userinfo(text), page_title))
        place.save(ExportedLink(address, words, Span(*bounds), tags.get(note_id, ())))
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


def one_line(text: str) -> str:
    """Text without line breaks, runs of spaces and characters that control something."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


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


def _tags(db: Database) -> Mapping[str, tuple[str, ...]]:
    """The titles of the tags of each note."""
    tags: dict[str, tuple[str, ...]] = {}
    for note_id, title in db.execute(
        "SELECT note_id, tags.title FROM note_tags JOIN tags ON tags.id = tag_id ORDER BY tags.title"
    ).fetchall():
        tags[note_id] = (*tags.get(note_id, ()), one_line(title))
    return tags
