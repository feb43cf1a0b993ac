"""The tables of catalogue.db, as migrations from the first version on.

sqlite-utils records which migrations were applied to a file; a file with one that this version does not know was
written by a later version. Times are ISO 8601 UTC text; ids of notes, revisions, notebooks, tags and resources are
Joplin's own.

A migration never changes: everything that it does is written out here, and it calls no other code of this program.
Views, triggers and whatever else follows from rules are made by `extractor.catalogue.rules`, after the migrations.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from extractor.catalogue.first_schema import TABLES
from extractor.catalogue.header import APPLICATION_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    Migration = Callable[[Database], None]

MIGRATIONS: list[Migration] = []
"""The migrations in order; a file records the names of those that were applied (`extractor.catalogue.migrating`)."""

HIDDEN = (
    "note_bodies",
    "revision_diffs",
    "source_items",
    "encrypted_revisions",
    "address_health",
    "derivation",
    "left_out",
    "claims",
    "forgotten",
    "keyframes",
)


def migration(step: Migration) -> Migration:
    """Add a migration, after those before."""
    MIGRATIONS.append(step)
    return step


@migration
def tables_of_0_1(db: Database) -> None:
    """The first version."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for statement in TABLES.split(";\n"):
        if statement.strip():
            db.execute(statement)
    for table, columns in (
        ("note_bodies", ("title", "body", "folded")),
        ("sections", ("title", "path", "folded")),
        ("links", ("text", "title", "context", "url", "folded")),
        ("revisions", ("title", "text_added", "text_removed", "folded")),
    ):
        db.table(table).enable_fts(columns, create_triggers=True, tokenize="porter unicode61 remove_diacritics 2")


@migration
def kept_for_lists(db: Database) -> None:
    """Store what lists of links need at every request, instead of computing it each time; let sources be forgotten."""
    db.execute(
        "CREATE TABLE standings (url_id INTEGER PRIMARY KEY REFERENCES urls(id), health TEXT NOT NULL, "
        "verdict TEXT NOT NULL, status INTEGER, checked_at TEXT NOT NULL, since TEXT NOT NULL, "
        "failures INTEGER NOT NULL, final_url TEXT)"
    )
    db.execute("CREATE INDEX idx_standings_health ON standings(health, since, verdict, url_id)")
    db.execute(
        "CREATE TABLE saved (link_id INTEGER PRIMARY KEY REFERENCES links(id), kind TEXT NOT NULL, "
        "note_id TEXT NOT NULL REFERENCES notes(id), section TEXT, url_id INTEGER NOT NULL REFERENCES urls(id), "
        "site TEXT NOT NULL, host TEXT NOT NULL, expires_at TEXT, first_seen_at TEXT, first_seen_month TEXT)"
    )
    # Revisions that stay encrypted as they were found: Joplin may delete them before there is a password.
    db.execute(
        "CREATE TABLE sealed (id TEXT PRIMARY KEY, parent_id TEXT NOT NULL, updated_ms INTEGER NOT NULL, "
        "cipher_text TEXT NOT NULL)"
    )
    # Texts that were rebuilt with the help of a note that may have changed since.
    db.execute("ALTER TABLE revision_diffs ADD COLUMN seen_title TEXT")
    db.execute("ALTER TABLE revision_diffs ADD COLUMN seen_body TEXT")
    db.execute("ALTER TABLE sources ADD COLUMN forgotten_at TEXT")
    db.execute("ALTER TABLE link_changes ADD COLUMN changed_at TEXT")
    db.execute(
        "UPDATE link_changes SET changed_at = (SELECT captured_at FROM revisions WHERE id = link_changes.revision_id)"
    )
    db.execute("ALTER TABLE link_changes ADD COLUMN section_then TEXT")
    db.execute(
        "UPDATE link_changes SET section_then = (SELECT section FROM links WHERE links.id = link_changes.link_id)"
    )
    db.execute("CREATE INDEX idx_link_changes_changed_at ON link_changes(changed_at)")
    # Most links are current: with an index of only the removed ones, SQLite never uses it to read all the others.
    db.execute("DROP INDEX idx_links_removed_at")
    db.execute("CREATE INDEX idx_links_removed_at ON links(removed_at) WHERE removed_at NOT NULL")
    db.execute("CREATE INDEX idx_links_note ON links(url, note_id) WHERE target = 'note' AND removed_at IS NULL")
    # `kind` is included so that images can be counted with the index alone.
    db.execute("CREATE INDEX idx_links_image ON links(first_seen_at, target, url_id, kind) WHERE kind = 'image'")


@migration
def dates_are_bounds(db: Database) -> None:
    """Store bounds of when something came and went, what a check requested, and rules separately from the memory."""
    for kind, name in db.execute(
        "SELECT type, name FROM sqlite_master WHERE type = 'view' OR (type = 'trigger' AND name LIKE 'standings_%')"
    ).fetchall():
        db.execute(f"DROP {kind} {db.quote(name)}")
    db.execute("DROP INDEX idx_links_first_seen_month")
    db.execute("ALTER TABLE links DROP COLUMN first_seen_month")
    for table in ("sections", "links"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN absent_at TEXT")
        db.execute(f"ALTER TABLE {table} ADD COLUMN is_dated INTEGER NOT NULL DEFAULT 0")
        db.execute(f"ALTER TABLE {table} ADD COLUMN last_seen_at TEXT")
        db.execute(f"ALTER TABLE {table} ADD COLUMN removal_is_dated INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE links ADD COLUMN position INTEGER NOT NULL DEFAULT 0")
    # Only dated links have a month.
    db.execute(
        "ALTER TABLE links ADD COLUMN first_seen_month TEXT "
        "AS (iif(is_dated, substr(first_seen_at, 1, 7), NULL)) VIRTUAL"
    )
    db.execute("CREATE INDEX idx_links_first_seen_month ON links(first_seen_month)")
    db.execute("ALTER TABLE urls ADD COLUMN absent_at TEXT")
    db.execute("ALTER TABLE urls ADD COLUMN is_dated INTEGER NOT NULL DEFAULT 0")
    db.execute("DROP TABLE saved")
    db.execute(
        "CREATE TABLE saved (link_id INTEGER PRIMARY KEY REFERENCES links(id), kind TEXT NOT NULL, "
        "note_id TEXT NOT NULL REFERENCES notes(id), section TEXT, url_id INTEGER NOT NULL REFERENCES urls(id), "
        "site TEXT NOT NULL, host TEXT NOT NULL, expires_at TEXT, first_seen_at TEXT, is_dated INTEGER NOT NULL, "
        "first_seen_month TEXT)"
    )
    # A changed spelling is a new kind of change; SQLite cannot extend a CHECK in place.
    db.execute("ALTER TABLE link_changes RENAME TO link_changes_before")
    db.execute(
        "CREATE TABLE link_changes (revision_id TEXT NOT NULL REFERENCES revisions(id), "
        "link_id INTEGER NOT NULL REFERENCES links(id), "
        "change TEXT NOT NULL CHECK (change IN ('added', 'removed', 'respelled')), "
        "changed_at TEXT, url TEXT, url_before TEXT, section_then TEXT, is_dated INTEGER NOT NULL DEFAULT 0, "
        "PRIMARY KEY (revision_id, link_id, change))"
    )
    db.execute(
        "INSERT INTO link_changes SELECT revision_id, link_id, change, changed_at, "
        "(SELECT url FROM links WHERE links.id = link_id), NULL, section_then, 0 FROM link_changes_before"
    )
    db.execute("DROP TABLE link_changes_before")
    db.execute("CREATE INDEX idx_link_changes_link_id ON link_changes(link_id)")
    db.execute("CREATE INDEX idx_link_changes_change ON link_changes(change)")
    db.execute("CREATE INDEX idx_link_changes_changed_at ON link_changes(changed_at)")
    # The requested address is stored with the answer, whatever address that counts for.
    for table in ("checks", "snapshots"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN asked TEXT NOT NULL DEFAULT ''")
        db.execute(f"UPDATE {table} SET asked = (SELECT url FROM urls WHERE urls.id = url_id)")
        db.execute(f"CREATE INDEX idx_{table}_asked ON {table}(asked)")
    db.execute(
        "CREATE TABLE derivation (id INTEGER PRIMARY KEY CHECK (id = 1), digest TEXT NOT NULL, version TEXT NOT NULL, "
        "derived_at TEXT NOT NULL)"
    )


@migration
def presence_of_notes(db: Database) -> None:
    """Store whether a note is there now, and remember what a source once had after it has it no longer."""
    # What a source had is kept, with the time when it was noticed that it is gone.
    db.execute("ALTER TABLE source_items ADD COLUMN removed_at TEXT")
    # The updated_time of an item that stays encrypted, in addition to that of its last readable version.
    db.execute("ALTER TABLE source_items ADD COLUMN encrypted_ms INTEGER")
    db.execute("ALTER TABLE notes ADD COLUMN is_present INTEGER NOT NULL DEFAULT 0")
    db.execute("CREATE INDEX idx_notes_is_present ON notes(is_present)")
    # The name of a note, which it has even if its title is unknown.
    db.execute("ALTER TABLE notes ADD COLUMN name TEXT NOT NULL DEFAULT ''")
    for statement in WHAT_WAS_KNOWN.split(";\n"):
        db.execute(statement)


@migration
def checks_as_observations(db: Database) -> None:
    """Store what an answer may be instead of the page, whether its host always gives it, and what was left out."""
    db.execute("ALTER TABLE checks ADD COLUMN doubt TEXT")
    db.execute("ALTER TABLE checks ADD COLUMN confirmed BOOLEAN NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE standings ADD COLUMN doubt TEXT")
    db.execute(
        "CREATE TABLE left_out (url TEXT PRIMARY KEY, reason TEXT NOT NULL, left_out_at TEXT NOT NULL) WITHOUT ROWID"
    )


@migration
def pages_behind_addresses(db: Database) -> None:
    """Store what a page says about itself, as first seen alive and as last seen, and where its address leads."""
    db.execute(
        "CREATE TABLE pages (url_id INTEGER NOT NULL REFERENCES urls(id), "
        "seen TEXT NOT NULL, asked TEXT NOT NULL, seen_at TEXT NOT NULL, "
        "title TEXT, description TEXT, site_name TEXT, canonical TEXT, language TEXT, published_at TEXT, "
        "fingerprint TEXT, leads_to TEXT NOT NULL, changed BOOLEAN NOT NULL DEFAULT 0, PRIMARY KEY (url_id, seen))"
    )
    db.execute("CREATE INDEX idx_pages_leads_to ON pages(leads_to, url_id) WHERE seen = 'last'")


@migration
def odd_fields(db: Database) -> None:
    """Items with odd fields can be read now; read those again that could not be read by the stricter rule."""
    db.execute("ALTER TABLE source_items ADD COLUMN problem_kind TEXT")
    db.execute("UPDATE source_items SET problem_kind = 'unreadable item', stamp = '' WHERE problem NOT NULL")


@migration
def claims_of_runs(db: Database) -> None:
    """Store which addresses a run of link checks is checking now."""
    db.execute(
        "CREATE TABLE claims (url TEXT PRIMARY KEY, run TEXT NOT NULL, host TEXT NOT NULL, process INTEGER NOT NULL, "
        "claimed_at TEXT NOT NULL) WITHOUT ROWID"
    )


@migration
def locked_notes(db: Database) -> None:
    """Store whether a note is locked; read locked notes again whose cipher text was taken for their text."""
    db.execute("ALTER TABLE notes ADD COLUMN is_locked INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "UPDATE source_items SET stamp = '' WHERE item_id IN "
        "(SELECT note_id FROM note_bodies WHERE substr(body, 1, 5) IN ('JED01', 'JLD01'))"
    )
    db.execute("DELETE FROM note_bodies WHERE substr(body, 1, 5) IN ('JED01', 'JLD01')")


@migration
def text_in_attachments(db: Database) -> None:
    """Store the text that Joplin read in pictures and PDFs; attachments are read again for that."""
    db.execute("ALTER TABLE resources ADD COLUMN ocr_text TEXT")
    db.execute("ALTER TABLE resources ADD COLUMN folded TEXT")
    for statement in RESOURCES_FTS.split(";;\n"):
        db.execute(statement)
    db.execute("UPDATE source_items SET stamp = '' WHERE type = 4")


@migration
def forgotten_notes(db: Database) -> None:
    """Store the ids of notes that were removed for good: they are never added again."""
    db.execute("CREATE TABLE forgotten (note_id TEXT PRIMARY KEY) WITHOUT ROWID")


# Attachments are rewritten in each build: only changed ones are indexed again.
RESOURCES_FTS = """
CREATE VIRTUAL TABLE resources_fts USING fts5 (
  title, ocr_text, folded, tokenize='porter unicode61 remove_diacritics 2', content="resources"
);;
INSERT INTO resources_fts (resources_fts) VALUES ('rebuild');;
CREATE TRIGGER resources_ai AFTER INSERT ON resources BEGIN
  INSERT INTO resources_fts (rowid, title, ocr_text, folded) VALUES (new.rowid, new.title, new.ocr_text, new.folded);
END;;
CREATE TRIGGER resources_ad AFTER DELETE ON resources BEGIN
  INSERT INTO resources_fts (resources_fts, rowid, title, ocr_text, folded)
  VALUES ('delete', old.rowid, old.title, old.ocr_text, old.folded);
END;;
CREATE TRIGGER resources_au AFTER UPDATE OF title, ocr_text, folded ON resources
WHEN old.title IS NOT new.title OR old.ocr_text IS NOT new.ocr_text OR old.folded IS NOT new.folded BEGIN
  INSERT INTO resources_fts (resources_fts, rowid, title, ocr_text, folded)
  VALUES ('delete', old.rowid, old.title, old.ocr_text, old.folded);
  INSERT INTO resources_fts (rowid, title, ocr_text, folded) VALUES (new.rowid, new.title, new.ocr_text, new.folded);
END"""


@migration
def sample_is_known_to_make(db: Database) -> None:
    """Drop the column that marks the example: only the Makefile knows that a catalogue is only of the example."""
    db.execute("ALTER TABLE sources DROP COLUMN is_example")


@migration
def history_of_sources(db: Database) -> None:
    """Store for how many days Joplin keeps history, according to a source; 0 if it keeps none."""
    db.execute("ALTER TABLE sources ADD COLUMN history_days INTEGER")


@migration
def keyframes_of_histories(db: Database) -> None:
    """Store whole texts of long histories, so that any of their texts is only a few patches away."""
    db.execute(
        "CREATE TABLE keyframes (note_id TEXT NOT NULL REFERENCES notes(id), revision_id TEXT NOT NULL, base_id TEXT, "
        "digest BLOB NOT NULL, text BLOB NOT NULL, PRIMARY KEY (note_id, revision_id))"
    )


@migration
def stored_once(db: Database) -> None:
    """Drop what is stored twice, and indexes that no query uses."""
    for (view,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
        db.execute(f"DROP VIEW {db.quote(view)}")
    # The list of current links repeated what is in their table and indexes.
    db.execute("DROP TABLE saved")
    for index in (
        *("links_kind", "links_target", "links_first_seen_month", "links_first_revision_id", "links_last_revision_id"),
        *("sections_level", "sections_parent_id", "sections_first_revision_id", "sections_last_revision_id"),
        *(
            "links_removed_at",
            "link_changes_change",
            "link_changes_link_id",
            "link_changes_changed_at",
            "urls_expires_at",
        ),
    ):
        db.execute(f"DROP INDEX idx_{index}")
    # The time of a change is the time of its revision.
    db.execute("ALTER TABLE link_changes DROP COLUMN changed_at")
    for statement in INDEXES_OF_QUESTIONS.split(";\n"):
        db.execute(statement)
    # SQL cannot find it out from a compressed diff.
    db.execute("ALTER TABLE revision_diffs ADD COLUMN from_nothing INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "UPDATE revision_diffs SET from_nothing = 1 WHERE body_diff LIKE '[{%' AND json_valid(body_diff) "
        "AND json_array_length(body_diff) = 1 AND json_extract(body_diff, '$[0].length1') = 0 "
        "AND json_extract(body_diff, '$[0].start1') = 0 AND json_extract(body_diff, '$[0].start2') = 0 "
        "AND json_array_length(body_diff, '$[0].diffs') = 1"
    )
    _compress_texts(db)


@migration
def indexed_where_words_change(db: Database) -> None:
    """Index sections and links again only if their words change, and not if they were just moved or seen again."""
    for table, columns in (("sections", "title path folded"), ("links", "text title context url folded")):
        names = columns.split()
        new, old = (", ".join(f"{row}.{name}" for name in names) for row in ("new", "old"))
        db.execute(f"DROP TRIGGER {table}_au")
        db.execute(
            f"CREATE TRIGGER {table}_au AFTER UPDATE OF {', '.join(names)} ON {table} BEGIN "
            f"INSERT INTO {table}_fts ({table}_fts, rowid, {', '.join(names)}) VALUES ('delete', old.rowid, {old}); "
            f"INSERT INTO {table}_fts (rowid, {', '.join(names)}) VALUES (new.rowid, {new}); END"
        )


@migration
def standard_names(db: Database) -> None:
    """Rename hidden tables to standard terms; views and triggers, which name them, are created again afterwards."""
    for (view,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
        db.execute(f"DROP VIEW {db.quote(view)}")
    for event in ("insert", "update", "delete"):
        db.execute(f"DROP TRIGGER IF EXISTS standings_after_{event}")
    db.execute("ALTER TABLE sealed RENAME TO encrypted_revisions")
    db.execute("ALTER TABLE standings RENAME TO address_health")
    db.execute("DROP INDEX idx_standings_health")
    db.execute("CREATE INDEX idx_address_health_health ON address_health(health, since, verdict, url_id)")


# The indexes of current links contain all columns that their queries use, even those that all their rows have in
# common: SQLite before 3.41 would look these up in the table.
INDEXES_OF_QUESTIONS = """
CREATE INDEX idx_links_facets ON links(first_seen_month, kind, target);
CREATE INDEX idx_links_removed_at ON links(removed_at, kind) WHERE removed_at NOT NULL;
CREATE INDEX idx_links_resource ON links(url) WHERE target = 'resource' AND removed_at IS NULL;
CREATE INDEX idx_links_current_newest ON links(is_dated, first_seen_at, kind)
  WHERE removed_at IS NULL AND target = 'web';
CREATE INDEX idx_links_current_section ON links(section, kind, note_id, url_id, target, removed_at)
  WHERE removed_at IS NULL AND target = 'web';
CREATE INDEX idx_links_current_url ON links(url_id, kind, note_id, target, removed_at)
  WHERE removed_at IS NULL AND target = 'web';
CREATE INDEX idx_sections_parent_id ON sections(parent_id, level);
CREATE INDEX idx_sections_removed_at ON sections(removed_at DESC, id) WHERE removed_at NOT NULL;
CREATE INDEX idx_link_changes_link_id ON link_changes(link_id, change);
CREATE INDEX idx_urls_expires_at ON urls(expires_at) WHERE expires_at NOT NULL;
CREATE INDEX idx_source_items_type ON source_items(type, item_id) WHERE fields NOT NULL
"""
LONG = 500  # characters
TEXTS_OF_REVISIONS = (
    *("title_diff", "body_diff", "metadata_diff", "seen_title", "seen_body"),
    *("rebased_title_diff", "rebased_body_diff", "rebased_metadata_diff"),
)


def _compress_texts(db: Database) -> None:
    """Compress the long texts in `revision_diffs` with zlib, if that makes them shorter, one at a time."""
    for column in TEXTS_OF_REVISIONS:
        after = 0
        while row := db.execute(
            f"SELECT rowid, CAST({column} AS BLOB) FROM revision_diffs WHERE rowid > ? AND length({column}) >= ? "
            "ORDER BY rowid LIMIT 1",
            [after, LONG],
        ).fetchone():
            after, data = row
            packed = zlib.compress(data)
            if len(data.decode("utf-8", "surrogatepass")) >= LONG and len(packed) < len(data):
                db.execute(f"UPDATE revision_diffs SET {column} = ? WHERE rowid = ?", [packed, after])


WHAT_WAS_KNOWN = """
UPDATE source_items SET encrypted_ms = coalesce(updated_ms, 0) WHERE stamp LIKE 'encrypted %';
UPDATE source_items SET fields = (
  SELECT json_object('parent_id', parent_id, 'deleted_at', deleted_at) FROM notes WHERE notes.id = item_id
) WHERE encrypted_ms NOT NULL AND type = 1 AND EXISTS (SELECT 1 FROM notes WHERE notes.id = item_id);
-- Items that no source holds any more were forgotten, and by whom. But single files keep theirs, so it was another
-- source: that which has the note, if there is one.
INSERT OR IGNORE INTO source_items (source_id, name, item_id, type, stamp, removed_at)
SELECT coalesce(
         (SELECT min(source_id) FROM source_items JOIN sources ON sources.id = source_id
          WHERE source_items.item_id = lost.note_id AND kind <> 'file'),
         (SELECT min(id) FROM sources WHERE kind <> 'file')
       ),
       lost.id, lost.id, lost.type, '', (SELECT max(last_built_at) FROM sources)
FROM (
  SELECT note_id AS id, note_id, 1 AS type FROM note_bodies
  UNION ALL SELECT revision_id, note_id, 13 FROM revision_diffs
  UNION ALL SELECT id, NULL, 13 FROM sealed
) AS lost
WHERE NOT EXISTS (SELECT 1 FROM source_items WHERE item_id = lost.id)
  AND EXISTS (SELECT 1 FROM sources WHERE kind <> 'file');
UPDATE notes SET state = 'gone'
WHERE state = 'history only' AND NOT EXISTS (
  SELECT 1 FROM source_items WHERE item_id = notes.id AND removed_at IS NULL
) AND EXISTS (
  SELECT 1 FROM revision_diffs JOIN source_items ON item_id = revision_id JOIN sources ON sources.id = source_id
  WHERE note_id = notes.id AND kind <> 'file'
);
UPDATE notes SET is_present = state IN ('current', 'encrypted', 'history only');
UPDATE notes SET name = CASE WHEN title <> '' THEN title WHEN title = '' THEN 'Untitled' ELSE coalesce(
  (SELECT sections.title FROM sections WHERE note_id = notes.id AND removed_at IS NULL AND sections.title <> ''
   ORDER BY line IS NULL, line, level, path LIMIT 1),
  substr(id, 1, 8)
) END
"""
