"""What the catalogue remembers of revisions: the diffs of each as first written, and a later version if needed.

Joplin changes a revision only in one case: its clean-up replaces the oldest revision that it keeps by a re-based head
(Revision.ts:320-397). That has the same text, but no longer says what was changed. So of two versions, from whatever
source and build, the earlier one makes the history; the later one is kept only if the base of the earlier one is lost.
Thus the memory is the same in whatever order they came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.sql import upsert
from extractor.catalogue.stored_texts import restored, stored
from extractor.joplin.diffs import is_from_nothing, read_diffs
from extractor.joplin.history import SeenText, State, replay
from extractor.joplin.items import Revision
from extractor.joplin.locked import locked_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from extractor.catalogue.database import Database

COLUMNS = (
    "revision_id, parent_id, note_id, item_type, captured_ms, created_ms, updated_ms, title_diff, body_diff, "
    "metadata_diff, rebased_ms, rebased_title_diff, rebased_body_diff, rebased_metadata_diff"
)
REBASED_FROM = 10  # the index of rebased_ms among the columns
NOTEBOOK = re.compile(r'"parent_id": ?"([^"\\]+)"')
KNOWN_BY_ITSELF = (State.COMPLETE, State.INEXACT)


def remember_revisions(db: Database, revisions: Sequence[Revision]) -> tuple[set[str], set[str]]:
    """Store what was not known before; returns the ids of notes whose history has grown, or may have changed."""
    memories = _memories(db, revisions)
    changed: dict[str, _Memory] = {}
    grown: set[str] = set()
    otherwise: set[str] = set()
    for revision in revisions:
        memory = memories.get(revision.id)
        if memory is None:
            memory = memories[revision.id] = _Memory(revision)
        else:
            before = memory.first.item_id
            if not memory.take(revision):
                continue
            otherwise |= {before, memory.first.item_id}
        grown.add(memory.first.item_id)
        changed[revision.id] = memory
    db.conn.executemany(
        upsert("revision_diffs", f"{COLUMNS}, from_nothing", key="revision_id"),
        [memory.row() for memory in changed.values()],
    )
    return grown, otherwise


def histories(
    db: Database, note_ids: Iterable[str]
) -> Iterator[tuple[str, list[Revision], dict[str, Revision], dict[str, SeenText]]]:
    """For each note its revisions as first written and, by id, later versions and rebuilt texts of some of them."""
    for note_id in note_ids:
        rows = db.execute(
            f"SELECT seen_title, seen_body, {COLUMNS} FROM revision_diffs WHERE note_id = ? ORDER BY revision_id",
            [note_id],
        ).fetchall()
        memories = [_memory(row[2:]) for row in rows]
        later = {memory.first.id: memory.later for memory in memories if memory.later is not None}
        seen = {
            memory.first.id: SeenText(None if row[0] is None else restored(row[0]), restored(row[1]))
            for row, memory in zip(rows, memories, strict=True)
            if row[1] is not None
        }
        yield note_id, [memory.first for memory in memories], later, seen


def revision_as_first_written(db: Database, revision_id: str) -> Revision | None:
    """One revision as first written; None if it is unknown."""
    row = db.execute(f"SELECT {COLUMNS} FROM revision_diffs WHERE revision_id = ?", [revision_id]).fetchone()
    return None if row is None else _memory(row).first


def notebooks_in(revisions: Iterable[Revision], titles: Mapping[str, str]) -> dict[str, str]:
    """The titles, by id, of the notebooks that these revisions mention."""
    named = {id_ for revision in revisions for id_ in NOTEBOOK.findall(revision.metadata_diff)}
    return {id_: titles[id_] for id_ in sorted(named) if id_ in titles}


def keep_rebuilt(db: Database, note_id: str, rebuilt: Mapping[str, SeenText]) -> None:
    """Store rebuilt texts, replacing those stored before, except for texts that would then not be known any more."""
    db.execute(
        "UPDATE revision_diffs SET seen_title = NULL, seen_body = NULL WHERE note_id = ?1 AND seen_body NOT NULL "
        "AND revision_id NOT IN (SELECT id FROM revisions WHERE note_id = ?1 AND state = 'partial')",
        [note_id],
    )
    db.conn.executemany(
        "UPDATE revision_diffs SET seen_title = ?, seen_body = ? WHERE revision_id = ?",
        [(None if text.title is None else stored(text.title), stored(text.body), id_) for id_, text in rebuilt.items()],
    )


def forget_needless(db: Database, revisions: Sequence[Revision], later: Mapping[str, Revision]) -> dict[str, Revision]:
    """Delete later versions, which repeat the whole text of a note, unless the base of the first version is lost.

    Returns those that are kept, by id.
    """
    if not later:
        return {}
    lost = {text.id for text in replay(revisions) if text.state not in KNOWN_BY_ITSELF}
    db.conn.executemany(
        "UPDATE revision_diffs SET rebased_ms = NULL, rebased_title_diff = NULL, rebased_body_diff = NULL, "
        "rebased_metadata_diff = NULL WHERE revision_id = ?",
        [(revision_id,) for revision_id in later if revision_id not in lost],
    )
    return {revision_id: revision for revision_id, revision in later.items() if revision_id in lost}


@dataclass(slots=True)
class _Memory:
    """The versions of one revision; `state` is its state in the last build."""

    first: Revision
    later: Revision | None = None
    state: str | None = None

    def take(self, version: Revision) -> bool:
        """Add a version; returns whether that changed anything."""
        if _is_more_complete(version, self.first):
            self.later = self._newest(version, self.later, self.first)
            self.first = version
            return True
        if self.later is None and self.state in KNOWN_BY_ITSELF:
            return False
        before, self.later = self.later, self._newest(self.first, self.later, version)
        return self.later is not before

    def row(self) -> tuple[object, ...]:
        """The row of `revision_diffs`."""
        one, later = self.first, self.later
        return (
            *(one.id, one.parent_id, one.item_id, one.item_type),
            *(one.item_updated_time, one.created_time, one.updated_time),
            *map(stored, _diffs(one)),
            *((later.updated_time, *map(stored, _diffs(later))) if later is not None else (None,) * 4),
            is_from_nothing(one.body_diff),
        )

    @staticmethod
    def _newest(first: Revision, later: Revision | None, version: Revision) -> Revision | None:
        """The later version to keep, which can say what the first one cannot; None if there is none."""
        if _diffs(version) in (_diffs(first), later and _diffs(later)) or not _is_readable(version):
            return later
        return version if later is None or version.updated_time >= later.updated_time else later


def _is_more_complete(version: Revision, first: Revision) -> bool:
    """Whether a version is earlier than the first one, or is readable while the first one is not."""
    if _diffs(version) == _diffs(first):
        return version.updated_time < first.updated_time
    if (readable := _is_readable(version)) != _is_readable(first):
        return readable
    return version.updated_time < first.updated_time


def _is_readable(revision: Revision) -> bool:
    return read_diffs(revision).body is not None and locked_text(revision) is None


def _memories(db: Database, revisions: Sequence[Revision]) -> dict[str, _Memory]:
    """What is stored of these revisions, by id."""
    rows = db.execute(
        f"SELECT {COLUMNS}, (SELECT state FROM revisions WHERE id = revision_id) FROM revision_diffs "
        f"WHERE revision_id IN ({', '.join('?' * len(revisions))})",
        [revision.id for revision in revisions],
    ).fetchall()
    return {str(row[0]): _memory(row) for row in rows}


def _memory(row: Sequence[str | bytes | int | None]) -> _Memory:
    """The versions in a row of `revision_diffs`, which may have the state of the revision at its end."""
    first = _revision(row, row[REBASED_FROM - 4 : REBASED_FROM])
    rebased = row[REBASED_FROM : REBASED_FROM + 4]
    later = _revision(row, rebased) if rebased[0] is not None else None
    return _Memory(first, later, str(row[-1]) if len(row) > REBASED_FROM + 4 and row[-1] is not None else None)


def _revision(row: Sequence[str | bytes | int | None], version: Sequence[str | bytes | int | None]) -> Revision:
    revision_id, parent_id, note_id, item_type, captured, created = row[: REBASED_FROM - 4]
    updated, title, body, metadata = version
    return Revision(
        id=str(revision_id),
        updated_time=int(updated or 0),
        created_time=int(created or 0),
        parent_id=str(parent_id),
        item_type=int(item_type or 0),
        item_id=str(note_id),
        item_updated_time=int(captured or 0),
        title_diff=restored(title),
        body_diff=restored(body),
        metadata_diff=restored(metadata),
    )


def _diffs(revision: Revision) -> tuple[str, str, str]:
    return (revision.title_diff, revision.body_diff, revision.metadata_diff)
