"""The gallery: attachments are shown from their source, remote pictures only on a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.queries import links
from extractor.publish.pages.resources import files_of
from extractor.publish.plugin.cache import remembered
from extractor.publish.plugin.page import pages_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.catalogue.queries.links import ListedLink
    from extractor.publish.html.note_parts import Attachment
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("links", "urls", "notes", "checks", "revisions")
OPTIONAL_TABLES = ("resources",)
A_PAGE = 48
# Labels of what to show, by the names in links.IMAGES, which are also used in the address of the page.
CHOICES = {"all": "All", "here": "Attached", "remote": "Remote", "expired": "Expired", "past": "Once there"}


async def images_page(visit: PageRequest) -> Response:
    """`/-/images?show=...&page=...`, those first seen most recently first."""
    show = visit.args.get("show", "all")
    show = show if show in CHOICES else "all"
    counts: Mapping[str, int] = await remembered(visit, "images", links.counts_of_images)
    pages = pages_of(visit.args.get("page"), counts[show], A_PAGE)

    def reading(connection: Connection) -> tuple[Sequence[ListedLink], Mapping[int, Attachment]]:
        if not counts[show]:  # finding none would take as long as reading all links
            return (), {}
        images = links.images(connection, show, most=A_PAGE, skipped=pages.skipped)
        return images, files_of(connection, images) if visit.sees("resources") else {}

    images, files = await visit.read(reading)
    return await visit.show(
        "images.html",
        images=images,
        files=files,
        show=show,
        choices=[(name, label, counts[name]) for name, label in CHOICES.items()],
        pages=pages,
    )
