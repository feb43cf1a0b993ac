"""One box that finds in everything: notes, sections, links, and what was ever written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.publish.listed import COLUMNS, FROM, Listed, listed
from extractor.publish.search_words import END, START, highlighted, marked, match_of

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.utils.asgi import Response
    from markupsafe import Markup

    from extractor.publish.page import Visit

NEEDS = ("notes",)
MOST = 12  # of each group; the table of the group has them all
CLOSER = 60  # of the best, from which those of the past and of the present are told apart
WORDS = 24  # words of a text around what was found
SNIPPET = f"snippet({{}}, -1, '{START}', '{END}', '…', {WORDS})"


@dataclass(frozen=True, slots=True)
class FoundNote:
    """A note whose text or title has the words."""

    id: str
    title: Markup
    notebook: str | None
    state: str
    changed_at: str | None
    snippet: Markup


@dataclass(frozen=True, slots=True)
class FoundSection:
    """A heading; `removed_at` where it stands there no more."""

    path: str
    title: Markup
    notes: int
    removed_at: str | None


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link or image."""

    link: Listed
    title: Markup
    snippet: Markup


@dataclass(frozen=True, slots=True)
class FoundRevision:
    """A revision that wrote or removed the words; `only_past` where the note has them no more."""

    id: str
    note_id: str
    label: str
    captured_at: str | None
    snippet: Markup
    only_past: bool


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, best first in each group; what is there now before what has gone."""

    notes: tuple[FoundNote, ...] = ()
    sections: tuple[FoundSection, ...] = ()
    links: tuple[FoundLink, ...] = ()
    revisions: tuple[FoundRevision, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in any group."""
        return not (self.notes or self.sections or self.links or self.revisions)


async def search_page(visit: Visit) -> Response:
    """`/-/search?q=...`."""
    text = visit.args.get("q", "").strip()[:300]
    match = match_of(text)

    def reading(connection: Connection) -> Results:
        return Results(
            notes=_notes(connection, match, text) if visit.sees("note_bodies") else (),
            sections=_sections(connection, match, text) if visit.sees("sections") else (),
            links=_links(connection, match, text) if visit.sees("links", "urls") else (),
            revisions=_revisions(connection, match) if visit.sees("revisions", "note_bodies") else (),
        )

    results = await visit.read(reading) if match else Results()
    return await visit.show("search.html", search_text=text, results=results, is_asked=bool(match))


def _notes(connection: Connection, match: str, text: str) -> tuple[FoundNote, ...]:
    rows = connection.execute(
        "SELECT notes.id, notes.title, notebook, state, updated_at, "
        f"{SNIPPET.format('note_bodies_fts')} AS snippet "
        "FROM note_bodies_fts JOIN note_bodies ON note_bodies.rowid = note_bodies_fts.rowid "
        "JOIN notes ON notes.id = note_bodies.note_id WHERE note_bodies_fts MATCH ? "
        "ORDER BY state IN ('trashed', 'gone'), bm25(note_bodies_fts, 8.0, 1.0, 1.0) LIMIT ?",
        [match, MOST],
    ).fetchall()
    return tuple(
        FoundNote(
            row["id"],
            highlighted(row["title"] or "Untitled", text),
            row["notebook"],
            row["state"],
            row["updated_at"],
            marked(row["snippet"]),
        )
        for row in rows
    )


def _sections(connection: Connection, match: str, text: str) -> tuple[FoundSection, ...]:
    """Headings whose own title has the words; those under such a heading are found on its page."""
    rows = connection.execute(
        "SELECT path, count(DISTINCT note_id) AS notes, min(coalesce(removed_at, '')) AS removed_at FROM ("
        "SELECT sections.path, note_id, removed_at FROM sections_fts "
        "JOIN sections ON sections.rowid = sections_fts.rowid "
        "WHERE sections_fts MATCH ? ORDER BY bm25(sections_fts, 5.0, 1.0, 1.0) LIMIT ?) "
        "GROUP BY path ORDER BY removed_at <> '', notes DESC, length(path) LIMIT ?",
        [match, CLOSER, MOST],
    ).fetchall()
    return tuple(
        FoundSection(row["path"], highlighted(row["path"], text), row["notes"], row["removed_at"] or None)
        for row in rows
    )


def _links(connection: Connection, match: str, text: str) -> tuple[FoundLink, ...]:
    rows = connection.execute(
        f"SELECT {COLUMNS}, found.snippet FROM {FROM} JOIN ("
        f"SELECT rowid AS row, {SNIPPET.format('links_fts')} AS snippet, "
        "bm25(links_fts, 6.0, 3.0, 1.0, 3.0, 2.0) AS score FROM links_fts WHERE links_fts MATCH ? "
        "ORDER BY score LIMIT ?) AS found ON links.rowid = found.row "
        "ORDER BY links.removed_at NOT NULL, found.score LIMIT ?",
        [match, CLOSER, MOST],
    ).fetchall()
    return tuple(
        FoundLink(link, highlighted(link.text or link.url, text), marked(row["snippet"]))
        for row, link in zip(rows, listed(connection, rows), strict=True)
    )


def _revisions(connection: Connection, match: str) -> tuple[FoundRevision, ...]:
    """What was once written or removed, first where the note has it no more."""
    rows = connection.execute(
        "WITH now AS (SELECT note_id FROM note_bodies_fts JOIN note_bodies "
        "ON note_bodies.rowid = note_bodies_fts.rowid WHERE note_bodies_fts MATCH :match) "
        f"SELECT revisions.id, note_id, label, captured_at, {SNIPPET.format('revisions_fts')} AS snippet, "
        "note_id NOT IN (SELECT note_id FROM now) AS only_past "
        "FROM revisions_fts JOIN revisions ON revisions.rowid = revisions_fts.rowid "
        "WHERE revisions_fts MATCH :match AND NOT is_echo "
        "ORDER BY only_past DESC, captured_at DESC LIMIT :most",
        {"match": match, "most": MOST},
    ).fetchall()
    return tuple(
        FoundRevision(
            row["id"], row["note_id"], row["label"], row["captured_at"], marked(row["snippet"]), bool(row["only_past"])
        )
        for row in rows
    )
