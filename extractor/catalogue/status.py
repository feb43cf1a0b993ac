"""What is in the catalogue, and the record of each build."""

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
# As `contents` counts them, each by an index alone.
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
    """Counts for the summary of a build; the mappings are by state. Of a few problems, item and reason.

    `notes` are all that were ever seen, those there now and those that are not; `sections`, `links` to the web and
    `images` are those in notes now, and `addresses` those to which these lead.
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
    """A note that is worth a look, and a day (2024-11-01, UTC) in its history; `title` only if no other has it."""

    note_id: str
    title: str | None
    day: str


def contents(db: Database) -> Contents:
    """Count what is there, as the start page counts it."""
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
    """Whether a table has a tenth more or fewer rows than ANALYZE found, so that other plans may be better."""
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
    """Record the build, a row for each source (id, items, items that changed), and let SQLite learn the tables."""
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
    """The current note of which most revisions are known, and a day in the middle of its history."""
    note = row(db.conn, MOST_REVISED)
    if note is None:
        return None
    day = value(db.conn, DAY, note=note["id"], skipped=note["revisions"] // 2)
    return Shown(note["id"], note["title"] if note["namesakes"] == 1 else None, day)
