"""Statements that are long only because tables have many columns, and rows by name."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def insert(table: str, columns: str) -> str:
    """`INSERT` of one row; `columns` is a list of names with commas."""
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' for _ in columns.split(','))})"


def upsert(table: str, columns: str, key: str = "id") -> str:
    """`INSERT` of one row, or an update of every column but the key where the row is there."""
    names = [name.strip() for name in columns.split(",")]
    keys = {name.strip() for name in key.split(",")}
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return f"{insert(table, columns)} ON CONFLICT ({key}) DO UPDATE SET {updates}"


def named_rows(
    connection: sqlite3.Connection, sql: str, values: Sequence[object] | Mapping[str, object] = ()
) -> list[sqlite3.Row]:
    """The rows of a statement, by the names of their columns, whatever the connection gives otherwise."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(sql, values).fetchall()
