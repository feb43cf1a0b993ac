"""The file itself: opened for reading or writing, created with mode 0600, changed in one transaction."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlite_utils import Database

from extractor.catalogue.backups import backups_of, hint, take
from extractor.catalogue.header import application_id
from extractor.catalogue.journal import is_half_changed, journals, roll_back
from extractor.catalogue.rules import renew
from extractor.catalogue.schema import APPLICATION_ID, migrations
from extractor.catalogue.sqlite_errors import translate_sqlite_errors
from extractor.catalogue.waiting import PATIENCE, STEP, until_free
from extractor.errors import (
    CatalogueFileError,
    CatalogueMissing,
    CatalogueTooNew,
    NotACatalogue,
)
from extractor.output import PRIVATE

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
    bring_up_to_date(path, backup=backup)
    with translate_sqlite_errors(path), contextlib.closing(open_to_read(path)) as db:
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
        connection = None if _is_there(path) else until_free(lambda: _claim_place(path), path, patience)
    if connection is not None and _is_there(path):  # another process has created it meanwhile
        _let_go(connection, _growing(path))
        connection = None
    if connection is not None:
        yield from _grow(path, connection)
        return
    _refuse_other_files(path)
    recover(path)
    _remove_left_over(path)
    yield from _change(path, patience, backup=backup)


def _is_there(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _change(path: Path, patience: float, *, backup: bool) -> Iterator[Database]:
    """Change an existing catalogue in place, so that a Datasette that has it open shows the new rows at once."""
    wait = min(STEP, patience)
    with translate_sqlite_errors(path), contextlib.closing(sqlite3.connect(path, timeout=wait)) as connection:
        connection.isolation_level = None
        db = Database(connection)
        until_free(lambda: _refuse_foreign(db, path), path, patience)
        if until_free(lambda: migrations.pending(db), path, patience):
            if backup:
                take(path, datetime.now(UTC))
            # It may change most of the file, too much for memory. So it is a separate transaction.
            until_free(lambda: db.execute("BEGIN IMMEDIATE"), path, patience)
            _apply_migrations(db)
            until_free(lambda: db.execute("COMMIT"), path, patience)
        # Changes stay in memory until the end: once some of them are in the file, nobody else can read it.
        db.execute("PRAGMA cache_spill = OFF")
        until_free(lambda: db.execute("BEGIN IMMEDIATE"), path, patience)
        yield db
        until_free(lambda: db.execute("COMMIT"), path, patience)
        _give_back_room(db)


def _claim_place(path: Path) -> sqlite3.Connection:
    """Claim the place where a new catalogue is written, for this process only."""
    growing = _growing(path)
    if (left := journals(path)) and not _is_there(path):  # in this order: another process may just have created both
        # SQLite would apply it to the new file and corrupt it.
        raise NotACatalogue(
            f"{left[0]} belongs to a catalogue that no longer exists.",
            f"Put {path.name} back where it was, or move {left[0].name} away.",
        )
    if not path.parent.is_dir():
        raise NotACatalogue(
            f"The folder {path.parent} does not exist.", "Create it, or choose another place with --db."
        )
    return _claim(growing, path)


def _grow(path: Path, connection: sqlite3.Connection) -> Iterator[Database]:
    """Build a new catalogue in a private file, and move it into place at the end."""
    growing = _growing(path)
    with translate_sqlite_errors(path):
        try:
            db = Database(connection)
            _apply_migrations(db)
            yield db
            connection.execute("COMMIT")
            # Rows were added in the order of notes, but most tables are sorted by digests: their pages are not full.
            connection.execute("VACUUM")
            try:
                _put_in_place(growing, path, connection)
            except OSError as error:
                raise _not_writable(path, error) from error
        except BaseException:
            _let_go(connection, growing)
            raise


def _put_in_place(growing: Path, path: Path, connection: sqlite3.Connection) -> None:
    """Move what is whole to its place, and only then let go of it: who waits takes a file without a lock for left over.

    On POSIX, to close the file would let go of the lock, too; Windows moves no file that is open. Raises OSError.
    """
    with growing.open("rb") as file:
        os.fsync(file.fileno())
        if os.name == "posix":
            growing.replace(path)
            connection.close()
    if os.name != "posix":
        connection.close()
        growing.replace(path)


def _let_go(connection: sqlite3.Connection, growing: Path) -> None:
    connection.close()
    with contextlib.suppress(OSError):  # an earlier error is being reported
        growing.unlink()


def _give_back_room(db: Database) -> None:
    """Shrink the file if much of it is free, as after a migration; if that fails, it stays as it is."""
    (pages,), (free,) = (db.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "freelist_count"))
    if free > pages * MOST_FREE:
        with contextlib.suppress(
            sqlite3.OperationalError
        ):  # the change itself is written: another process is reading, or there is no space
            db.execute("VACUUM")


def _growing(path: Path) -> Path:
    return path.with_name(f".{path.name}.building")


def _not_writable(path: Path, error: OSError) -> NotACatalogue:
    return NotACatalogue(f"{path} cannot be written: {error.strerror}.", "Choose another place with --db.")


def _remove_left_over(path: Path) -> None:
    """Remove what a killed first build left, if a catalogue exists by now."""
    growing = _growing(path)
    if growing.exists():
        with contextlib.suppress(CatalogueFileError, sqlite3.DatabaseError, OSError):  # it does no harm
            _claim(growing, path).close()
            growing.unlink(missing_ok=True)


def _apply_migrations(db: Database) -> None:
    """Upgrade the tables, views and triggers."""
    if migrations.pending(db):
        migrations.apply(db)
        renew(db)


def _claim(growing: Path, path: Path) -> sqlite3.Connection:
    """Claim the file of a killed build, or a new one, for this process only."""
    is_new = False
    try:
        try:
            os.close(os.open(growing, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
            is_new = True
        except FileExistsError:
            pass
        connection = sqlite3.connect(growing, timeout=0, isolation_level=None)
    except OSError as error:
        raise _not_writable(path, error) from error
    except sqlite3.Error:
        if is_new:
            growing.unlink(missing_ok=True)
        raise
    # What a killed build left is worthless; the lock shows whether a build was killed or is running. And nobody
    # sees this file before it is whole, so nothing in it has to survive a crash: no journal, no waiting for disks.
    try:
        connection.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; BEGIN EXCLUSIVE"
        )
        left_over = growing.stat().st_size > 0
    except FileNotFoundError:  # another process has just moved it into place, complete
        left_over = True
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise
        left_over = True
    if left_over:
        connection.close()
        growing.unlink(missing_ok=True)
        return _claim(growing, path)
    return connection


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
    known = {migration.name for migration in migrations.pending(db)} | {m.name for m in migrations.applied(db)}
    ours = {migration.name for migration in migrations._migrations}  # noqa: SLF001 -- sqlite-utils tells only what is pending
    if known - ours:
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
        return not migrations.pending(db)
