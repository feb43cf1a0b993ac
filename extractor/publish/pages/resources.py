"""Attachments, read from the source of the notes: a folder, a profile or an export on this computer, if still there.

Encrypted ones are decrypted with the password in JOPLIN_CATALOGUE_PASSWORD, which `build` uses, too; no plaintext is
ever written.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from datasette.utils.asgi import AsgiFileDownload, NotFound, Response

from extractor.catalogue.queries.attachments import attachment
from extractor.catalogue.queries.notes import body_of, is_note
from extractor.catalogue.queries.sources import local_sources
from extractor.errors import EncryptionError, SourceError
from extractor.joplin.cipher_text import PREFIXES
from extractor.joplin.encryption import decrypt_blob, unlock
from extractor.keys import PASSWORD
from extractor.publish.html.note_parts import Attachment
from extractor.publish.html.rendering import place_of
from extractor.sources import is_remote, open_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from sqlite3 import Connection

    from extractor.catalogue.queries.attachments import AttachmentRow
    from extractor.catalogue.queries.links import ListedLink
    from extractor.joplin.encryption import KeyRing
    from extractor.joplin.items import MasterKey
    from extractor.publish.plugin.page import PageRequest
    from extractor.sources import Blob, Source

# What a browser shows as a picture. SVG may contain scripts: the policy below blocks them.
PICTURES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "image/svg+xml", "image/x-icon"}
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
ENCRYPTED = tuple(prefix.encode() for prefix in PREFIXES)


async def resource_page(visit: PageRequest) -> Response | AsgiFileDownload:
    """`/-/resource/ID`: the file; if it is not a picture, it is offered as a download."""

    def reading(connection: Connection) -> tuple[AttachmentRow | None, Path | bytes | None]:
        one = attachment(connection, visit.vars["resource"])
        found = find(one.id, one.extension, sources_here(connection)) if one else None
        return one, found.content() if found else None

    one, content = await visit.read(reading)
    if one is None:
        raise NotFound("This attachment is not in the catalogue.")
    if content is None:
        raise NotFound(
            "The file of this attachment is not in the source of its note, or it is encrypted: in that case, set "
            f"{PASSWORD} for the server of these pages."
        )
    is_picture = one.mime in PICTURES
    name = quote(one.title, safe="")
    headers = {
        "content-security-policy": POLICY,
        "cache-control": "private, max-age=3600",
        "content-disposition": f"{'inline' if is_picture else 'attachment'}; filename*=UTF-8''{name}",
    }
    kind = one.mime if one.mime in PICTURES else "application/octet-stream"
    if isinstance(content, bytes):
        return Response(content, content_type=kind, headers=headers)
    return AsgiFileDownload(str(content), content_type=kind, headers=headers)


def files_of(connection: Connection, images: Iterable[ListedLink]) -> Mapping[int, Attachment]:
    """The attachments among these images, by the ids of the links."""
    sources = sources_here(connection)
    found: dict[int, Attachment] = {}
    for image in images:
        if image.target == "resource":
            resource_id = image.url.partition("/")[2][:32]
            one = attachment(connection, resource_id)
            if one is not None:
                is_here = find(resource_id, one.extension, sources) is not None
                found[image.id] = Attachment(one.title, one.mime in PICTURES, is_here)
    return found


def sources_here(connection: Connection) -> Sequence[Source]:
    """The local sources that may have files, if they are there: a page never connects to a remote one."""
    found: list[Source] = []
    for location in local_sources(connection):
        if not is_remote(location):  # also of the kind "folder"
            with suppress(SourceError):
                found.append(open_source(location))
    return found


@dataclass(frozen=True, slots=True)
class Located:
    """An attachment that can be shown: where it is, and the keys that decrypt it if it is encrypted."""

    blob: Blob
    ring: KeyRing | None

    def content(self) -> Path | bytes | None:
        """The path if it is an unencrypted file, else the bytes; None if they cannot be decrypted. Raises OSError."""
        if self.ring is not None:
            with suppress(EncryptionError, UnicodeDecodeError):
                return decrypt_blob(self.blob.read().decode("ascii"), self.ring)
            return None
        return self.blob.path if self.blob.size < 0 else self.blob.read()


def find(resource_id: str, extension: str, sources: Sequence[Source]) -> Located | None:
    """An attachment, from the first source that has it unencrypted, or encrypted with a key that can be opened."""
    for source in sources:
        with suppress(OSError, SourceError):
            blob = source.blob(resource_id, extension)
            if blob is not None:
                is_encrypted = blob.read(len(ENCRYPTED[0])) in ENCRYPTED
                ring = _unlocked(source.master_keys(), os.environ.get(PASSWORD, "")) if is_encrypted else None
                if ring is not None or not is_encrypted:
                    return Located(blob, ring)
    return None


@lru_cache(maxsize=8)  # trying a password is slow, by design
def _unlocked(keys: tuple[MasterKey, ...], password: str) -> KeyRing | None:
    """The keys for the attachments of a source; None if the password does not open any."""
    with suppress(EncryptionError):
        ring = unlock(keys, password)
        return ring if ring.opened else None
    return None


async def inside_page(visit: PageRequest) -> Response:
    """`/-/id/ID?heading=NAME`: redirects to the target of `:/ID#NAME` in a note."""
    joplin_id, heading = visit.vars["id"], visit.args.get("heading", "")

    def reading(connection: Connection) -> str | None:
        if is_note(connection, joplin_id):
            return "notes"
        return "resources" if attachment(connection, joplin_id) else None

    def anchor_in(connection: Connection) -> tuple[str, int | None]:
        text = body_of(connection, joplin_id)
        return place_of(*text, heading) if text else ("", None)

    table = await visit.read(reading)
    if table is None:
        raise NotFound("The catalogue has no note or attachment with this id.")
    if table == "resources":
        return Response.redirect(visit.paths.resource(joplin_id))
    anchor, line = await visit.read(anchor_in) if "note_bodies" in visit.visible and heading else ("", None)
    return Response.redirect(visit.paths.note(joplin_id, anchor=anchor, line=line))
