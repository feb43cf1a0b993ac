"""One link or address: the places where it is or was, what revisions did to it, and what its page says about itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.conditions import CURRENT
from extractor.catalogue.queries.ask import record, records, row, rows, value
from extractor.catalogue.queries.conditions import LINK_IS_THERE
from extractor.catalogue.queries.links import COLUMNS, LINKS, ListedLink

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection

    from extractor.catalogue.queries.ask import Value

TARGET = """
SELECT url_id, note_id, url
FROM links
WHERE id = :link
"""
ADDRESS = """
SELECT id, url, canonical, site, published_at, author, expires_at, absent_at, first_seen_at, is_dated
FROM urls
WHERE id = :address
"""
OTHERS_OF_SITE = f"""
SELECT count(*)
FROM urls
WHERE site = :site AND id <> :address AND EXISTS (SELECT 1 FROM links WHERE url_id = urls.id AND {CURRENT})
"""
# The page as last seen, and the title that it had when first seen.
PAGE = """
SELECT pages.title, pages.site_name, pages.changed, first.title AS first_title, first.seen_at AS first_at
FROM pages LEFT JOIN pages AS first ON first.url_id = pages.url_id AND first.seen = 'first'
WHERE pages.url_id = :address AND pages.seen = 'last'
"""
SAME_PAGE = """
SELECT urls.id, urls.url
FROM pages JOIN urls ON urls.id = pages.url_id
WHERE pages.seen = 'last' AND pages.url_id <> :address
      AND leads_to = (SELECT leads_to FROM pages WHERE url_id = :address AND seen = 'last')
ORDER BY urls.url
LIMIT :most
"""
EVENTS = """
SELECT captured_at, change, url_before, url, revision_id, revision AS label, is_dated
FROM link_history
WHERE link_id IN (SELECT value FROM json_each(:links))
ORDER BY captured_at DESC
LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a link: a web address or (if `url_id` is None) something else, with the url as in its note."""

    url_id: int | None
    note_id: str
    url: str


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A row of `urls`."""

    id: int
    url: str
    canonical: str
    site: str
    published_at: str | None
    author: str | None
    expires_at: str | None
    absent_at: str | None
    first_seen_at: str | None
    is_dated: bool


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """A place of the link; `first_in` is the label of the first revision that is known to have it.

    That revision added it if the day on which it came is known. `taken_by` is the label of the one that removed it.
    """

    link: ListedLink
    first_revision_id: str | None
    first_in: str | None
    taken_by: str | None


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """What a revision did to a place of the link; if it is not `is_dated`, it happened by then."""

    captured_at: str | None
    change: str
    url_before: str | None
    url: str
    revision_id: str
    label: str
    is_dated: bool


@dataclass(frozen=True, slots=True)
class PageWords:
    """What the page of an address says about itself, as last seen, and the title that it had when first seen."""

    title: str | None
    site_name: str | None
    changed: bool
    first_title: str | None
    first_at: str | None


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """Another address that leads to the same page."""

    id: int
    url: str


def target(connection: Connection, link_id: int) -> Target | None:
    """The target of a link; None if there is no link with that id."""
    found = row(connection, TARGET, link=link_id)
    return record(Target, found) if found is not None else None


def web_address(connection: Connection, url_id: int) -> WebAddress | None:
    """An address; None if there is none with that id."""
    found = row(connection, ADDRESS, address=url_id)
    return record(WebAddress, found) if found is not None else None


def places_of_address(connection: Connection, url_id: int, *, chosen: int | None, most: int) -> tuple[LinkPlace, ...]:
    """The places in notes where a web address is or was: the `chosen` one first, then the current ones."""
    return _places(connection, "links.url_id = :address", address=url_id, chosen=chosen or 0, most=most)


def places_inside(connection: Connection, one: Target, *, chosen: int, most: int) -> tuple[LinkPlace, ...]:
    """The places, in one note, of an address that is not of the web, in the same order."""
    where = "links.url_id IS NULL AND links.note_id = :note AND links.url = :url"
    return _places(connection, where, note=one.note_id, url=one.url, chosen=chosen, most=most)


def _places(connection: Connection, where: str, **given: Value) -> tuple[LinkPlace, ...]:
    statement = f"""
SELECT {COLUMNS},
       links.first_revision_id, brought.label AS first_in, taken.label AS taken_by
FROM {LINKS}
     LEFT JOIN revisions AS brought ON brought.id = links.first_revision_id
     LEFT JOIN revisions AS taken ON taken.id = (
       SELECT revision_id
       FROM link_changes JOIN revisions ON revisions.id = revision_id
       WHERE link_id = links.id AND change = 'removed'
       ORDER BY captured_at DESC
       LIMIT 1
     ) AND links.removed_at NOT NULL
WHERE {where}
ORDER BY links.id = :chosen DESC, NOT ({LINK_IS_THERE}), links.first_seen_at
LIMIT :most
"""
    return tuple(
        LinkPlace(record(ListedLink, found), found["first_revision_id"], found["first_in"], found["taken_by"])
        for found in rows(connection, statement, **given)
    )


def events(connection: Connection, link_ids: Iterable[int], most: int) -> tuple[LinkEvent, ...]:
    """What revisions did to these links, latest first."""
    return records(LinkEvent, connection, EVENTS, links=json.dumps(list(link_ids)), most=most)


def others_of_site(connection: Connection, address: WebAddress) -> int:
    """How many other addresses of the same site notes have now."""
    return int(value(connection, OTHERS_OF_SITE, site=address.site, address=address.id))


def page_words(connection: Connection, url_id: int) -> PageWords | None:
    """What the page of an address says about itself; None if no page was seen."""
    found = row(connection, PAGE, address=url_id)
    return record(PageWords, found) if found is not None else None


def same_page(connection: Connection, url_id: int, most: int) -> tuple[OtherAddress, ...]:
    """Other addresses that lead to the same page."""
    return records(OtherAddress, connection, SAME_PAGE, address=url_id, most=most)
