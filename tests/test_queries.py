"""The read side: every statement is whole, and none is anywhere else in what draws pages."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from extractor import publish
from extractor.catalogue import queries
from extractor.catalogue.queries.ask import pairs, record, records, row, rows, value

if TYPE_CHECKING:
    from collections.abc import Iterator

STATEMENT = re.compile(r"\bSELECT\b.*?\bFROM\b", re.DOTALL)


def statements() -> Iterator[tuple[str, str]]:
    for module in pkgutil.iter_modules(queries.__path__, f"{queries.__name__}."):
        for name, constant in vars(importlib.import_module(module.name)).items():
            if isinstance(constant, str) and constant.lstrip().startswith("SELECT ") and name.isupper():
                yield f"{module.name.rpartition('.')[2]}.{name}", constant


STATEMENTS = dict(statements())
PARTS = {
    "finder_places.EVER",
    "finder_places.PRESENT",
    "full_text.HELD",
    "full_text.SOME",
    "search.HELD",
    "search.SOME",
    "health.DAYS",
}  # of statements, or without a table


def test_there_are_statements() -> None:
    assert len(STATEMENTS) > 40


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_can_be_pasted_into_sqlite3(name: str, example_db: Path) -> None:
    statement = STATEMENTS[name]
    if name not in PARTS:
        lines = statement.split("\n")
        assert (lines[0], lines[1][:6], lines[-1]) == ("", "SELECT", ""), statement
    with closing(sqlite3.connect(example_db)) as connection:
        connection.execute(f"EXPLAIN {statement}", defaultdict(lambda: "[]"))


def test_nothing_that_draws_pages_has_a_statement() -> None:
    top = Path(publish.__file__).parent
    found = {
        str(module.relative_to(top)): STATEMENT.findall(module.read_text(encoding="utf-8"))
        for module in top.rglob("*.py")
    }
    assert {name: some for name, some in found.items() if some} == {}


@dataclass(frozen=True)
class Told:
    id: int
    is_there: bool


@pytest.mark.parametrize("factory", [None, sqlite3.Row])
def test_rows_are_read_by_name_whatever_the_connection_gives(factory: type[sqlite3.Row] | None) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = factory
        one = "SELECT 1 AS is_there, 'x' AS more, :id AS id"
        assert records(Told, connection, one, id=7) == (Told(7, is_there=True),)
        assert [record(Told, found) for found in rows(connection, one, id=8)] == [Told(8, is_there=True)]
        assert pairs(connection, one, id=0) == {1: "x"}
        assert value(connection, one, id=0) == 1
        nothing = "SELECT 1 AS id WHERE 0"
        assert (row(connection, nothing), value(connection, nothing), rows(connection, nothing)) == (None, None, [])
