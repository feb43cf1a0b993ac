"""The result of one request, and what a run has learned about a host."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.linkcheck.tls import Certificate


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request: lower-case header names, and the first bytes of the body, decompressed.

    `body` is None if it was not received or cannot be decompressed. `cookies` are from Set-Cookie. `certificate` is set
    if it could not be verified. `elapsed` is the time of the request in seconds, without the wait for its turn.
    """

    method: str
    status: int
    headers: dict[str, str]
    body: bytes | None
    elapsed: float
    cookies: tuple[str, ...] = ()
    certificate: Certificate | None = None


@dataclass(slots=True)
class Timeouts:
    """How often an origin timed out in this run, and whether it ever answered."""

    times: int = 0
    answered: bool = False

    @property
    def final(self) -> bool:
        """Whether to give up on it, because it never answered.

        This counts requests instead of addresses; otherwise, one connection could begin with the next address, and
        time out again, just before the other one has finished its own.
        """
        return self.times >= _SILENCES and not self.answered


@dataclass(slots=True)
class Known:
    """What was learned about a host in this run, by origin (scheme, host and port); it outlives the connections."""

    silences: defaultdict[str, Timeouts] = field(default_factory=lambda: defaultdict(Timeouts))
    unverified: dict[str, str] = field(default_factory=dict)  # why the certificate could not be verified


_SILENCES = 3
