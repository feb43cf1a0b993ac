"""Retrying temporary failures, after the time the server asks for, or with growing delays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from extractor.linkcheck.answer import SOFT_FAILURES, Verdict
from extractor.linkcheck.failures import Failure
from extractor.linkcheck.pace import retry_after
from extractor.linkcheck.scheduler import origin_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stamina import Attempt

    from extractor.linkcheck.answer import Answer, Judgement
    from extractor.linkcheck.cdx import NoWordError
    from extractor.linkcheck.hosts import Hosts
    from extractor.linkcheck.options import Options
    from extractor.linkcheck.scheduler import Queue

_PASSING_STATUS = frozenset({500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 527, 529, 530})
_PASSING_FAILURES = frozenset({Failure.CONNECTION, Failure.NAME_SERVER})


class MayPassError(Exception):
    """Tells stamina to retry: `wait` is True for the usual backoff, or the seconds to wait."""

    def __init__(self, wait: float | bool) -> None:
        super().__init__()
        self.wait = wait


def retries(options: Options, error: type[MayPassError | NoWordError], attempts: int) -> AsyncIterator[Attempt]:
    """Attempts, repeated while they raise a retryable `error` and retries are left."""
    import stamina.instrumentation  # noqa: PLC0415 -- heavy, and only where something may pass

    stamina.instrumentation.set_on_retry_hooks([])  # a retry is not worth a warning on stderr
    return aiter(
        stamina.retry_context(
            on=lambda raised: isinstance(raised, error) and raised.wait,
            attempts=attempts,
            timeout=None,
            wait_initial=options.backoff,
            wait_max=options.max_wait,
            wait_jitter=options.backoff / 2,
        )
    )


def may_pass(answer: Answer, judgement: Judgement, number: int, queue: Queue, hosts: Hosts) -> float | bool:
    """Whether to retry after attempt `number`: False, True with the usual backoff, or the seconds to wait."""
    verdict, options = judgement.verdict, hosts.options
    if verdict is Verdict.TIMEOUT:
        queue.hung = True
        # at once, and only once: hanging hosts determine how long a run takes
        return 0.0 if number == 1 and (answer.method == "HEAD" or options.retries) else False
    if (wait := _asked_to_wait(answer, verdict, number, options)) is not None:
        queue.hung = True
        return wait if _is_bearable(wait, answer, queue, hosts) and number <= options.retries else False
    passing = answer.failure in _PASSING_FAILURES or answer.status in _PASSING_STATUS
    return passing and verdict in SOFT_FAILURES and number <= options.retries


def _asked_to_wait(answer: Answer, verdict: Verdict, number: int, options: Options) -> float | None:
    """The seconds that an overloaded server asks for, or a default."""
    if verdict not in {Verdict.RATE_LIMITED, Verdict.SERVER_ERROR}:
        return None
    wait = retry_after(answer.headers or {}, datetime.now(UTC))
    return options.backoff * 2**number if wait is None and verdict is Verdict.RATE_LIMITED else wait


def _is_bearable(wait: float, answer: Answer, queue: Queue, hosts: Hosts) -> bool:
    """Whether the wait is acceptable: then the host pauses, else its origin is given up in this run."""
    asking = urlsplit(answer.final_url).hostname or ""
    if wait <= hosts.options.max_wait:
        hosts.pause(asking, wait)
        return True
    if asking == queue.host:
        origin = origin_of(answer.url)
        queue.given_up[origin] = f"{origin} asks to wait {wait:.0f} s"
    return False
