"""The gallery: attachments are shown from where they lie, remote pictures only when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.publish.pages.resources import files_of
from extractor.publish.plugin.cache import remembered
from extractor.publish.plugin.page import pages_of
from extractor.publish.queries.link_rows import COLUMNS, FROM, THERE, Listed, listed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.publish.html.note_parts import Attachment
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("links", "urls", "notes", "checks", "revisions")
OPTIONAL_TABLES = ("resources",)
A_PAGE = 48
NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
# What to show, as the table of choices names it, and how the rows are found.
CHOICES = {
    "all": ("All", THERE),
    "here": ("Attached", f"{THERE} AND +links.target = 'resource'"),
    "remote": ("Remote", f"{THERE} AND +links.target = 'web'"),
    "expired": ("Expired", f"{THERE} AND urls.expires_at < {NOW}"),
    "past": ("Once there", f"NOT ({THERE})"),
}


async def images_page(visit: PageRequest) -> Response:
    """`/-/images?show=...&page=...`, those that were first seen last first."""
    show = visit.args.get("show", "all")
    show = show if show in CHOICES else "all"
    counts: dict[str, int] = await remembered(visit, "images", _counts)
    pages = pages_of(visit.args.get("page"), counts[show], A_PAGE)

    def reading(connection: Connection) -> tuple[list[Listed], Mapping[int, Attachment]]:
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM {FROM} WHERE links.kind = 'image' AND {CHOICES[show][1]} "
            "ORDER BY links.first_seen_at DESC, links.id DESC LIMIT ? OFFSET ?",
            [A_PAGE, pages.skipped],
        ).fetchall()
        images = listed(rows)
        return images, files_of(connection, images) if visit.sees("resources") else {}

    images, files = await visit.read(reading)
    return await visit.show(
        "images.html",
        images=images,
        files=files,
        show=show,
        choices=[(name, label, counts[name]) for name, (label, _) in CHOICES.items()],
        pages=pages,
    )


def _counts(connection: Connection) -> dict[str, int]:
    """How many images there are to each choice."""
    each = ", ".join(f"count(*) FILTER (WHERE {where}) AS [{name}]" for name, (_, where) in CHOICES.items())
    return dict(connection.execute(f"SELECT {each} FROM {FROM} WHERE links.kind = 'image'").fetchone())
