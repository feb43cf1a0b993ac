"""How the full-text tables are asked: what is looked for, in which notes, and the best of what is found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import rows
from extractor.catalogue.queries.search_words import END, START, Query
from extractor.catalogue.queries.typed_names import NOTEBOOKS, TAGS, Unknown, names_of, notebooks_meant, tags_meant
from extractor.names import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection, Row

    from extractor.catalogue.queries.ask import Value
    from extractor.catalogue.queries.search_words import Within

CLOSER = 60  # of the best, at least, from which those of the past and of the present are told apart
WORDS = 24  # words of a text around what was found
# The ids of the attachments that notes have now.
HELD = """\
SELECT substr(url, 3, 32)
  FROM links
  WHERE target = 'resource' AND removed_at IS NULL"""


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for, `most` of each group; `within` is a condition on the id of a note."""

    connection: Connection
    query: Query
    within: str
    given: Mapping[str, str]
    most: int

    def rows(self, statement: str, weights: str = "", some: Sequence[str | int] = ()) -> list[Row]:
        """Rows of a statement; in it SOME are some ids."""
        return rows(self.connection, statement, **self.values(weights, some))

    def values(self, weights: str = "", some: Sequence[str | int] = ()) -> Mapping[str, Value]:
        """What a statement of a search compares with."""
        return {
            "match": self.query.match,
            "wanted": self.query.wanted,
            "weights": weights,
            "some": json.dumps(some),
            "most": self.most,
            "closer": max(CLOSER, self.most),
            **self.given,
        }

    def best(self, table: str, note_id: str = "note_id") -> str:
        """The best rows of a full-text table: `place` (rowid), `snippet`, `score`.

        FTS5 sorts by rank itself, and makes a snippet only of what it gives; sorted by bm25() SQLite would make all.
        """
        return f"""
  SELECT rowid AS place, snippet({table}_fts, -1, '{START}', '{END}', '…', {WORDS}) AS snippet, rank AS score
  FROM {table}_fts
  WHERE {table}_fts MATCH :match AND rank MATCH :weights {self.only(table, note_id)}
  ORDER BY rank
  LIMIT :closer
"""

    def only(self, table: str, note_id: str = "note_id") -> str:
        """Narrow full-text rows down to the notes that are meant; the plus keeps FTS5 at its own order."""
        if not self.within:
            return ""
        is_meant = f"id IN ({HELD} AND note_id {self.within})" if table == "resources" else f"{note_id} {self.within}"
        return f"AND +rowid IN (SELECT rowid FROM {table} WHERE {is_meant})"

    def count(self, table: str, what: str = "*", note_id: str = "note_id") -> int:
        """How much is found in a table."""
        source = f"{table}_fts" if what == "*" else f"{table}_fts JOIN {table} ON {table}.rowid = {table}_fts.rowid"
        only = self.only(table, note_id).replace("+rowid", f"+{table}_fts.rowid")
        statement = f"""
SELECT count({what})
FROM {source}
WHERE {table}_fts MATCH :match {only}
"""
        return int(self.rows(statement)[0][0])


def narrowed(connection: Connection, wanted: Sequence[Within]) -> tuple[str, Mapping[str, str], tuple[Unknown, ...]]:
    """A condition on the id of a note, '' for none, its values, and the names that mean nothing."""
    parts: list[str] = []
    given: dict[str, str] = {}
    unknown: list[Unknown] = []
    for place, one in enumerate(wanted):
        is_tag = one.kind == "tag"
        names = names_of(connection, TAGS if is_tag else NOTEBOOKS)
        meant = tags_meant(one.name, names) if is_tag else notebooks_meant(one.name, names)
        if not meant:
            unknown.append(Unknown(one.kind, one.name, tuple(nearest(one.name, names))))
        given[f"within_{place}"] = json.dumps(meant)
        some = f"(SELECT value FROM json_each(:within_{place}))"
        notes = (
            f"SELECT note_id FROM note_tags JOIN tags ON tags.id = tag_id WHERE tags.title IN {some}"
            if is_tag
            else f"SELECT id FROM notes WHERE notebook IN {some}"
        )
        parts.append(f"id {'NOT IN' if one.without else 'IN'} ({notes})")
    return f"IN (SELECT id FROM notes WHERE {' AND '.join(parts)})" if parts else "", given, tuple(unknown)
