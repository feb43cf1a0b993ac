"""The profile of the desktop or terminal app: database.sqlite, with the blobs in `resources/<id>.<extension>`.

Unlike a sync target, the database also has conflict notes. It is read from a copy (see snapshot).
"""

from __future__ import annotations

import os
import sqlite3
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from extractor.errors import ItemError, SourceEmpty, SourceNotFound
from extractor.joplin.item_reader import item_from_row
from extractor.joplin.item_types import ItemType
from extractor.joplin.items import MasterKey
from extractor.sources.protocol import DATABASE, MAX_ITEM_SIZE, Blob, Entry, Reading, SourceKind, resource_names
from extractor.sources.rows import TABLES, columns, read_row, row_entry, short_columns
from extractor.sources.snapshot import snapshot, unreadable
from extractor.sources.sync_info import SyncInfo, parse_sync_info

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_BATCH: Final = 200
_LONGEST_DAYS: Final = 6  # digits; nobody sets a longer number of days


class ProfileSource:
    """A profile folder, or a database.sqlite anywhere; raises SourceNotFound."""

    kind: SourceKind = "profile"
    has_history = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(os.path.realpath(path))
        if self.path.is_dir():
            self.path /= DATABASE
        if not self.path.is_file():
            raise SourceNotFound(f"{self.path} does not exist.")
        self.location = str(self.path)
        self._copy: sqlite3.Connection | None = None
        self._columns: dict[str, list[str]] = {}

    @property
    def history_days(self) -> int | None:
        """How long revisions are kept, according to the profile."""
        days = self._sync_info().history_days
        said = self._setting("revisionService.ttlDays")
        if days is None and said.isdecimal() and len(said) <= _LONGEST_DAYS:
            return int(said)
        return days

    def entries(self) -> list[Entry]:
        """The rows of all tables of items as they are now; raises SourceError."""
        self.close()
        database = self._open()
        found: list[Entry] = []
        # A title that is not UTF-8 is a problem of its row only, when that is read.
        database.text_factory = lambda text: text.decode("utf-8", "backslashreplace")
        try:
            for table, names in self._columns.items():
                short = ", ".join(f'"{name}"' for name in short_columns(names)) or "''"
                rows = database.execute(f"SELECT id, {short} FROM {table} WHERE typeof(id) = 'text' ORDER BY id")  # noqa: S608 - names from our records
                found += [row_entry(table, row[0], row[1:]) for row in rows]
        except sqlite3.Error as error:
            raise unreadable(self.path, error) from error
        finally:
            database.text_factory = str
        if not found:
            raise SourceEmpty(f"{self.path} has no notes yet.")
        return found

    def read(self, entries: Sequence[Entry]) -> Iterator[Reading]:
        """Read rows as they were when listed."""
        database = self._open()
        for table, group in groupby(entries, key=lambda entry: entry.name.partition("/")[0]):
            listed = list(group)
            for start in range(0, len(listed), _BATCH):
                yield from self._read_batch(database, table, listed[start : start + _BATCH])

    def master_keys(self) -> tuple[MasterKey, ...]:
        """The keys in syncInfoCache, and in the table that had them before (schema version < 41)."""
        keys = {key.id: key for key in self._sync_info().master_keys}
        for row in self._rows_of("SELECT * FROM master_keys"):
            try:
                key = item_from_row(ItemType.MASTER_KEY, row)
            except ItemError:
                continue
            if isinstance(key, MasterKey):
                keys.setdefault(key.id, key)
        return tuple(keys.values())

    def blob(self, resource_id: str, extension: str = "") -> Blob | None:
        """The file of an attachment."""
        paths = (self.path.parent / name for name in resource_names(resource_id, extension))
        return next((Blob(path) for path in paths if path.is_file()), None)

    def close(self) -> None:
        """Delete the copy."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def _open(self) -> sqlite3.Connection:
        """The copy, which is made at the first call."""
        if self._copy is None:
            copy = snapshot(self.path)
            # An item of a gigabyte would be in memory several times.
            copy.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_ITEM_SIZE)
            try:
                self._columns = _tables(copy)
            except sqlite3.Error as error:
                copy.close()
                raise unreadable(self.path, error) from error
            if not {"id", "body", "updated_time"} <= set(self._columns.get("notes", ())):
                copy.close()
                raise SourceEmpty(
                    f"{self.path} is an SQLite database, but not Joplin's.", f"Joplin's is called {DATABASE}."
                )
            self._copy = copy
        return self._copy

    def _read_batch(self, database: sqlite3.Connection, table: str, entries: Sequence[Entry]) -> Iterator[Reading]:
        type_ = TABLES[table]
        names = self._columns[table]
        chosen = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("?" * len(entries))
        query = f"SELECT {chosen} FROM {table} WHERE id IN ({marks})"  # noqa: S608 - names from our records
        try:
            rows = {row[0]: row for row in database.execute(query, [entry.item_id for entry in entries])}
        except sqlite3.Error as error:
            if len(entries) > 1:  # a bad row must not affect the others
                for entry in entries:
                    yield from self._read_batch(database, table, [entry])
                return
            yield Reading(entries[0], problem=f"Its row cannot be read: {error}.")
            return
        for entry in entries:
            row = rows.get(entry.item_id)
            if row is None:
                yield Reading(entry.untrusted())
            else:
                yield read_row(entry, type_, dict(zip(names, row, strict=True)))

    def _sync_info(self) -> SyncInfo:
        return parse_sync_info(self._setting("syncInfoCache"))

    def _setting(self, key: str) -> str:
        """One setting, '' if it does not exist."""
        rows = self._rows_of("SELECT value FROM settings WHERE key = ?", key)
        return str(rows[0]["value"]) if rows else ""

    def _rows_of(self, query: str, *values: str) -> list[dict[str, object]]:
        """Query a table that some versions of Joplin lack."""
        try:
            cursor = self._open().execute(query, values)
            return [dict(zip((name for name, *_ in cursor.description), row, strict=True)) for row in cursor]
        except sqlite3.Error:
            return []


def _tables(database: sqlite3.Connection) -> dict[str, list[str]]:
    """The existing tables of items, with those of our columns that each has in this version of Joplin.

    A missing column (an older version) is left out, and the record has its default; an unknown one (a newer version)
    is not requested.
    """
    found = {}
    for table, type_ in TABLES.items():
        there = {name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")}
        names = [name for name in columns(type_) if name in there]
        if "id" in there:
            found[table] = names
    return found
