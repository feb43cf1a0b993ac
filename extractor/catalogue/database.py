"""An open SQLite file, in the form that everything that reads or writes the catalogue takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection, Cursor


class Database:
    """A connection, which is closed by whoever opened it.

    This is the part of `sqlite_utils.Database` that statements need: importing sqlite-utils takes as long as listing a
    folder of 10,000 items, and most builds find nothing changed. Migrations, which are rare, use sqlite-utils itself.
    """

    __slots__ = ("conn",)

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Cursor:
        """Execute one statement; raises what `sqlite3` raises."""
        return self.conn.execute(sql, parameters)

    def has_table(self, name: str) -> bool:
        """Whether there is a table with this name."""
        found = self.conn.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [name])
        return found.fetchone() is not None

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns, in order."""
        return [row[0] for row in self.conn.execute("SELECT name FROM pragma_table_info(?)", [table])]

    def close(self) -> None:
        """Close the connection."""
        self.conn.close()
