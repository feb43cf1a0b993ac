"""The saved links, newest first, by health, site or month: what the view `saved_links` has, as a list to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.publish.cells import SEPARATOR
from extractor.publish.health import ORDER
from extractor.publish.listed import Listed, listed, newest_saved
from extractor.publish.page import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.publish.page import Visit

NEEDS = ("links", "urls", "notes", "checks", "notebooks", "tags", "note_tags")
A_PAGE = 50
FILTERS = {
    "site": "site = :site",
    "host": "host = :host",
    "month": "first_seen_month = :month",
    "notebook": "note_id IN (SELECT id FROM notes WHERE notebook = :notebook "
    f"OR substr(notebook, 1, length(:notebook) + {len(SEPARATOR)}) = :notebook || '{SEPARATOR}')",
    "tag": "note_id IN (SELECT note_id FROM note_tags JOIN tags ON tags.id = tag_id "
    "WHERE tags.title = :tag COLLATE NOCASE)",
}


async def links_page(visit: Visit) -> Response:
    """`/-/links?health=...&site=...&host=...&month=...&notebook=...&tag=...&page=...`; a notebook with those inside."""
    given = {name: value for name in (*FILTERS, "health") if (value := visit.args.get(name))}
    page = number_of(visit.args.get("page"))
    where = " AND ".join([FILTERS[name] for name in given if name in FILTERS]) or "1"

    def reading(connection: Connection) -> tuple[list[Listed], Mapping[str, int], list[str]]:
        shown = f"{where} AND health = :health" if "health" in given else where
        rows = connection.execute(newest_saved(shown), {**given, "most": A_PAGE, "skipped": (page - 1) * A_PAGE})
        links = listed(rows.fetchall())
        paths = connection.execute("SELECT path FROM notebooks WHERE state = 'current' ORDER BY path").fetchall()
        return links, healths_of_saved(connection, where, given), [row["path"] for row in paths]

    links, healths, notebooks = await visit.read(reading)
    total = healths.get(given["health"], 0) if "health" in given else sum(healths.values())
    return await visit.show(
        "links.html",
        links=links,
        given=given,
        healths=[(name, healths[name]) for name in reversed(ORDER) if name in healths],
        total=total,
        page=page,
        pages=-(-total // A_PAGE),
        notebooks=notebooks,
    )


def healths_of_saved(
    connection: Connection, where: str = "1", values: Mapping[str, str] | None = None
) -> dict[str, int]:
    """How many saved links there are of each health; `where` is a condition on the view `saved_links`."""
    rows = connection.execute(f"SELECT health, count(*) FROM saved_links WHERE {where} GROUP BY health", values or {})
    return dict(rows.fetchall())
