"""The Atom feed of newly saved links (RFC 4287), for a feed reader on this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from extractor.catalogue.queries.links import newest
from extractor.publish.html.formats import web_address
from extractor.publish.pages.atom import MOST, base_of, feed, in_xml, place_of_link, title_of_link

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.catalogue.queries.links import ListedLink
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("links", "urls", "notes")
ENTRY = Markup(
    "<entry>\n<title>{title}</title>\n<id>urn:joplin-catalogue:{name}:link:{id}</id>\n"
    '<link href="{url}"/>\n<link rel="via" href="{page}"/>\n<published>{at}</published>\n<updated>{at}</updated>\n'
    "<summary>{summary}</summary>\n{category}</entry>\n"
)


async def feed_page(visit: PageRequest) -> Response:
    """`/-/new-links.atom`: the latest links in notes; only those with a known day."""

    def reading(connection: Connection) -> tuple[ListedLink, ...]:
        return newest(connection, "is_dated", most=MOST)

    links = await visit.read(reading)
    entries = [
        ENTRY.format(
            title=title_of_link(link),
            name=visit.name,
            id=link.id,
            url=in_xml(web_address(link.url) or link.url),
            page=base_of(visit) + visit.paths.link(link.id),
            at=link.first_seen_at,
            summary=in_xml(place_of_link(link)),
            category=Markup('<category term="{}"/>\n').format(in_xml(link.section)) if link.section else "",
        )
        for link in links
    ]
    return feed(
        visit,
        what="newly saved links",
        kind="new-links",
        own=visit.paths.feed(),
        updated=links[0].first_seen_at if links else None,
        entries=entries,
    )
