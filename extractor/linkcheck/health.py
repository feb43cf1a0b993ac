"""How an address stands by all its checks, and when it is due again. Pure; times are ms since 1970.

An address is dead when the server says so (404, 410), or when soft failures came at least 3 times over at least 7 days
with nothing firm between them; a soft failure after a death does not raise it. What may not be the page any more
(`suspect`) is dead when a probe of its host has confirmed that as often, over as long. What was skipped, or put off by
the server, says nothing. A signed address past its time is expired whatever was found before. The weighing itself is
done where the checks are, in SQL (extractor.catalogue.address_health).
"""

from __future__ import annotations

from enum import StrEnum

from extractor.linkcheck.answer import SOFT_FAILURES, Doubt, Verdict

DAY = 86_400_000
DEAD_AFTER_TIMES, DEAD_AFTER_DAYS = 3, 7
ALIVE_AGE, FAILING_AGE = 7 * DAY, DAY


class Health(StrEnum):
    """What is known of an address by all its checks."""

    ALIVE = "alive"
    MOVED = "moved"  # alive, at another address for good
    DEAD = "dead"
    SUSPECT = "suspect"  # there is an answer, which may not be the page any more
    FAILING = "failing"  # may pass
    BLOCKED = "blocked"  # a program cannot tell
    EXPIRED = "expired"
    UNKNOWN = "unknown"


NOTHING_SAID = frozenset({Verdict.SKIPPED, Verdict.RATE_LIMITED})
NOT_FOUND = frozenset({Verdict.DEAD, Verdict.GONE})
FAILURES = SOFT_FAILURES | NOT_FOUND | {Verdict.SUSPECT}
BURIED = frozenset({Doubt.SOFT_404, Doubt.PARKED, Doubt.HIJACKED})  # what a page does not come back from, if confirmed
# these answers are as firm as they get; whatever else came is no news, and asked for again soon
_FRESH = frozenset({Verdict.OK, Verdict.MOVED, Verdict.BLOCKED, Verdict.SUSPECT})


def health_from(verdict: Verdict) -> Health | None:
    """What one check says when it stands alone; None for one that says nothing."""
    if verdict in NOTHING_SAID:
        return None
    if verdict in NOT_FOUND:
        return Health.DEAD
    if verdict in SOFT_FAILURES:
        return Health.FAILING
    return Health.ALIVE if verdict is Verdict.OK else Health(verdict)


def is_due(
    verdict: Verdict | None,
    checked_at: int | None,
    now: int,
    alive_age: int = ALIVE_AGE,
    failing_age: int = FAILING_AGE,
) -> bool:
    """Whether an address is to be checked again, by its latest check; None where there was none.

    Ages are ms. A failure is never taken for fresh as long as a success is, and what was skipped not at all: that is no
    answer. What has expired never comes back.
    """
    if verdict is None or checked_at is None or verdict is Verdict.SKIPPED:
        return True
    if verdict is Verdict.EXPIRED:
        return False
    return now - checked_at >= (alive_age if verdict in _FRESH else failing_age)


def urgency(verdict: Verdict | None, checked_at: int | None) -> tuple[int, int]:
    """Give a sort key, the most wanted first: never checked, then failing, then the rest; each the oldest first."""
    if verdict is None or checked_at is None:
        return 0, 0
    return (2 if verdict in _FRESH else 1), checked_at
