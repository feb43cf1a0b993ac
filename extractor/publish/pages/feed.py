"""An Atom feed of newly saved links (RFC 4287), for a feed reader on this computer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response
from markupsafe import Markup

from extractor.names import SEPARATOR
from extractor.publish.html.formats import web_address
from extractor.publish.plugin.catalogues import start_of, title_of
from extractor.publish.queries.link_rows import Listed, listed, newest_saved

if TYPE_CHECKING:
    from sqlite3 import Connection

    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("links", "urls", "notes")
MOST = 50
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FEED = Markup(
    '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
    "<title>{title}: {what}</title>\n<id>urn:joplin-catalogue:{name}:{kind}</id>\n"
    '<link rel="self" href="{own}"/>\n<link href="{home}"/>\n<updated>{updated}</updated>\n'
    "<author><name>{title}</name></author>\n{entries}</feed>\n"
)
ENTRY = Markup(
    "<entry>\n<title>{title}</title>\n<id>urn:joplin-catalogue:{name}:link:{id}</id>\n"
    '<link href="{url}"/>\n<link rel="via" href="{page}"/>\n<published>{at}</published>\n<updated>{at}</updated>\n'
    "<summary>{summary}</summary>\n{category}</entry>\n"
)


async def feed_page(visit: PageRequest) -> Response:
    """`/-/new-links.atom`: the latest links that stand in notes now, of those of which the day is known."""

    def reading(connection: Connection) -> list[Listed]:
        rows = connection.execute(newest_saved("is_dated"), {"most": MOST, "skipped": 0})
        return listed(rows.fetchall())

    links = await visit.read(reading)
    base = visit.request.url.partition(visit.paths.base + "/-/")[0]
    entries = [
        ENTRY.format(
            title=in_xml(f"{link.text}: {link.about}" if link.about else link.text or link.url),
            name=visit.name,
            id=link.id,
            url=in_xml(web_address(link.url) or link.url),
            page=base + visit.paths.link(link.id),
            at=link.first_seen_at,
            summary=in_xml(SEPARATOR.join(part for part in (link.note, link.section) if part)),
            category=Markup('<category term="{}"/>\n').format(in_xml(link.section)) if link.section else "",
        )
        for link in links
    ]
    body = FEED.format(
        title=in_xml(title_of(visit.datasette, visit.name)),
        what="newly saved links",
        kind="new-links",
        name=visit.name,
        own=base + visit.paths.feed(),
        home=base + start_of(visit.datasette, visit.name),
        updated=links[0].first_seen_at if links else "1970-01-01T00:00:00Z",
        entries=Markup("").join(entries),
    )
    return Response(str(body), content_type="application/atom+xml; charset=utf-8")


def in_xml(text: str) -> str:
    """Text that XML can hold."""
    return NOT_IN_XML.sub("\ufffd", text)
