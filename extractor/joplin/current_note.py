"""The note as it is now: whether it is the text of one of its revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from extractor.joplin.items import Note
    from extractor.joplin.replayed import Replayed

_MANGLED = frozenset("\\\n\r")


def revision_of(now: Note, history: Sequence[Replayed], lost: Collection[str]) -> str | None:
    """The revision whose text the note now is for sure; None where that is not known.

    A revision has the `updated_time` of the note that it was made from (services/RevisionService.ts,
    createNoteRevision_), and each edit gives the note another one. So equal times are equal texts; a note
    that is newer may hold any edit that is in no revision yet. `history` is in the order of `number`, `lost`
    are those without a text.
    """
    if now.updated_time <= 0:
        return None
    times = [one.captured_at for one in history]
    if now.updated_time in times:
        # Where revisions are made faster than the clock ticks, one that is lost may have had the same time.
        return history[times.index(now.updated_time)].id if len(set(times)) == len(times) else None
    return _unchanged(now, history, lost)


def _unchanged(now: Note, history: Sequence[Replayed], lost: Collection[str]) -> str | None:
    """The latest revision, where the text before a hole in the history is still the text of the note.

    For notes that were written by something that keeps no times (an import, a script): older than their
    whole history, though their text came about in it. If then no revision after the hole changes the text,
    nothing happened to it in between.
    """
    known = [one for one in history if one.body is not None]
    if not known or any(one.captured_at <= now.updated_time for one in history):
        return None
    before = known[-1]
    after = history[before.number :]
    same = (before.title, before.body) == (now.title, now.body) and any(one.body != now.body for one in known)
    return after[-1].id if same and after and all(one.id in lost and not one.hunks for one in after) else None


def readable_title(now: Note) -> str | None:
    """The title of the note, None where it may not be the one it was given.

    Joplin does not escape it in an item's file, but unescapes it when it reads one (models/BaseItem.ts:442).
    """
    return None if _MANGLED.intersection(now.title) else now.title
