"""The Atom feed of links that died (RFC 4287): where each is, and the copy of its page, kept or archived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from extractor.catalogue.link_health import in_archive
from extractor.catalogue.queries.health import archived
from extractor.catalogue.queries.links import died_last
from extractor.publish.html.formats import web_address
from extractor.publish.pages.atom import MOST, base_of, feed, in_xml, place_of_link, title_of_link
from extractor.publish.plugin.kept import copies_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.catalogue.queries.links import DeadLink
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("links", "urls", "notes", "checks", "snapshots")
OPTIONAL_TABLES = ("pages",)
ENTRY = Markup(
    "<entry>\n<title>{title}</title>\n<id>urn:joplin-catalogue:{name}:death:{id}:{at}</id>\n"
    '<link href="{copy}"/>\n<link rel="via" href="{page}"/>\n<link rel="related" href="{url}"/>\n'
    "<updated>{at}</updated>\n<summary>{summary}</summary>\n</entry>\n"
)


async def deaths_page(visit: PageRequest) -> Response:
    """`/-/died.atom`: the links that died last, of those in notes now."""

    def reading(connection: Connection) -> tuple[list[DeadLink], Mapping[int, str], Mapping[int, str]]:
        deaths = died_last(connection, MOST)
        addresses = {dead.link.url_id for dead in deaths if dead.link.url_id is not None}
        return deaths, archived(connection, addresses), copies_of(visit, connection, addresses)

    deaths, copies, kept = await visit.read(reading)
    entries = [
        ENTRY.format(
            title=title_of_link(link),
            name=visit.name,
            id=link.id,
            at=dead.dead_since,
            copy=in_xml(
                base_of(visit) + visit.paths.kept(link.url_id or 0)
                if link.url_id in kept
                else copies.get(link.url_id or 0) or in_archive(link.url, link.saved_at)
            ),
            page=base_of(visit) + visit.paths.link(link.id),
            url=in_xml(web_address(link.url) or link.url),
            summary=in_xml(
                f"{place_of_link(link)}: {dead.verdict.replace('_', ' ')}, "
                + _copies(kept.get(link.url_id or 0), copies.get(link.url_id or 0))
            ),
        )
        for dead in deaths
        for link in [dead.link]
    ]
    return feed(
        visit,
        what="links that died",
        kind="died",
        own=visit.paths.deaths(),
        updated=deaths[0].dead_since if deaths else None,
        entries=entries,
    )


def _copies(kept_at: str | None, archived_at: str | None) -> str:
    """The copies of a page, in words."""
    kinds = [f"kept on {kept_at[:10]}"] if kept_at else []
    return ", ".join([*kinds, "archived"] if archived_at else kinds) or "no copy known"
