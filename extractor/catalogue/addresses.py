"""The rows of `urls`: what follows from each address itself, and when notes had it."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from extractor.catalogue.sql import upsert
from extractor.texts import without_lone_surrogates
from extractor.timeline import identifier
from extractor.times import iso, milliseconds
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from extractor.catalogue.database import Database

DAY = 86_400_000  # ms

COLUMNS = (
    "id, url, canonical, scheme, host, site, published_at, author, expires_at, absent_at, first_seen_at, is_dated, "
    "last_seen_at"
)


class Bounded(Protocol):
    """Anything with the bounds of a link, as in `links`."""

    @property
    def absent_at(self) -> str | None:
        """The latest time at which it is known not to have been there."""

    @property
    def first_seen_at(self) -> str | None:
        """The time of the first known text that has it."""

    @property
    def is_dated(self) -> int:
        """1 if it came at that time, give or take a day."""

    @property
    def last_seen_at(self) -> str | None:
        """The time of the last known text that has it."""


class Place(NamedTuple):
    """A link to an address: its spelling, and its bounds, as in `links`."""

    url_id: int
    url: str
    absent_at: str | None
    first_seen_at: str | None
    is_dated: int
    last_seen_at: str | None


class Span(NamedTuple):
    """When notes had an address, as in `urls`."""

    absent_at: str | None
    first_seen_at: str | None
    is_dated: int
    last_seen_at: str | None


@lru_cache(maxsize=32_768)  # called twice for each link of a note, and again for other notes with the address
def url_id(canonical: str) -> int:
    """The id of an address in `urls`."""
    return identifier("url", canonical)


def span(places: Sequence[Bounded]) -> Span:
    """When an address was first and last in any note, from the bounds of its links.

    It came with the earliest of them. It is known which one that is if no other link can have come before the one that
    was seen first: an undated link may be as old as its `absent_at`.
    """
    last = max((place.last_seen_at or place.first_seen_at or "" for place in places), default="") or None
    seen = list(filter(None, (place.first_seen_at for place in places)))
    if not seen:
        return Span(None, None, 0, last)
    first = min(seen)
    a_day_before = iso(milliseconds(first) - DAY) or ""
    is_dated = all(place.is_dated or (place.absent_at or "") >= a_day_before for place in places)
    return Span(_absent_at(places, first), first, int(is_dated), last)


def _absent_at(places: Sequence[Bounded], first: str) -> str | None:
    """The latest time at which certainly none of these places had the address, which was seen at `first`."""
    absent = [place.absent_at or "" for place in places if not place.is_dated or place.first_seen_at == first]
    return min([first, *absent]) or None


def write_addresses(db: Database, addresses: Iterable[int]) -> None:
    """Write the row of each address from its links; an address without links, checks and archived copies is removed."""
    ids = sorted(addresses)
    if not ids:
        return
    db.execute("CREATE TEMP TABLE touched (url_id INTEGER PRIMARY KEY)")
    db.conn.executemany("INSERT INTO touched VALUES (?)", ((one,) for one in ids))
    known: dict[int, list[Place]] = defaultdict(list)
    for row in db.execute(
        # A link that was only seen in a removal was there by then.
        "SELECT url_id, url, absent_at, coalesce(first_seen_at, removed_at), is_dated, last_seen_at "
        "FROM touched JOIN links USING (url_id) ORDER BY url_id, coalesce(first_seen_at, removed_at, ''), url"
    ).fetchall():
        known[row[0]].append(Place(*row))
    db.execute("DROP TABLE touched")
    db.conn.executemany(upsert("urls", COLUMNS), filter(None, map(_row, known.values())))
    remove_unused(db, [one for one in ids if one not in known])


def _row(places: Sequence[Place]) -> tuple[object, ...] | None:
    """The values of COLUMNS; the address to fetch is the spelling that was saved first."""
    address = read_address(places[0].url)
    if address is None:
        return None
    return (
        places[0].url_id,
        without_lone_surrogates(address.url),
        without_lone_surrogates(address.canonical),
        address.scheme,
        without_lone_surrogates(address.host),
        without_lone_surrogates(address.site),
        iso(address.published_at or 0),
        address.author,
        iso(address.expires_at or 0),
        *span(places),
    )


def remove_unused(db: Database, ids: Iterable[int]) -> None:
    """Remove addresses that no link, check or archived copy has."""
    db.conn.executemany(
        "DELETE FROM urls WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM links WHERE url_id = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM checks WHERE url_id = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM snapshots WHERE url_id = ?1)",
        [(one,) for one in ids],
    )
