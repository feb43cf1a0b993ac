"""The file pages.db: its location, creating it with mode 0600, opening it, and its error messages."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

from extractor.catalogue.header import application_id
from extractor.catalogue.journal import is_half_changed, roll_back
from extractor.catalogue.search import TOKENIZE
from extractor.catalogue.waiting import PATIENCE, STEP, until_free
from extractor.errors import CatalogueFileError
from extractor.output import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USUAL, NAME = "catalogue.db", "pages.db"
APPLICATION_ID = 0x4A436B70  # "JCkp"
VERSION = 1
WAIT_TO_READ = 5.0  # seconds

KeptPages = sqlite3.Connection  # an open pages.db, for packages that know nothing about SQLite
# `seen_at` of a version: when its page was last seen saying so. The index stores no text (`content=''`), because the
# texts are compressed; to delete a row from it, the text has to be given.
SCHEMA = f"""
CREATE TABLE pages (id INTEGER PRIMARY KEY, asked TEXT NOT NULL UNIQUE);
CREATE TABLE versions (
  id INTEGER PRIMARY KEY, page_id INTEGER NOT NULL REFERENCES pages(id), kept_at TEXT NOT NULL, seen_at TEXT NOT NULL,
  title TEXT, chars INTEGER NOT NULL, text BLOB NOT NULL, html BLOB, html_type TEXT
);
CREATE INDEX idx_versions_page_id ON versions(page_id, kept_at);
CREATE VIRTUAL TABLE versions_fts USING fts5 (title, text, folded, content='', tokenize='{TOKENIZE}')
"""

# One statement: between two, another process might create the tables.
WHAT_IT_IS = """
SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
FROM pragma_application_id, pragma_user_version
"""


def pages_of(catalogue: Path) -> Path:
    """Where the kept pages of a catalogue are: `pages.db`, or for a catalogue of another name `NAME-pages.db`."""
    if catalogue.name == USUAL:
        return catalogue.with_name(NAME)
    stem = catalogue.stem if catalogue.suffix == ".db" else catalogue.name
    return catalogue.with_name(f"{stem}-{NAME}")


def is_there(path: Path) -> bool:
    """Whether anything is kept; a writer that was killed at its start leaves an empty file."""
    return path.is_file() and path.stat().st_size > 0


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Translate errors into CatalogueFileError, which says what is wrong with the file and what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        match getattr(error, "sqlite_errorcode", 0) & 0xFF:
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                hint = "Another process is writing to it: try again when that has finished."
            case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
                hint = "Its old content is unharmed: free some space on its disk, or check the disk."
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
                hint = "Make it and its folder writable for you."
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                hint = f"Move it away, and the next `check-links --keep` starts a new one: {path.name} is in no backup."
            case _:
                raise
        raise CatalogueFileError(f"The kept pages in {path} cannot be used: {error}.", hint) from error


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Open the kept pages for reading; None if there are none. Raises CatalogueFileError."""
    if not is_there(path):
        yield None
        return
    with translate_errors(path):
        _recover(path)
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=WAIT_TO_READ, check_same_thread=False)) as connection:
            yield connection if _version(connection, path) else None


@contextmanager
def writing(path: Path, patience: float = PATIENCE) -> Iterator[sqlite3.Connection]:
    """Open the kept pages for writing, creating the file if needed; each change is a transaction (`change`).

    Raises CatalogueFileError.
    """
    if not path.exists():
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
        except FileExistsError:  # another run has just created it
            pass
        except OSError as error:
            raise CatalogueFileError(
                f"{path} cannot be written: {error.strerror}.", "Make its folder writable for you."
            ) from error
    with translate_errors(path), ExitStack() as stack:
        _recover(path)
        connection = stack.enter_context(closing(sqlite3.connect(path, timeout=min(STEP, patience))))
        connection.isolation_level = None
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # no effect on a file that has tables
        with change(connection, path, patience):
            if not _version(connection, path):
                for statement in SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
        yield connection


@contextmanager
def change(connection: sqlite3.Connection, path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """One transaction, rolled back on any error; waits for another writer."""
    until_free(lambda: connection.execute("BEGIN IMMEDIATE"), path, patience)
    try:
        yield
        until_free(lambda: connection.execute("COMMIT"), path, patience)
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def size_of(connection: sqlite3.Connection) -> int:
    """The bytes of the file in use, including those of an open transaction."""
    (pages,), (free,), (size,) = (
        connection.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the tables, 0 if there are none yet; raises CatalogueFileError for another program's file.

    Only SQLite may open the file: closing it in any other way releases all locks that this process has on it
    (https://sqlite.org/howtocorrupt.html section 2.2).
    """
    application, version, tables = connection.execute(WHAT_IT_IS).fetchone()
    if application != APPLICATION_ID and (application or tables):
        raise _foreign(path)
    if version > VERSION:
        raise CatalogueFileError(
            f"{path} was written by a later version of joplin-catalogue.", "Update: pip install -U joplin-catalogue"
        )
    return int(version)


def _recover(path: Path) -> None:
    """Roll back the interrupted change of a killed writer, but not one of another program."""
    if not is_half_changed(path):
        return
    if path.stat().st_size and application_id(path) != APPLICATION_ID:
        raise _foreign(path)
    roll_back(path, WAIT_TO_READ)


def _foreign(path: Path) -> CatalogueFileError:
    return CatalogueFileError(
        f"{path} is not a file of kept pages; nothing was changed.", "Move it away: kept pages need that name."
    )
