"""The rows of `problems`: what could not be read or derived, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.catalogue.database import Database

GIVEN_UP = ("given up once", "given up")
"""Kinds of problems: a note that the next build tries once more, and one that is skipped until it changes."""


def write_given_up(db: Database, note_id: str, reason: str | None, now: str) -> None:
    """Record that a note was given up, and why; without a reason, delete that record."""
    before = db.execute(
        "SELECT kind FROM problems WHERE item_id = ? AND kind IN (?, ?)", [note_id, *GIVEN_UP]
    ).fetchone()
    if before is not None:
        db.execute("DELETE FROM problems WHERE item_id = ? AND kind IN (?, ?)", [note_id, *GIVEN_UP])
    if reason is not None:
        kind = GIVEN_UP[before is not None]
        goes_on = (
            "The next build will try it once more." if before is None else "It will be tried again when it changes."
        )
        detail = f"Its history could not be derived: {reason}. What was known about it is unchanged. {goes_on}"
        write_problem(db, *whereabouts(db, note_id), note_id, kind, detail, now)


def given_up_once(db: Database) -> set[str]:
    """The notes that a previous build has given up once, so that they are tried again."""
    return {row[0] for row in db.execute("SELECT item_id FROM problems WHERE kind = ?", [GIVEN_UP[0]]).fetchall()}


def whereabouts(db: Database, item_id: str) -> tuple[str, str]:
    """The location of the source that has an item, and its name there; '' and its id if no source has it any more."""
    found: tuple[str, str] | None = db.execute(
        "SELECT location, name FROM source_items JOIN sources ON sources.id = source_id "
        "WHERE item_id = ? AND removed_at IS NULL "
        "ORDER BY source_id LIMIT 1",
        [item_id],
    ).fetchone()
    return found or ("", item_id)


def write_problem(db: Database, source: str, item: str, item_id: str | None, kind: str, detail: str, now: str) -> None:
    """Write a problem; a known one keeps the time when it was first seen."""
    db.execute(
        "INSERT INTO problems (source, item, item_id, kind, detail, first_seen_at, last_seen_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, item, kind) DO UPDATE SET detail = excluded.detail, "
        "last_seen_at = excluded.last_seen_at",
        [source, item, item_id, kind, detail, now, now],
    )
