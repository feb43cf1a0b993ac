"""What came of one request, and what a run has learned of a host by its requests."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extractor.linkcheck.tls import Certificate


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server sent to one request: header names in lower case, the first bytes of the body, unpacked.

    `body` is None where it did not come, or cannot be unpacked. `cookies` are what Set-Cookie said. `certificate` is
    there where it could not be verified. `elapsed` is how long the request took, in seconds, without the wait before.
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
    """How often an origin did not answer in time, in this run, and whether it ever did."""

    times: int = 0
    answered: bool = False

    @property
    def final(self) -> bool:
        """Whether to give up on it: it hung from the beginning.

        Requests count here and not addresses, lest one connection begins with the next address, and waits in vain
        again, a moment before the other one is through with its own.
        """
        return self.times >= _SILENCES and not self.answered


@dataclass(slots=True)
class Known:
    """What was learned of a host in this run, by origin (scheme, host and port); it outlives the connections."""

    silences: defaultdict[str, Timeouts] = field(default_factory=lambda: defaultdict(Timeouts))
    unverified: dict[str, str] = field(default_factory=dict)  # why the certificate could not be verified


_SILENCES = 3
