"""The page of a kept page: each version of its text, and what changed from one to another, as plain text.

It was written by strangers, so it is shown only as text: no HTML of it is ever rendered or served.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound, Response

from extractor.catalogue.kept.versions import text_of, versions_of
from extractor.catalogue.queries.one_link import web_address
from extractor.linkcheck import asked
from extractor.publish.plugin.kept import TABLES, from_kept
from extractor.textdiff import changes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from extractor.catalogue.kept.file import KeptPages
    from extractor.catalogue.kept.versions import Version
    from extractor.catalogue.queries.one_link import WebAddress
    from extractor.publish.plugin.page import PageRequest
    from extractor.textdiff.changes import Changes

REQUIRED_TABLES = (*TABLES, "notes")
TEXT = ".txt"
FORMS = r"(?P<format>\.json|\.txt)?$"


@dataclass(frozen=True, slots=True)
class KeptView:
    """What the template shows: one version and its text or, if `old` is given, what changed from that version."""

    url_id: int
    url: str
    versions: tuple[Version, ...]
    shown: Version
    text: str
    old: Version | None = None
    changes: Changes | None = None


async def kept_page(visit: PageRequest) -> Response:
    """`/-/kept/ID?version=...&from=...`: the kept page of an address; versions are given by id; `.txt` is the text."""
    url_id = int(visit.vars["address"])

    def reading(connection: Connection) -> KeptView | None:
        address = web_address(connection, url_id)
        if address is None:
            return None
        return from_kept(visit, lambda kept: _view(kept, address, visit.args), None)

    view = await visit.read(reading, patiently=True)
    if view is None:
        raise NotFound("No page was kept for this address.")
    if visit.format == TEXT:
        return Response.text(view.text)
    return await visit.show("kept.html", data=view, view=view)


def _view(kept: KeptPages, address: WebAddress, args: Mapping[str, str]) -> KeptView | None:
    versions = versions_of(kept, asked(address.url))
    if not versions:
        return None
    shown = _chosen(versions, args.get("version", "")) or versions[0]
    old = _chosen(versions, args.get("from", ""))
    text = text_of(kept, shown.id)
    changed = changes(text_of(kept, old.id), text) if old is not None else None
    return KeptView(address.id, address.url, versions, shown, text, old, changed)


def _chosen(versions: tuple[Version, ...], named: str) -> Version | None:
    return next((one for one in versions if str(one.id) == named), None)
