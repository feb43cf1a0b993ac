"""Bounds: between which two times a section or link came, and went.

A bound is never a guess. Only a text from which the first one that has something descends proves that it was not
there; everything else (a revision of another branch, a partly known text, one that Joplin recorded late) proves
nothing. So lost parts of a history make bounds wider, but never wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from extractor.timeline.versions import NOW, Version, bases_first

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from extractor.timeline.lifetimes import Shown
    from extractor.timeline.tracked import Lifetime, Tracked

DAY = 86_400_000  # ms: within it, a date is right to the day, apart from time zones


class Bounds(NamedTuple):
    """When something came and went, in ms since 1970 UTC; 0 if that is unknown.

    It came after `absent_at` and by `first_seen_at`; `is_dated` means that it came at `first_seen_at`, give or take a
    day. It went after `last_seen_at` and by `removed_at`, which is None if it is current; `removal_is_dated` means the
    same for `removed_at`.
    """

    absent_at: int
    first_seen_at: int
    is_dated: bool
    last_seen_at: int
    removed_at: int | None
    removal_is_dated: bool


class Evidence:
    """What the history of one note proves about when things came and went.

    `created` is when the note was made, in ms since 1970 UTC, 0 if unknown. If `versions` are only the end of a
    history, `before_now` is what the method of that name returned for the whole.
    """

    def __init__(self, versions: Sequence[Version], created: int, before_now: int | None = None) -> None:
        self._versions = versions
        self._times = [version.at for version in versions]
        self._created = created
        self._before_now = before_now
        self._of_diffs: dict[tuple[int, int], set[int]] = {}
        self.is_all_shown = all(version.reading.whole and not version.echo for version in versions)
        """Whether each version has just what it shows: then bounds follow from a lifetime's holders and its end."""

    def bounds(self, lifetime: Lifetime, tracked: Tracked, shown: Shown, published: int = 0) -> Bounds:
        """The bounds of one section or link; a post cannot have been there before it was `published` (ms)."""
        runs = lifetime.holders.runs
        first_seen = self._times[runs[0][0]] if runs else 0
        absent = self._absent_before(lifetime, tracked, first_seen, published) if runs else 0
        last_seen = max((max(self._times[run.start : run.stop]) for run in runs), default=0)
        ended = lifetime.ended
        # If clocks differ, the text without it may be dated before the last one that has it.
        removed = None if ended is None else max(self._versions[ended].at, last_seen)
        return Bounds(
            absent_at=absent,
            first_seen_at=first_seen,
            is_dated=bool(runs)
            and (self._came_then(lifetime, lifetime.holders[0], tracked, shown) or within_a_day(absent, first_seen)),
            last_seen_at=last_seen,
            removed_at=removed,
            removal_is_dated=ended is not None
            and (self._went_then(lifetime, ended, tracked) or within_a_day(last_seen, self._versions[ended].at)),
        )

    def is_dated(self, change: str, lifetime: Lifetime, at: int, tracked: Tracked, shown: Shown) -> bool:
        """Whether something was added, removed or respelled when the version that shows it was made, within a day.

        `bounds` says so for the first appearance and the last removal; a link may come back and go again in between.
        """
        base = self._versions[at].base
        known = base is not None and self._versions[base].is_known and self._is_of_then(base)
        then = {
            "added": self._came_then(lifetime, at, tracked, shown),
            "removed": self._went_then(lifetime, at, tracked),
        }
        if then.get(change, known and self._is_of_its_time(at)):
            return True
        has_it = base is not None and tracked.is_held(lifetime, base)
        return (
            known
            and base is not None
            and has_it == (change != "added")
            and self._versions[base].has_time
            and within_a_day(self._versions[base].at, self._versions[at].at)
        )

    def before_now(self) -> int:
        """The time of the latest text from which the current note certainly comes; else that of its creation."""
        return self._latest_above(len(self._versions) - 1, lambda _: True)

    def _absent_before(self, lifetime: Lifetime, tracked: Tracked, first_seen: int, published: int) -> int:
        """The latest time at which it certainly was not there; 0 if unknown, or if clocks put it after `first_seen`."""
        without = self._latest_without(lifetime, tracked)
        known = [at for at in (without, published) if 0 < at <= first_seen]
        return max(known, default=0)

    def _latest_without(self, lifetime: Lifetime, tracked: Tracked) -> int:
        """The time of the nearest text above the first one with it that certainly is without it; else the creation."""
        first = self._versions[lifetime.holders[0]]
        if first.echo:
            return self._created  # the text of an echo is older than the one that it was made from
        if first.id == NOW and self._before_now is not None:
            return self._before_now
        return self._latest_above(lifetime.holders[0], lambda at: not tracked.is_held(lifetime, at))

    def _latest_above(self, i: int, is_without: Callable[[int], bool]) -> int:
        """The time of the nearest text above a version that was the note at its time and certainly lacks something."""
        passed: set[int] = set()
        at = self._above(i)
        while at is not None and at not in passed:
            passed.add(at)
            version = self._versions[at]
            if version.is_known and version.has_time and is_without(at) and self._is_of_then(at):
                return version.at
            at = self._above(at)
        return self._created

    def _above(self, i: int) -> int | None:
        """The version that this one certainly descends from: its base, or its trunk across a gap in the history."""
        version = self._versions[i]
        if version.base is not None and version.descends:
            return version.base
        return self._trunks[i]

    def _is_of_then(self, i: int) -> bool:
        """Whether a version is what the note was at its time.

        An old state may be from before a sync. Only the text before it can show that: if that is lost, such a
        text proves nothing (source: RevisionService.ts, which takes it from memory).
        """
        version = self._versions[i]
        return not version.echo and (not version.keeps_old_state or version.base is not None or version.is_root)

    def _is_of_its_time(self, i: int) -> bool:
        """Whether a version's changes were made at its time: it is neither an old state nor the current note."""
        version = self._versions[i]
        return version.id != NOW and not version.keeps_old_state and version.is_readable

    def _came_then(self, lifetime: Lifetime, at: int, tracked: Tracked, shown: Shown) -> bool:
        """Whether a version that has it is one that inserted it, as its own parent or its diff shows."""
        version = self._versions[at]
        if not self._is_of_its_time(at):
            return False
        if not version.reading.whole:
            return lifetime.number in self._inserted(at, tracked, shown)
        base = version.base
        return (
            base is not None
            and self._versions[base].is_known
            and not tracked.is_held(lifetime, base)
            and self._is_of_then(base)
        )

    def _inserted(self, at: int, tracked: Tracked, shown: Shown) -> set[int]:
        """The numbers of what the diff of a partly known text inserted."""
        known = self._of_diffs.get((id(tracked), at))
        if known is None:
            known = {tracked.of[at][place] for place in shown.inserted[at]}
            self._of_diffs[id(tracked), at] = known
        return known

    def _went_then(self, lifetime: Lifetime, at: int, tracked: Tracked) -> bool:
        """Whether a version without it is one that removed it."""
        if not self._is_of_its_time(at):
            return False
        version = self._versions[at]
        if not version.reading.whole:
            return at in lifetime.removed
        base = version.base
        return (
            version.is_exact
            and base is not None
            and self._versions[base].is_known
            and tracked.is_held(lifetime, base)
            and self._is_of_then(base)
        )

    @cached_property
    def _trunks(self) -> list[int | None]:
        """For each version without a base the one that it descends from nevertheless: the last before all branches.

        A version after a gap in the history descends from the one before the gap, or, if branches are known, from the
        last text before the branches. A root has nothing above it. Joplin's clean-up rewrites the first text that it
        keeps as a whole, and its parent_id then leads nowhere (models/Revision.ts, deleteOldRevisions): two such texts
        are branches that it cut.
        """
        above: list[int | None] = [None] * len(self._versions)
        trunk = _Trunk(above)
        is_cut = False
        for i in bases_first(self._versions):
            version = self._versions[i]
            if version.base is not None and version.descends:
                above[i] = version.base
            elif not version.is_root:
                is_head = version.id != NOW and version.has_time and version.is_readable and version.reading.whole
                above[i] = None if is_head and is_cut else trunk.end
                is_cut |= is_head
            if version.id != NOW:
                trunk.grow(i)
        return above


@dataclass(slots=True)
class _Trunk:
    """The common part of all versions so far: `end` is the last one that each of them descends from, or is."""

    above: Sequence[int | None]
    end: int | None = None
    _below: set[int] = field(default_factory=set)
    _is_branched: bool = False
    _is_begun: bool = False

    def grow(self, i: int) -> None:
        """Add one more version, whose entry in `above` is known."""
        parent = self.above[i]
        if not self._is_begun:
            self.end, self._is_begun = i, True
        elif not self._is_branched and parent == self.end:
            self.end = i
        elif not self._is_branched or (self.end is not None and parent not in self._below):
            self._is_branched = True
            self.end = _common(self.end, parent, self.above)
            self._below = {j for j in range(len(self.above)) if self._descends(j)}
        self._below.add(i)

    def _descends(self, i: int) -> bool:
        at: int | None = i
        while at is not None and at != self.end:
            at = self.above[at]
        return at is not None


def _common(one: int | None, other: int | None, above: Sequence[int | None]) -> int | None:
    """The last version that both descend from, or are; None if there is none."""
    passed = set()
    while one is not None:
        passed.add(one)
        one = above[one]
    while other is not None and other not in passed:
        other = above[other]
    return other


def within_a_day(before: int, after: int) -> bool:
    """Whether both bounds, in ms, are known and at most a day apart, so that the later one gives the day."""
    return before > 0 and 0 <= after - before <= DAY
