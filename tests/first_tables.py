"""The tables of new catalogues, made by the migrations once per process: these take longer than most builds in tests.

The tables of the first catalogue are copied to the others; tests/test_migrations.py shows that nothing differs.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from typing import Any

from extractor.catalogue.migrating import apply_migrations
from extractor.catalogue.schema import APPLICATION_ID

made_by_migrations = apply_migrations


@cache
def _made() -> tuple[list[str], dict[str, list[tuple[Any, ...]]]]:
    """The statements that make the tables, indexes and triggers, and the rows that are already in each table."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        made_by_migrations(connection)
        found = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql NOT NULL ORDER BY rowid")
        parts = [part for part in found if not part[1].startswith("sqlite_")]
        virtual = tuple(f"{name}_" for _, name, sql in parts if sql.startswith("CREATE VIRTUAL"))
        tables = [name for kind, name, sql in parts if kind == "table" and not sql.startswith("CREATE VIRTUAL")]
        rows = {name: connection.execute(f"SELECT * FROM '{name}'").fetchall() for name in tables}  # noqa: S608
    # A virtual table itself creates the tables for its index.
    statements = [sql for kind, name, sql in parts if kind != "table" or not name.startswith(virtual)]
    return sorted(statements, key=lambda sql: not sql.startswith(("CREATE TABLE", "CREATE VIRTUAL"))), rows


def apply(connection: sqlite3.Connection) -> None:
    """Create all tables in a new file; a file that has tables is left to the migrations themselves."""
    if connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        made_by_migrations(connection)
        return
    statements, rows = _made()
    for statement in [f"PRAGMA application_id = {APPLICATION_ID}", *statements]:
        connection.execute(statement)
    for table, found in rows.items():
        for row in found:
            connection.execute(f"INSERT OR REPLACE INTO '{table}' VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
