"""What the pages of a note read: the note, its moments, what is known of its links."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound
from sqlite_utils import Database

from extractor.catalogue.link_health import in_archive
from extractor.catalogue.queries.health import archived, health_of
from extractor.catalogue.reader import NoteHistory, Text, note_history
from extractor.publish.html.history_strip import Moment
from extractor.publish.html.in_note import in_last_text
from extractor.publish.html.note_parts import Attachment, KnownLink
from extractor.publish.html.states import last_text
from extractor.publish.pages.resources import PICTURES, find, local_sources
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection, Row

    from extractor.publish.html.paths import Paths

MOMENTS = "SELECT number, id, captured_at, summary, state, chars_added, chars_removed, is_echo FROM revisions"


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """A row of `notes`, with its tags; `title` is what it is called."""

    id: str
    title: str
    row: Row
    tags: tuple[str, ...]


def note_facts(connection: Connection, note_id: str) -> NoteFacts:
    """The note of that id, or whose id begins so; raises NotFound."""
    rows = connection.execute(
        "SELECT * FROM notes WHERE id >= ?1 AND id < ?1 || 'g' LIMIT 2", [note_id.lower()]
    ).fetchall()
    if len(rows) != 1:
        raise NotFound("There is no such note in the catalogue.")
    row = rows[0]
    tags = connection.execute(
        "SELECT tags.title FROM note_tags JOIN tags ON tags.id = tag_id WHERE note_id = ? ORDER BY tags.title",
        [row["id"]],
    ).fetchall()
    return NoteFacts(row["id"], row["name"], row, tuple(tag["title"] for tag in tags))


def history_of(connection: Connection, note_id: str) -> NoteHistory:
    """Every text of the note that is known."""
    return note_history(Database(connection, execute_plugins=False, recursive_triggers=False), note_id)


def moments_of(connection: Connection, facts: NoteFacts, history: NoteHistory) -> tuple[Moment, ...]:
    """The revisions in their order, and the note as last read where that says more than the latest of them."""
    rows = connection.execute(f"{MOMENTS} WHERE note_id = ? AND number NOT NULL ORDER BY number", [facts.id]).fetchall()
    moments = [_moment(row) for row in rows]
    note, latest = history.note, history.revisions[-1] if history.revisions else None
    if note is not None and (latest is None or latest.body != note.body or (latest.title or note.title) != note.title):
        is_now = not last_text(facts.row["state"])
        summary = "the note as it is now" if is_now else "the note as it was last read"
        moments.append(Moment(None, None, iso(note.updated_time), summary, "current", 0, 0, False, is_now))
    return tuple(moments)


def moment_at(connection: Connection, revision_id: str) -> Moment:
    """One revision, be it one of the note's steps or one that is lost."""
    return _moment(connection.execute(f"{MOMENTS} WHERE id = ?", [revision_id]).fetchone())


def _moment(row: Row) -> Moment:
    return Moment(
        row["number"],
        row["id"],
        row["captured_at"],
        row["summary"] or "",
        row["state"],
        row["chars_added"] or 0,
        row["chars_removed"] or 0,
        bool(row["is_echo"]),
    )


def known_links(connection: Connection, note_id: str) -> tuple[KnownLink, ...]:
    """What is known of each link and image to the web that the note has, in its order, and then of those it had."""
    rows = connection.execute(
        "SELECT links.id, url_id, kind, links.url AS written, text, canonical, urls.url, "
        "iif(urls.is_dated, urls.first_seen_at, urls.absent_at) AS saved_at "
        "FROM links JOIN urls ON urls.id = url_id WHERE note_id = ? "
        "ORDER BY removed_at NOT NULL, line IS NULL, line, position, links.id",
        [note_id],
    ).fetchall()
    healths = health_of(connection, {row["url_id"] for row in rows})
    copies = archived(connection, [row["url_id"] for row in rows])
    return tuple(
        KnownLink(
            link_id=row["id"],
            url_id=row["url_id"],
            health=healths.get(row["url_id"], "unknown"),
            copy=copies.get(row["url_id"], ""),
            archive="" if row["url_id"] in copies else in_archive(row["url"], row["saved_at"]),
            kind=row["kind"],
            url=row["written"],
            canonical=row["canonical"],
            text=row["text"],
        )
        for row in rows
    )


def attachments_of(connection: Connection, note_id: str) -> Mapping[str, Attachment]:
    """The attachments to which a note leads, or led, by their ids."""
    rows = connection.execute(
        "SELECT DISTINCT substr(links.url, 3, 32) AS id, resources.title, mime, file_extension FROM links "
        "LEFT JOIN resources ON resources.id = substr(links.url, 3, 32) WHERE note_id = ? AND target = 'resource'",
        [note_id],
    ).fetchall()
    sources = local_sources(connection) if rows else ()
    return {
        row["id"]: Attachment(
            title=row["title"] or "",
            is_picture=row["mime"] is None or row["mime"] in PICTURES,
            is_here=find(row["id"], row["file_extension"] or "", sources) is not None,
        )
        for row in rows
    }


def notes_linking_to(connection: Connection, note_id: str) -> tuple[Row, ...]:
    """Id and name of the other notes that link to a note now."""
    spelled = [f"{before}{note_id}" for before in (":/", "joplin://", "joplin://x-callback-url/openNote?id=")]
    rows = connection.execute(
        "SELECT notes.id, notes.name, min(links.line) AS line FROM json_each(?1) AS spelled "
        "CROSS JOIN links INDEXED BY idx_links_note JOIN notes ON notes.id = links.note_id "
        "WHERE links.target = 'note' AND links.removed_at IS NULL AND links.url >= spelled.value "
        "AND links.url < spelled.value || 'g' AND notes.id <> ?2 AND notes.is_present "
        "GROUP BY notes.id ORDER BY notes.name",
        [json.dumps(spelled), note_id],
    )
    return tuple(rows.fetchall())


@dataclass(frozen=True, slots=True)
class PastHeading:
    """A heading that a note had once; it stood last in the revision of that id and number, at that line.

    `until` is when it went if it `is_dated`, else a time by which it was gone.
    """

    path: str
    until: str
    is_dated: int
    last_revision_id: str | None
    last_number: int | None
    line: int | None

    def in_note(self, paths: Paths, note_id: str) -> str:
        """Where it stood last."""
        return in_last_text(paths, note_id, self.last_revision_id, self.last_number, self.line)


def past_headings(connection: Connection, note_id: str) -> tuple[PastHeading, ...]:
    """The headings that a note had once and has no more, those that went last first."""
    rows = connection.execute(
        "SELECT sections.path, removed_at, removal_is_dated, last_revision_id, revisions.number, line "
        "FROM sections LEFT JOIN revisions ON revisions.id = last_revision_id "
        "WHERE sections.note_id = ? AND removed_at NOT NULL ORDER BY removed_at DESC, line",
        [note_id],
    )
    return tuple(PastHeading(*row) for row in rows.fetchall())


def moment_of(moments: Sequence[Moment], text: Text) -> int:
    """The place of the moment that a text is of; the last one for the note as it is now."""
    places = (at for at, moment in enumerate(moments) if text.revision_id and moment.revision_id == text.revision_id)
    return next(places, len(moments) - 1)
