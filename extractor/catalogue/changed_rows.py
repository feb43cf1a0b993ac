"""Writing the rows of a note that changed, without touching those that did not."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from extractor.catalogue.derived import (
    CHANGE_COLUMNS,
    LINK_COLUMNS,
    REVISION_COLUMNS,
    SECTION_COLUMNS,
    link_values,
    revision_values,
    section_values,
)
from extractor.catalogue.sql import insert, upsert
from extractor.timeline.rows import KeyframeRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extractor.catalogue.database import Database
    from extractor.timeline import NoteRows

Row = tuple[Any, ...]
MOVING = ("line", "position", "last_seen_at", "last_revision_id")
"""Columns that are in no index, nor in the full-text search."""


def write_continued(db: Database, rows: NoteRows) -> set[int]:
    """Write these rows of a note, and keep all others; returns the ids of the addresses that they affect."""
    addresses = set()
    for table, kept in (("links", rows.links), ("sections", rows.sections)):
        # Rows that only the previous current note had are gone, unless they are among the new rows.
        ids = {row.id for row in kept}
        gone = db.execute(
            f"SELECT id{', url_id' if table == 'links' else ', NULL'} FROM {table} "
            "WHERE note_id = ? AND first_revision_id IS NULL",
            [rows.note_id],
        ).fetchall()
        addresses |= {address for _, address in gone if address is not None}
        db.conn.executemany(f"DELETE FROM {table} WHERE id = ?", [(id_,) for id_, _ in gone if id_ not in ids])
    db.conn.executemany(upsert("revisions", REVISION_COLUMNS), map(revision_values, rows.revisions))
    _write_changed(db, rows.note_id, "sections", SECTION_COLUMNS, map(section_values, rows.sections))
    addresses |= _write_changed_links(db, rows.note_id, map(link_values, rows.links))
    db.conn.executemany(insert("keyframes", ", ".join(KeyframeRow._fields)), rows.keyframes)
    db.conn.executemany(insert("link_changes", CHANGE_COLUMNS), rows.changes)
    return addresses


def _write_changed_links(db: Database, note_id: str, rows: Iterable[tuple[object, ...]]) -> set[int]:
    """Write the links that changed; returns the ids of their addresses, without those that were just seen later."""
    names = LINK_COLUMNS.split(", ")
    of_address = itemgetter(*map(names.index, ("url_id", "last_seen_at")))
    moved, others = _write_changed(db, note_id, "links", LINK_COLUMNS, rows)
    addresses = {address for address, _ in map(of_address, others)}
    later: dict[int, str] = {}
    for before, after in moved:
        (address, seen), (_, seen_before) = of_address(after), of_address(before)
        if seen_before is None or seen is None or seen < seen_before:
            addresses.add(address)
        elif seen > seen_before:
            later[address] = max(seen, later.get(address, seen))
    statement = "UPDATE urls SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2"
    db.conn.executemany(statement, [one for one in later.items() if one[0] not in addresses])
    return addresses - {None}


def _write_changed(
    db: Database, note_id: str, table: str, columns: str, rows: Iterable[Row]
) -> tuple[list[tuple[Row, Row]], list[Row]]:
    """Write the rows that changed: most have only moved, and were seen again.

    Returns the rows that moved, as pairs (before, after), and all other changed rows.
    """
    names = columns.split(", ")
    moving = [name for name in names if name in MOVING]
    of_moving = itemgetter(0, *map(names.index, moving))
    of_others = itemgetter(*(at for at, name in enumerate(names) if name not in MOVING))
    known = {
        row[0]: row for row in db.execute(f"SELECT {columns} FROM {table} WHERE note_id = ?", [note_id]).fetchall()
    }
    moved, others = [], []
    for row in rows:
        before = known.get(row[0])
        if before is None or of_others(row) != of_others(before):
            others.append(row)
        elif row != before:
            moved.append((before, row))
    sets = ", ".join(f"{name} = ?{place}" for place, name in enumerate(moving, 2))
    db.conn.executemany(f"UPDATE {table} SET {sets} WHERE id = ?1", [of_moving(row) for _, row in moved])
    db.conn.executemany(upsert(table, columns), others)
    return moved, others
