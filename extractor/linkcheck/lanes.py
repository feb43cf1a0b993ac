"""Who may be asked next: the queue of one host, and a connection's place among all that are under way."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.linkcheck.verdict import Failure, Judgement, Verdict

if TYPE_CHECKING:
    import asyncio

    from extractor.linkcheck.options import Target
    from extractor.linkcheck.verdict import Answer

# so many addresses of a host in a row with the same verdict, and the others are not asked in this run
_GIVE_UP_AFTER = {
    Verdict.CONNECTION_ERROR: 2,
    Verdict.RATE_LIMITED: 2,
    Verdict.BLOCKED: 5,  # a wall, and asking on makes it higher
}
_OF_THE_NAME = frozenset({Failure.NO_SUCH_HOST, Failure.NAME_SERVER, Failure.NOT_PUBLIC})  # the same for all of a host


@dataclass(slots=True)
class Queue:
    """The addresses of one host that are still to be asked."""

    host: str
    targets: deque[Target] = field(default_factory=deque)
    hung: bool = False
    answered: bool = False
    streak: int = 0
    last: Verdict | None = None
    given_up: Judgement | None = None

    def note(self, answer: Answer, judgement: Judgement) -> None:
        """Learn from a result; gives the host up after too many of one kind in a row."""
        verdict = judgement.verdict
        self.answered |= answer.status is not None
        self.streak = self.streak + 1 if verdict is self.last else 1
        self.last = verdict
        if answer.failure in _OF_THE_NAME:
            self.given_up = Judgement(verdict, f"not asked: {answer.detail}")
        elif self.streak >= _GIVE_UP_AFTER.get(verdict, math.inf) and not (
            self.answered and verdict is Verdict.CONNECTION_ERROR
        ):
            self.given_up = Judgement(verdict, f"not asked: {self.host} gave {verdict} {self.streak} times in a row")


class PlaceInLane:
    """A connection's right to be under way, in one lane at a time."""

    def __init__(self, lane: asyncio.Semaphore, *, held: bool) -> None:
        self._lane = lane
        self._held = held

    async def take(self, lane: asyncio.Semaphore) -> None:
        """Wait for a place in that lane, leaving the other one."""
        if self._held and lane is not self._lane:
            self.leave()
        if not self._held:
            await lane.acquire()
            self._lane, self._held = lane, True

    def leave(self) -> None:
        """Let another one go on, if this one had a place."""
        if self._held:
            self._lane.release()
            self._held = False
