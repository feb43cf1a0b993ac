"""Scheduling: the queue of one host, and the slots of connections in progress."""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.linkcheck.answer import Doubt, Verdict
from extractor.linkcheck.failures import Failure

if TYPE_CHECKING:
    import asyncio

    from extractor.linkcheck.answer import Answer, Judgement
    from extractor.linkcheck.options import Target

# after this many equal verdicts in a row, an origin is given up in this run
_GIVE_UP_AFTER = {
    Verdict.CONNECTION_ERROR: 2,
    Verdict.RATE_LIMITED: 2,
    Verdict.BLOCKED: 5,  # a bot wall, which more requests would only make worse
}
_NAME_SERVER_TIMES = 2
_ORIGIN = re.compile(r"[^/?#]*//[^/?#]*")


@dataclass(slots=True)
class Streak:
    """A streak of equal verdicts at one origin (scheme, host and port)."""

    answered: bool = False
    times: int = 0
    last: Verdict | None = None


@dataclass(slots=True)
class Queue:
    """The remaining addresses of one host.

    `given_up` says by origin, or for the whole host under "", why no more of them are checked in this run.
    """

    host: str
    targets: deque[Target] = field(default_factory=deque)
    hung: bool = False
    claimed: bool = False
    given_up: dict[str, str] = field(default_factory=dict)
    _streaks: dict[str, Streak] = field(default_factory=dict)

    def left_out(self, url: str) -> str | None:
        """Why an address is not checked any more in this run."""
        return self.given_up.get(origin_of(url)) or self.given_up.get("")

    def note(self, answer: Answer, judgement: Judgement) -> None:
        """Learn from a result; gives up an origin after too many equal failures in a row.

        A page that requires a login says nothing about its neighbours, and a refusing port nothing about another port.
        """
        origin, verdict = origin_of(answer.url), judgement.verdict
        streak = self._streaks.setdefault(origin, Streak())
        streak.answered |= answer.status is not None
        streak.times = streak.times + 1 if verdict is streak.last else 1
        streak.last = verdict if judgement.kind is not Doubt.LOGIN else None
        if answer.failure is Failure.NAME_SERVER and streak.times >= _NAME_SERVER_TIMES:
            self.given_up[""] = f"no name server found {self.host} for now"
        elif streak.times >= _GIVE_UP_AFTER.get(verdict, math.inf) and not (
            streak.answered and verdict is Verdict.CONNECTION_ERROR
        ):
            self.given_up[origin] = f"{origin} gave {verdict} {streak.times} times in a row"


def origin_of(url: str) -> str:
    """Scheme, host and port of an address."""
    found = _ORIGIN.match(url)
    return found[0] if found is not None else ""


class Slot:
    """A connection's slot, in one lane at a time."""

    def __init__(self, limit: asyncio.Semaphore, *, held: bool) -> None:
        self._limit = limit
        self._held = held

    async def take(self, limit: asyncio.Semaphore) -> None:
        """Wait for a slot in that lane, leaving the other one."""
        if self._held and limit is not self._limit:
            self.leave()
        if not self._held:
            await limit.acquire()
            self._limit, self._held = limit, True

    def leave(self) -> None:
        """Release the slot, if there is one."""
        if self._held:
            self._limit.release()
            self._held = False
