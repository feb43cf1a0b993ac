"""An Atom feed of links that died (RFC 4287): where each stands, and the archived copy of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from extractor.catalogue.link_health import archived, in_archive
from extractor.publish.html.formats import web_address
from extractor.publish.pages.atom import MOST, base_of, feed, in_xml, place_of_link, title_of_link
from extractor.publish.queries.link_rows import COLUMNS, FROM, Listed, listed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

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
    entries = [
        ENTRY.format(
            title=title_of_link(link),
            name=visit.name,
            id=link.id,
            at=since,
            copy=in_xml(copies.get(url_id) or in_archive(link.url, link.saved_at)),
            page=base_of(visit) + visit.paths.link(link.id),
            url=in_xml(web_address(link.url) or link.url),
            summary=in_xml(
                f"{place_of_link(link)}: {verdict.replace('_', ' ')}, "
                + ("archived" if copies.get(url_id) else "no copy known")
            ),
        )
        for link, (url_id, since, verdict) in zip(links, deaths, strict=True)
    ]
    return feed(
        visit,
        what="links that died",
        kind="died",
        own=visit.paths.deaths(),
        updated=deaths[0][1] if deaths else None,
        entries=entries,
    )
