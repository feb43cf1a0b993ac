"""The tables and views themselves, and the labels of the rows that keys lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import pairs, rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

# Without the internal tables of SQLite, Datasette and the full-text search.
LISTED = r"""
SELECT name, type
FROM sqlite_master
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
      AND name NOT LIKE '\_%' ESCAPE '\' AND name NOT LIKE '%\_fts%' ESCAPE '\'
"""
COLUMNS = """
SELECT name
FROM pragma_table_info(:table)
"""
# The table that a key leads to, and its column for people to read.
LABELS = {
    "note_id": ("notes", "title"),
    "notebook_id": ("notebooks", "path"),
    "section_id": ("sections", "path"),
    "url_id": ("urls", "canonical"),
    "link_id": ("links", "text"),
    "tag_id": ("tags", "title"),
    "source_id": ("sources", "location"),
    "revision_id": ("revisions", "label"),
    "first_revision_id": ("revisions", "label"),
    "last_revision_id": ("revisions", "label"),
}


def kinds_of_tables(connection: Connection) -> Mapping[str, str]:
    """Whether each is a table or a view, by name."""
    return pairs(connection, LISTED)


def columns_of(connection: Connection, table: str) -> list[str]:
    """The names of the columns of a table or view."""
    return [found["name"] for found in rows(connection, COLUMNS, table=table)]


def label_of(connection: Connection, key: str, value: str) -> str:
    """The label of the row that a key (one of LABELS) leads to; the value itself if there is no such row."""
    table, column = LABELS[key]
    statement = f"""
SELECT {column}
FROM {table}
WHERE id = :key
"""
    found = rows(connection, statement, key=value)
    return (found[0][column] or "") if found else value
