"""Whether it is the network that is away, or somebody else who answers, and not all the hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.linkcheck.failures import Failure
from extractor.urls import read_address

if TYPE_CHECKING:
    from extractor.linkcheck.answer import Answer

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
        self._certificates: dict[str, set[str]] = {}  # the sites that each certificate that cannot be verified was for

    @property
    def answered(self) -> bool:
        """Whether any host has answered in this run."""
        return self._last_answer_at is not None

    def note(self, host: str, answer: Answer, checked_at: int, now: int) -> None:
        """Take one answer into account, or the lack of it; `checked_at` is when asking began."""
        if answer.failure in _WITHOUT_NETWORK and not answer.hops:
            self._failing.setdefault(host, checked_at)
        elif answer.certificate is not None:
            address = read_address(answer.final_url)
            site = address.site if address else host
            self._certificates.setdefault(answer.certificate.fingerprint, set()).add(site)
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

    def intercepted_since(self) -> int | None:
        """Since when somebody may answer for everybody; None where nothing speaks for that.

        Three sites that have nothing to do with each other do not share one certificate that nobody vouches for:
        whoever gives out the network (a hotel, a train) wants to be seen first.
        """
        shared = any(len(sites) >= _HOSTS for sites in self._certificates.values())
        return self._started_at if shared else None
