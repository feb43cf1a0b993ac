"""Attachments, from where the notes were read: a folder or a profile on this computer, if it is still there."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from datasette.utils.asgi import AsgiFileDownload, NotFound, Response

from extractor.errors import SourceError
from extractor.sources import is_remote, open_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from sqlite3 import Connection, Row

    from extractor.publish.listed import Listed
    from extractor.publish.page import Visit
    from extractor.sources import Source

# What a browser shows as a picture. SVG may hold scripts: the policy below stops them.
PICTURES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/svg+xml", "image/x-icon"}
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
ENCRYPTED = b"JED01"
ON_THIS_COMPUTER = ("folder", "profile")


async def resource_page(visit: Visit) -> Response | AsgiFileDownload:
    """`/-/resource/ID`: the file; what is no picture is offered as a download."""

    def reading(connection: Connection) -> tuple[Row | None, Path | None]:
        row = connection.execute(
            "SELECT id, title, mime, file_extension FROM resources WHERE id = ?", [visit.vars["resource"]]
        ).fetchone()
        return row, file_of(row["id"], row["file_extension"] or "", local_sources(connection)) if row else None

    row, path = await visit.read(reading)
    if row is None:
        raise NotFound("There is no such attachment in the catalogue.")
    if path is None:
        raise NotFound("The file of this attachment is not where the notes were read from, or it is encrypted.")
    is_picture = row["mime"] in PICTURES
    name = quote(row["title"], safe="")
    headers = {
        "content-security-policy": POLICY,
        "cache-control": "private, max-age=3600",
        "content-disposition": f"{'inline' if is_picture else 'attachment'}; filename*=UTF-8''{name}",
    }
    return AsgiFileDownload(
        str(path), content_type=row["mime"] if is_picture else "application/octet-stream", headers=headers
    )


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment that stands as an image: `is_here` if its file lies where the notes were read from."""

    title: str
    is_picture: bool
    is_here: bool


def files_of(connection: Connection, images: Iterable[Listed]) -> Mapping[int, Attachment]:
    """The attachments among these images, by the ids of the links."""
    sources = local_sources(connection)
    found: dict[int, Attachment] = {}
    for image in images:
        if image.target == "resource":
            resource_id = image.url.partition("/")[2][:32]
            row = connection.execute(
                "SELECT title, mime, file_extension FROM resources WHERE id = ?", [resource_id]
            ).fetchone()
            if row is not None:
                is_here = file_of(resource_id, row["file_extension"] or "", sources) is not None
                found[image.id] = Attachment(row["title"], row["mime"] in PICTURES, is_here)
    return found


def local_sources(connection: Connection) -> Sequence[Source]:
    """The sources that may have files for us, as far as they are there: a page never reaches out to a remote one."""
    marks = ", ".join("?" * len(ON_THIS_COMPUTER))
    rows = connection.execute(
        f"SELECT location FROM sources WHERE kind IN ({marks}) AND forgotten_at IS NULL ORDER BY id", ON_THIS_COMPUTER
    ).fetchall()
    found: list[Source] = []
    for row in rows:
        if not is_remote(row["location"]):  # also of the kind "folder"
            with suppress(SourceError):
                found.append(open_source(row["location"]))
    return found


def file_of(resource_id: str, extension: str, sources: Sequence[Source]) -> Path | None:
    """The file of an attachment in the first of these places that has it in clear."""
    for source in sources:
        try:
            path = source.resource_path(resource_id, extension)
            if path is not None:
                with path.open("rb") as file:
                    if file.read(len(ENCRYPTED)) != ENCRYPTED:
                        return path
        except OSError:
            continue
    return None


async def inside_page(visit: Visit) -> Response:
    """`/-/id/ID`: what `:/ID` in a note leads to."""
    joplin_id = visit.vars["id"]

    def reading(connection: Connection) -> str | None:
        for table in ("notes", "resources"):
            if connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", [joplin_id]).fetchone():
                return table
        return None

    table = await visit.read(reading)
    if table is None:
        raise NotFound("No note and no attachment of this id is in the catalogue.")
    return Response.redirect(visit.paths.note(joplin_id) if table == "notes" else visit.paths.resource(joplin_id))
