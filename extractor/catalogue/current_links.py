"""The web links and images that are in notes now, one narrow row each: what is under the view `saved_links`.

To count, sort and narrow them down, SQLite reads these few columns instead of three wide tables (20,000 revisions with
37,000 saved links: 40 ms a page of the view instead of 4 s). Written anew at the end of a build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

COLUMNS = "link_id, kind, note_id, section, url_id, site, host, expires_at, first_seen_at, is_dated, first_seen_month"

# Each holds all that its questions ask for, so that none of them leaves it.
INDEXES = (
    "kind, first_seen_at, link_id",
    "kind, is_dated, first_seen_at, link_id",
    "kind, first_seen_month, url_id",
    "kind, site, url_id",
    "kind, section, note_id, url_id, expires_at",
    "url_id, kind, note_id, expires_at",
)


def list_current_links(db: Database) -> None:
    """Bring the list in step with the tables; rows that stay as they are cost nothing."""
    # The plus: before ANALYZE, SQLite would take the index of targets, and jump about in the table.
    db.execute(
        "CREATE TEMP TABLE now AS "
        "SELECT links.id, kind, note_id, section, url_id, site, host, expires_at, links.first_seen_at, "
        "links.is_dated, first_seen_month FROM links JOIN notes ON notes.id = note_id JOIN urls ON urls.id = url_id "
        "WHERE links.removed_at IS NULL AND +links.target = 'web' AND notes.is_present"
    )
    is_new = not db.execute("SELECT 1 FROM saved").fetchone()
    for name, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'idx_saved_%'").fetchall():
        # Made once all rows are there, they cost a tenth; and an earlier version had others.
        if is_new or sql not in _indexes():
            db.execute(f"DROP INDEX {db.quote(name)}")
    gone = f"SELECT {COLUMNS} FROM saved EXCEPT SELECT * FROM now"
    db.execute(f"DELETE FROM saved WHERE link_id IN (SELECT link_id FROM ({gone}))")
    db.execute(f"INSERT INTO saved ({COLUMNS}) SELECT * FROM now EXCEPT SELECT {COLUMNS} FROM saved")
    known = {row[0] for row in db.execute("SELECT sql FROM sqlite_master WHERE name LIKE 'idx_saved_%'").fetchall()}
    for sql in _indexes():
        if sql not in known:
            db.execute(sql)
    db.execute("DROP TABLE now")


def _indexes() -> list[str]:
    return [f"CREATE INDEX idx_saved_{place} ON saved({columns})" for place, columns in enumerate(INDEXES, 1)]
