"""The rows of a shared file, read from the catalogue: what may be shared of the chosen notes as they are now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from extractor.catalogue.addresses import url_id as address_id
from extractor.catalogue.export_tree import address_of, chain
from extractor.catalogue.search import folded
from extractor.catalogue.shared_schema import (
    SharedHealth,
    SharedLink,
    SharedNote,
    SharedNotebook,
    SharedNoteTag,
    SharedSection,
    SharedTag,
    SharedUrl,
)
from extractor.names import SEPARATOR
from extractor.redaction import without_token_fragment, without_tokens, without_userinfo
from extractor.timeline import identifier
from extractor.times import iso
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from extractor.catalogue.choice import Chosen
    from extractor.catalogue.database import Database

JOPLIN_ID = re.compile(r"[0-9a-f]{32}")

Row = TypeVar("Row", SharedLink, SharedNote, SharedNotebook, SharedSection)

OF_CHOICE = "IN (SELECT value FROM json_each(?))"


def notebooks(db: Database, chosen: Chosen) -> list[SharedNotebook]:
    """The chosen notebooks that contain chosen notes, with their chosen parents."""
    known = {
        row[0]: (without_userinfo(row[1]), row[2] if row[2] in chosen.notebooks else "")
        for row in db.execute("SELECT id, title, parent_id FROM notebooks").fetchall()
        if row[0] in chosen.notebooks
    }
    holding = db.execute(f"SELECT DISTINCT notebook_id FROM notes WHERE id {OF_CHOICE}", [chosen.note_list]).fetchall()
    needed = {key for (notebook,) in holding for key, _ in chain(notebook, known)}
    return [
        SharedNotebook(key, *known[key], path=SEPARATOR.join(title for _, title in chain(key, known)))
        for key in sorted(needed)
    ]


def notes(db: Database, chosen: Chosen, around: Iterable[SharedNotebook]) -> list[SharedNote]:
    """The chosen notes, in the shared notebooks."""
    paths = {notebook.id: notebook.path for notebook in around}
    rows = db.execute(
        f"SELECT id, title, notebook_id, created_at, updated_at FROM notes WHERE id {OF_CHOICE} ORDER BY id",
        [chosen.note_list],
    ).fetchall()
    return [
        SharedNote(
            note_id,
            without_userinfo(title or ""),
            notebook if notebook in paths else None,
            paths.get(notebook),
            created_at,
            updated_at,
        )
        for note_id, title, notebook, created_at, updated_at in rows
    ]


def tags(db: Database, chosen: Chosen, *, with_tags: bool) -> tuple[list[SharedTag], list[SharedNoteTag]]:
    """The chosen tags, or all tags of the notes; and which note has which."""
    rows = db.execute(
        "SELECT DISTINCT note_id, tags.id, tags.title FROM note_tags JOIN tags ON tags.id = tag_id "
        f"WHERE note_id {OF_CHOICE} ORDER BY 1, 2",
        [chosen.note_list],
    ).fetchall()
    shown = [row for row in rows if with_tags or row[1] in chosen.tags]
    return sorted({SharedTag(row[1], row[2]) for row in shown}), [SharedNoteTag(row[0], row[1]) for row in shown]


def sections(db: Database, chosen: Chosen) -> list[SharedSection]:
    """The current headings of the notes."""
    rows = db.execute(
        "SELECT id, note_id, parent_id, level, title, path, line, first_seen_at, is_dated FROM sections "
        f"WHERE removed_at IS NULL AND note_id {OF_CHOICE} ORDER BY note_id, line, id",
        [chosen.note_list],
    ).fetchall()
    known = {row[0] for row in rows}
    found = []
    for section_id, note_id, parent_id, level, title, path, line, first_seen_at, is_dated in rows:
        parent = parent_id if parent_id in known else None
        names = without_userinfo(title), without_userinfo(path)
        found.append(
            SharedSection(section_id, note_id, parent, level, *names, line, first_seen_at, is_dated, folded(names[1]))
        )
    return found


def links(
    db: Database, chosen: Chosen, standing: Iterable[SharedSection], *, with_context: bool
) -> tuple[list[SharedLink], int]:
    """The current links to the web or between the notes, and the number of other links.

    Attachments, files, mail addresses and data in the address itself are private.
    """
    paths = {section.id: section.path for section in standing}
    rows = db.execute(
        "SELECT id, note_id, section_id, url_id, url, kind, syntax, target, text, title, context, line, first_seen_at, "
        f"is_dated FROM links WHERE removed_at IS NULL AND note_id {OF_CHOICE} ORDER BY note_id, line, id",
        [chosen.note_list],
    ).fetchall()
    found: list[SharedLink] = []
    for link_id, note_id, section_id, url_id, url, kind, syntax, target, *words, line, first_seen_at, is_dated in rows:
        address = _address(url, target, chosen)
        if address is None:
            continue
        text, title, context = (without_userinfo(word) for word in words)
        if not with_context:
            context = ""
        is_redacted = without_token_fragment(without_userinfo(url)) != url
        known = read_address(address) if is_redacted else None
        found.append(
            SharedLink(
                # The id is a digest of the address as written, including a password in it.
                identifier("shared", note_id, address, len(found)) if is_redacted else link_id,
                note_id,
                section_id if section_id in paths else None,
                paths.get(section_id),
                (address_id(known.canonical) if known else url_id) if target == "web" else None,
                address,
                kind,
                syntax,
                target,
                text,
                title,
                context,
                line,
                first_seen_at,
                is_dated,
                folded(text, title, context, address),
            )
        )
    return found, len(rows) - len(found)


def urls(standing: Iterable[SharedLink], around: Iterable[SharedNote]) -> list[SharedUrl]:
    """The addresses of these links. Not from `urls`: another note may spell and date them differently."""
    last_seen_at = {note.id: note.updated_at or "" for note in around}
    by_id: dict[int, list[SharedLink]] = {}
    for link in standing:
        if link.url_id is not None:
            by_id.setdefault(link.url_id, []).append(link)
    return list(filter(None, (_url(url_id, places, last_seen_at) for url_id, places in sorted(by_id.items()))))


def _url(url_id: int, places: Sequence[SharedLink], last_seen_at: Mapping[str, str]) -> SharedUrl | None:
    """The address of these links, from the first of them."""
    first = min(places, key=lambda link: (link.first_seen_at or "", link.url))
    address = read_address(first.url)
    if address is None:
        return None
    return SharedUrl(
        url_id,
        address.url,
        address.canonical,
        address.scheme,
        address.host,
        address.site,
        iso(address.published_at or 0),
        address.author,
        iso(address.expires_at or 0),
        first.first_seen_at,
        int(all(link.is_dated for link in places)),
        max(last_seen_at[link.note_id] for link in places) or None,
    )


def health(db: Database, shared: Sequence[SharedUrl]) -> list[SharedHealth]:
    """The health of these addresses. Requests and answers may reveal this machine and are not shared."""
    rows = db.execute("SELECT url_id, health, verdict, status, checked_at, failing_since FROM link_health").fetchall()
    by_url: Mapping[int, Sequence[object]] = {row[0]: row[1:] for row in rows}
    return [
        SharedHealth._make((url.id, url.url, url.host, url.site, *by_url[url.id])) for url in shared if url.id in by_url
    ]


def without_tokens_of(rows: Iterable[Row]) -> list[Row]:
    """The same rows, with tokens in their texts hidden."""
    return [
        type(row)._make(without_tokens(value) if isinstance(value, str) else value for value in row) for row in rows
    ]


def _address(url: str, target: str, chosen: Chosen) -> str | None:
    if target == "web":
        return address_of(url)
    if target == "note" and (found := JOPLIN_ID.search(url)) and found[0] in chosen.notes:
        return f":/{found[0]}"
    return None
