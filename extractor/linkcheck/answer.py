"""The answer to the requests of one check, and the closed set of verdicts about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.linkcheck.failures import Failure
    from extractor.linkcheck.page import Page
    from extractor.linkcheck.tls import Certificate


class Verdict(StrEnum):
    """The result of one check; the column `checks.verdict`."""

    OK = "ok"
    MOVED = "moved"  # alive, permanently at another address
    DEAD = "dead"  # 404 to a GET
    GONE = "gone"  # 410
    BLOCKED = "blocked"  # the server refuses programs, or whoever is not logged in
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    DNS_ERROR = "dns_error"
    CONNECTION_ERROR = "connection_error"
    TLS_ERROR = "tls_error"
    SUSPECT = "suspect"  # an answer that may not be the page
    EXPIRED = "expired"  # an expired signed address: not requested
    SKIPPED = "skipped"  # not requested, or not to the end, for the given reason


SOFT_FAILURES = frozenset(
    {Verdict.SERVER_ERROR, Verdict.TIMEOUT, Verdict.DNS_ERROR, Verdict.CONNECTION_ERROR, Verdict.TLS_ERROR}
)
"""What may pass, and is dead only when it does not for days."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})


class Doubt(StrEnum):
    """What an answer may be instead of the page; the column `checks.doubt`."""

    SOFT_404 = "soft 404"  # it says that there is no such page, or redirects to where such requests end
    HIJACKED = "hijacked"  # the whole host redirects to another site's home page
    PARKED = "parked"  # the domain is for sale, or shows only a hoster's default page
    MAINTENANCE = "maintenance"
    WALL = "wall"  # for programs
    LOGIN = "login"  # a matter of this page, not of its neighbours
    CERTIFICATE = "certificate"  # for another name
    MANY_TO_ONE = "many to one"  # several old addresses lead to one


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect: what `url` answered with `status`, and the absolute address it redirected to.

    `lasting` marks a page (status 200) that redirects its readers at once, which means "moved" on hosts where nobody
    can set a status.
    """

    status: int
    url: str
    location: str
    lasting: bool = False

    @property
    def permanent(self) -> bool:
        """Whether it is permanent."""
        return self.lasting or self.status in PERMANENT


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of all requests of one check.

    `url` is the address requested first, `final_url` the one that answered or failed last, with the fragment from the
    redirects. Either `status` (with `headers`, lower-case names or a case-insensitive mapping) or `failure` (with
    `detail`, a message) is set. `page` is the page read by GET, None after a HEAD or if the answer is not a page.
    `elapsed_ms` covers the hops. `certificate` could not be verified; `upgraded` means that the page came by
    https after http failed. `body` is the part of the page to keep, decompressed, None if nothing is to be kept.
    """

    url: str
    final_url: str
    method: str | None = "GET"
    status: int | None = None
    headers: Mapping[str, str] | None = None
    page: Page | None = None
    hops: tuple[Hop, ...] = ()
    failure: Failure | None = None
    detail: str | None = None
    elapsed_ms: int = 0
    certificate: Certificate | None = None
    upgraded: bool = False
    body: bytes | None = None

    @property
    def permanent(self) -> bool:
        """Whether every hop is permanent: then `final_url` is the new address."""
        return (bool(self.hops) or self.upgraded) and all(hop.permanent for hop in self.hops)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and its evidence, as a message.

    `kind` is what the answer may be instead of the page. `hint`: only phrases or redirects suggest that, and a probe of
    the host may confirm or clear it, unless it is too `thin` to be anything else. `confirmed`: a probe confirmed it.
    """

    verdict: Verdict
    evidence: str | None = None
    kind: Doubt | None = None
    hint: bool = False
    thin: bool = False
    confirmed: bool = False
