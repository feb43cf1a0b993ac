"""Searching the full-text tables: what to look for, in which notes, and the best rows that are found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.ask import rows
from extractor.catalogue.queries.finder_conditions import ALWAYS
from extractor.catalogue.queries.search_words import END, START, Query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection, Row

    from extractor.catalogue.queries.ask import Value
    from extractor.catalogue.queries.finder_conditions import Wanted

CLOSER = 60  # at least so many of the best rows are sorted into present and past ones
WORDS = 24  # words of a text around a match
# The ids of the attachments that notes have now.
HELD = """\
SELECT substr(url, 3, 32)
  FROM links
  WHERE target = 'resource' AND removed_at IS NULL"""
SOME = "SELECT value FROM json_each(:some)"


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for, `most` rows of each group.

    `within` is a condition on the id of a note, `written` one on a revision.
    `skipped` rows are left out at the beginning; None if the group is shown beside others and has no further pages.
    """

    connection: Connection
    query: Query
    within: str
    given: Mapping[str, str]
    most: int
    skipped: int | None = None
    written: str = ALWAYS

    def rows(self, statement: str, weights: str = "", some: Sequence[str | int] = ()) -> list[Row]:
        """The rows of a statement, in which SOME selects the ids `some`."""
        return rows(self.connection, statement, **self.values(weights, some))

    def values(self, weights: str = "", some: Sequence[str | int] = ()) -> Mapping[str, Value]:
        """The values of the parameters in a statement of a search."""
        return {
            "match": self.query.match,
            "wanted": self.query.wanted,
            "without": self.query.without,
            "weights": weights,
            "some": json.dumps(some),
            "most": self.most,
            "skipped": self.skipped or 0,
            # A list of several pages has one order for all of them, so all rows are ranked.
            "closer": max(CLOSER, self.most) if self.skipped is None else -1,
            **self.given,
        }

    def best(self, table: str, note_id: str = "note_id") -> str:
        """A statement for the best rows of a full-text table, `place` (rowid) and `score`; FTS5 sorts by rank."""
        return f"""
  SELECT rowid AS place, rank AS score
  FROM {table}_fts
  WHERE {table}_fts MATCH :match AND rank MATCH :weights {self.only(table, note_id)}
  ORDER BY rank
  LIMIT :closer
"""

    def only(self, table: str, note_id: str = "note_id") -> str:
        """A condition that limits full-text rows to the notes that are meant; the plus keeps FTS5's own order."""
        if not self.within:
            return ""
        is_meant = f"id IN ({HELD} AND note_id {self.within})" if table == "resources" else f"{note_id} {self.within}"
        return f"AND +rowid IN (SELECT rowid FROM {table} WHERE {is_meant})"

    def snippets(self, table: str, places: Sequence[int]) -> Mapping[int, str]:
        """A snippet of each of these rows, with the matches marked; making one is slow."""
        statement = f"""
SELECT rowid, snippet({table}_fts, -1, '{START}', '{END}', '…', {WORDS}) AS snippet
FROM {table}_fts
WHERE {table}_fts MATCH :match AND rowid IN ({SOME})
"""
        return {row["rowid"]: row["snippet"] for row in self.rows(statement, some=places)}

    def count(self, table: str, what: str = "*", note_id: str = "note_id") -> int:
        """How many matches there are in a table."""
        source = f"{table}_fts" if what == "*" else f"{table}_fts JOIN {table} ON {table}.rowid = {table}_fts.rowid"
        only = self.only(table, note_id).replace("+rowid", f"+{table}_fts.rowid")
        statement = f"""
SELECT count({what})
FROM {source}
WHERE {table}_fts MATCH :match {only}
"""
        return int(self.rows(statement)[0][0])


def search_for(connection: Connection, wanted: Wanted, most: int, skipped: int | None = None) -> Search | None:
    """The search for everything that is not a link; None if the query has conditions that only links can meet."""
    if wanted.notes is None:
        return None
    where = wanted.notes.certain
    within = f"IN (SELECT note_id FROM (SELECT id AS note_id FROM notes) WHERE {where})" if where != ALWAYS else ""
    return Search(connection, wanted.words, within, wanted.notes.values, most, skipped)


def history_search_for(connection: Connection, wanted: Wanted, most: int, skipped: int | None = None) -> Search | None:
    """The search for revisions; None if the query has conditions that revisions cannot meet."""
    if wanted.revisions is None:
        return None
    condition = wanted.revisions
    return Search(connection, wanted.words, "", condition.values, most, skipped, condition.certain)
