"""Texts of long histories, read from a whole text and a few patches, without replaying everything before."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from extractor.catalogue.revisions import revision_as_first_written
from extractor.catalogue.sql import insert
from extractor.errors import PatchError
from extractor.joplin.bodies import Body
from extractor.joplin.diffs import read_diffs
from extractor.joplin.hunks import to_units
from extractor.joplin.patch import apply_patch
from extractor.timeline.keyframes import digest
from extractor.timeline.rows import KeyframeRow
from extractor.zstd import unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from sqlite3 import Connection

    from extractor.catalogue.database import Database
    from extractor.joplin.bodies import Bodies
    from extractor.joplin.hunks import Hunk

MOST_STEPS = 500  # patches from a keyframe; a build leaves fewer than 100 of them
RECENT = 4 << 20  # bytes of texts that are kept in memory, as texts are often read one after the other


class KeyframeError(Exception):
    """The stored keyframes and diffs do not lead to the wanted text."""


def write_keyframes(db: Database, note_id: str, rows: Sequence[KeyframeRow]) -> None:
    """Replace the keyframes of a note; unchanged ones are kept."""
    columns = ", ".join(KeyframeRow._fields)
    known = set(db.execute(f"SELECT {columns} FROM keyframes WHERE note_id = ?", [note_id]).fetchall())
    gone = known.difference(map(tuple, rows))
    db.conn.executemany("DELETE FROM keyframes WHERE note_id = ? AND revision_id = ?", [row[:2] for row in gone])
    db.conn.executemany(insert("keyframes", columns), [row for row in rows if tuple(row) not in known])


def has_keyframes(db: Database, note_id: str) -> bool:
    """Whether the history of a note is long, so that its texts can be read without a replay."""
    return bool(db.execute("SELECT 1 FROM keyframes WHERE note_id = ?", [note_id]).fetchone())


PATCHES = """
SELECT revision_id, body_diff
FROM revision_diffs
WHERE note_id = ?1 AND EXISTS (SELECT 1 FROM keyframes WHERE note_id = ?1)
      AND revision_id NOT IN (
        SELECT revision_id
        FROM keyframes JOIN revisions ON revisions.id = revision_id
        WHERE keyframes.note_id = ?1 AND (state <> 'complete' OR base_id IS NOT parent_id)
      )
"""


def stored_patches(connection: Connection, note_id: str) -> dict[str, str | bytes]:
    """The stored diffs that make a text exactly from that of its parent; only of a note with keyframes."""
    return {row[0]: row[1] for row in connection.execute(PATCHES, [note_id])}


class StoredTexts:
    """The texts of one note. `replayed` replays its whole history, for texts that the keyframes do not give."""

    def __init__(self, db: Database, note_id: str, replayed: Callable[[], dict[str, Body]]) -> None:
        self._db, self._note_id, self._replay = db, note_id, replayed
        self._replayed: dict[str, Body] | None = None
        self._recent: OrderedDict[str, bytes] = OrderedDict()

    def units(self, revision_id: str) -> bytes:
        """The text of a revision in UTF-16-LE; raises KeyframeError if the revision has none."""
        if self._replayed is None:
            try:
                return self._by_patches(revision_id)
            except KeyframeError:
                self._replayed = self._replay()
        if revision_id not in self._replayed:
            raise KeyframeError(revision_id)
        return self._replayed[revision_id].units

    def _by_patches(self, revision_id: str) -> bytes:
        units, steps = _steps(self._db, self._note_id, revision_id, self._recent)
        for hunks in steps:
            units = _patched(hunks, units)
        self._recent[revision_id] = units
        while sum(map(len, self._recent.values())) > RECENT and len(self._recent) > 1:
            self._recent.popitem(last=False)
        return units


def body_among(bodies: Bodies, db: Database, note_id: str, revision_id: str) -> Body:
    """The text of a revision, kept in `bodies` in the same way as by a replay of the history; raises KeyframeError."""
    units, steps = _steps(db, note_id, revision_id, {})
    if not units:
        raise KeyframeError("What was made of an empty text may be kept as a patch or whole.")
    body = bodies.keep(units)
    for hunks in steps:
        body = bodies.keep(_patched(hunks, body.units), body, hunks) if hunks else body
    return body


def _steps(
    db: Database, note_id: str, revision_id: str, known: Mapping[str, bytes]
) -> tuple[bytes, list[Sequence[Hunk]]]:
    """The nearest whole text above a revision (a `known` one, or a keyframe), and the diffs from there to it.

    Raises KeyframeError.
    """
    steps: list[Sequence[Hunk]] = []
    at = revision_id
    while (units := known.get(at) or _keyframe(db, note_id, at)) is None:
        revision = revision_as_first_written(db, at)
        hunks = read_diffs(revision).body if revision is not None else None
        if revision is None or hunks is None or len(steps) == MOST_STEPS:
            raise KeyframeError(at)
        steps.append(hunks)
        at = revision.parent_id
    return units, steps[::-1]


def _keyframe(db: Database, note_id: str, revision_id: str) -> bytes | None:
    row = db.execute(
        "SELECT text, digest FROM keyframes WHERE note_id = ? AND revision_id = ?", [note_id, revision_id]
    ).fetchone()
    return None if row is None else to_units(keyframe_text(*row))


class StoredBody(Body):
    """The text of a revision from `StoredTexts`, which is read only when it is accessed."""

    __slots__ = ("_id", "_length", "_texts")

    def __init__(self, texts: StoredTexts, revision_id: str) -> None:
        super().__init__()
        self._texts, self._id = texts, revision_id
        self._length = -1

    @property
    def units(self) -> bytes:
        """The text in UTF-16-LE."""
        units = self._texts.units(self._id)
        self._length = len(units) // 2
        return units

    @property
    def length(self) -> int:
        """How many UTF-16 units it has."""
        return self._length if self._length >= 0 else len(self.units) // 2


def keyframe_text(text: bytes, expected: bytes) -> str:
    """The text of a keyframe; raises KeyframeError if it is not the one that was stored."""
    try:
        content = unpacked(text)
    except ValueError as error:
        raise KeyframeError(str(error)) from error
    if digest(content) != expected:
        raise KeyframeError("The text of a keyframe is another one.")
    return content.decode("utf-8", "surrogatepass")


def _patched(hunks: Sequence[Hunk], units: bytes) -> bytes:
    try:
        applied = apply_patch(hunks, units)
    except PatchError as error:
        raise KeyframeError(str(error)) from error
    if not applied.is_exact:
        raise KeyframeError("A diff does not fit its base.")
    return applied.text
