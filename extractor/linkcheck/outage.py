"""Whether it is the network that is away, and not all the hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.linkcheck.verdict import Failure

if TYPE_CHECKING:
    from extractor.linkcheck.verdict import Answer

_WITHOUT_NETWORK = frozenset({Failure.NO_SUCH_HOST, Failure.NAME_SERVER, Failure.CONNECTION, Failure.TIMEOUT})
_HOSTS = 3  # so many failing after the last answer are worth the question


class Outage:
    """Sees every answer of a run. Times are ms since 1970.

    No failure by itself tells: without a network some resolvers say "no such host", as they do of a dead one.
    """

    def __init__(self, started_at: int) -> None:
        self.answered_url: str | None = None  # the last one that answered
        self._started_at = started_at
        self._last_answer_at: int | None = None
        self._failing: dict[str, int] = {}  # when a host was first asked in vain

    @property
    def answered(self) -> bool:
        """Whether any host has answered in this run."""
        return self._last_answer_at is not None

    def note(self, host: str, answer: Answer, checked_at: int, now: int) -> None:
        """Take one answer into account, or the lack of it; `checked_at` is when asking began."""
        if answer.failure in _WITHOUT_NETWORK and not answer.hops:
            self._failing.setdefault(host, checked_at)
        elif answer.status is not None or answer.failure is Failure.TLS or answer.hops:
            self._last_answer_at = now
            self.answered_url = answer.url

    def suspected_since(self) -> int | None:
        """Since when there may have been no network; None where nothing speaks for that.

        Hosts that hang are the last to fail in any run, so only those count that were first asked after the last
        answer of another.
        """
        if self._last_answer_at is None:
            return self._started_at if self._failing else None
        late = [began for began in self._failing.values() if began >= self._last_answer_at]
        return self._last_answer_at if len(late) >= _HOSTS else None
