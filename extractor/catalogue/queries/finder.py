"""What the finder lists: addresses with the places where they stand, and how many places there are of each sort."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from extractor.catalogue.queries.ask import records, rows
from extractor.catalogue.queries.conditions import all_of
from extractor.catalogue.queries.links import COLUMNS, LINKS, ListedLink
from extractor.catalogue.views import CURRENT, NOW
from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from sqlite3 import Connection

    from extractor.catalogue.queries.ask import Value
    from extractor.catalogue.queries.finder_conditions import Wanted

MOST_ID = 2**63 - 1  # of a row in SQLite
PLACES = 4  # of an address that are shown
MORE = 10  # places than addresses are read at first; four times as many whenever that was too few
ORDERS = ("date", "relevance")
UNKNOWN = "~"  # after every time, as text
# An undated link is of a month where it came at some time of that.
MONTH = """\
CASE WHEN links.is_dated THEN +links.first_seen_month
              WHEN substr(links.absent_at, 1, 7) = substr(links.first_seen_at, 1, 7) THEN substr(links.absent_at, 1, 7)
              END AS month"""
# Places of web links and images, with what a query may say of them. Columns have a plus, so that no index is taken for
# a condition that nearly all rows meet: to look at all rows takes less.
PLACE = f"""links.id, links.url_id, +links.note_id AS note_id, +links.kind AS kind, +urls.site AS site,
         +urls.host AS host, coalesce(+links.section, '') AS section,
         CASE WHEN +urls.expires_at <= {NOW} THEN 'expired' ELSE coalesce(standings.health, 'unknown') END AS health,
         coalesce(+links.first_seen_at, '{UNKNOWN}') AS first_seen_at, +links.is_dated AS is_dated,
         CASE WHEN links.is_dated THEN +links.first_seen_at ELSE coalesce(+links.absent_at, '') END AS since,
         {MONTH}, """
OF_LINKS = """
             CROSS JOIN urls ON urls.id = links.url_id
             LEFT JOIN standings ON standings.url_id = links.url_id"""
PRESENT = f"""
  SELECT {PLACE}1 AS is_present
  FROM links{OF_LINKS}
  WHERE {CURRENT}"""
EVER = f"""
  SELECT {PLACE}+links.removed_at IS NULL AND notes.is_present AS is_present
  FROM links CROSS JOIN notes ON notes.id = links.note_id{OF_LINKS}"""
# Where no words or names say which few are meant, the first that an index gives in the order of the list are enough.
NEWEST_FIRST = "links INDEXED BY idx_links_current_newest"
GONE = "  WHERE links.removed_at NOT NULL OR links.note_id IN (SELECT id FROM notes WHERE NOT is_present)"
BEST = "bm25(6.0, 3.0, 1.0, 3.0, 2.0)"  # of links_fts: text, title, context, url, folded


@dataclass(frozen=True, slots=True)
class FoundAddress:
    """An address, and the first of the `count` places where it is that were found."""

    url_id: int
    places: tuple[ListedLink, ...]
    count: int

    @property
    def month(self) -> str:
        """The month in which its first place came; '' where that is not known."""
        return self.places[0].month


@dataclass(frozen=True, slots=True)
class Key:
    """Where a list goes on: after the place `id`; `first` and `then` are what it is sorted by."""

    first: float
    then: str
    id: int

    def as_text(self) -> str:
        """The key as it stands in an address."""
        return f"{self.first!r}~{self.then}~{self.id}"


def read_key(text: str) -> Key | None:
    """The key that `as_text` wrote; None for what is none."""
    first, _, rest = text.partition("~")
    then, _, place = rest.rpartition("~")
    try:
        key = Key(float(first), then, int(place))
    except ValueError:
        return None
    return key if abs(key.id) <= MOST_ID else None


@dataclass(frozen=True, slots=True)
class Listed:
    """Some addresses, and where the list goes on; None at its end."""

    addresses: tuple[FoundAddress, ...]
    after: Key | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many places of links there are that a query finds, of each sort; of `kinds` also those of other kinds.

    `perhaps` are those of which it is not known whether they were there at the time asked for, `undated` those without
    a day. A notebook counts what is in those inside it.
    """

    places: int = 0
    addresses: int = 0
    perhaps: int = 0
    undated: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    sites: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)
    healths: Mapping[str, int] = field(default_factory=dict)
    notebooks: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)


class _Place(NamedTuple):
    key: Key
    url_id: int


def counts(connection: Connection, wanted: Wanted) -> Counts:
    """Count what is found."""
    condition = wanted.condition
    is_certain = "1" if wanted.with_perhaps or condition.certain == condition.possible else condition.certain
    shown = "is_certain AND kind IN (SELECT value FROM json_each(:kinds))"
    statement = f"""
WITH found AS MATERIALIZED (
  SELECT url_id, note_id, kind, site, health, is_dated, month, {is_certain} AS is_certain
  FROM ({_places(wanted)})
  WHERE {condition.possible}
), of_notes AS MATERIALIZED (
  SELECT note_id, count(*) AS number
  FROM found
  WHERE {shown}
  GROUP BY note_id
)
SELECT 'kind' AS sort, kind AS name, count(*) AS number FROM found WHERE is_certain GROUP BY kind
UNION ALL
SELECT 'perhaps', '', count(*) FROM found WHERE NOT is_certain AND kind IN (SELECT value FROM json_each(:kinds))
UNION ALL
SELECT 'address', '', count(DISTINCT url_id) FROM found WHERE {shown}
UNION ALL
SELECT 'undated', '', count(*) FROM found WHERE {shown} AND NOT is_dated
UNION ALL
SELECT 'site', site, count(*) FROM found WHERE {shown} GROUP BY site
UNION ALL
SELECT 'month', month, count(*) FROM found WHERE {shown} AND month NOT NULL GROUP BY month
UNION ALL
SELECT 'health', health, count(*) FROM found WHERE {shown} GROUP BY health
UNION ALL
SELECT 'notebook', notebook, sum(number)
FROM of_notes JOIN notes ON notes.id = note_id
WHERE notebook NOT NULL
GROUP BY notebook
UNION ALL
SELECT 'tag', title, sum(number)
FROM (
  SELECT DISTINCT note_id, number, title COLLATE NOCASE AS title
  FROM of_notes JOIN note_tags USING (note_id) JOIN tags ON tags.id = tag_id
)
GROUP BY title COLLATE NOCASE
"""
    of_sort: dict[str, Counter[str]] = defaultdict(Counter)
    for found in rows(connection, statement, **_values(wanted)):
        of_sort[found["sort"]][found["name"]] += found["number"]
    kinds = of_sort["kind"]
    return Counts(
        places=sum(kinds[kind] for kind in wanted.kinds),
        addresses=of_sort["address"][""],
        perhaps=of_sort["perhaps"][""],
        undated=of_sort["undated"][""],
        kinds=kinds,
        sites=of_sort["site"],
        months=of_sort["month"],
        healths=of_sort["health"],
        notebooks=_with_inner(of_sort["notebook"]),
        tags=of_sort["tag"],
    )


def _with_inner(numbers: Mapping[str, int]) -> Mapping[str, int]:
    """The numbers of notebooks, those inside a notebook counted with it."""
    found: Counter[str] = Counter()
    for path, number in numbers.items():
        parts = path.split(SEPARATOR)
        for depth in range(len(parts)):
            found[SEPARATOR.join(parts[: depth + 1])] += number
    return found


def listed(connection: Connection, wanted: Wanted, order: str, *, most: int, after: Key | None = None) -> Listed:
    """The addresses that are found, by one of ORDERS: the newest, or the most relevant, place of each comes first."""
    found: dict[int, list[Key]] = {}
    seen: set[int] = set()
    number, at = most + MORE, after
    while len(found) <= most:
        # An address that was seen is left out, so that one with thousands of places is passed over at once.
        places = _sorted_places(connection, wanted, order, after=at, without=seen, most=number)
        here = {place.url_id for place in places}
        of_address: dict[int, list[Key]] = defaultdict(list)
        for place in _sorted_places(connection, wanted, order, only=here):
            of_address[place.url_id].append(place.key)
        for place in places:
            if of_address[place.url_id][0] == place.key:  # else it stands further up, on a page before this
                found[place.url_id] = of_address[place.url_id]
        if len(places) < number:
            break
        seen |= here
        at, number = places[-1].key, 4 * number
    shown = dict(list(found.items())[:most])
    links = _links(connection, [key.id for keys in shown.values() for key in keys[:PLACES]])
    return Listed(
        tuple(
            FoundAddress(url_id, tuple(links[key.id] for key in keys[:PLACES]), len(keys))
            for url_id, keys in shown.items()
        ),
        list(shown.values())[-1][0] if len(found) > most else None,
    )


def addresses_among(connection: Connection, wanted: Wanted, url_ids: Collection[int]) -> Mapping[int, Sequence[Key]]:
    """Those of the addresses that have a place which is wanted, with the keys of these places, the newest first."""
    found: dict[int, list[Key]] = defaultdict(list)
    for place in _sorted_places(connection, wanted, "date", only=url_ids):
        found[place.url_id].append(place.key)
    return found


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
    """Places that are found, in order, `after` one of them; `only` those of some addresses, or `without` those."""
    by_score = order == "relevance" and wanted.words.match
    first = "-coalesce(score, 0)" if by_score else "is_dated"
    conditions = [wanted.shown, "kind IN (SELECT value FROM json_each(:kinds))"]
    values = _values(wanted)
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
    by_index = wanted.is_broad and only is None and _have_times(connection)
    from_places = f"({_places(wanted, newest_first=by_index)}) AS places"
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
    found = rows(connection, statement, **values, match=wanted.words.match, most=most)
    return [_Place(Key(row["first"], row["first_seen_at"], row["id"]), row["url_id"]) for row in found]


def _links(connection: Connection, ids: Sequence[int]) -> Mapping[int, ListedLink]:
    statement = f"""
SELECT {COLUMNS}
FROM {LINKS}
WHERE links.id IN (SELECT value FROM json_each(:ids))
"""
    return {link.id: link for link in records(ListedLink, connection, statement, ids=json.dumps(ids))}


def _have_times(connection: Connection) -> bool:
    """Whether it is known of all links that are there when they were first seen."""
    statement = "SELECT 1 FROM links WHERE first_seen_at IS NULL AND removed_at IS NULL AND target = 'web' LIMIT 1"
    return not rows(connection, statement)


def _places(wanted: Wanted, *, newest_first: bool = False) -> str:
    """The places to look at; `newest_first` if those that are there now, all with a time, are to come in this order."""
    if wanted.only_past:
        return f"{EVER}\n{GONE}"
    if wanted.with_past:
        return EVER
    if not newest_first:
        return PRESENT
    times = f"coalesce(+links.first_seen_at, '{UNKNOWN}')"  # columns as they are in the index
    places = PRESENT.replace(times, "links.first_seen_at").replace("+links.is_dated AS", "links.is_dated AS")
    return places.replace("FROM links", f"FROM {NEWEST_FIRST}", 1)


def _values(wanted: Wanted) -> dict[str, Value]:
    return {**wanted.values, "kinds": json.dumps(wanted.kinds)}
