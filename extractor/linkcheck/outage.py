"""Detecting that the network is down, or that something else answers for all hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.linkcheck.failures import Failure
from extractor.urls import read_address

if TYPE_CHECKING:
    from extractor.linkcheck.answer import Answer

_WITHOUT_NETWORK = frozenset({Failure.NO_SUCH_HOST, Failure.NAME_SERVER, Failure.CONNECTION, Failure.TIMEOUT})
_HOSTS = 3  # this many failures after the last answer raise suspicion


class Outage:
    """Observes every answer of a run. Times are ms since 1970.

    A single failure proves nothing: without a network, some resolvers report "no such host", as for a dead host.
    """

    def __init__(self, started_at: int) -> None:
        self.answered_url: str | None = None  # the last one that answered
        self._started_at = started_at
        self._last_answer_at: int | None = None
        self._failing: dict[str, int] = {}  # when a request to a host first failed
        self._certificates: dict[str, set[str]] = {}  # the sites for which each unverifiable certificate was seen

    @property
    def answered(self) -> bool:
        """Whether any host has answered in this run."""
        return self._last_answer_at is not None

    def note(self, host: str, answer: Answer, checked_at: int, now: int) -> None:
        """Note one answer, or its absence; `checked_at` is the start of the check."""
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
        """Since when the network may have been down; None if nothing suggests that.

        Hanging hosts are the last to fail in any run, so only hosts first requested after the last answer of another
        host count.
        """
        if self._last_answer_at is None:
            return self._started_at if self._failing else None
        late = [began for began in self._failing.values() if began >= self._last_answer_at]
        return self._last_answer_at if len(late) >= _HOSTS else None

    def intercepted_since(self) -> int | None:
        """Since when something may have answered for all hosts; None if nothing suggests that.

        Three unrelated sites do not share one unverifiable certificate: it belongs to the login page of a network (a
        hotel, a train).
        """
        shared = any(len(sites) >= _HOSTS for sites in self._certificates.values())
        return self._started_at if shared else None
