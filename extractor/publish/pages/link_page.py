"""The page of a link: every place where it stands or stood, who brought it in and when, every check of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound, Response

from extractor.catalogue.link_health import archived, in_archive
from extractor.catalogue.views import CURRENT
from extractor.publish.pages.resources import files_of
from extractor.publish.queries.link_rows import COLUMNS, FROM, THERE, Listed, listed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection, Row

    from extractor.publish.html.note_parts import Attachment
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("links", "urls", "notes", "link_changes", "revisions", "checks", "snapshots", "pages")
OPTIONAL_TABLES = ("resources",)
MOST = 60  # places, events and checks that a page shows
IN_WORDS = {
    "dead": "the server says that there is no such page (404)",
    "gone": "the server says that it is gone for good (410)",
    "server_error": "the server answers with an error",
    "timeout": "the server does not answer in time",
    "dns_error": "there is no such host",
    "connection_error": "no connection to the server",
    "tls_error": "the server's certificate is not valid",
    "suspect": "there is an answer, which may not be the page",
    "blocked": "the server turns programs away: open it to see",
}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place of the link; `first_in` is the label of the first revision that is known to have it.

    That revision brought it in if the day on which it came is known.
    """

    link: Listed
    context: str
    first_revision_id: str | None
    first_in: str | None
    last_revision_id: str | None
    taken_by: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One check; `evidence` is what its verdict rests on, in words."""

    row: Row
    evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LinkView:
    """What the template shows; `address` is a row of `urls`, None for what is no web address.

    `url` is the address as the chosen place has it, with its #fragment; that of `address` if none was chosen.
    `is_present` if it stands in a note now; `gone` is the place that went last, where all went. `same_site` is how
    many other addresses of its site stand in notes now. `page` is what its page says of itself, `alike` are other
    addresses of that page. `moved_to` is the address to write in the place of one that moved.
    `standing` is its row of `link_health`, `why` the latest verdict in words; `copy` is '' where the archive has none.
    """

    chosen: int | None
    text: str
    url: str
    kind: str
    file: Attachment | None
    address: Row | None
    is_present: bool
    gone: Listed | None
    health: str
    standing: Row | None
    why: str
    copy: str | None
    archive: str
    places: tuple[Occurrence, ...]
    events: tuple[Row, ...]
    spellings: tuple[str, ...]
    checks: tuple[Asked, ...]
    same_site: int
    moved_to: str = ""
    page: Row | None = None
    alike: tuple[Row, ...] = ()


async def link_page(visit: PageRequest) -> Response:
    """`/-/link/ID`: the link of which this is one place."""
    link_id = int(visit.vars["link"])

    def reading(connection: Connection) -> LinkView:
        row = connection.execute("SELECT url_id, note_id, url, kind FROM links WHERE id = ?", [link_id]).fetchone()
        if row is None:
            raise NotFound("There is no such link in the catalogue.")
        if row["url_id"] is not None:
            return read_address(connection, row["url_id"], link_id)
        return read_inside(connection, link_id, row["url"], with_files=visit.sees("resources"))

    return await visit.show("link.html", view=await visit.read(reading))


async def address_page(visit: PageRequest) -> Response:
    """`/-/address/ID`: the same by the id of the address."""

    def reading(connection: Connection) -> LinkView:
        return read_address(connection, int(visit.vars["address"]), None)

    return await visit.show("link.html", view=await visit.read(reading))


def read_address(connection: Connection, url_id: int, chosen: int | None) -> LinkView:
    """A web address and all that is known of it; raises NotFound."""
    address = connection.execute("SELECT * FROM urls WHERE id = ?", [url_id]).fetchone()
    if address is None:
        raise NotFound("There is no such address in the catalogue.")
    places = _places(connection, "links.url_id = ?", url_id, chosen)
    checks = connection.execute(
        "SELECT * FROM checks WHERE url_id = ? ORDER BY checked_at DESC LIMIT ?", [url_id, MOST]
    )
    (same_site,) = connection.execute(
        "SELECT count(*) FROM urls WHERE site = ? AND id <> ? "
        f"AND EXISTS (SELECT 1 FROM links WHERE url_id = urls.id AND {CURRENT})",
        [address["site"], url_id],
    ).fetchone()
    standing: Row | None = connection.execute("SELECT * FROM link_health WHERE url_id = ?", [url_id]).fetchone()
    spellings = tuple(dict.fromkeys([place.link.url for place in places]))
    state = "".join(address["canonical"].partition("#")[1:])  # what is asked has none, and leads to no drawing
    url = places[0].link.url if chosen is not None and places else address["url"] + state
    return LinkView(
        chosen=chosen,
        text=_name(places, url),
        url=url,
        kind=places[0].link.kind if places else "link",
        file=None,
        address=address,
        is_present=any(place.link.is_present for place in places),
        gone=_gone(places),
        health=standing["health"] if standing is not None else "unknown",
        standing=standing,
        why=IN_WORDS.get(standing["verdict"], "") if standing is not None else "",
        copy=archived(connection, [url_id]).get(url_id),
        archive=in_archive(address["url"], address["first_seen_at" if address["is_dated"] else "absent_at"]),
        places=places,
        events=_events(connection, places),
        spellings=spellings if len(spellings) > 1 else (),
        checks=tuple(Asked(row, _evidence(row["evidence"])) for row in checks.fetchall()),
        same_site=same_site,
        moved_to=_moved_to(standing, url),
        page=_page(connection, url_id),
        alike=_alike(connection, url_id),
    )


def read_inside(connection: Connection, chosen: int, url: str, *, with_files: bool) -> LinkView:
    """A link to a note, a file or a person: all places with the same address."""
    note_id = connection.execute("SELECT note_id FROM links WHERE id = ?", [chosen]).fetchone()["note_id"]
    places = _places(connection, "links.url_id IS NULL AND links.note_id = ? AND links.url = ?", note_id, chosen, url)
    return LinkView(
        chosen=chosen,
        text=_name(places, url),
        url=url,
        kind=places[0].link.kind,
        file=files_of(connection, [places[0].link]).get(chosen) if with_files else None,
        address=None,
        is_present=any(place.link.is_present for place in places),
        gone=_gone(places),
        health="inside",
        standing=None,
        why="",
        copy=None,
        archive="",
        places=places,
        events=_events(connection, places),
        spellings=(),
        checks=(),
        same_site=0,
    )


def _places(
    connection: Connection, where: str, key: int | str, chosen: int | None, url: str | None = None
) -> tuple[Occurrence, ...]:
    """The places, that from which the visitor came first, then those where it stands now."""
    rows = connection.execute(
        f"SELECT {COLUMNS}, links.first_revision_id, links.last_revision_id, "
        f"brought.label AS first_in, taken.label AS taken_by FROM {FROM} "
        "LEFT JOIN revisions AS brought ON brought.id = links.first_revision_id "
        "LEFT JOIN revisions AS taken ON taken.id = (SELECT revision_id FROM link_changes JOIN revisions "
        "ON revisions.id = revision_id WHERE link_id = links.id AND change = 'removed' "
        "ORDER BY captured_at DESC LIMIT 1) AND links.removed_at NOT NULL "
        f"WHERE {where} ORDER BY links.id = ? DESC, NOT ({THERE}), links.first_seen_at LIMIT {MOST}",
        [key, *([url] if url is not None else []), chosen or 0],
    ).fetchall()
    return tuple(
        Occurrence(
            link, row["context"], row["first_revision_id"], row["first_in"], row["last_revision_id"], row["taken_by"]
        )
        for row, link in zip(rows, listed(rows), strict=True)
    )


def _moved_to(standing: Row | None, url: str) -> str:
    """The address to write in the place of one that moved, at the same part of its page (RFC 9110 section 10.2.2)."""
    final = (standing["final_url"] or "") if standing is not None else ""
    _, mark, fragment = url.partition("#")
    return final + mark + fragment if final and "#" not in final else final


def _page(connection: Connection, url_id: int) -> Row | None:
    """What the page of an address says of itself, as last seen, with the title that it had first."""
    row: Row | None = connection.execute(
        "SELECT pages.*, first.title AS first_title, first.seen_at AS first_at FROM pages "
        "LEFT JOIN pages AS first ON first.url_id = pages.url_id AND first.seen = 'first' "
        "WHERE pages.url_id = ? AND pages.seen = 'last'",
        [url_id],
    ).fetchone()
    return row


def _alike(connection: Connection, url_id: int) -> tuple[Row, ...]:
    """Other addresses that lead to the same page."""
    rows = connection.execute(
        "SELECT urls.id, urls.url FROM pages JOIN urls ON urls.id = pages.url_id "
        "WHERE pages.seen = 'last' AND pages.url_id <> ?1 "
        "AND leads_to = (SELECT leads_to FROM pages WHERE url_id = ?1 AND seen = 'last') ORDER BY urls.url LIMIT ?2",
        [url_id, MOST],
    )
    return tuple(rows.fetchall())


def _events(connection: Connection, places: tuple[Occurrence, ...]) -> tuple[Row, ...]:
    """What the revisions did to these places, latest first; what is not `is_dated` was so by then."""
    rows = connection.execute(
        "SELECT captured_at, change, url_before, url, revision_id, revision AS label, is_dated "
        "FROM link_history WHERE link_id IN (SELECT value FROM json_each(?)) ORDER BY captured_at DESC LIMIT ?",
        [json.dumps([place.link.id for place in places]), MOST],
    )
    return tuple(rows.fetchall())


def _gone(places: tuple[Occurrence, ...]) -> Listed | None:
    """Which of these places went last; None where one of them stands, or may stand, in the last text of its note."""
    links = [place.link for place in places]
    if not all(link.removed_at for link in links):
        return None
    return max(links, key=lambda link: link.removed_at or "", default=None)


def _name(places: tuple[Occurrence, ...], url: str) -> str:
    """The words under which the link is known: those of the chosen place, else of the first that has any."""
    texts = [place.link.text for place in places if place.link.text and place.link.text != place.link.url]
    return texts[0] if texts else url


def _evidence(text: str | None) -> Mapping[str, str]:
    """Evidence as the checks keep it, JSON or plain text."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {"evidence": text}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {"evidence": text}
