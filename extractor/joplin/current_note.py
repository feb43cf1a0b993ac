"""The current note: which of its revisions has the same text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from extractor.joplin.items import Note
    from extractor.joplin.replayed import Replayed

_MANGLED = frozenset("\\\n\r")


def revision_of(now: Note, history: Sequence[Replayed], lost: Collection[str]) -> str | None:
    """The id of the revision whose text is certainly that of the current note; None if that is not known.

    A revision has the `updated_time` of the note that it was made from (services/RevisionService.ts,
    createNoteRevision_), and each edit gives the note a new one. So equal times mean equal texts; a newer note
    may contain edits that are in no revision yet. `history` is in the order of `number`, `lost` are the ids
    of those without a text.
    """
    if now.updated_time <= 0:
        return None
    times = [one.captured_at for one in history]
    if now.updated_time in times:
        # If revisions are made faster than the clock ticks, a lost one may have had the same time.
        return history[times.index(now.updated_time)].id if len(set(times)) == len(times) else None
    return _unchanged(now, history, lost)


def _unchanged(now: Note, history: Sequence[Replayed], lost: Collection[str]) -> str | None:
    """The id of the latest revision, if the text before a gap in the history is still that of the note.

    This is for notes that were written by something that does not set times (an import, a script): they are older
    than their whole history, although their text came from it. If no revision after the gap changes the text,
    it did not change in the gap either.
    """
    known = [one for one in history if one.body is not None]
    if not known or any(one.captured_at <= now.updated_time for one in history):
        return None
    before = known[-1]
    after = history[before.number :]
    same = (before.title, before.body) == (now.title, now.body) and any(one.body != now.body for one in known)
    return after[-1].id if same and after and all(one.id in lost and not one.hunks for one in after) else None


def readable_title(now: Note) -> str | None:
    """The title of the note; None if it may not be the one that the note was given.

    Joplin does not escape the title when it writes an item's file, but unescapes it when it reads one
    (models/BaseItem.ts:442).
    """
    return None if _MANGLED.intersection(now.title) else now.title
