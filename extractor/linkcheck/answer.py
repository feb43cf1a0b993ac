"""What the requests of one check brought, and what may be made of it: the closed set of verdicts."""

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
    """What one check found; the column `checks.verdict`."""

    OK = "ok"
    MOVED = "moved"  # there, and for good at another address
    DEAD = "dead"  # 404 to a GET
    GONE = "gone"  # 410
    BLOCKED = "blocked"  # the server turns a program, or whoever is not logged in, away
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    DNS_ERROR = "dns_error"
    CONNECTION_ERROR = "connection_error"
    TLS_ERROR = "tls_error"
    SUSPECT = "suspect"  # an answer that a program takes for the page and a reader might not
    EXPIRED = "expired"  # a signed address past its time: not asked
    SKIPPED = "skipped"  # not asked, or not to the end, for the reason given


SOFT_FAILURES = frozenset(
    {Verdict.SERVER_ERROR, Verdict.TIMEOUT, Verdict.DNS_ERROR, Verdict.CONNECTION_ERROR, Verdict.TLS_ERROR}
)
"""What may pass, and is dead only when it does not for days."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})


class Doubt(StrEnum):
    """What an answer may be instead of the page; the column `checks.doubt`."""

    SOFT_404 = "soft 404"  # it says that there is no such page, or sends on to where such requests end
    HIJACKED = "hijacked"  # the whole host leads to another site's home page
    PARKED = "parked"  # the domain is for sale, or a hoster's default page is all there is
    MAINTENANCE = "maintenance"
    WALL = "wall"  # for programs
    LOGIN = "login"  # a matter of this page, not of its neighbours
    CERTIFICATE = "certificate"  # for another name
    MANY_TO_ONE = "many to one"  # several old addresses lead to one


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect: what `url` answered with `status`, and the absolute address it sent on to.

    `lasting` marks a page (status 200) that sends its readers on at once, which stands for "moved" where nobody can
    set a status.
    """

    status: int
    url: str
    location: str
    lasting: bool = False

    @property
    def permanent(self) -> bool:
        """Whether it says that it is for good."""
        return self.lasting or self.status in PERMANENT


@dataclass(frozen=True, slots=True)
class Answer:
    """All that the requests of one check brought.

    `url` is the address asked for first, `final_url` the one that answered or failed last, with the fragment that the
    redirects gave it. Either `status` (with `headers`, names in lower case or a case-insensitive mapping) or `failure`
    (with `detail` for people) is there. `page` is the page read by GET, None after a HEAD or where the answer is none.
    `elapsed_ms` covers the hops. `certificate` could not be verified; `upgraded` means that https was asked for a page
    that http did not give. `body` is as much of the page as is to be kept, unpacked, None where none is.
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
        """Whether every hop says that it is for good: then `final_url` is the new address."""
        return (bool(self.hops) or self.upgraded) and all(hop.permanent for hop in self.hops)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and what it rests on, in words for people.

    `kind` is what the answer may be instead of the page. `hint` tells that only phrases or places speak for that: a
    probe of the host may confirm or clear it, unless it is too `thin` to be anything else. `confirmed` tells that a
    probe did.
    """

    verdict: Verdict
    evidence: str | None = None
    kind: Doubt | None = None
    hint: bool = False
    thin: bool = False
    confirmed: bool = False
