"""A remote picture, alone on a page that may load it: every other page asks no other host for anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound, Response
from markupsafe import Markup

from extractor.publish.html.formats import web_address

if TYPE_CHECKING:
    import sqlite3

    from extractor.publish.plugin.page import PageRequest

# The frame may be shown by pages of the catalogue alone; nothing in it runs, and it says nothing of where it stands.
POLICY = "default-src 'none'; img-src http: https:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
HEADERS = {"content-security-policy": POLICY, "x-frame-options": "SAMEORIGIN", "referrer-policy": "no-referrer"}
PAGE = Markup(
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{text}</title>'
    "<style>html,body{{height:100%;margin:0;font:14px sans-serif;color:#777}}"
    "img{{width:100%;height:100%;object-fit:contain}}</style>"
    '<img src="{url}" alt="{text}" referrerpolicy="no-referrer"></html>'
)


async def picture_page(visit: PageRequest) -> Response:
    """`/-/picture/LINK`: only what some note shows as an image is ever loaded."""

    def reading(connection: sqlite3.Connection) -> sqlite3.Row | None:
        row: sqlite3.Row | None = connection.execute(
            "SELECT url, text FROM links WHERE id = ? AND kind = 'image' AND target = 'web'", [int(visit.vars["link"])]
        ).fetchone()
        return row

    row = await visit.read(reading)
    if row is None:
        raise NotFound("There is no such picture.")
    url = web_address(row["url"])
    if not url:
        raise NotFound("This picture has no web address.")
    return Response.html(PAGE.format(url=url, text=row["text"] or "Picture"), headers=dict(HEADERS))
