"""Counts of the contents of the catalogue, and the record of each build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import row, value
from extractor.catalogue.queries.totals import latest_problems, notes_by_state, revisions_by_state, totals
from extractor.catalogue.sql import insert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from extractor.catalogue.database import Database


PROBLEMS_TOLD = 3
MOST_REVISED = """
SELECT id, title, revisions, (SELECT count(*) FROM notes AS n WHERE lower(n.title) = lower(notes.title)) AS namesakes
FROM notes
WHERE state = 'current' AND revisions > 1
ORDER BY revisions DESC, id
LIMIT 1
"""
DAY = """
SELECT substr(captured_at, 1, 10)
FROM revisions
WHERE note_id = :note
ORDER BY number
LIMIT 1 OFFSET :skipped
"""
# Counted like in `contents`, but each with an index alone.
RECORDED = """
SELECT
  (SELECT count(*) FROM notes),
  (SELECT count(*) FROM revisions WHERE number NOT NULL)
    + (SELECT count(*) FROM revisions WHERE state = 'encrypted' AND number IS NULL),
  (SELECT count(*) FROM problems)
"""
ANALYZED = ("notes", "revisions", "sections", "links", "urls", "checks")
MUCH = 0.1  # of the rows of a table; ANALYZE reads all indexes, which takes longer than a build that changes one note


@dataclass(frozen=True, slots=True)
class Contents:
    """Counts for the summary of a build; the mappings are by state. `latest_problems` are items and reasons.

    `notes` counts all that were ever seen, whether or not they are there now; `sections`, web `links` and `images`
    count those in notes now, and `addresses` those of these links and images.
    """

    notes: int
    present_notes: Mapping[str, int]
    absent_notes: Mapping[str, int]
    revisions: int
    revisions_by_state: Mapping[str, int]
    sections: int
    links: int
    images: int
    addresses: int
    problems: int
    latest_problems: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A note to suggest, and a day (2024-11-01, UTC) in its history; `title` is None if another note has it, too."""

    note_id: str
    title: str | None
    day: str


def contents(db: Database) -> Contents:
    """Count the contents, like the start page."""
    connection = db.conn
    present, absent = (notes_by_state(connection, is_present=is_present) for is_present in (True, False))
    revisions, found = revisions_by_state(connection), totals(connection)
    return Contents(
        notes=sum(present.values()) + sum(absent.values()),
        present_notes=present,
        absent_notes=absent,
        revisions=sum(revisions.values()),
        revisions_by_state=revisions,
        sections=found.sections,
        links=found.links,
        images=found.images,
        addresses=found.addresses,
        problems=found.problems,
        latest_problems=latest_problems(connection, PROBLEMS_TOLD),
    )


def _has_grown(db: Database) -> bool:
    """Whether a table has a tenth more or fewer rows than at the last ANALYZE, so that other plans may be better."""
    known = dict.fromkeys(ANALYZED, 0)
    if db.has_table("sqlite_stat1"):
        # For each index, how many entries it has: one that is partial has fewer than its table has rows.
        for table, stat in db.execute("SELECT tbl, stat FROM sqlite_stat1").fetchall():
            if table in known:
                known[table] = max(known[table], int(stat.split()[0]))
    rows = {table: int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in ANALYZED}
    return any(abs(rows[table] - known[table]) > known[table] * MUCH for table in ANALYZED)


def finish_build(
    db: Database, runs: Sequence[tuple[int, int, int]], *, started_at: str, finished_at: str, version: str
) -> None:
    """Record the build, with a row for each source (id, items, changed items), and run ANALYZE if necessary."""
    counts = db.execute(RECORDED).fetchone()
    db.conn.executemany(
        insert(
            "builds",
            "started_at, finished_at, version, source_id, items, items_changed, notes, revisions, problems",
        ),
        [(started_at, finished_at, version, *run, *counts) for run in runs],
    )
    if any(changed for _, _, changed in runs) and _has_grown(db):
        db.execute("ANALYZE")  # facets on 0.65 time out without it


def has_been_built(db: Database) -> bool:
    """Whether a build has written anything before this one."""
    return bool(db.execute("SELECT 1 FROM builds LIMIT 1").fetchone())


def most_revised(db: Database) -> Shown | None:
    """The current note with the most known revisions, and a day in the middle of its history."""
    note = row(db.conn, MOST_REVISED)
    if note is None:
        return None
    day = value(db.conn, DAY, note=note["id"], skipped=note["revisions"] // 2)
    return Shown(note["id"], note["title"] if note["namesakes"] == 1 else None, day)
