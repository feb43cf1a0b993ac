"""Reasons why a request got no answer."""

from __future__ import annotations

from enum import StrEnum


class Failure(StrEnum):
    """Why there is no answer to the last request of a check."""

    TIMEOUT = "timeout"
    NO_SUCH_HOST = "no such host"
    NAME_SERVER = "name server"  # the host could not be resolved for now
    CONNECTION = "connection"
    TLS = "tls"
    CERTIFICATE_WANTED = "certificate wanted"  # a client certificate: access only with one
    LOOP = "loop"
    TOO_MANY_REDIRECTS = "too many redirects"
    NOT_PUBLIC = "not public"  # the host resolves to a private, loopback, ... address, or its name is outside the DNS
    NOT_WEB = "not web"  # neither http nor https
    NOT_ADDRESS = "not an address"  # cannot be put into a request
    ROBOTS = "robots"


NOT_ASKED = frozenset({Failure.NOT_PUBLIC, Failure.NOT_WEB, Failure.NOT_ADDRESS, Failure.ROBOTS})
"""Failures of ours: no request was made."""


class Unanswered(Exception):
    """A request got no answer: `failure` is the kind, and the message explains it.

    `reached`: the server may have been reached; only then can another method succeed. `doubtful`: only the certificate
    is in doubt; without verification there may be an answer. `method` is that of the request, None without a request;
    `elapsed` is its time in seconds.
    """

    def __init__(
        self,
        failure: Failure,
        message: str,
        *,
        reached: bool = False,
        method: str | None = None,
        doubtful: bool = False,
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.reached = reached
        self.method = method
        self.doubtful = doubtful
        self.elapsed = 0.0


class LeftOut(Exception):
    """An address was not checked in this run, for the given reason, which says nothing about it."""
