"""Kept pages in search results: found by their text, and by the qualifiers of the links that lead to them."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.kept.file import pages_of, reading
from extractor.catalogue.kept.search import all_pages, matches, snippets, versions_shown
from extractor.catalogue.kept.versions import kept_days
from extractor.catalogue.queries.ask import rows
from extractor.catalogue.queries.finder import addresses_among, links_at
from extractor.catalogue.queries.found import Found, FoundPage
from extractor.errors import CatalogueFileError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path
    from sqlite3 import Connection

    from extractor.catalogue.queries.finder_conditions import Wanted

OF_ADDRESSES = """
SELECT DISTINCT asked, url_id
FROM checks
WHERE asked IN (SELECT value FROM json_each(:asked))
"""


ASKED = """
SELECT DISTINCT url_id, asked
FROM checks
WHERE url_id IN (SELECT value FROM json_each(:addresses))
"""


@dataclass(frozen=True, slots=True)
class PagesWanted:
    """The query: words as an FTS5 query ('' for all pages), and conditions on their links.

    `most` are shown, after `skipped` ones.
    """

    match: str
    links: Wanted
    most: int
    skipped: int = 0


def find_pages(connection: Connection, kept: Connection, wanted: PagesWanted) -> Found[FoundPage]:
    """The matching kept pages, best first, or, without words, most recently kept first; each with its best version."""
    matched = matches(kept, wanted.match) if wanted.match else all_pages(kept)
    url_ids = _url_ids(connection, list(matched))
    places = addresses_among(connection, wanted.links, [url_id for ids in url_ids.values() for url_id in ids])
    found: list[tuple[int, int]] = []
    for asked, version in matched.items():
        found += [(version, url_id) for url_id in url_ids.get(asked, ()) if url_id in places][:1]
    shown = dict(found[wanted.skipped : wanted.skipped + wanted.most])
    links = links_at(connection, [places[url_id][0].id for url_id in shown.values()])
    cut = snippets(kept, wanted.match, list(shown)) if wanted.match else {}
    versions = versions_shown(kept, list(shown))
    pages = tuple(
        FoundPage(
            url_id=url_id,
            link=links[places[url_id][0].id],
            places=len(places[url_id]),
            title=versions[version].title,
            version=version,
            is_newest=versions[version].is_newest,
            kept_at=versions[version].kept_at,
            snippet=cut.get(version, ""),
        )
        for version, url_id in shown.items()
    )
    return Found(pages, len(found))


def kept_copies(connection: Connection, kept: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """When the pages of these addresses were last kept, by id; without addresses that have none."""
    asked = [(row["url_id"], row["asked"]) for row in rows(connection, ASKED, addresses=json.dumps(list(url_ids)))]
    days = kept_days(kept, [one for _, one in asked])
    return {url_id: days[one] for url_id, one in asked if one in days}


def copies_beside(catalogue: Path, connection: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """Like `kept_copies`, from the pages.db beside a catalogue; nothing if that cannot be read."""
    with suppress(CatalogueFileError), reading(pages_of(catalogue)) as kept:
        if kept is not None and url_ids:
            return kept_copies(connection, kept, url_ids)
    return {}


def _url_ids(connection: Connection, asked: Sequence[str]) -> Mapping[str, list[int]]:
    """The ids of these requested addresses, from the checks that kept their pages."""
    found: dict[str, list[int]] = {}
    for row in rows(connection, OF_ADDRESSES, asked=json.dumps(asked)):
        found.setdefault(row["asked"], []).append(row["url_id"])
    return found
