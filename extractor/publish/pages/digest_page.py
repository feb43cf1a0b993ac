"""The page of the digest: what was recently saved and written, and what became of links."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from extractor.catalogue.queries import digest
from extractor.catalogue.queries.fates import with_kept
from extractor.publish.plugin.kept import copies_of
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
    """`/-/digest?since=7d`: the digest of this time until now."""
    since = visit.args.get("since", USUAL)
    since = since if since in TIMES else USUAL
    now = now_ms()
    begin = now - int(since.removesuffix("d")) * DAY

    def reading(connection: Connection) -> digest.Digest:
        found = digest.digest(connection, iso(begin) or "", iso(now) or "")
        lost = {fate.link.url_id for fate in found.fates.died if fate.link.url_id is not None}
        return replace(found, fates=with_kept(found.fates, copies_of(visit, connection, lost)))

    found = await visit.read(reading, patiently=True)
    return await visit.show(
        "digest.html", data=found, digest=found, since=since, usual=USUAL, times=TIMES, years=YEARS, most=digest.MOST
    )
