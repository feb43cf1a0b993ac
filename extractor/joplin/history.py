"""The history of one note: each of its revisions, replayed once on the text of its parent.

Revisions form a tree by `parent_id`, not a line: devices that edit before they sync make branches, clocks
run backwards, and Joplin's clean-up leaves a parent_id that leads nowhere (services/RevisionService.ts,
models/Revision.ts).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from extractor.joplin.apply import LOST, NOTHING, KnownText, base_of, re_based_version, replay_on, shown_otherwise
from extractor.joplin.diffs import from_nothing, read_diffs
from extractor.joplin.echo import echoes
from extractor.joplin.order import in_time, parents_first
from extractor.joplin.recovery import Lost, SeenText, made_against, recover
from extractor.joplin.replayed import Replayed, State
from extractor.joplin.stretches import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from extractor.joplin.items import Note, Revision

__all__ = ["Replayed", "SeenText", "State", "Stretch", "replay"]

_MAX_CYCLE = 100  # Joplin never makes a cycle; each of its members costs a replay of all of them


def replay(
    revisions: Iterable[Revision],
    now: Note | None = None,
    rebased: Mapping[str, Revision] | None = None,
    seen: Mapping[str, SeenText] | None = None,
) -> list[Replayed]:
    """Replay all revisions of one note, given in any order, each on its parent's text.

    Where a base is lost, texts are rebuilt with the help of `now`, the note as it is, of `rebased`, later
    versions by id that Joplin's clean-up wrote over revisions, and of `seen`, texts by id that were rebuilt when
    more was known. What a lost revision held, where it is thereby known, is one more in the answer.

    The answer is in the order of `number`: by captured_at, at the same ms parents first; a lost one stands
    before the first that was made from it. Of two with the same id the first counts. Never raises for what
    Joplin, or chance, may have written.
    """
    by_id: dict[str, Revision] = {}
    for revision in revisions:
        by_id.setdefault(revision.id, revision)
    order, cyclic = parents_first(by_id)
    numbers = in_time(by_id, order, cyclic)
    known: dict[str, KnownText] = {}
    replayed: dict[str, Replayed] = {}
    lost: dict[str, Lost] = {}
    for revision in order:
        diffs = read_diffs(revision)
        if revision.id in cyclic:
            diffs.problems.append("It is its own ancestor.")
            base = _base_in_cycle(revision, by_id, len(cyclic))
        else:
            base = base_of(revision, known.get(revision.parent_id), diffs)
        after, one = replay_on(base, revision, diffs, numbers[revision.id])
        after = shown_otherwise(after, known.get(revision.parent_id), diffs)
        if base.units is None and diffs.body is not None and revision.id not in cyclic:
            lost[revision.id] = Lost(made_against(revision, diffs, cyclic), diffs)
            if rebased and (version := rebased.get(revision.id)) and (later := re_based_version(version, diffs)):
                after = replace(later, id=revision.id)
                one = replace(
                    one,
                    state=State.COMPLETE,
                    title=later.title,
                    body=later.body,
                    metadata=later.metadata,
                    stretches=(),
                )
        known[revision.id], replayed[revision.id] = after, one
    if lost:
        whole = {id_: known[id_] for id_ in lost if known[id_].units is not None}
        replayed |= recover(replayed, lost, whole, now, seen or {})
    for echo in echoes(replayed):
        replayed[echo] = replace(replayed[echo], echo=True)
    return _in_order(replayed)


def _in_order(replayed: Mapping[str, Replayed]) -> list[Replayed]:
    """By number, each lost revision right before the first that was made from it."""
    answer: list[Replayed] = []
    before: set[str] = set()
    for one in sorted([one for one in replayed.values() if one.number], key=lambda one: one.number):
        parent = replayed.get(one.parent_id)
        if parent is not None and not parent.number and parent.id not in before:
            before.add(parent.id)
            answer.append(replace(parent, at_latest=one.captured_at))
        answer.append(one)
    return answer


def _base_in_cycle(revision: Revision, by_id: Mapping[str, Revision], length: int) -> KnownText:
    """Joplin follows parent_id up to the first repeat and applies what it met to an empty text."""
    if length > _MAX_CYCLE:
        return LOST
    chain = [revision]
    while (parent := by_id[chain[-1].parent_id]) is not revision:
        chain.append(parent)
    base = replace(NOTHING, exact=from_nothing(read_diffs(chain[-1]).body))
    for ancestor in reversed(chain[1:]):
        base, _ = replay_on(base, ancestor, read_diffs(ancestor), 0)
    return replace(base, id=None)
