"""Bringing a note with a long history up to date from its existing rows, if everything new is at the end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from extractor.catalogue.keyframes import KeyframeError, body_among
from extractor.catalogue.presence import is_held
from extractor.catalogue.remembered import current_note
from extractor.catalogue.revisions import histories, notebooks_in, revision_as_first_written
from extractor.catalogue.stored_texts import restored
from extractor.errors import PatchError
from extractor.joplin.apply import LOST, NOTHING, KnownText, base_of
from extractor.joplin.bodies import Bodies
from extractor.joplin.diffs import read_diffs
from extractor.joplin.history import Replayed, State, replay
from extractor.joplin.properties import parse_object_patch
from extractor.names import SEPARATOR
from extractor.timeline.continuing import LastKnown, continue_rows
from extractor.timeline.known_rows import REPLACED, Before, KnownRow, KnownRows, NotContinuedError, link_details
from extractor.timeline.occurrences import section_title
from extractor.timeline.rows import LONGEST_TITLE

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from extractor.catalogue.database import Database
    from extractor.timeline import NoteRows
    from extractor.timeline.pairing import Key

LONGEST = 2_000_000  # characters; a longer text is read in a separate process, in case it takes all memory
REPLAYED = (State.COMPLETE, State.INEXACT)
KEPT = ("absent_at", "first_seen_at", "is_dated", "first_revision_id")
ENDS = ("last_revision_id", "removed_at")
SECTION = ("id", "title", "path", "line", *KEPT, *ENDS)
LINK = ("id", "kind", "url", "section_id", "text", "position", *KEPT, *ENDS)


class _Known(NamedTuple):
    """A row of `revisions`."""

    id: str
    parent_id: str
    number: int | None
    state: str
    title: str | None
    is_echo: int


class _Remembered(NamedTuple):
    """A row of `revision_diffs`; `is_alone` says that it has neither a later version nor a rebuilt text."""

    id: str
    parent_id: str
    captured_ms: int
    is_alone: int
    metadata_diff: str | bytes


def continued(db: Database, note_id: str, titles: Mapping[str, str]) -> NoteRows | None:
    """The rows of a note that are new or changed; None if its whole history has to be derived.

    The only changes may be new revisions, and a new text of the note; `titles` are those of notebooks, by id.
    """
    if _has_problems(db, note_id) or not is_held(db, note_id):
        return None
    with suppress(NotContinuedError, KeyframeError):
        return _continued(db, note_id, titles)
    return None


def _has_problems(db: Database, note_id: str) -> bool:
    """Whether some of the history could not be read or derived: problems are reported for the history as a whole."""
    return bool(
        db.execute(
            "SELECT 1 FROM problems WHERE kind NOT IN ('odd field') AND (item_id = ?1 OR item_id IN "
            "(SELECT revision_id FROM revision_diffs WHERE note_id = ?1))",
            [note_id],
        ).fetchone()
    )


def _continued(db: Database, note_id: str, titles: Mapping[str, str]) -> NoteRows:
    note = current_note(db, note_id)
    known = [
        _Known(*row)
        for row in db.execute(
            "SELECT id, parent_id, number, state, title, is_echo FROM revisions WHERE note_id = ? ORDER BY number",
            [note_id],
        ).fetchall()
    ]
    remembered = {
        row[0]: _Remembered(*row)
        for row in db.execute(
            "SELECT revision_id, parent_id, captured_ms, rebased_ms IS NULL AND seen_body IS NULL, metadata_diff "
            "FROM revision_diffs WHERE note_id = ?",
            [note_id],
        ).fetchall()
    }
    if note is None or len(note.body) > LONGEST or not _are_replayed(known, remembered):
        raise NotContinuedError
    new = _new_ones(known, remembered)
    revisions = [one for id_ in new if (one := revision_as_first_written(db, id_)) is not None]
    text = _last_text(db, note_id, known[-1], remembered)
    before = _before(db, note_id, {one.id: one.number or 0 for one in known}, text.id)
    if any(one.is_echo for one in known) and before.is_ahead:
        raise NotContinuedError  # what an echo is assumed to have depends on what only the previous current note had

    def replayed() -> list[Replayed]:
        (history,) = histories(db, [note_id])
        return replay([one for one in history[1] if one.id not in new])

    notebook = str((text.metadata or {}).get("parent_id"))
    named = {id_: titles[id_] for id_ in (notebook,) if id_ in titles} | notebooks_in(revisions, titles)
    return continue_rows(note, LastKnown(text, before, replayed), revisions, named)


def _are_replayed(known: Sequence[_Known], remembered: Mapping[str, _Remembered]) -> bool:
    """Whether each known revision is remembered, and was replayed on its parent, the last one exactly.

    All must have titles, as the title of the current note is used for a revision without one.
    """
    if not known or known[-1].state != State.COMPLETE or known[-1].is_echo:
        return False
    if not all(one.number and one.title and one.state in REPLAYED and one.id in remembered for one in known):
        return False
    title = known[-1].title or ""
    return all(one.is_alone for one in remembered.values()) and REPLACED not in title and len(title) < LONGEST_TITLE


def _new_ones(known: Sequence[_Known], remembered: Mapping[str, _Remembered]) -> list[str]:
    """The ids of the new revisions, which are all later than the known ones, each made from the one before.

    Raises NotContinuedError if they are not.
    """
    ids = {one.id for one in known}
    new = sorted((one for one in remembered.values() if one.id not in ids), key=lambda one: one.captured_ms)
    latest = max(remembered[id_].captured_ms for id_ in ids)
    chain = [known[-1].id, *(one.id for one in new)]
    is_in_order = [one.parent_id for one in new] == chain[:-1] and all(one.captured_ms > latest for one in new)
    if not is_in_order or latest != remembered[chain[0]].captured_ms:
        raise NotContinuedError
    if not {one.parent_id for one in known}.isdisjoint(chain[1:]):
        raise NotContinuedError
    return chain[1:]


def _last_text(db: Database, note_id: str, last: _Known, remembered: Mapping[str, _Remembered]) -> Replayed:
    captured = remembered[last.id].captured_ms
    return Replayed(
        id=last.id,
        note_id=note_id,
        parent_id=last.parent_id,
        base_id=None,
        number=last.number or 0,
        captured_at=captured,
        at_latest=captured,
        recorded_at=0,
        state=State.COMPLETE,
        title=last.title,
        text=body_among(Bodies(), db, note_id, last.id),
        metadata=_properties(db, last.id, remembered),
    )


def _properties(db: Database, revision_id: str, remembered: Mapping[str, _Remembered]) -> Mapping[str, object]:
    """The properties of the note after a revision, without replaying its text; raises NotContinuedError."""
    way: list[_Remembered] = []
    at = revision_id
    while at in remembered and len(way) <= len(remembered):
        way.append(remembered[at])
        at = way[-1].parent_id
    properties: Mapping[str, object] | None = None
    known: KnownText | None = None
    for one in reversed(way):
        try:
            patch = parse_object_patch(restored(one.metadata_diff))
        except PatchError as error:
            raise NotContinuedError from error
        base = known or (LOST if one.parent_id else NOTHING)
        if patch.from_nothing and (revision := revision_as_first_written(db, one.id)) is not None:
            base = base_of(revision, known, read_diffs(revision))
        properties = None if base.metadata is None else patch.apply(base.metadata)
        known = KnownText(one.id, metadata=properties)
    if properties is None:
        raise NotContinuedError
    return properties


def _before(db: Database, note_id: str, numbers: Mapping[str, int], last: str) -> Before:
    """What is known about the sections and links; `numbers` are those of the revisions, by id."""
    sections, links = [], []
    for values in db.execute(f"SELECT {', '.join(SECTION)} FROM sections WHERE note_id = ?", [note_id]).fetchall():
        row = dict(zip(SECTION, values, strict=True))
        if len(row["title"]) >= LONGEST_TITLE:
            raise NotContinuedError
        path = tuple(map(section_title, row["path"].split(SEPARATOR)))
        sections.append(_known_row(row, (section_title(row["title"]),), path, row["line"] or 0, numbers))
    for *values, canonical in db.execute(
        f"SELECT {', '.join('links.' + column for column in LINK)}, canonical FROM links "
        "LEFT JOIN urls ON urls.id = url_id WHERE note_id = ?",
        [note_id],
    ).fetchall():
        row = dict(zip(LINK, values, strict=True))
        details = link_details(row["url"], row["section_id"], row["text"])
        links.append(_known_row(row, (row["kind"], canonical or row["url"]), details, row["position"], numbers))
    return Before(KnownRows("section", note_id, sections, last), KnownRows("link", note_id, links, last))


def _known_row(row: Mapping[str, Any], key: Key, details: Hashable, place: int, numbers: Mapping[str, int]) -> KnownRow:
    return KnownRow(
        id=row["id"],
        key=key,
        details=details,
        place=place,
        first_number=numbers[row["first_revision_id"]] if row["first_revision_id"] else 0,
        last_revision_id=row["last_revision_id"],
        is_current=row["removed_at"] is None,
        kept={column: row[column] for column in KEPT},
    )
