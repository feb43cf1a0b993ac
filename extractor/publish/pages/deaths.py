"""An Atom feed of links that died (RFC 4287): where each stands, and the archived copy of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import Response
from markupsafe import Markup

from extractor.catalogue.link_health import archived, in_archive
from extractor.names import SEPARATOR
from extractor.publish.html.formats import web_address
from extractor.publish.pages.feed import FEED, MOST, in_xml
from extractor.publish.plugin.catalogues import start_of, title_of
from extractor.publish.queries.link_rows import COLUMNS, FROM, Listed, listed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("links", "urls", "notes", "checks", "snapshots")
ENTRY = Markup(
    "<entry>\n<title>{title}</title>\n<id>urn:joplin-catalogue:{name}:death:{id}:{at}</id>\n"
    '<link href="{copy}"/>\n<link rel="via" href="{page}"/>\n<link rel="related" href="{url}"/>\n'
    "<updated>{at}</updated>\n<summary>{summary}</summary>\n</entry>\n"
)


async def deaths_page(visit: PageRequest) -> Response:
    """`/-/died.atom`: the links that died last, of those that stand in notes now."""

    def reading(connection: Connection) -> tuple[list[Listed], list[tuple[int, str, str]], Mapping[int, str]]:
        rows = connection.execute(
            f"SELECT {COLUMNS}, dead_links.dead_since, dead_links.verdict FROM {FROM} "
            "JOIN dead_links ON dead_links.id = links.id ORDER BY dead_links.dead_since DESC, links.id DESC LIMIT ?",
            [MOST],
        ).fetchall()
        deaths = [(row["url_id"], row["dead_since"], row["verdict"]) for row in rows]
        return listed(rows), deaths, archived(connection, {url_id for url_id, *_ in deaths})

    links, deaths, copies = await visit.read(reading)
    base = visit.request.url.partition(visit.paths.base + "/-/")[0]
    entries = [
        ENTRY.format(
            title=in_xml(f"{link.text}: {link.about}" if link.about else link.text or link.url),
            name=visit.name,
            id=link.id,
            at=since,
            copy=in_xml(copies.get(url_id) or in_archive(link.url, link.saved_at)),
            page=base + visit.paths.link(link.id),
            url=in_xml(web_address(link.url) or link.url),
            summary=in_xml(
                SEPARATOR.join(part for part in (link.note, link.section) if part)
                + f": {verdict.replace('_', ' ')}, {'archived' if copies.get(url_id) else 'no copy known'}"
            ),
        )
        for link, (url_id, since, verdict) in zip(links, deaths, strict=True)
    ]
    body = FEED.format(
        title=in_xml(title_of(visit.datasette, visit.name)),
        what="links that died",
        kind="died",
        name=visit.name,
        own=base + visit.paths.deaths(),
        home=base + start_of(visit.datasette, visit.name),
        updated=deaths[0][1] if deaths else "1970-01-01T00:00:00Z",
        entries=Markup("").join(entries),
    )
    return Response(str(body), content_type="application/atom+xml; charset=utf-8")
