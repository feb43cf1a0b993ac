"""The history of one note: each revision is replayed once on the text of its parent.

By `parent_id` revisions form a tree, not a line: devices that edit before they sync make branches, clocks
run backwards, and Joplin's clean-up leaves a parent_id that leads nowhere (services/RevisionService.ts,
models/Revision.ts).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from extractor.joplin.apply import LOST, NOTHING, KnownText, base_of, re_based_version, replay_on, shown_otherwise
from extractor.joplin.bodies import Bodies, PatchedBody
from extractor.joplin.diff_fragments import Fragment
from extractor.joplin.diffs import from_nothing, read_diffs
from extractor.joplin.echo import echoes
from extractor.joplin.order import in_time, parents_first
from extractor.joplin.recovery import Lost, SeenText, made_against, recover
from extractor.joplin.replayed import Replayed, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from extractor.joplin.diffs import Diffs
    from extractor.joplin.items import Note, Revision

__all__ = ["Fragment", "Replayed", "SeenText", "State", "replay"]

_MAX_CYCLE = 100  # Joplin never makes a cycle; each member of one costs a replay of all its members


def replay(
    revisions: Iterable[Revision],
    now: Note | None = None,
    rebased: Mapping[str, Revision] | None = None,
    seen: Mapping[str, SeenText] | None = None,
) -> list[Replayed]:
    """Replay all revisions of one note, given in any order, each on its parent's text.

    If a base is lost, texts are rebuilt from three sources: `now`, the current note; `rebased`, later versions by
    id with which Joplin's clean-up replaced revisions; and `seen`, texts by id that were rebuilt earlier, when more
    was known. A lost revision whose text becomes known in this way is added to the answer.

    The answer is in the order of `number`: by captured_at, parents first within the same ms; a lost revision comes
    before the first one that was made from it. If an id is given twice, the first counts. Never raises an error for
    what Joplin, or damage, may have left in a revision.
    """
    by_id: dict[str, Revision] = {}
    for revision in revisions:
        by_id.setdefault(revision.id, revision)
    order, cyclic = parents_first(by_id)
    numbers = in_time(by_id, order, cyclic)
    replaying = _Replaying(by_id, cyclic, rebased or {})
    for revision in order:
        replaying.take(revision, numbers[revision.id])
    replayed, known = replaying.replayed, replaying.known
    if lost := replaying.lost:
        whole = {id_: known[id_] for id_ in lost if known[id_].text is not None}
        replayed |= recover(replayed, lost, whole, now, seen or {}, replaying.bodies)
    for echo in echoes(replayed):
        replayed[echo] = replace(replayed[echo], echo=True)
    return _in_order(replayed)


def replay_further(last: Replayed, revisions: Iterable[Revision]) -> list[Replayed]:
    """Replay `revisions`, which are in one line after `last`, whose text is certain; the answer begins with `last`."""
    bodies = last.text.bodies if isinstance(last.text, PatchedBody) else Bodies()
    replaying = _Replaying({}, frozenset(), {}, bodies)
    replaying.known[last.id] = KnownText(last.id, last.text, title=last.title, metadata=last.metadata)
    texts = [last]
    for number, revision in enumerate(revisions, last.number + 1):
        replaying.take(revision, number)
        texts.append(replaying.replayed[revision.id])
    return texts


@dataclass(slots=True)
class _Replaying:
    """What is known so far about a note whose revisions are replayed one after the other, parents first."""

    by_id: Mapping[str, Revision]
    cyclic: Collection[str]
    rebased: Mapping[str, Revision]
    bodies: Bodies = field(default_factory=Bodies)
    known: dict[str, KnownText] = field(default_factory=dict)
    replayed: dict[str, Replayed] = field(default_factory=dict)
    lost: dict[str, Lost] = field(default_factory=dict)

    def take(self, revision: Revision, number: int) -> None:
        """Replay one more revision."""
        diffs = read_diffs(revision)
        parent = self.known.get(revision.parent_id)
        is_cyclic = revision.id in self.cyclic
        if is_cyclic:
            diffs.problems.append("It is its own ancestor.")
            base = _base_in_cycle(revision, self.by_id, len(self.cyclic), self.bodies)
        else:
            base = base_of(revision, parent, diffs)
        after, one = replay_on(base, revision, diffs, number, self.bodies)
        after = shown_otherwise(after, parent, diffs, self.bodies)
        if base.text is None and diffs.body is not None and not is_cyclic:
            self.lost[revision.id] = Lost(made_against(revision, diffs, self.cyclic), diffs)
            after, one = self._by_later_version(revision, diffs, after, one)
        self.known[revision.id], self.replayed[revision.id] = after, one

    def _by_later_version(
        self, revision: Revision, diffs: Diffs, after: KnownText, one: Replayed
    ) -> tuple[KnownText, Replayed]:
        """Like `after` and `one`, of a revision whose base is lost, with the text that a later version of it gives."""
        version = self.rebased.get(revision.id)
        later = re_based_version(version, diffs, self.bodies) if version is not None else None
        if later is None:
            return after, one
        known = replace(
            one,
            state=State.COMPLETE,
            title=later.title,
            text=later.text,
            metadata=later.metadata,
            fragments=(),
        )
        return replace(later, id=revision.id), known


def _in_order(replayed: Mapping[str, Replayed]) -> list[Replayed]:
    """The revisions by number, each lost one right before the first that was made from it."""
    answer: list[Replayed] = []
    before: set[str] = set()
    for one in sorted([one for one in replayed.values() if one.number], key=lambda one: one.number):
        parent = replayed.get(one.parent_id)
        if parent is not None and not parent.number and parent.id not in before:
            before.add(parent.id)
            answer.append(replace(parent, at_latest=one.captured_at))
        answer.append(one)
    return answer


def _base_in_cycle(revision: Revision, by_id: Mapping[str, Revision], length: int, bodies: Bodies) -> KnownText:
    """The base of a member of a cycle: the empty text with all other members applied to it.

    Joplin, too, follows parent_id up to the first repeat and applies what it found to an empty text.
    """
    if length > _MAX_CYCLE:
        return LOST
    chain = [revision]
    while (parent := by_id[chain[-1].parent_id]) is not revision:
        chain.append(parent)
    base = replace(NOTHING, exact=from_nothing(read_diffs(chain[-1]).body))
    for ancestor in reversed(chain[1:]):
        base, _ = replay_on(base, ancestor, read_diffs(ancestor), 0, bodies)
    return replace(base, id=None)
