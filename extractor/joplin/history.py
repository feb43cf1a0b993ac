"""The history of one note: each of its revisions, replayed once on the text of its parent.

Revisions form a tree by `parent_id`, not a line: devices that edit before they sync make branches, clocks
run backwards, and Joplin's clean-up leaves a parent_id that leads nowhere (services/RevisionService.ts,
models/Revision.ts).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from extractor.errors import PatchError
from extractor.joplin.diffs import Diffs, from_nothing, read_diffs
from extractor.joplin.echo import lines_return, pieces_return
from extractor.joplin.order import in_time, parents_first
from extractor.joplin.patch import DELETE, INSERT, Fit, apply_patch, from_units, to_units
from extractor.joplin.stretches import Stretch, stretches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from extractor.joplin.items import Revision

__all__ = ["Replayed", "State", "Stretch", "replay"]

_MAX_CYCLE = 100  # Joplin never makes a cycle; each of its members costs a replay of all of them


class State(StrEnum):
    """How well the text of a revision is known."""

    COMPLETE = "complete"  # every hunk from the root, or from a re-based head, fits exactly
    RECOVERED = "recovered"  # rebuilt backwards from a later text that is known
    INEXACT = "inexact"  # as Joplin shows it, with hunks that fitted only fuzzily or not at all
    PARTIAL = "partial"  # its base is lost: only the stretches that the diff shows
    ENCRYPTED = "encrypted"  # no key was given
    UNREADABLE = "unreadable"  # the diff cannot be parsed


@dataclass(frozen=True, slots=True)
class Replayed:
    """One revision and the text that it leads to. Times are ms since 1970 UTC.

    `base_id` is the revision of the same note whose text it was applied to: None for a root, a re-based
    head, a lost base and a member of a cycle, so that it never leads in a circle. `body` is None unless
    the state is complete, recovered or inexact; `stretches` are there when it is partial. `title` and
    `metadata` are None where their own base is lost. `text_added` and `text_removed` are the pieces of
    the body's diff. Texts may hold lone surrogates, as Joplin's own do.
    """

    id: str
    note_id: str
    parent_id: str
    base_id: str | None
    number: int
    captured_at: int
    recorded_at: int
    state: State
    title: str | None
    body: str | None
    stretches: tuple[Stretch, ...]
    metadata: Mapping[str, object] | None
    hunks: int
    hunks_failed: int
    text_added: tuple[str, ...]
    text_removed: tuple[str, ...]
    chars_added: int
    chars_removed: int
    echo: bool
    problem: str | None


def replay(revisions: Iterable[Revision]) -> list[Replayed]:
    """Replay all revisions of one note, given in any order, each on its parent's text.

    The answer is in the order of `number`: by captured_at, at the same ms parents first. Of two with the
    same id the first counts. Never raises for what Joplin, or chance, may have written.
    """
    by_id: dict[str, Revision] = {}
    for revision in revisions:
        by_id.setdefault(revision.id, revision)
    order, cyclic = parents_first(by_id)
    numbers = in_time(by_id, order, cyclic)
    known: dict[str, _Known] = {}
    replayed: dict[str, Replayed] = {}
    for revision in order:
        diffs = read_diffs(revision)
        if revision.id in cyclic:
            diffs.problems.append("It is its own ancestor.")
            base = _base_in_cycle(revision, by_id, len(cyclic))
        else:
            base = _base(revision, known.get(revision.parent_id), diffs)
        known[revision.id], replayed[revision.id] = _replay_on(base, revision, diffs, numbers[revision.id])
    for echo in _echoes(replayed):
        replayed[echo] = replace(replayed[echo], echo=True)
    return sorted(replayed.values(), key=lambda one: one.number)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a revision leaves to its children; None where it is lost."""

    id: str | None = None
    units: bytes | None = b""  # the body in UTF-16-LE
    body: str | None = ""
    exact: bool = True
    title: str | None = ""
    metadata: Mapping[str, object] | None = field(default_factory=dict)


_NOTHING = _Known()
_LOST = _Known(None, None, None, exact=False, title=None, metadata=None)


def _base(revision: Revision, parent: _Known | None, diffs: Diffs) -> _Known:
    """What the diffs of a revision apply to.

    A diff from nothing shows itself, since Joplin's patches have context wherever there is text: whatever
    the parent is, the outcome is known.
    """
    if _re_based(parent, diffs):
        return _NOTHING
    base = parent or (_LOST if revision.parent_id else _NOTHING)
    if base.units != b"" and from_nothing(diffs.body):
        base = replace(base, id=None, units=b"", body="", exact=True)
    if base.title is None and from_nothing(diffs.title):
        base = replace(base, title="")
    return base


def _re_based(parent: _Known | None, diffs: Diffs) -> bool:
    """Whether Joplin's clean-up made this revision the first one (Revision.ts:320).

    It then holds diffs from nothing, and its parent_id leads where it did. Its text may be empty, so that
    only the properties show it: they have an `id` again. (They also do on a child of a parent whose own
    properties were lost when the child was made.)
    """
    if diffs.metadata is None or not diffs.metadata.from_nothing:
        return False
    alone = parent is None or (parent.metadata is not None and "id" in parent.metadata)
    return alone and (diffs.body == () or from_nothing(diffs.body))


def _base_in_cycle(revision: Revision, by_id: Mapping[str, Revision], length: int) -> _Known:
    """Joplin follows parent_id up to the first repeat and applies what it met to an empty text."""
    if length > _MAX_CYCLE:
        return _LOST
    chain = [revision]
    while (parent := by_id[chain[-1].parent_id]) is not revision:
        chain.append(parent)
    base = replace(_NOTHING, exact=from_nothing(read_diffs(chain[-1]).body))
    for ancestor in reversed(chain[1:]):
        base, _ = _replay_on(base, ancestor, read_diffs(ancestor), 0)
    return replace(base, id=None)


def _replay_on(base: _Known, revision: Revision, diffs: Diffs, number: int) -> tuple[_Known, Replayed]:
    """Apply the diffs of a revision to its base."""
    hunks = diffs.body or ()
    state, known, fits = _apply(base, revision.id, diffs)
    added, removed = [], []
    for hunk in hunks:
        for op, piece in hunk.diffs:
            if op == INSERT:
                added.append(piece)
            elif op == DELETE:
                removed.append(piece)
    replayed = Replayed(
        id=revision.id,
        note_id=revision.item_id,
        parent_id=revision.parent_id,
        base_id=base.id if known.units is not None else None,
        number=number,
        captured_at=revision.item_updated_time,
        recorded_at=revision.updated_time,
        state=state,
        title=known.title,
        body=known.body,
        stretches=stretches(hunks) if state is State.PARTIAL else (),
        metadata=known.metadata,
        hunks=len(hunks),
        hunks_failed=fits.count(Fit.FAILED),
        text_added=tuple(added),
        text_removed=tuple(removed),
        chars_added=sum(map(len, added)),
        chars_removed=sum(map(len, removed)),
        echo=False,
        problem=" ".join(diffs.problems) or None,
    )
    return known, replayed


def _apply(base: _Known, revision_id: str, diffs: Diffs) -> tuple[State, _Known, tuple[Fit, ...]]:
    """The text, title and properties after a revision."""
    title = _title(base.title, diffs)
    metadata = None if base.metadata is None or diffs.metadata is None else diffs.metadata.apply(base.metadata)
    state = State.UNREADABLE if diffs.body is None else State.PARTIAL
    if diffs.body is not None and base.units is not None:
        try:
            applied = apply_patch(diffs.body, base.units)
        except PatchError as error:
            diffs.problems.append(f"Its text cannot be read. {error}")
            state = State.UNREADABLE
        else:
            exact = base.exact and all(fit is Fit.EXACT for fit in applied.fits)
            state = State.COMPLETE if exact else State.INEXACT
            body = from_units(applied.text) if diffs.body else base.body
            return state, _Known(revision_id, applied.text, body, exact, title, metadata), applied.fits
    return state, _Known(revision_id, None, None, exact=False, title=title, metadata=metadata), ()


def _title(base: str | None, diffs: Diffs) -> str | None:
    """The title after a revision."""
    if base is None or diffs.title is None:
        return None
    if not diffs.title:
        return base
    try:
        return from_units(apply_patch(diffs.title, to_units(base)).text)
    except PatchError as error:
        diffs.problems.append(f"Its title cannot be read. {error}")
        return None


def _echoes(replayed: Mapping[str, Replayed]) -> list[str]:
    """The revisions that are echoes: see `extractor.joplin.echo`."""
    found = []
    for after in replayed.values():
        during = replayed.get(after.parent_id)
        if during is None or after.captured_at - during.captured_at != 1:
            continue
        before = replayed.get(during.base_id or "")
        if before is None or before.body is None or during.body is None or after.body is None:
            echo = pieces_return(during.text_removed, after.text_added)
        else:
            stale = any(one.body == during.body and one.number < during.number for one in replayed.values())
            echo = lines_return(before.body, during.body, after.body, stale=stale) or pieces_return(
                during.text_removed, after.text_added
            )
        if echo:
            found.append(during.id)
    return found
