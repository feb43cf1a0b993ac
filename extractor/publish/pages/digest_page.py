"""The digest as a page: what was saved and written lately, and what became of links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.queries import digest
from extractor.times import iso, now_ms

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = digest.REQUIRED
DAY = 86_400_000  # ms
TIMES = {"1d": "A day", "7d": "A week", "30d": "A month", "90d": "Three months", "365d": "A year"}
USUAL = "7d"
YEARS = {1: "One year ago", 2: "Two years ago", 5: "Five years ago"}


async def digest_page(visit: PageRequest) -> Response:
    """`/-/digest?since=7d`: the time until now."""
    since = visit.args.get("since", USUAL)
    since = since if since in TIMES else USUAL
    now = now_ms()
    begin = now - int(since.removesuffix("d")) * DAY

    def reading(connection: Connection) -> digest.Digest:
        return digest.digest(connection, iso(begin) or "", iso(now) or "")

    found = await visit.read(reading, patiently=True)
    return await visit.show(
        "digest.html", data=found, digest=found, since=since, usual=USUAL, times=TIMES, years=YEARS, most=digest.MOST
    )
