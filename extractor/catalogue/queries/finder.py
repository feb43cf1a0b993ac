"""The list of the finder: addresses with the places where they are, by date or relevance, one page at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import astuple, dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from extractor.catalogue.queries.ask import plain_rows, records
from extractor.catalogue.queries.conditions import all_of
from extractor.catalogue.queries.finder_places import have_times, places_of, values_of
from extractor.catalogue.queries.links import COLUMNS, LINKS, ListedLink

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from sqlite3 import Connection

    from extractor.catalogue.queries.finder_conditions import Wanted

MOST_ID = 2**63 - 1  # the largest rowid in SQLite
PLACES = 4  # places that are shown for an address
MORE = 10  # so many more places than addresses are read at first, then four times as many if that was not enough
ORDERS = ("date", "relevance")
BEST = "bm25(6.0, 3.0, 1.0, 3.0, 2.0)"  # of links_fts: text, title, context, url, folded


@dataclass(frozen=True, slots=True)
class FoundAddress:
    """An address, and the first of the `count` places where it was found."""

    url_id: int
    places: tuple[ListedLink, ...]
    count: int

    @property
    def month(self) -> str:
        """The month in which the link at its first place came; '' if that is unknown."""
        return self.places[0].month


@dataclass(frozen=True, slots=True)
class Key:
    """Where the next page of a list begins: after the place `id`; `first` and `then` are its sort keys."""

    first: float
    then: str
    id: int

    def as_text(self) -> str:
        """The key as text for the address of a page."""
        return f"{self.first!r}~{self.then}~{self.id}"


def read_key(text: str) -> Key | None:
    """The key that `as_text` wrote; None for any other text."""
    first, _, rest = text.partition("~")
    then, _, place = rest.rpartition("~")
    try:
        key = Key(float(first), then, int(place))
    except ValueError:
        return None
    return key if abs(key.id) <= MOST_ID else None


@dataclass(frozen=True, slots=True)
class Listed:
    """Some addresses, and the key after which the next page begins; None at the end of the list."""

    addresses: tuple[FoundAddress, ...]
    after: Key | None


class _Place(NamedTuple):
    """A place of a link, its address, and what it is sorted by; a tuple, as one word may have hundreds of thousands."""

    id: int
    url_id: int
    first: float
    first_seen_at: str

    @property
    def key(self) -> Key:
        """The place as the key of a list."""
        return Key(self.first, self.first_seen_at, self.id)


def listed(
    connection: Connection, wanted: Wanted, order: str, *, most: int, after: Key | None = None, is_dense: bool = False
) -> Listed:
    """The addresses that are found, in one of ORDERS; the newest, or most relevant, place of each comes first.

    If the result `is_dense`, there are so many that the index of all links soon gives the first ones.
    """
    if is_dense and order == "date" and not wanted.with_past:
        wanted = replace(wanted, is_broad=True)
    if order == "relevance" and wanted.words.match:
        found = _most_relevant(connection, wanted, most, after)
    else:
        found = _newest(connection, wanted, order, most, after)
    shown = dict(list(found.items())[:most])
    links = _links(connection, [key.id for keys in shown.values() for key in keys[:PLACES]])
    return Listed(
        tuple(
            FoundAddress(url_id, tuple(links[key.id] for key in keys[:PLACES]), len(keys))
            for url_id, keys in shown.items()
        ),
        list(shown.values())[-1][0] if len(found) > most else None,
    )


def _most_relevant(connection: Connection, wanted: Wanted, most: int, after: Key | None) -> Mapping[int, Sequence[Key]]:
    """Addresses in order, one more than `most` of them if there are more, with the keys of their places.

    Ranking takes as long for a part of the matches as for all of them, so it is done once.
    """
    of_address: dict[int, list[tuple[float, str, int]]] = defaultdict(list)
    for place, url_id, score, seen_at in _sorted_places(connection, wanted, "relevance"):
        of_address[url_id].append((score, seen_at, place))
    # An address is listed where its first place is, though others of it come later.
    before = None if after is None else astuple(after)
    later = ((url_id, keys) for url_id, keys in of_address.items() if before is None or keys[0] < before)
    return {url_id: [Key(*key) for key in keys] for url_id, keys in islice(later, most + 1)}


def _newest(
    connection: Connection, wanted: Wanted, order: str, most: int, after: Key | None
) -> Mapping[int, Sequence[Key]]:
    """Like `_most_relevant`, if an index may give places in order: no more of them are read than necessary."""
    found: dict[int, Key] = {}
    seen: set[int] = set()
    number, at = most + MORE, after
    while len(found) <= most:
        # Addresses that were seen are left out, so that one with thousands of places is not read again and again.
        places = _sorted_places(connection, wanted, order, after=at, without=seen, most=number)
        here: dict[int, Key] = {}
        for place in places:
            here.setdefault(place.url_id, place.key)
        if after is not None:  # else nothing comes before them
            first = {url_id: keys[0] for url_id, keys in _of_addresses(connection, wanted, order, here).items()}
            found |= {url_id: key for url_id, key in here.items() if first[url_id] == key}
        else:
            found |= here
        if len(places) < number:
            break
        seen |= here.keys()
        at, number = places[-1].key, 4 * number
    of_address = _of_addresses(connection, wanted, order, list(found)[:most])
    return {url_id: of_address.get(url_id, [key]) for url_id, key in found.items()}


def _of_addresses(
    connection: Connection, wanted: Wanted, order: str, url_ids: Collection[int]
) -> Mapping[int, Sequence[Key]]:
    """The keys of all matching places of each of these addresses, in order."""
    found: dict[int, list[Key]] = defaultdict(list)
    for place in _sorted_places(connection, wanted, order, only=url_ids):
        found[place.url_id].append(place.key)
    return found


def addresses_among(connection: Connection, wanted: Wanted, url_ids: Collection[int]) -> Mapping[int, Sequence[Key]]:
    """Those of the addresses that have a matching place, with the keys of these places, the newest first."""
    return _of_addresses(connection, wanted, "date", url_ids)


def links_at(connection: Connection, ids: Sequence[int]) -> Mapping[int, ListedLink]:
    """The places with these ids."""
    return _links(connection, ids)


def _sorted_places(
    connection: Connection,
    wanted: Wanted,
    order: str,
    *,
    after: Key | None = None,
    only: Collection[int] | None = None,
    without: Collection[int] = (),
    most: int = -1,
) -> list[_Place]:
    """The places that are found, in order, `after` one of them; `only` those of some addresses, or `without` those."""
    by_score = order == "relevance" and wanted.words.match
    first = "-coalesce(score, 0)" if by_score else "is_dated"
    conditions = [wanted.shown, "kind IN (SELECT value FROM json_each(:kinds))"]
    values = values_of(wanted)
    if after is not None:
        conditions.append("(first, first_seen_at, id) < (:key_first, :key_then, :key_id)")
        values |= {"key_first": after.first, "key_then": after.then, "key_id": after.id}
    if only is not None:
        conditions.append("url_id IN (SELECT value FROM json_each(:only))")
        values["only"] = json.dumps(list(only))
    if without:
        conditions.append("url_id NOT IN (SELECT value FROM json_each(:without))")
        values["without"] = json.dumps(list(without))
    ranked = f"""
WITH ranked AS MATERIALIZED (
  SELECT rowid AS place, rank AS score
  FROM links_fts
  WHERE links_fts MATCH :match AND rank MATCH '{BEST}'
)"""
    by_index = wanted.is_broad and only is None and have_times(connection)
    from_places = f"({places_of(wanted, newest_first=by_index)}) AS places"
    if by_score and wanted.by_words_alone:
        from_places = f"ranked CROSS JOIN {from_places} ON places.id = ranked.place"
    elif by_score:
        from_places += " LEFT JOIN ranked ON ranked.place = places.id"
    statement = f"""{ranked if by_score else ""}
SELECT id, url_id, first, first_seen_at
FROM (
  SELECT places.*, {first} AS first
  FROM {from_places}
)
WHERE {all_of(conditions)}
ORDER BY first DESC, first_seen_at DESC, id DESC
LIMIT :most
"""
    return [*map(_Place._make, plain_rows(connection, statement, **values, match=wanted.words.match, most=most))]


def _links(connection: Connection, ids: Sequence[int]) -> Mapping[int, ListedLink]:
    statement = f"""
SELECT {COLUMNS}
FROM {LINKS}
WHERE links.id IN (SELECT value FROM json_each(:ids))
"""
    return {link.id: link for link in records(ListedLink, connection, statement, ids=json.dumps(ids))}
