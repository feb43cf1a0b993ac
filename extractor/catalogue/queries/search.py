"""Searching the full-text tables for notes, sections, attachments and revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import record, records
from extractor.catalogue.queries.conditions import CHANGED_AT
from extractor.catalogue.queries.found import (
    Found,
    FoundAttachment,
    FoundHistory,
    FoundNote,
    FoundRevision,
    FoundSection,
    HoldingNote,
)
from extractor.catalogue.queries.full_text import HELD, SOME, WORDS
from extractor.catalogue.queries.search_words import END, START
from extractor.timeline.rows import UNTITLED

if TYPE_CHECKING:
    from sqlite3 import Row

    from extractor.catalogue.queries.full_text import Search

LED_TO = 6  # revisions of a note, or notes of an attachment, that are shown
LOST = "NOT notes.is_present"
TITLED = "'({title} : (' || :wanted || '))'"
BUT_NOT = " || ' NOT (' || :without || ')'"
WRITTEN = "'{text_added text_removed folded} : (' || :match || ')'"


def find_notes(search: Search) -> Found[FoundNote]:
    """Notes whose text or title has the words: first those with all words in the title, last those not there now."""
    # If most notes have the words, FTS5's ranking is no use, whether they are in the title or not.
    best = search.best("note_bodies")
    titled = TITLED + (BUT_NOT if search.query.without else "")  # what is excluded may be anywhere in the note
    statement = f"""
WITH titled AS MATERIALIZED (
  SELECT * FROM ({best.replace("MATCH :match", f"MATCH {titled}")})
)
SELECT found.place, notes.id, notes.name AS title, notebook, state, {CHANGED_AT} AS changed_at
FROM (
  SELECT place, score, 1 AS is_titled FROM titled
  UNION ALL
  SELECT place, score, 0 FROM ({best}) WHERE place NOT IN (SELECT place FROM titled)
) AS found JOIN notes ON notes.rowid = found.place
ORDER BY {LOST}, is_titled DESC, found.score, found.place
LIMIT :most OFFSET :skipped
"""
    found = search.rows(statement, "bm25(8.0, 1.0, 1.0)")
    snippets = search.snippets("note_bodies", [row["place"] for row in found])
    notes = tuple(
        FoundNote(
            id=row["id"],
            title=row["title"],
            notebook=row["notebook"],
            state=row["state"],
            changed_at=row["changed_at"],
            snippet=_beside(row["title"], snippets.get(row["place"], "")),
        )
        for row in found
    )
    return Found(notes, search.count("note_bodies"))


def _beside(title: str, snippet: str) -> str:
    """The snippet; '' if it is only the title."""
    return "" if snippet.replace(START, "").replace(END, "") == title else snippet


def find_notes_within(search: Search) -> Found[FoundNote]:
    """All notes that the query means, or all notes, without a search for words; the latest first.

    Words may be excluded: FTS5 itself has no query for that alone.
    """
    where = f"id {search.within}" if search.within else "1"
    if search.query.without:
        where += " AND rowid NOT IN (SELECT rowid FROM note_bodies_fts WHERE note_bodies_fts MATCH :without)"
    statement = f"""
SELECT id, name AS title, notebook, state, {CHANGED_AT} AS changed_at, '' AS snippet, count(*) OVER () AS count
FROM notes
WHERE {where}
ORDER BY {LOST}, changed_at DESC, id
LIMIT :most OFFSET :skipped
"""
    found = search.rows(statement)
    return Found(tuple(record(FoundNote, row) for row in found), found[0]["count"] if found else 0)


def find_sections(search: Search) -> Found[FoundSection]:
    """Headings whose own title has the words; headings below are shown on the page of the found one."""
    # SQLite takes the other columns from the row that has the max().
    statement = f"""
SELECT sections.path, count(DISTINCT note_id) AS notes, sum(removed_at IS NULL AND NOT {LOST}) = 0 AS is_past,
       iif(sum(removed_at IS NULL AND NOT {LOST}) = 0, max(coalesce(removed_at, notes.deleted_at)), NULL) AS removed_at,
       removed_at IS NULL OR removal_is_dated AS removal_is_dated
FROM ({search.best("sections")}) AS found
     JOIN sections ON sections.id = found.place
     JOIN notes ON notes.id = note_id
GROUP BY sections.path
ORDER BY is_past, notes DESC, length(sections.path), sections.path
LIMIT :most OFFSET :skipped
"""
    values = search.values("bm25(5.0, 1.0, 1.0)")
    return Found(
        records(FoundSection, search.connection, statement, **values),
        search.count("sections", "DISTINCT sections.path"),
    )


def find_attachments(search: Search) -> Found[FoundAttachment]:
    """Attachments whose name or text has the words; those that no note has now last."""
    statement = f"""
SELECT found.place, resources.id, resources.title, mime
FROM ({search.best("resources")}) AS found JOIN resources ON resources.rowid = found.place
ORDER BY resources.id NOT IN (
  {HELD}
), found.score, found.place
LIMIT :most OFFSET :skipped
"""
    within = f"AND note_id {search.within}" if search.within else ""
    holding = f"""
SELECT substr(links.url, 3, 32) AS resource, notes.id, notes.name, min(links.line) AS line
FROM links JOIN notes ON notes.id = note_id
WHERE target = 'resource' AND links.removed_at IS NULL AND resource IN ({SOME}) {within}
GROUP BY resource, notes.id
ORDER BY {LOST}, notes.name
"""
    found = search.rows(statement, "bm25(4.0, 1.0, 1.0)")
    if not found:
        return Found((), search.count("resources"))  # looking for their notes would be slow
    snippets = search.snippets("resources", [row["place"] for row in found])
    notes: dict[str, list[HoldingNote]] = {}
    for row in search.rows(holding, some=[row["id"] for row in found]):
        notes.setdefault(row["resource"], []).append(record(HoldingNote, row))
    attachments = tuple(
        FoundAttachment(
            id=row["id"],
            title=row["title"] or UNTITLED,
            mime=row["mime"] or "",
            snippet=snippets.get(row["place"], ""),
            notes=tuple(notes.get(row["id"], ())[:LED_TO]),
        )
        for row in found
    )
    return Found(attachments, search.count("resources"))


def find_history(search: Search) -> Found[FoundHistory]:
    """What was once written or removed, by note; notes that no longer have it come first.

    Each revision has the title of its note, which counts only if it differs from the one before.
    """
    only = search.only("revisions")
    wrote = f"""
  SELECT rowid
  FROM revisions_fts
  WHERE revisions_fts MATCH {WRITTEN} {only}
  UNION
  SELECT new.rowid
  FROM revisions_fts
       JOIN revisions AS new ON new.rowid = revisions_fts.rowid
       JOIN revisions AS old ON old.note_id = new.note_id AND old.number = new.number - 1
  WHERE revisions_fts MATCH '{{title}} : (' || :match || ')' AND old.title <> new.title
        {only.replace("+rowid", "new.rowid")}
"""
    of_notes = f"""
SELECT note_id, count(*) OVER () AS notes, (SELECT name FROM notes WHERE notes.id = note_id) AS name,
       note_id NOT IN (
         SELECT notes.id
         FROM note_bodies_fts JOIN notes ON notes.rowid = note_bodies_fts.rowid
         WHERE note_bodies_fts MATCH :wanted
       ) AS past
FROM ({wrote}) AS found JOIN revisions ON revisions.rowid = found.rowid
WHERE note_id NOT NULL AND {search.written}
GROUP BY note_id
ORDER BY past DESC, max(captured_at) DESC, note_id
LIMIT :most OFFSET :skipped
"""
    # `is_echo` comes after the texts in a row, where reading it is slow: it is read only for the revisions shown.
    of_revisions = f"""
SELECT rowid, id, note_id, number, captured_at, title
FROM revisions
WHERE +rowid IN ({wrote}) AND note_id IN ({SOME}) AND NOT is_echo AND {search.written}
ORDER BY captured_at DESC, id
"""
    of_snippets = f"""
SELECT rowid, snippet(revisions_fts, -1, '{START}', '{END}', '…', {WORDS}) AS snippet
FROM revisions_fts
WHERE revisions_fts MATCH {WRITTEN} AND rowid IN ({SOME})
"""
    notes = search.rows(of_notes)
    of_note: dict[str, list[Row]] = {}
    for row in search.rows(of_revisions, some=[row["note_id"] for row in notes]):
        of_note.setdefault(row["note_id"], []).append(row)
    latest = [revisions[0]["rowid"] for revisions in of_note.values()]
    snippets = {row["rowid"]: row["snippet"] for row in search.rows(of_snippets, some=latest)}
    found = tuple(
        FoundHistory(
            note_id=row["note_id"],
            title=row["name"] or UNTITLED,
            count=len(revisions),
            since=revisions[-1]["captured_at"],
            revisions=tuple(record(FoundRevision, one) for one in revisions[:LED_TO]),
            title_then=revisions[0]["title"] or "",
            snippet=snippets.get(revisions[0]["rowid"], ""),
            only_past=bool(row["past"]),
        )
        for row in notes
        if (revisions := of_note.get(row["note_id"]))
    )
    return Found(found, notes[0]["notes"] if notes else 0)
