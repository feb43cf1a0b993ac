"""Executing statements: parameters and rows by name, and records of the columns that are named like their fields.

Rows have names whatever the row factory of the connection is: those of Datasette and of commands differ.
"""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field
    from sqlite3 import Connection, Row

Value = str | int | float | None


class Record(Protocol):
    """A dataclass with a field for each column that is read."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


T = TypeVar("T", bound=Record)


def rows(connection: Connection, statement: str, **values: Value) -> list[Row]:
    """All rows."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(statement, values).fetchall()


def row(connection: Connection, statement: str, **values: Value) -> Row | None:
    """The first row; None if there is none."""
    found = rows(connection, statement, **values)
    return found[0] if found else None


def value(connection: Connection, statement: str, **values: Value) -> Any:  # noqa: ANN401 -- of any SQLite type
    """The first column of the first row; None if there is no row."""
    found = row(connection, statement, **values)
    return found[0] if found is not None else None


def pairs(connection: Connection, statement: str, **values: Value) -> Mapping[Any, Any]:
    """The second column of each row by the first."""
    return {row[0]: row[1] for row in plain_rows(connection, statement, **values)}


def plain_rows(connection: Connection, statement: str, **values: Value) -> list[tuple[Any, ...]]:
    """All rows as tuples, which takes half as long, for statements with few columns and perhaps many rows."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor.execute(statement, values).fetchall()


def records(kind: type[T], connection: Connection, statement: str, **values: Value) -> tuple[T, ...]:
    """Each row as a record."""
    # By place, and not by name like a single record: that takes half as long, and there may be thousands of rows.
    cursor = connection.cursor()
    cursor.row_factory = None
    found = cursor.execute(statement, values)
    names = [name for name, *_ in found.description]
    places = [(names.index(name), is_bool) for name, is_bool in _fields(kind)]
    return tuple([kind(*[bool(one[at]) if is_bool else one[at] for at, is_bool in places]) for one in found])


def record(kind: type[T], found: Row) -> T:
    """A row as a record; the row may have more columns than the record has fields."""
    return kind(**{name: bool(found[name]) if is_bool else found[name] for name, is_bool in _fields(kind)})


@cache
def _fields(kind: type[Record]) -> tuple[tuple[str, bool], ...]:
    """The fields of a record, and whether each is a boolean, for which SQLite has 1 and 0."""
    return tuple((field.name, field.type in {bool, "bool"}) for field in fields(kind))
