"""What all checks of an address come to, and when it is due again. Pure; times are ms since 1970.

The same as SQL, over `checks` and `urls` (`checks.checked_at` as ISO 8601 text there)::

    WITH told AS (  -- what says something; kind: whether it is firm, may pass, or neither speaks for nor against it
      SELECT id, url_id, checked_at, verdict, CASE
          WHEN verdict IN ('server_error', 'timeout', 'dns_error', 'connection_error', 'tls_error') THEN 'soft'
          WHEN verdict IN ('dead', 'gone') THEN 'dead' ELSE verdict END AS kind
      FROM checks WHERE verdict NOT IN ('skipped', 'rate_limited')
    ), newest AS (
      SELECT *, row_number() OVER (PARTITION BY url_id ORDER BY checked_at DESC, id DESC) AS age FROM told
    ), firm AS (  -- the newest check that is no soft failure, by its age
      SELECT url_id, kind, min(age) AS age FROM newest WHERE kind <> 'soft' GROUP BY url_id
    ), soft AS (  -- the soft failures after it
      SELECT newest.url_id, count(*) AS times, min(checked_at) AS first, max(checked_at) AS last
      FROM newest LEFT JOIN firm USING (url_id) WHERE firm.age IS NULL OR newest.age < firm.age GROUP BY newest.url_id
    ), other AS (  -- the newest check that found something else than the newest of all did
      SELECT newest.url_id, min(newest.age) AS age FROM newest JOIN newest AS last ON last.url_id = newest.url_id
      WHERE last.age = 1 AND CASE WHEN last.kind IN ('soft', 'dead', 'suspect')
          THEN newest.kind NOT IN ('soft', 'dead', 'suspect') ELSE newest.kind <> last.kind END GROUP BY newest.url_id
    ), since AS (
      SELECT newest.url_id, min(checked_at) AS at FROM newest LEFT JOIN other USING (url_id)
      WHERE other.age IS NULL OR newest.age < other.age GROUP BY newest.url_id
    )
    SELECT urls.id AS url_id, CASE
        WHEN urls.expires_at <= :now THEN 'expired'
        WHEN newest.kind IS NULL THEN 'unknown'
        WHEN newest.kind = 'ok' THEN 'alive'
        WHEN newest.kind = 'suspect' THEN 'failing'
        WHEN newest.kind <> 'soft' THEN newest.kind
        WHEN firm.kind = 'dead' THEN 'dead'
        WHEN soft.times >= 3 AND julianday(soft.last) - julianday(soft.first) >= 7 THEN 'dead'
        ELSE 'failing' END AS health,
      CASE WHEN urls.expires_at <= :now THEN urls.expires_at ELSE since.at END AS since,
      coalesce(soft.times, 0) AS failures, newest.checked_at
    FROM urls LEFT JOIN newest ON newest.url_id = urls.id AND newest.age = 1 LEFT JOIN firm ON firm.url_id = urls.id
      LEFT JOIN soft ON soft.url_id = urls.id LEFT JOIN since ON since.url_id = urls.id
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING

from extractor.linkcheck.verdict import SOFT_FAILURES, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = 86_400_000
DEAD_AFTER_TIMES, DEAD_AFTER_MS = 3, 7 * DAY
ALIVE_AGE, FAILING_AGE = 7 * DAY, DAY


class Health(StrEnum):
    """What is known of an address by all its checks."""

    ALIVE = "alive"
    MOVED = "moved"  # alive, at another address for good
    DEAD = "dead"
    FAILING = "failing"  # may pass, or may not be the page any more
    BLOCKED = "blocked"  # a program cannot tell
    EXPIRED = "expired"
    UNKNOWN = "unknown"


_NOTHING_SAID = frozenset({Verdict.SKIPPED, Verdict.RATE_LIMITED})
_NOT_FOUND = frozenset({Verdict.DEAD, Verdict.GONE})
_FAILURES = SOFT_FAILURES | _NOT_FOUND | {Verdict.SUSPECT}
_BY_VERDICT = {
    Verdict.OK: Health.ALIVE,
    Verdict.MOVED: Health.MOVED,
    Verdict.DEAD: Health.DEAD,
    Verdict.GONE: Health.DEAD,
    Verdict.BLOCKED: Health.BLOCKED,
    Verdict.SUSPECT: Health.FAILING,
    Verdict.EXPIRED: Health.EXPIRED,
}
# these answers are as firm as they get; whatever else came is no news, and asked for again soon
_FRESH = frozenset({Verdict.OK, Verdict.MOVED, Verdict.BLOCKED, Verdict.SUSPECT})


@dataclass(frozen=True, slots=True)
class PastCheck:
    """One row of `checks`; those of a run without a network are to be left out before."""

    checked_at: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Standing:
    """How an address stands.

    `since` is when the first of the checks was made that have found the same without a break, for a dead or failing
    one the first that did not find it; when it expired, for an expired one. `failures` counts the soft failures
    since the last firm answer, `checked_at` is the latest check that said something.
    """

    health: Health
    since: int | None = None
    failures: int = 0
    checked_at: int | None = None


def health(checks: Sequence[PastCheck], now: int, expires_at: int | None = None) -> Standing:
    """Weigh the checks of one address, in any order; those of the same time in the order they were made.

    It is dead when the server says so (404, 410), or when soft failures came at least 3 times over at least 7 days
    with nothing between them; a soft failure after a death does not raise it. What was skipped, or put off by the
    server, says nothing. A signed address past `expires_at` is expired whatever was found before.
    """
    told = [check for check in sorted(checks, key=lambda check: check.checked_at) if check.verdict not in _NOTHING_SAID]
    told.reverse()  # the newest first
    soft = list(takewhile(lambda check: check.verdict in SOFT_FAILURES, told))
    checked_at = told[0].checked_at if told else None
    if expires_at is not None and expires_at <= now:
        return Standing(Health.EXPIRED, expires_at, len(soft), checked_at)
    if not told:
        return Standing(Health.UNKNOWN)
    newest = told[0].verdict
    same = _FAILURES if newest in _FAILURES else {newest}
    since = [check.checked_at for check in takewhile(lambda check: check.verdict in same, told)][-1]
    return Standing(_BY_VERDICT.get(newest) or _weigh(soft, told[len(soft) :]), since, len(soft), checked_at)


def _weigh(soft: list[PastCheck], before: list[PastCheck]) -> Health:
    """What soft failures, the newest first, come to after what was `before` them."""
    if before and before[0].verdict in _NOT_FOUND:
        return Health.DEAD
    lasting = soft[0].checked_at - soft[-1].checked_at >= DEAD_AFTER_MS
    return Health.DEAD if lasting and len(soft) >= DEAD_AFTER_TIMES else Health.FAILING


def is_due(
    verdict: Verdict | None,
    checked_at: int | None,
    now: int,
    alive_age: int = ALIVE_AGE,
    failing_age: int = FAILING_AGE,
) -> bool:
    """Whether an address is to be checked again, by its latest check; None where there was none.

    Ages are ms. A failure is never taken for fresh as long as a success is. What has expired never comes back.
    """
    if verdict is None or checked_at is None:
        return True
    if verdict is Verdict.EXPIRED:
        return False
    return now - checked_at >= (alive_age if verdict in _FRESH else failing_age)


def urgency(verdict: Verdict | None, checked_at: int | None) -> tuple[int, int]:
    """Give a sort key, the most wanted first: never checked, then failing, then the rest; each the oldest first."""
    if verdict is None or checked_at is None:
        return 0, 0
    return (2 if verdict in _FRESH else 1), checked_at
