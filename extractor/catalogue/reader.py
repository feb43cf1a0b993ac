"""Reading a note, its text at any time, and every revision, from the catalogue alone."""

from __future__ import annotations

import re
from bisect import bisect_left
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from extractor.catalogue.presence import is_held
from extractor.catalogue.queries.named import named_notes
from extractor.catalogue.remembered import current_note
from extractor.catalogue.revisions import histories
from extractor.errors import NotFound
from extractor.joplin.history import State, replay
from extractor.names import ID_PREFIX, MOST_NAMED, did_you_mean, matching
from extractor.times import EPOCH, iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extractor.catalogue.database import Database
    from extractor.catalogue.queries.named import NamedNote
    from extractor.joplin.history import Replayed
    from extractor.joplin.items import Note

NUMBER = re.compile(r"#?(\d{1,9})")
DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")
PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")  # a year, or a month of it


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a note, now or then; `body` is None if it is only partly known, or not at all.

    `revision_id` is None for the current note. `captured_at` is in ms since 1970 UTC.
    """

    name: str
    captured_at: int
    title: str
    body: str | None
    fragments: tuple[str, ...]
    state: str
    revision_id: str | None = None


NOTHING = Text("nothing", 0, "", "", (), "complete")  # before a note was there


@dataclass(frozen=True, slots=True)
class NoteHistory:
    """A note with all its texts: each revision, and each known text of a lost one before the first made from it.

    `note` is the current note; None also if it has gone, and was changed after it was last seen.
    `revisions` are the revisions in the order of their numbers; lost ones have no number and are not among them.
    """

    note_id: str
    note: Note | None
    texts: Sequence[Replayed]
    revisions: Sequence[Replayed]

    def now(self) -> Text:
        """The current text; for a note of which only the history is known, the latest one. Raises NotFound."""
        if self.note is not None:
            return Text("now", self.note.updated_time, self.note.title, self.note.body, (), "current")
        readable = [revision for revision in self.revisions if revision.state is not State.ENCRYPTED]
        if not readable:
            raise NotFound(
                f"Nothing is known about the text of note {self.note_id}.", "It is encrypted, or was never read."
            )
        return self.text(readable[-1])

    def text(self, revision: Replayed) -> Text:
        """The text of one revision."""
        return Text(
            name=f"#{revision.number} {revision.id[:8]}",
            captured_at=revision.captured_at,
            title=revision.title if revision.title is not None else (self.note.title if self.note else ""),
            body=revision.body,
            fragments=tuple(fragment.text for fragment in revision.fragments),
            state=str(revision.state),
            revision_id=revision.id,
        )

    def at(self, moment: str) -> Text:
        """The text at a moment: a revision (its number, its id or the beginning of that), a time, or `now`.

        A day, month or year stands for its end. Raises NotFound.
        """
        text = self.since(moment)
        if text is NOTHING:
            raise self._nothing_before(moment)
        return text

    def since(self, moment: str) -> Text:
        """The text to compare with for changes since a moment: like `at`, but NOTHING for a date before all texts."""
        if moment == "now":
            return self.now()
        if (named := self._named(moment)) is not None:
            return self.text(named)
        until = _end_of(moment)
        if until is None:
            raise NotFound(
                f"No revision or date {moment!r} in this note.",
                f"Give a number from 1 to {len(self.revisions)}, the beginning of a revision's id, or a date "
                "such as 2024-11-01.",
            )
        if self.note is not None and self.note.updated_time < until:
            return self.now()
        before = [revision for revision in self.revisions if revision.captured_at < until]
        return self.text(before[-1]) if before else NOTHING

    def _named(self, name: str) -> Replayed | None:
        """The revision with that number, or the only one whose id begins so; None if there is none."""
        if number := NUMBER.fullmatch(name):
            place = bisect_left(self.revisions, int(number[1]), key=lambda one: one.number)
            if place < len(self.revisions) and self.revisions[place].number == int(number[1]):
                return self.revisions[place]
        same = [one for one in self.revisions if one.id.startswith(name)] if ID_PREFIX.fullmatch(name) else []
        return same[0] if len(same) == 1 else None

    def _nothing_before(self, moment: str) -> NotFound:
        """The error for a date or time before the earliest text, whose date or time it names in the same precision."""
        times = [text.captured_at for text in self.revisions] + ([self.note.updated_time] if self.note else [])
        earliest = iso(min(times, default=0)) or ""
        if DAY.fullmatch(moment):
            earliest = earliest.partition("T")[0]
        return NotFound(
            f"Nothing is known about this note before {moment}.",
            f"The earliest known text is from {earliest}." if earliest else "",
        )


def find_note(db: Database, wanted: str) -> str:
    """The id of a note, given its id, the beginning of its id, its title, or a part of its title. Raises NotFound."""
    notes = named_notes(db.conn)
    titles = [note.name for note in notes]
    ways = {
        "have an id that begins with {!r}": _with_id(wanted, notes),
        "are called {!r}": matching(wanted, titles),
        "have {!r} in their title": matching(wanted, titles, parts=True),
    }
    for says, places in ways.items():
        if found := [notes[place] for place in places]:
            return _one_of([note for note in found if note.is_present] or found, says.format(wanted))
    raise NotFound(
        f"No note {wanted!r} in the catalogue.",
        did_you_mean(wanted, titles) or "Give a note's id, the beginning of it, or its title.",
    )


def _one_of(found: Sequence[NamedNote], says: str) -> str:
    """The id of the only note that was found; raises NotFound if there are several; `says` is what they share."""
    if len(found) == 1:
        return found[0].id
    names = "; ".join(f"{note.id[:8]} {note.name}" for note in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    raise NotFound(f"{len(found)} notes {says}: {names}{more}.", "Give the id instead.")


def _with_id(wanted: str, notes: Sequence[NamedNote]) -> list[int]:
    if not ID_PREFIX.fullmatch(wanted):
        return []
    return [place for place, note in enumerate(notes) if note.id.startswith(wanted)]


def note_history(db: Database, note_id: str) -> NoteHistory:
    """The note with all its known texts."""
    ((_, revisions, rebased, seen),) = histories(db, [note_id])
    note = current_note(db, note_id)
    texts = replay(revisions, note, rebased, seen)
    changed_at = max((text.captured_at for text in texts), default=0)
    return NoteHistory(
        note_id, unless_stale(db, note_id, note, changed_at), texts, [one for one in texts if one.number]
    )


def unless_stale(db: Database, note_id: str, note: Note | None, changed_at: int) -> Note | None:
    """The note; None if it has gone, and was last changed, at `changed_at` (ms), after it was last seen."""
    if note is not None and changed_at > note.updated_time and not is_held(db, note_id):
        return None
    return note


def every_revision(db: Database) -> Iterator[Replayed]:
    """Every readable revision, note by note; without locked notes, which are private."""
    note_ids = [
        row[0]
        for row in db.execute(
            "SELECT DISTINCT note_id FROM revision_diffs "
            "WHERE note_id NOT IN (SELECT id FROM notes WHERE is_locked) ORDER BY note_id"
        ).fetchall()
    ]
    for note_id, revisions, rebased, seen in histories(db, note_ids):
        yield from (text for text in replay(revisions, current_note(db, note_id), rebased, seen) if text.number)


def encrypted_revisions(db: Database) -> list[tuple[str, str]]:
    """The ids and parents of the completely encrypted revisions."""
    return db.execute(
        "SELECT id, parent_id FROM revisions WHERE state = 'encrypted' AND note_id IS NULL ORDER BY id"
    ).fetchall()


def _end_of(moment: str) -> int | None:
    """The first ms (since 1970 UTC) after a date (the whole day, month or year) or a time; None if it is neither.

    A time without a time zone is UTC.
    """
    if period := PERIOD.fullmatch(moment):
        moment = _last_day(int(period[1]), int(period[2] or 12))
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return (at - EPOCH) // timedelta(milliseconds=1) + (86_400_000 if DAY.fullmatch(moment) else 1)


def _last_day(year: int, month: int) -> str:
    """The last day of a month (2024-11-30); '' if there is no such month."""
    return f"{year:04}-{month:02}-{monthrange(year, month)[1]}" if year and 1 <= month <= 12 else ""  # noqa: PLR2004 -- months
