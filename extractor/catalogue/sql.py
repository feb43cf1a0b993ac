"""Statements that are long only because tables have many columns."""

from __future__ import annotations


def insert(table: str, columns: str) -> str:
    """`INSERT` of one row; `columns` is a list of names with commas."""
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' for _ in columns.split(','))})"


def upsert(table: str, columns: str, key: str = "id") -> str:
    """`INSERT` of one row, or an update of every column except for the key if the row exists."""
    names = [name.strip() for name in columns.split(",")]
    keys = {name.strip() for name in key.split(",")}
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return f"{insert(table, columns)} ON CONFLICT ({key}) DO UPDATE SET {updates}"
