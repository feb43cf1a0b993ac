"""The result of a replay for each revision."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.joplin.bodies import Body
    from extractor.joplin.diff_fragments import Fragment


class State(StrEnum):
    """How well the text of a revision is known."""

    COMPLETE = "complete"  # every hunk from the root, or from a re-based head, fits exactly
    RECOVERED = "recovered"  # its base is lost: rebuilt from a later text that is known
    INEXACT = "inexact"  # as Joplin shows it, with hunks that fitted only fuzzily or not at all
    PARTIAL = "partial"  # its base is lost: only the fragments that the diff shows
    ENCRYPTED = "encrypted"  # cipher text, for which no key was given
    UNREADABLE = "unreadable"  # the diff of its text or title cannot be parsed


@dataclass(frozen=True, slots=True)
class Replayed:
    """One revision and the text that it leads to. Times are ms since 1970 UTC.

    `base_id` is the revision of the same note whose text it was applied to: None for a root, a re-based
    head, a base that stays lost and a member of a cycle, so that it never leads in a circle. `text` is None unless
    the state is complete, recovered or inexact; `fragments` are given if it is partial. `title` and
    `metadata` are None if their own base is lost. `text_added` and `text_removed` are the pieces of
    the body's diff. Texts may contain lone surrogates, as in Joplin.

    A revision that is itself lost, but whose text follows from those made from it, has no diffs; its number and times
    are 0, except for `at_latest`, which is the `captured_at` of its first child. For all others `at_latest` is
    `captured_at`. A revision that was read from the catalogue instead of replayed has no diffs either.
    """

    id: str
    note_id: str
    parent_id: str
    base_id: str | None
    number: int
    captured_at: int
    at_latest: int
    recorded_at: int
    state: State
    title: str | None
    text: Body | None
    fragments: tuple[Fragment, ...] = ()
    metadata: Mapping[str, object] | None = None
    hunks: int = 0
    hunks_failed: int = 0
    text_added: tuple[str, ...] = ()
    text_removed: tuple[str, ...] = ()
    chars_added: int = 0
    chars_removed: int = 0
    echo: bool = False
    problem: str | None = None

    @property
    def body(self) -> str | None:
        """The text as a string, which is built on each access."""
        return None if self.text is None else self.text.text
