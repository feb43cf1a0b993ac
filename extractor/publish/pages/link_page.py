"""The page of a link: every place that has or had it, which revision added it and when, and its checks."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound, Response

from extractor.catalogue.kept.versions import versions_of
from extractor.catalogue.link_health import in_archive
from extractor.catalogue.queries.health import address_health, archived, checks_of
from extractor.catalogue.queries.one_link import (
    events,
    others_of_site,
    page_words,
    places_inside,
    places_of_address,
    same_page,
    target,
    web_address,
)
from extractor.linkcheck import asked
from extractor.publish.pages.resources import files_of
from extractor.publish.plugin.kept import from_kept

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from extractor.catalogue.kept.versions import Version
    from extractor.catalogue.queries.health import AddressHealth, CheckRow
    from extractor.catalogue.queries.links import ListedLink
    from extractor.catalogue.queries.one_link import (
        LinkEvent,
        LinkPlace,
        OtherAddress,
        PageWords,
        Target,
        WebAddress,
    )
    from extractor.publish.html.note_parts import Attachment
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("links", "urls", "notes", "link_changes", "revisions", "checks", "snapshots", "pages")
OPTIONAL_TABLES = ("resources",)
MOST = 60  # places, events and checks that a page shows
IN_WORDS = {
    "dead": "the server says the page does not exist (404)",
    "gone": "the server says the page is permanently gone (410)",
    "server_error": "the server answers with an error",
    "timeout": "the server does not answer in time",
    "dns_error": "the host does not exist",
    "connection_error": "no connection to the server",
    "tls_error": "the server's certificate is not valid",
    "suspect": "there is an answer, but it may not be the page",
    "blocked": "the site refuses programs: open it to see",
}


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """One check; `evidence` is what its verdict is based on, in words."""

    row: CheckRow
    evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LinkView:
    """What the template shows; `address` is None if it is not a web address.

    `url` is the address at the chosen place, with its #fragment; that of `address` if no place was chosen.
    `is_present` if a note has it now; `gone` is the place that went last if all have gone. `same_site` is how many
    other addresses of its site notes have now. `page` is what its page says about itself, `alike` are other addresses
    of that page. `moved_to` is the new address to write instead of one that moved. `standing` is the result of all
    checks, `why` the latest verdict in words; `copy` is '' if the archive has none. `kept` are the kept versions of its
    page, the newest first.
    """

    chosen: int | None
    text: str
    url: str
    kind: str
    is_present: bool
    gone: ListedLink | None
    health: str
    places: tuple[LinkPlace, ...]
    events: tuple[LinkEvent, ...]
    file: Attachment | None = None
    address: WebAddress | None = None
    standing: AddressHealth | None = None
    why: str = ""
    copy: str | None = None
    archive: str = ""
    spellings: tuple[str, ...] = ()
    checks: tuple[ShownCheck, ...] = ()
    same_site: int = 0
    moved_to: str = ""
    page: PageWords | None = None
    alike: tuple[OtherAddress, ...] = ()
    kept: tuple[Version, ...] = ()


async def link_page(visit: PageRequest) -> Response:
    """`/-/link/ID`: the link that has the place with this id."""
    link_id = int(visit.vars["link"])

    def reading(connection: Connection) -> LinkView:
        one = target(connection, link_id)
        if one is None:
            raise NotFound("This link is not in the catalogue.")
        if one.url_id is not None:
            return with_kept(read_address(connection, one.url_id, link_id), visit)
        return read_inside(connection, link_id, one, with_files=visit.sees("resources"))

    view = await visit.read(reading)
    return await visit.show("link.html", data=view, view=view)


async def address_page(visit: PageRequest) -> Response:
    """`/-/address/ID`: the same page, by the id of the address."""

    def reading(connection: Connection) -> LinkView:
        return with_kept(read_address(connection, int(visit.vars["address"]), None), visit)

    view = await visit.read(reading)
    return await visit.show("link.html", data=view, view=view)


def read_address(connection: Connection, url_id: int, chosen: int | None) -> LinkView:
    """A web address and all that is known about it; raises NotFound."""
    address = web_address(connection, url_id)
    if address is None:
        raise NotFound("This address is not in the catalogue.")
    places = places_of_address(connection, url_id, chosen=chosen, most=MOST)
    standing = address_health(connection, url_id)
    spellings = tuple(dict.fromkeys([place.link.url for place in places]))
    url = _address_shown(address, places, chosen)
    return LinkView(
        chosen=chosen,
        text=_name(places, url),
        url=url,
        kind=places[0].link.kind if places else "link",
        is_present=any(place.link.is_present for place in places),
        gone=_gone(places),
        health=standing.health if standing else "unknown",
        places=places,
        events=events(connection, [place.link.id for place in places], MOST),
        address=address,
        standing=standing,
        why=IN_WORDS.get(standing.verdict or "", "") if standing else "",
        copy=archived(connection, [url_id]).get(url_id),
        archive=in_archive(address.url, address.first_seen_at if address.is_dated else address.absent_at),
        spellings=spellings if len(spellings) > 1 else (),
        checks=tuple(ShownCheck(check, _evidence(check.evidence)) for check in checks_of(connection, url_id, MOST)),
        same_site=others_of_site(connection, address),
        moved_to=_moved_to(standing, url),
        page=page_words(connection, url_id),
        alike=same_page(connection, url_id, MOST),
    )


def with_kept(view: LinkView, visit: PageRequest) -> LinkView:
    """The view with the kept versions of the page."""
    if view.address is None:
        return view
    address = asked(view.address.url)
    return replace(view, kept=from_kept(visit, lambda kept: versions_of(kept, address), ()))


def read_inside(connection: Connection, chosen: int, one: Target, *, with_files: bool) -> LinkView:
    """A link that is not to the web (to a note, a file, a person): all places in its note with the same address."""
    places = places_inside(connection, one, chosen=chosen, most=MOST)
    return LinkView(
        chosen=chosen,
        text=_name(places, one.url),
        url=one.url,
        kind=places[0].link.kind,
        is_present=any(place.link.is_present for place in places),
        gone=_gone(places),
        health="inside",
        places=places,
        events=events(connection, [place.link.id for place in places], MOST),
        file=files_of(connection, [places[0].link]).get(chosen) if with_files else None,
    )


def _address_shown(address: WebAddress, places: tuple[LinkPlace, ...], chosen: int | None) -> str:
    """The address at the chosen place; without one, the address with a fragment if that makes it a separate address."""
    if chosen is not None and places:
        return places[0].link.url
    _, mark, state = address.canonical.partition("#")  # `address.url` has no fragment, so it opens no drawing, say
    return address.url + mark + state


def _moved_to(standing: AddressHealth | None, url: str) -> str:
    """The address to write instead of one that moved, with its fragment (RFC 9110 section 10.2.2); '' if none."""
    final = (standing.final_url or "") if standing else ""
    _, mark, fragment = url.partition("#")
    return final + mark + fragment if final and "#" not in final else final


def _gone(places: tuple[LinkPlace, ...]) -> ListedLink | None:
    """The place that went last; None if the last text of a note has one of these places, or may have it."""
    links = [place.link for place in places]
    if not all(link.removed_at for link in links):
        return None
    return max(links, key=lambda link: link.removed_at or "", default=None)


def _name(places: tuple[LinkPlace, ...], url: str) -> str:
    """The name of the link: the text of the first place (the chosen one, if any) that has a text, else the address."""
    texts = [place.link.text for place in places if place.link.text and place.link.text != place.link.url]
    return texts[0] if texts else url


def _evidence(text: str | None) -> Mapping[str, str]:
    """The evidence of a check, which is stored as JSON or plain text."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {"evidence": text}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {"evidence": text}
