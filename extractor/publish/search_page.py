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
MORE = ("note_bodies", "sections", "links", "urls", "checks", "revisions")
MOST = 12  # of each group; the table of the group has them all
CLOSER = 60  # of the best, from which those of the past and of the present are told apart
LOST = "notes.state IN ('trashed', 'gone')"
WORDS = 24  # words of a text around what was found


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
    """A link or image; `lost_with` is the state of its note where that is in the trash or gone, else ''."""

    link: Listed
    lost_with: str
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
            links=_links(connection, match, text) if visit.sees("links", "urls", "checks") else (),
            revisions=_revisions(connection, match) if visit.sees("revisions", "note_bodies") else (),
        )

    results = await visit.read(reading) if match else Results()
    return await visit.show("search.html", search_text=text, results=results, is_asked=bool(match))


def _notes(connection: Connection, match: str, text: str) -> tuple[FoundNote, ...]:
    rows = connection.execute(
        "SELECT notes.id, notes.title, notebook, state, updated_at, found.snippet "
        f"FROM ({_best('note_bodies')}) AS found JOIN notes ON notes.rowid = found.place "
        f"ORDER BY {LOST}, found.score LIMIT :most",
        _given(match, "bm25(8.0, 1.0, 1.0)"),
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
        "SELECT sections.path, count(DISTINCT note_id) AS notes, "
        f"min(coalesce(removed_at, iif({LOST}, coalesce(notes.deleted_at, notes.updated_at), ''))) AS gone "
        f"FROM ({_best('sections')}) AS found JOIN sections ON sections.id = found.place "
        "JOIN notes ON notes.id = note_id "
        "GROUP BY sections.path ORDER BY gone <> '', notes DESC, length(sections.path) LIMIT :most",
        _given(match, "bm25(5.0, 1.0, 1.0)"),
    ).fetchall()
    return tuple(
        FoundSection(row["path"], highlighted(row["path"], text), row["notes"], row["gone"] or None) for row in rows
    )


def _links(connection: Connection, match: str, text: str) -> tuple[FoundLink, ...]:
    rows = connection.execute(
        f"SELECT {COLUMNS}, iif({LOST}, notes.state, '') AS lost_with, found.snippet "
        f"FROM {FROM} JOIN ({_best('links')}) AS found ON found.place = links.id "
        f"ORDER BY links.removed_at NOT NULL OR {LOST}, found.score LIMIT :most",
        _given(match, "bm25(6.0, 3.0, 1.0, 3.0, 2.0)"),
    ).fetchall()
    return tuple(
        FoundLink(link, row["lost_with"], highlighted(link.text or link.url, text), marked(row["snippet"]))
        for row, link in zip(rows, listed(rows), strict=True)
    )


def _revisions(connection: Connection, match: str) -> tuple[FoundRevision, ...]:
    """What was once written or removed, first where the note has it no more."""
    rows = connection.execute(
        "SELECT revisions.id, note_id, label, captured_at, found.snippet, note_id NOT IN (SELECT notes.id FROM "
        "note_bodies_fts JOIN notes ON notes.rowid = note_bodies_fts.rowid WHERE note_bodies_fts MATCH :match) AS past "
        f"FROM ({_best('revisions')}) AS found JOIN revisions ON revisions.rowid = found.place "
        "WHERE NOT is_echo ORDER BY past DESC, captured_at DESC LIMIT :most",
        _given(match, "bm25(4.0, 1.0, 1.0, 1.0)"),
    ).fetchall()
    return tuple(
        FoundRevision(
            row["id"], row["note_id"], row["label"], row["captured_at"], marked(row["snippet"]), bool(row["past"])
        )
        for row in rows
    )


def _best(table: str) -> str:
    """The best rows of a full-text table: `place` (rowid), `snippet`, `score`.

    FTS5 sorts by rank itself, and makes a snippet only of what it gives; sorted by bm25() SQLite would make all first.
    """
    return (
        f"SELECT rowid AS place, snippet({table}_fts, -1, '{START}', '{END}', '…', {WORDS}) AS snippet, rank AS score "
        f"FROM {table}_fts WHERE {table}_fts MATCH :match AND rank MATCH :weights ORDER BY rank LIMIT :closer"
    )


def _given(match: str, weights: str) -> dict[str, str | int]:
    return {"match": match, "weights": weights, "closer": CLOSER, "most": MOST}
