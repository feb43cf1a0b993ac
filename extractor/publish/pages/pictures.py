"""The page of a remote picture: the only kind of page that requests anything from another host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from extractor.catalogue.queries.links import picture
from extractor.publish.html.formats import web_address

if TYPE_CHECKING:
    from extractor.publish.plugin.page import PageRequest

# Only pages of the catalogue may frame it; nothing in it runs, and its requests have no referrer.
POLICY = "default-src 'none'; img-src http: https:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
HEADERS = {"content-security-policy": POLICY, "x-frame-options": "SAMEORIGIN", "referrer-policy": "no-referrer"}
PAGE = Markup(
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{text}</title>'
    "<style>html,body{{height:100%;margin:0;font:14px sans-serif;color:#777}}"
    "img{{width:100%;height:100%;object-fit:contain}}</style>"
    '<img src="{url}" alt="{text}" referrerpolicy="no-referrer"></html>'
)


async def picture_page(visit: PageRequest) -> Response:
    """`/-/picture/LINK`: loads only what some note shows as an image."""
    found = await visit.read(lambda connection: picture(connection, int(visit.vars["link"])))
    if found is None:
        raise NotFound("This picture is not in the catalogue.")
    written, text = found
    url = web_address(written)
    if not url:
        raise NotFound("This picture has no web address.")
    return Response.html(PAGE.format(url=url, text=text or "Picture"), headers=dict(HEADERS))
