"""The file itself: opened for reading or writing, changed in one transaction."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from extractor.catalogue.backups import backups_of, hint, take
from extractor.catalogue.creating import claim_place, grow, is_there, let_go, remove_left_over
from extractor.catalogue.database import Database
from extractor.catalogue.header import APPLICATION_ID, application_id
from extractor.catalogue.journal import is_half_changed, roll_back
from extractor.catalogue.migrating import is_of_later_version, migrate, needs_migration
from extractor.catalogue.sqlite_errors import translate_sqlite_errors
from extractor.catalogue.waiting import PATIENCE, STEP, until_free
from extractor.errors import CatalogueMissing, CatalogueTooNew, NotACatalogue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_FOR_LOCK = 30.0  # seconds that a reader waits; writing the changes of a large build takes less
MOST_FREE = 0.15  # share of pages that may stay free for later changes

Catalogue = Database  # an open catalogue.db, for packages that know nothing about SQLite


@contextlib.contextmanager
def reading(path: Path, *, backup: bool = True) -> Iterator[Database]:
    """Open a catalogue for reading, after upgrading it if an earlier version wrote it.

    With `backup`, it is copied before an upgrade. Raises CatalogueMissing, NotACatalogue, CatalogueTooNew;
    CatalogueLocked only if there is something to upgrade.
    """
    with translate_sqlite_errors(path), contextlib.ExitStack() as stack:
        db = stack.enter_context(contextlib.closing(open_to_read(path)))
        if needs_migration(db):
            db.close()
            bring_up_to_date(path, backup=backup)
            db = stack.enter_context(contextlib.closing(open_to_read(path)))
        yield db


def open_to_read(path: Path) -> Database:
    """Open a catalogue of any earlier version; raises CatalogueMissing, NotACatalogue, CatalogueTooNew."""
    if not path.exists():
        todo = hint(path) if backups_of(path) else "Build one first: joplin-catalogue build SOURCE"
        raise CatalogueMissing(f"There is no catalogue at {path}.", todo)
    _refuse_other_files(path)
    recover(path)
    with translate_sqlite_errors(path), contextlib.ExitStack() as stack:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_FOR_LOCK)
        stack.callback(connection.close)
        connection.isolation_level = None
        db = Database(connection)
        _refuse_foreign(db, path)
        stack.pop_all()
    return db


@contextlib.contextmanager
def open_to_write(path: Path, *, backup: bool = True, patience: float = PATIENCE) -> Iterator[Database]:
    """Open a catalogue for one change in one transaction: after an error or a kill, it is unchanged.

    The tables of an earlier version are upgraded before that, in another transaction.

    A new catalogue is written beside its final place and moved there when complete. With `backup`, a catalogue of an
    earlier version is copied before its upgrade. Waits up to `patience` seconds for another writer. Raises
    NotACatalogue, CatalogueTooNew, CatalogueLocked.
    """
    if not path.is_file() and path.exists():
        raise NotACatalogue(f"{path} is not a file.", "Choose another place with --db.")
    with translate_sqlite_errors(path):
        connection = None if is_there(path) else until_free(lambda: claim_place(path), path, patience)
    if connection is not None and is_there(path):  # another process has created it meanwhile
        let_go(connection, path)
        connection = None
    if connection is not None:
        yield from grow(path, connection)
        return
    _refuse_other_files(path)
    recover(path)
    remove_left_over(path)
    yield from _change(path, patience, backup=backup)


def _change(path: Path, patience: float, *, backup: bool) -> Iterator[Database]:
    """Change an existing catalogue in place, so that a Datasette that has it open shows the new rows at once."""
    wait = min(STEP, patience)
    with translate_sqlite_errors(path), contextlib.closing(sqlite3.connect(path, timeout=wait)) as connection:
        connection.isolation_level = None
        db = Database(connection)
        until_free(lambda: _refuse_foreign(db, path), path, patience)
        if until_free(lambda: needs_migration(db), path, patience):
            if backup:
                take(path, datetime.now(UTC))
            # It may change most of the file, too much for memory. So it is a separate transaction.
            until_free(lambda: db.execute("BEGIN IMMEDIATE"), path, patience)
            migrate(db)
            until_free(lambda: db.execute("COMMIT"), path, patience)
        # Changes stay in memory until the end: once some of them are in the file, nobody else can read it.
        db.execute("PRAGMA cache_spill = OFF")
        until_free(lambda: db.execute("BEGIN IMMEDIATE"), path, patience)
        yield db
        until_free(lambda: db.execute("COMMIT"), path, patience)
        _give_back_room(db)


def _give_back_room(db: Database) -> None:
    """Shrink the file if much of it is free, as after a migration; if that fails, it stays as it is."""
    (pages,), (free,) = (db.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "freelist_count"))
    if free > pages * MOST_FREE:
        with contextlib.suppress(
            sqlite3.OperationalError
        ):  # the change itself is written: another process is reading, or there is no space
            db.execute("VACUUM")


def recover(path: Path) -> None:
    """Roll back the interrupted change of a killed writer, with a warning; raises CatalogueFileError.

    Interrupted changes of other programs are left alone.
    """
    if not is_half_changed(path):
        return
    if not is_catalogue(path):
        raise _foreign(path)
    with translate_sqlite_errors(path):
        roll_back(path, WAIT_FOR_LOCK)


def is_catalogue(path: Path) -> bool:
    """Whether the file at a path is marked as a catalogue."""
    try:
        return application_id(path) == APPLICATION_ID
    except OSError:
        return False


def _refuse_other_files(path: Path) -> None:
    try:
        application = application_id(path)
    except OSError as error:
        raise NotACatalogue(f"{path} cannot be read: {error.strerror}.", "Choose another file with --db.") from error
    if application is None:
        raise NotACatalogue(
            f"{path} is not a SQLite file; nothing was changed.",
            hint(path) if backups_of(path) else "Move it away, or choose another file with --db.",
        )


def _refuse_foreign(db: Database, path: Path) -> None:
    """Refuse another program's SQLite file, and a catalogue of a later version."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise _foreign(path)
    if is_of_later_version(db):
        raise CatalogueTooNew(
            f"{path} was written by a later version of joplin-catalogue.", "Update: pip install -U joplin-catalogue"
        )


def _foreign(path: Path) -> NotACatalogue:
    return NotACatalogue(
        f"{path} is another program's SQLite file; nothing was changed.", "Choose another file with --db."
    )


def bring_up_to_date(path: Path, *, backup: bool = True) -> None:
    """Upgrade a catalogue of an earlier version to the tables and views of this one; raises CatalogueFileError."""
    if not is_up_to_date(path):
        with open_to_write(path, backup=backup, patience=WAIT_FOR_LOCK):
            pass


def is_up_to_date(path: Path) -> bool:
    """Whether a catalogue has the tables and views of this version; raises what `open_to_read` raises."""
    with contextlib.closing(open_to_read(path)) as db:
        return not needs_migration(db)
