"""A file for others: the chosen notes with their current sections and links, and nothing else.

The file is written from scratch, with rows chosen column by column (`shared_schema`). It is never a copy from which
data is deleted: freed pages keep their content, and a column added to the catalogue later would be included.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from extractor.catalogue.database import Database
from extractor.catalogue.header import APPLICATION_ID, application_id
from extractor.catalogue.journal import journals
from extractor.catalogue.shared_schema import SHARED_APPLICATION_ID, complete, create_tables
from extractor.catalogue.shared_tables import shared_tables
from extractor.catalogue.sql import insert
from extractor.errors import OutputError
from extractor.output import ANYBODY, cannot_write, placing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from extractor.catalogue.choice import Choice
    from extractor.catalogue.shared_tables import Shared


def share(
    db: Database,
    path: Path,
    choice: Choice,
    *,
    with_tags: bool = False,
    with_context: bool = False,
    on_tokens: Callable[[Sequence[str]], None] | None = None,
    overwrite: bool = False,
) -> Shared:
    """Write the current notes of a choice to a new file at `path`, completely or not at all.

    `shared_tables` defines the content, and handles addresses with a token before anything is written. Raises NotFound,
    and OutputError if the file cannot, or must not, be written.
    """
    _refuse(path, overwrite=overwrite)
    tables = shared_tables(db, choice, with_tags=with_tags, with_context=with_context, on_tokens=on_tokens)
    with _fresh(path) as shared:
        create_tables(shared)
        for table, rows in tables.by_name.items():
            if rows:
                shared.conn.executemany(insert(table, ", ".join(rows[0]._fields)), rows)
        complete(shared)
    return tables.counts


def _refuse(path: Path, *, overwrite: bool) -> None:
    """Refuse to replace what must stay, or to write where that is impossible."""
    if path.is_dir() or not path.parent.is_dir():
        raise OutputError(f"{path} cannot be written.", "Choose a file in an existing folder.")
    if not path.exists():
        return
    try:
        application = application_id(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror}.", "Choose another file.") from error
    if application == APPLICATION_ID:
        raise OutputError(f"{path} is a catalogue and must not be overwritten.", "Choose another file.")
    if application not in {None, SHARED_APPLICATION_ID}:
        raise OutputError(f"{path} is another program's database.", "Choose another file.")
    if journals(path.resolve()):
        # SQLite would apply an existing journal to the new file.
        raise OutputError(f"Another program has {path} open.", "Close it there, or choose another file.")
    if not overwrite:
        raise OutputError(f"{path} already exists and was left unchanged.", "Choose another file, or use --force.")


@contextlib.contextmanager
def _fresh(path: Path) -> Iterator[Database]:
    """A new database that is moved to `path` when complete."""
    with placing(path, ANYBODY, replace_database=True) as growing:
        connection = sqlite3.connect(growing, isolation_level=None)
        try:
            # It is discarded after a failure, so it needs no journal.
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA secure_delete = ON")
            yield Database(connection)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
                raise cannot_write(path, error) from error
            raise
        finally:
            connection.close()
