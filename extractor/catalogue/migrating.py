"""Whether a catalogue has the tables of this version, and giving it those that it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.rules import renew

if TYPE_CHECKING:
    from extractor.catalogue.database import Database

NAMES = (
    "tables_of_0_1",
    "kept_for_lists",
    "dates_are_bounds",
    "presence_of_notes",
    "checks_as_observations",
    "pages_behind_addresses",
    "odd_fields",
    "claims_of_runs",
    "locked_notes",
    "text_in_attachments",
    "forgotten_notes",
    "sample_is_known_to_make",
    "history_of_sources",
    "keyframes_of_histories",
    "stored_once",
    "indexed_where_words_change",
    "standard_names",
)
"""The migrations of `schema`, in their order: few files need any, and to import what applies them takes long."""


def needs_migration(db: Database) -> bool:
    """Whether an earlier version wrote the file, or it is new."""
    return not set(NAMES) <= _applied(db)


def is_of_later_version(db: Database) -> bool:
    """Whether the file has had a migration that this version does not know."""
    return not _applied(db) <= set(NAMES)


def migrate(db: Database) -> None:
    """Upgrade the tables, views and triggers."""
    import sqlite_utils  # noqa: PLC0415 -- of few runs

    from extractor.catalogue.schema import migrations  # noqa: PLC0415

    if needs_migration(db):
        migrations.apply(sqlite_utils.Database(db.conn))
        renew(db)


def _applied(db: Database) -> set[str]:
    """The names of the migrations that the file has had, as sqlite-utils keeps them."""
    if not db.has_table("_sqlite_migrations"):
        return set()
    found = db.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'joplin-catalogue'").fetchall()
    return {row[0] for row in found}
