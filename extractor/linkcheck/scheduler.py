"""Who may be asked next: the queue of one host, and a connection's place among all that are under way."""

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

# so many addresses of an origin in a row with the same verdict, and the others are not asked in this run
_GIVE_UP_AFTER = {
    Verdict.CONNECTION_ERROR: 2,
    Verdict.RATE_LIMITED: 2,
    Verdict.BLOCKED: 5,  # a wall, and asking on makes it higher
}
_NAME_SERVER_TIMES = 2
_ORIGIN = re.compile(r"[^/?#]*//[^/?#]*")


@dataclass(slots=True)
class Streak:
    """What the addresses of one origin (scheme, host and port) gave one after the other."""

    answered: bool = False
    times: int = 0
    last: Verdict | None = None


@dataclass(slots=True)
class Queue:
    """The addresses of one host that are still to be asked.

    `given_up` says by origin, or for the whole host under "", why no more of them are asked in this run.
    """

    host: str
    targets: deque[Target] = field(default_factory=deque)
    hung: bool = False
    claimed: bool = False
    given_up: dict[str, str] = field(default_factory=dict)
    _streaks: dict[str, Streak] = field(default_factory=dict)

    def left_out(self, url: str) -> str | None:
        """Why an address is not to be asked any more in this run."""
        return self.given_up.get(origin_of(url)) or self.given_up.get("")

    def note(self, answer: Answer, judgement: Judgement) -> None:
        """Learn from a result; gives an origin up after too many of one kind in a row.

        A page that asks to log in says nothing of its neighbours, and a port that refuses nothing of another one.
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
    """A connection's right to be under way, in one lane at a time."""

    def __init__(self, limit: asyncio.Semaphore, *, held: bool) -> None:
        self._limit = limit
        self._held = held

    async def take(self, limit: asyncio.Semaphore) -> None:
        """Wait for a place in that lane, leaving the other one."""
        if self._held and limit is not self._limit:
            self.leave()
        if not self._held:
            await limit.acquire()
            self._limit, self._held = limit, True

    def leave(self) -> None:
        """Let another one go on, if this one had a place."""
        if self._held:
            self._limit.release()
            self._held = False
