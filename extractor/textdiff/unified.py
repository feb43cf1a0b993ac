"""The changes between two texts as a unified diff (POSIX `diff -u`), for terminals and `patch`."""

from __future__ import annotations

from difflib import Match, SequenceMatcher
from typing import TYPE_CHECKING

from extractor.textdiff.patience import common

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AROUND = 3  # equal lines before and after a change


def unified(old: Sequence[str], new: Sequence[str], old_name: str, new_name: str) -> Iterator[str]:
    """The lines of the diff, without line ends; none if the texts are equal.

    `old` and `new` are lines without line ends; a name may have a date after a tab.
    """
    groups = _Patience(old, new).get_grouped_opcodes(AROUND)
    for at, group in enumerate(groups):
        if not at:
            yield f"--- {old_name}"
            yield f"+++ {new_name}"
        (_, a0, _, b0, _), (_, _, a1, _, b1) = group[0], group[-1]
        yield f"@@ -{_range(a0, a1)} +{_range(b0, b1)} @@"
        for kind, old_from, old_to, new_from, new_to in group:
            if kind == "equal":
                yield from (f" {line}" for line in old[old_from:old_to])
                continue
            yield from (f"-{line}" for line in old[old_from:old_to])
            yield from (f"+{line}" for line in new[new_from:new_to])


class _Patience(SequenceMatcher[str]):
    """The standard library's groups of changes, for the common lines found by patience diff."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__(None, old, new, autojunk=False)
        self.old, self.new = old, new

    def get_matching_blocks(self) -> list[Match]:
        """Runs of equal lines, and the empty one at the end that difflib's users expect."""
        return [Match(*run) for run in [*common(self.old, self.new), (len(self.old), len(self.new), 0)]]


def _range(start: int, end: int) -> str:
    """Lines from `start` up to `end`, counted from 0, as POSIX writes them; an empty range names the line before."""
    length = end - start
    if length == 1:
        return f"{start + 1}"
    return f"{start + 1 if length else start},{length}"
