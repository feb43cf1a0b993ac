"""Looking into the full-text tables: the notes, sections, links and revisions that have what was asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.link_names import named_by_page
from extractor.catalogue.queries.ask import record
from extractor.catalogue.queries.conditions import CHANGED_AT
from extractor.catalogue.queries.links import COLUMNS, LINKS, ListedLink
from extractor.catalogue.queries.search_words import END, START, Query
from extractor.names import SEPARATOR
from extractor.publish.html.highlight import highlighted, marked
from extractor.publish.queries.found import (
    Found,
    FoundAttachment,
    FoundHistory,
    FoundLink,
    FoundNote,
    FoundRevision,
    FoundSection,
    HoldingNote,
)
from extractor.timeline.rows import UNTITLED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection, Row


CLOSER = 60  # of the best, at least, from which those of the past and of the present are told apart
LED_TO = 6  # revisions of a note
LOST = "NOT notes.is_present"
WORDS = 24  # words of a text around what was found
WRITTEN = "'{text_added text_removed folded} : (' || :match || ')'"
HELD = "SELECT substr(url, 3, 32) FROM links WHERE target = 'resource' AND removed_at IS NULL"  # ids of attachments
SOME = "SELECT value FROM json_each(:some)"


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for, `most` of each group; `within` is a condition on the id of a note."""

    connection: Connection
    query: Query
    within: str
    given: Mapping[str, str]
    most: int

    def rows(self, sql: str, weights: str = "", some: Sequence[str | int] = ()) -> list[Row]:
        """Rows of a statement; in it SOME stands for some ids."""
        query, most = self.query, self.most
        values = {"match": query.match, "wanted": query.wanted, "weights": weights, "some": json.dumps(some)}
        return self.connection.execute(
            sql, {**values, **self.given, "most": most, "closer": max(CLOSER, most)}
        ).fetchall()

    def best(self, table: str, note_id: str = "note_id") -> str:
        """The best rows of a full-text table: `place` (rowid), `snippet`, `score`.

        FTS5 sorts by rank itself, and makes a snippet only of what it gives; sorted by bm25() SQLite would make all.
        """
        return (
            f"SELECT rowid AS place, snippet({table}_fts, -1, '{START}', '{END}', '…', {WORDS}) AS snippet, "
            f"rank AS score FROM {table}_fts WHERE {table}_fts MATCH :match AND rank MATCH :weights "
            f"{self.only(table, note_id)} ORDER BY rank LIMIT :closer"
        )

    def only(self, table: str, note_id: str = "note_id") -> str:
        """Narrow full-text rows down to the notes that are meant; the plus keeps FTS5 at its own order."""
        if not self.within:
            return ""
        is_meant = f"id IN ({HELD} AND note_id {self.within})" if table == "resources" else f"{note_id} {self.within}"
        return f"AND +rowid IN (SELECT rowid FROM {table} WHERE {is_meant})"

    def count(self, table: str, what: str = "*", note_id: str = "note_id") -> int:
        """How much is found in a table."""
        source = f"{table}_fts" if what == "*" else f"{table}_fts JOIN {table} ON {table}.rowid = {table}_fts.rowid"
        return int(
            self.rows(
                f"SELECT count({what}) FROM {source} WHERE {table}_fts MATCH :match "
                + self.only(table, note_id).replace("+rowid", f"+{table}_fts.rowid")
            )[0][0]
        )


def find_notes(search: Search) -> Found[FoundNote]:
    """Notes whose text or title has the words, those that are not there now last."""
    rows = search.rows(
        f"SELECT notes.id, notes.name, notebook, state, {CHANGED_AT} AS changed_at, found.snippet "
        f"FROM ({search.best('note_bodies')}) AS found JOIN notes ON notes.rowid = found.place "
        f"ORDER BY {LOST}, found.score LIMIT :most",
        "bm25(8.0, 1.0, 1.0)",
    )
    return Found(tuple(_note(search, row) for row in rows), search.count("note_bodies"))


def find_notes_within(search: Search) -> Found[FoundNote]:
    """All notes that are meant, where no words are asked for; latest first."""
    rows = search.rows(
        f"SELECT id, name, notebook, state, {CHANGED_AT} AS changed_at, '' AS snippet, count(*) OVER () AS count "
        f"FROM notes WHERE id {search.within} ORDER BY {LOST}, changed_at DESC LIMIT :most"
    )
    return Found(tuple(_note(search, row) for row in rows), rows[0]["count"] if rows else 0)


def _note(search: Search, row: Row) -> FoundNote:
    return FoundNote(
        row["id"],
        highlighted(row["name"], search.query.words),
        row["notebook"],
        row["state"],
        row["changed_at"],
        marked(row["snippet"]),
    )


def find_sections(search: Search) -> Found[FoundSection]:
    """Headings whose own title has the words; those under such a heading are found on its page."""
    rows = search.rows(
        # SQLite takes the other columns from the row that has the max().
        "SELECT sections.path, count(DISTINCT note_id) AS notes, "
        f"sum(removed_at IS NULL AND NOT {LOST}) = 0 AS past, max(coalesce(removed_at, notes.deleted_at)) AS until, "
        "removed_at IS NULL OR removal_is_dated AS is_dated "
        f"FROM ({search.best('sections')}) AS found JOIN sections ON sections.id = found.place "
        "JOIN notes ON notes.id = note_id "
        "GROUP BY sections.path ORDER BY past, notes DESC, length(sections.path) LIMIT :most",
        "bm25(5.0, 1.0, 1.0)",
    )
    found = tuple(
        FoundSection(
            row["path"],
            highlighted(
                SEPARATOR.join(part or "(no title)" for part in row["path"].split(SEPARATOR)), search.query.words
            ),
            row["notes"],
            bool(row["past"]),
            row["until"] if row["past"] else None,
            bool(row["is_dated"]),
        )
        for row in rows
    )
    return Found(found, search.count("sections", "DISTINCT sections.path"))


def find_links(search: Search) -> Found[FoundLink]:
    """Links and images whose words, address or sentence have the words, those that have gone last."""
    rows = search.rows(
        f"SELECT {COLUMNS}, iif({LOST}, notes.state, '') AS lost_with, found.snippet "
        f"FROM {LINKS} JOIN ({search.best('links')}) AS found ON found.place = links.id "
        f"ORDER BY links.removed_at NOT NULL OR {LOST}, found.score LIMIT :most",
        "bm25(6.0, 3.0, 1.0, 3.0, 2.0)",
    )
    found = tuple(
        FoundLink(
            link=link,
            lost_with=row["lost_with"],
            title=highlighted(named_by_page(link.text, link.page_title) or link.url, search.query.words),
            snippet=marked(row["snippet"]),
        )
        for row, link in ((row, record(ListedLink, row)) for row in rows)
    )
    return Found(found, search.count("links"))


def find_attachments(search: Search) -> Found[FoundAttachment]:
    """Attachments whose name or text has the words; those that no note holds now last."""
    rows = search.rows(
        "SELECT resources.id, resources.title, mime, found.snippet "
        f"FROM ({search.best('resources')}) AS found JOIN resources ON resources.rowid = found.place "
        f"ORDER BY resources.id NOT IN ({HELD}), found.score LIMIT :most",
        "bm25(4.0, 1.0, 1.0)",
    )
    within = f"AND note_id {search.within}" if search.within else ""
    notes: dict[str, list[HoldingNote]] = {}
    for row in search.rows(
        "SELECT substr(links.url, 3, 32) AS resource, notes.id, notes.name, min(links.line) AS line "
        "FROM links JOIN notes ON notes.id = note_id WHERE target = 'resource' AND links.removed_at IS NULL "
        f"AND resource IN ({SOME}) {within} GROUP BY resource, notes.id ORDER BY {LOST}, notes.name",
        some=[row["id"] for row in rows],
    ):
        notes.setdefault(row["resource"], []).append(HoldingNote(row["id"], row["name"], row["line"]))
    found = tuple(
        FoundAttachment(
            id=row["id"],
            title=highlighted(row["title"] or UNTITLED, search.query.words),
            mime=row["mime"] or "",
            snippet=marked(row["snippet"]),
            notes=tuple(notes.get(row["id"], ())[:LED_TO]),
        )
        for row in rows
    )
    return Found(found, search.count("resources"))


def find_history(search: Search) -> Found[FoundHistory]:
    """What was once written or removed, note by note, first where the note has it no more.

    Each revision has the title of its note: it counts where another one stood before.
    """
    only = search.only("revisions")
    wrote = (
        f"SELECT rowid FROM revisions_fts WHERE revisions_fts MATCH {WRITTEN} {only} "
        "UNION SELECT new.rowid FROM revisions_fts JOIN revisions AS new ON new.rowid = revisions_fts.rowid "
        "JOIN revisions AS old ON old.note_id = new.note_id AND old.number = new.number - 1 "
        f"WHERE revisions_fts MATCH '{{title}} : (' || :match || ')' AND old.title <> new.title "
        + only.replace("+rowid", "new.rowid")
    )
    # Whether a revision is an echo stands behind its texts, where it takes long to be read: only of those shown.
    notes = search.rows(
        "SELECT note_id, count(*) OVER () AS notes, (SELECT name FROM notes WHERE notes.id = note_id) AS name, "
        "note_id NOT IN (SELECT notes.id FROM note_bodies_fts JOIN notes ON notes.rowid = note_bodies_fts.rowid "
        "WHERE note_bodies_fts MATCH :wanted) AS past "
        f"FROM ({wrote}) AS found JOIN revisions ON revisions.rowid = found.rowid WHERE note_id NOT NULL "
        "GROUP BY note_id ORDER BY past DESC, max(captured_at) DESC LIMIT :most"
    )
    revisions = search.rows(
        f"SELECT rowid, id, note_id, number, captured_at, title FROM revisions WHERE +rowid IN ({wrote}) "
        f"AND note_id IN ({SOME}) AND NOT is_echo ORDER BY captured_at DESC, id",
        some=[row["note_id"] for row in notes],
    )
    of_note: dict[str, list[Row]] = {}
    for row in revisions:
        of_note.setdefault(row["note_id"], []).append(row)
    snippets = search.rows(
        f"SELECT rowid, snippet(revisions_fts, -1, '{START}', '{END}', '…', {WORDS}) AS snippet FROM revisions_fts "
        f"WHERE revisions_fts MATCH {WRITTEN} AND rowid IN ({SOME})",
        some=[some[0]["rowid"] for some in of_note.values()],
    )
    said = {row["rowid"]: marked(row["snippet"]) for row in snippets}
    found = tuple(
        FoundHistory(
            note_id=row["note_id"],
            title=row["name"] or UNTITLED,
            count=len(some),
            since=some[-1]["captured_at"],
            revisions=tuple(FoundRevision(one["id"], one["number"], one["captured_at"]) for one in some[:LED_TO]),
            snippet=said.get(some[0]["rowid"]) or highlighted(some[0]["title"] or "", search.query.words),
            only_past=bool(row["past"]),
        )
        for row in notes
        if (some := of_note.get(row["note_id"]))
    )
    return Found(found, notes[0]["notes"] if notes else 0)
