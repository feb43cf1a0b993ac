"""The history of a note for pages: a long one is read from the rows that a build wrote, without a replay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

from extractor.catalogue.keyframes import StoredBody, StoredTexts
from extractor.catalogue.reader import NoteHistory, note_history, unless_stale
from extractor.catalogue.remembered import current_note
from extractor.catalogue.revisions import revision_as_first_written
from extractor.joplin.diff_fragments import fragments
from extractor.joplin.diffs import read_diffs
from extractor.joplin.history import Replayed, State
from extractor.timeline.rows import LONGEST_TITLE
from extractor.times import milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor.catalogue.database import Database
    from extractor.joplin.bodies import Body


class _HistoryRow(NamedTuple):
    """What the catalogue has about one revision."""

    id: str
    parent_id: str
    number: int | None
    captured_at: str | None
    recorded_at: str | None
    state: str
    title: str | None
    is_echo: int
    is_keyframe: int
    base_id: str | None


HISTORY = (
    "SELECT id, parent_id, number, captured_at, recorded_at, state, title, is_echo, keyframes.revision_id NOT NULL, "
    "base_id FROM revisions LEFT JOIN keyframes ON keyframes.note_id = revisions.note_id AND revision_id = id "
    "WHERE revisions.note_id = ? ORDER BY number"
)
MOST_PARTIAL = 50  # partly known revisions, whose diffs have to be read; if there are more, all are replayed


def stored_history(db: Database, note_id: str) -> NoteHistory:
    """The note with all its known texts, as far as pages need them.

    In a long history, each text is read only when it is accessed; properties, and the pieces that diffs added and
    removed, are not included.
    """
    note = current_note(db, note_id)
    rows = [_HistoryRow(*row) for row in db.execute(HISTORY, [note_id]).fetchall()]
    if note is None or not _is_complete(db, note_id, rows):
        return note_history(db, note_id)

    def replayed() -> dict[str, Body]:
        return {one.id: one.text for one in note_history(db, note_id).texts if one.text is not None}

    stored = StoredTexts(db, note_id, replayed)
    ordered = _in_order(rows)
    texts = _Texts(len(ordered), lambda place: _stored(db, note_id, ordered[place], stored))
    steps = [place for place, row in enumerate(ordered) if row.number]
    revisions = _Texts(len(steps), lambda number: texts[steps[number]])
    changed_at = milliseconds(max((row.captured_at or "" for row in rows), default=""))
    return NoteHistory(note_id, unless_stale(db, note_id, note, changed_at), texts, revisions)


class _Texts(Sequence[Replayed]):
    """The texts of a history, each made only when it is accessed: a page of one moment needs few of thousands."""

    def __init__(self, length: int, tell: Callable[[int], Replayed]) -> None:
        self._told: list[Replayed | None] = [None] * length
        self._tell = tell

    def __len__(self) -> int:
        return len(self._told)

    @overload
    def __getitem__(self, index: int) -> Replayed: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Replayed]: ...
    def __getitem__(self, index: int | slice) -> Replayed | Sequence[Replayed]:
        if isinstance(index, slice):
            return [self[place] for place in range(len(self))[index]]
        told = self._told[index]
        if told is None:
            told = self._told[index] = self._tell(range(len(self))[index])
        return told


def _is_complete(db: Database, note_id: str, rows: Sequence[_HistoryRow]) -> bool:
    """Whether the history has keyframes, and these rows contain everything about it."""
    (keyframes,) = db.execute("SELECT count(*) FROM keyframes WHERE note_id = ?", [note_id]).fetchone()
    is_cut = any(row.title is not None and len(row.title) >= LONGEST_TITLE for row in rows)
    partial = sum(row.state == State.PARTIAL for row in rows)
    return 0 < keyframes == sum(row.is_keyframe for row in rows) and not is_cut and partial <= MOST_PARTIAL


def _stored(db: Database, note_id: str, row: _HistoryRow, texts: StoredTexts) -> Replayed:
    is_whole = row.state in {State.COMPLETE, State.INEXACT, State.RECOVERED}
    diff = revision_as_first_written(db, row.id) if row.state == State.PARTIAL else None
    hunks = read_diffs(diff).body if diff is not None else None
    captured = milliseconds(row.captured_at)
    return Replayed(
        id=row.id,
        note_id=note_id,
        parent_id=row.parent_id,
        base_id=(row.base_id if row.is_keyframe else row.parent_id) if is_whole else None,
        number=row.number or 0,
        captured_at=captured,
        at_latest=captured,
        recorded_at=milliseconds(row.recorded_at),
        state=State(row.state),
        title=row.title,
        text=StoredBody(texts, row.id) if is_whole else None,
        fragments=fragments(hunks or ()),
        echo=bool(row.is_echo),
    )


def _in_order(rows: Sequence[_HistoryRow]) -> list[_HistoryRow]:
    """The rows by number, each lost revision before the first one that was made from it."""
    lost = {row.id: row for row in rows if not row.number}
    found = []
    for row in rows:
        if row.number:
            if (parent := lost.pop(row.parent_id, None)) is not None:
                found.append(parent)
            found.append(row)
    return found
