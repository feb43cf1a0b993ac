"""The health of an address from all its checks, and when it is due again. Pure; times are ms since 1970.

An address is dead if the server says so (404, 410), or after at least 3 soft failures over at least 7 days with no firm
answer between them; a soft failure after a death does not revive it. An answer that may no longer be the page
(`suspect`) is dead once a probe of its host has confirmed that as often, over as long. Skipped checks, and those that
the server postponed, do not count. An expired signed address is expired whatever was found before. The weighing itself
is done in SQL, where the checks are (extractor.catalogue.address_health).
"""

from __future__ import annotations

from enum import StrEnum

from extractor.linkcheck.answer import SOFT_FAILURES, Doubt, Verdict

DAY = 86_400_000
DEAD_AFTER_TIMES, DEAD_AFTER_DAYS = 3, 7
ALIVE_AGE, FAILING_AGE = 7 * DAY, DAY


class Health(StrEnum):
    """What all checks of an address say together."""

    ALIVE = "alive"
    MOVED = "moved"  # alive, permanently at another address
    DEAD = "dead"
    SUSPECT = "suspect"  # there is an answer, but it may no longer be the page
    FAILING = "failing"  # may be temporary
    BLOCKED = "blocked"  # a program cannot tell
    EXPIRED = "expired"
    UNKNOWN = "unknown"


NOTHING_SAID = frozenset({Verdict.SKIPPED, Verdict.RATE_LIMITED})
NOT_FOUND = frozenset({Verdict.DEAD, Verdict.GONE})
FAILURES = SOFT_FAILURES | NOT_FOUND | {Verdict.SUSPECT}
BURIED = frozenset({Doubt.SOFT_404, Doubt.PARKED, Doubt.HIJACKED})  # a page does not come back from these, if confirmed
# these answers are firm; anything else is checked again soon
_FRESH = frozenset({Verdict.OK, Verdict.MOVED, Verdict.BLOCKED, Verdict.SUSPECT})


def health_from(verdict: Verdict) -> Health | None:
    """The health from a single check; None if that says nothing."""
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
    """Whether an address is due, by its latest check (None if there was none).

    Ages are ms. A failure stays fresh for less time than a success, and a skipped check is never fresh, because it is
    not an answer. An expired address is never due again.
    """
    if verdict is None or checked_at is None or verdict is Verdict.SKIPPED:
        return True
    if verdict is Verdict.EXPIRED:
        return False
    return now - checked_at >= (alive_age if verdict in _FRESH else failing_age)


def urgency(verdict: Verdict | None, checked_at: int | None) -> tuple[int, int]:
    """A sort key, most urgent first: never checked, then failing, then the rest; each with the oldest check first."""
    if verdict is None or checked_at is None:
        return 0, 0
    return (2 if verdict in _FRESH else 1), checked_at
