"""Why a request brought no answer."""

from __future__ import annotations

from enum import StrEnum


class Failure(StrEnum):
    """Why there is no answer to the last request of a check."""

    TIMEOUT = "timeout"
    NO_SUCH_HOST = "no such host"
    NAME_SERVER = "name server"  # no word on the host for now
    CONNECTION = "connection"
    TLS = "tls"
    CERTIFICATE_WANTED = "certificate wanted"  # of ours: only whoever has one is let in
    LOOP = "loop"
    TOO_MANY_REDIRECTS = "too many redirects"
    NOT_PUBLIC = "not public"  # the address resolves to a private, loopback, ... one, or its name is outside the DNS
    NOT_WEB = "not web"  # neither http nor https
    NOT_ADDRESS = "not an address"  # cannot be put into a request
    ROBOTS = "robots"


NOT_ASKED = frozenset({Failure.NOT_PUBLIC, Failure.NOT_WEB, Failure.NOT_ADDRESS, Failure.ROBOTS})
"""Failures of ours: no request was made."""


class Unanswered(Exception):
    """A request brought no answer: `failure` says of which kind, the message says it for people.

    `reached` tells whether the server may have been connected to: only then can another method fare better.
    `doubtful` tells that only the certificate is doubted: without verifying it there may be an answer. `method` is
    that of the request, None where none was made; `elapsed` how long it took, in seconds.
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
    """An address was not asked in this run, for the reason given: that says nothing about it."""
