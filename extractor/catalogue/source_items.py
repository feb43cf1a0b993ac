"""What each source has, and ever had: the rows of `sources` and `source_items`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.errors import NotFound
from extractor.joplin.item_types import ItemType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from extractor.catalogue.database import Database

ENCRYPTED = "encrypted "
"""The beginning of the stamp of an entry whose item stays encrypted."""


@dataclass(slots=True)
class Dirty:
    """What a build has to derive again; for notes that have only `grown`, only what is new.

    `known` is how many ids of notes and resources were known before the build.
    """

    notes: set[str] = field(default_factory=set)
    anything: bool = False
    known: int = 0
    _changed: set[str] = field(default_factory=set)

    def touch(self, notes: Iterable[str], *, grown: bool = False) -> None:
        """Mark these notes to be derived again; they have only `grown` if they got revisions, or a new text."""
        found = set(notes)
        self.notes |= found
        if not grown:
            self._changed |= found

    @property
    def grown(self) -> set[str]:
        """The marked notes that have only grown."""
        return self.notes - self._changed


def known_ids(db: Database) -> int:
    """How many ids of notes and resources are known; a build never forgets any."""
    (count,) = db.execute("SELECT (SELECT count(*) FROM notes) + (SELECT count(*) FROM resources)").fetchone()
    return int(count)


def source_row(db: Database, kind: str, location: str, now: str, history_days: int | None) -> int:
    """The id of a source in the catalogue, new or known; `history_days` are those of the source."""
    db.execute(
        "INSERT INTO sources (kind, location, first_built_at, last_built_at, history_days) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (location) DO UPDATE SET kind = excluded.kind, last_built_at = excluded.last_built_at, "
        "history_days = excluded.history_days, forgotten_at = NULL",
        [kind, location, now, now, history_days],
    )
    return int(db.execute("SELECT id FROM sources WHERE location = ?", [location]).fetchone()[0])


def forget_source(db: Database, location: str, now: str, touched: Dirty) -> None:
    """Mark a source so that it is not read again. What is known from it is kept. Raises NotFound."""
    row = db.execute("SELECT id FROM sources WHERE location = ? AND forgotten_at IS NULL", [location]).fetchone()
    if row is None:
        raise NotFound(f"{location} is not a source of this catalogue.", "The table `sources` lists its sources.")
    db.execute("UPDATE sources SET forgotten_at = ? WHERE id = ?", [now, row[0]])
    db.execute("UPDATE source_items SET problem = NULL WHERE source_id = ?", [row[0]])
    touched.anything = True


def known_stamps(db: Database, source_id: int) -> dict[str, str]:
    """The stamp of each entry that the source had when last read, by name; with ENCRYPTED before it if it is so."""
    rows = db.execute("SELECT name, stamp FROM source_items WHERE source_id = ? AND removed_at IS NULL", [source_id])
    return dict(rows.fetchall())


def known_notes(db: Database, source_id: int) -> set[str]:
    """The ids of the notes that the source had when it was last read."""
    rows = db.execute(
        "SELECT item_id FROM source_items WHERE source_id = ? AND type = ? AND removed_at IS NULL",
        [source_id, ItemType.NOTE],
    )
    return {row[0] for row in rows.fetchall()}


def forget(db: Database, source_id: int, names: Iterable[str], now: str, touched: Dirty) -> None:
    """Record that the source no longer has these entries. What is known from them is kept, and that it had them."""
    for name in names:
        _forget_where(db, "source_id = ? AND name = ?", [source_id, name], now, touched)


def forget_superseded(db: Database, now: str, touched: Dirty) -> None:
    """Mark the items of forgotten sources as removed if any other complete source ever had them: that one decides.

    Other items stay as they are: that a source is no longer read does not mean that anything was removed from Joplin.
    """
    if not db.execute("SELECT 1 FROM sources WHERE forgotten_at NOT NULL").fetchone():
        return
    forgotten = "source_id IN (SELECT id FROM sources WHERE forgotten_at NOT NULL)"
    others = (
        "(SELECT item_id FROM source_items JOIN sources ON sources.id = source_id "
        "WHERE forgotten_at IS NULL AND kind <> 'file' AND item_id NOT NULL)"
    )
    decided = (
        f"item_id IN {others}",
        f"type = {ItemType.NOTE:d} AND item_id IN (SELECT note_id FROM revision_diffs WHERE revision_id IN {others})",
        # Whether a note has a tag is decided with the note: in the Data API, the pair has no separate id.
        f"type = {ItemType.NOTE_TAG:d} AND json_extract(fields, '$.note_id') IN {others}",
    )
    for where in decided:
        _forget_where(db, f"{forgotten} AND {where}", [], now, touched)


def _forget_where(db: Database, where: str, values: Sequence[object], now: str, touched: Dirty) -> None:
    rows = db.execute(
        f"UPDATE source_items SET removed_at = ?, fields = NULL, problem = NULL WHERE removed_at IS NULL AND {where} "
        "RETURNING item_id, type",
        [now, *values],
    ).fetchall()
    touched.touch(item_id for item_id, kind in rows if kind == ItemType.NOTE)
    touched.anything |= bool(rows)


def remember_missing(db: Database, source_id: int, note_ids: Iterable[str], now: str) -> None:
    """Record that the source was asked for these notes one by one, and has none of them."""
    db.conn.executemany(
        "INSERT OR IGNORE INTO source_items (source_id, name, item_id, type, stamp, removed_at) "
        "VALUES (?, ?, ?, ?, '', ?)",
        [(source_id, f"asked for/{note_id}", note_id, ItemType.NOTE, now) for note_id in note_ids],
    )


def closed_items(db: Database) -> int:
    """How many items of the sources stay encrypted."""
    (count,) = db.execute(
        "SELECT count(DISTINCT coalesce(item_id, name)) FROM source_items JOIN sources ON sources.id = source_id "
        "WHERE substr(stamp, 1, ?) = ? AND removed_at IS NULL AND forgotten_at IS NULL",
        [len(ENCRYPTED), ENCRYPTED],
    ).fetchone()
    return int(count)
