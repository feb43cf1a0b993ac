"""Migrating a catalogue: whether it has the tables of this version, and adding those that it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.rules import renew
from extractor.catalogue.schema import MIGRATIONS

if TYPE_CHECKING:
    from sqlite3 import Connection

    from extractor.catalogue.database import Database

SET = "joplin-catalogue"  # the name of these migrations in the records of sqlite-utils


def needs_migration(db: Database) -> bool:
    """Whether an earlier version wrote the file, or the file is new."""
    return not _names() <= _applied(db)


def is_of_later_version(db: Database) -> bool:
    """Whether a migration that this version does not know was applied to the file."""
    return not _applied(db) <= _names()


def migrate(db: Database) -> None:
    """Upgrade the tables, views and triggers."""
    if needs_migration(db):
        apply_migrations(db.conn)
        renew(db)


def apply_migrations(connection: Connection) -> None:
    """Apply the migrations that have not been applied to a file."""
    import sqlite_utils  # noqa: PLC0415 -- few files need any, and it would be most of what a short build imports

    migrations = sqlite_utils.Migrations(SET)
    for step in MIGRATIONS:
        migrations()(step)
    migrations.apply(sqlite_utils.Database(connection))


def _names() -> set[str]:
    return {step.__name__ for step in MIGRATIONS}


def _applied(db: Database) -> set[str]:
    """The names of the migrations that were applied to the file, as recorded by sqlite-utils."""
    if not db.has_table("_sqlite_migrations"):
        return set()
    return {row[0] for row in db.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [SET])}
