"""What an answer means: the closed set of verdicts, and the rules from answers to them. Pure.

The rules are those that users of other checkers ask for: an address is `dead` only when the server says so to a GET;
whoever turns a program away says nothing about the page; what may pass (5xx, silence, the network) is named for what
it is and left to `standing` to weigh over days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from extractor.linkcheck.page import doubts, is_bot_wall
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.linkcheck.page import Page


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


class Failure(StrEnum):
    """Why there is no answer to the last request of a check."""

    TIMEOUT = "timeout"
    NO_SUCH_HOST = "no such host"
    NAME_SERVER = "name server"  # no word on the host for now
    CONNECTION = "connection"
    TLS = "tls"
    LOOP = "loop"
    TOO_MANY_REDIRECTS = "too many redirects"
    NOT_PUBLIC = "not public"  # the address resolves to a private, loopback, ... one
    NOT_WEB = "not web"  # neither http nor https
    NOT_ADDRESS = "not an address"  # cannot be put into a request
    ROBOTS = "robots"


NOT_ASKED = frozenset({Failure.NOT_PUBLIC, Failure.NOT_WEB, Failure.NOT_ADDRESS, Failure.ROBOTS})
"""Failures of ours: no request was made."""

_OF_FAILURE = {
    Failure.TIMEOUT: Verdict.TIMEOUT,
    Failure.NO_SUCH_HOST: Verdict.DNS_ERROR,
    Failure.NAME_SERVER: Verdict.DNS_ERROR,
    Failure.CONNECTION: Verdict.CONNECTION_ERROR,
    Failure.TLS: Verdict.TLS_ERROR,
    # whoever is sent in circles may only be missing the cookie that was set on the way: no death
    Failure.LOOP: Verdict.SUSPECT,
    Failure.TOO_MANY_REDIRECTS: Verdict.SUSPECT,
    Failure.NOT_PUBLIC: Verdict.SKIPPED,
    Failure.NOT_WEB: Verdict.SKIPPED,
    Failure.NOT_ADDRESS: Verdict.SKIPPED,
    Failure.ROBOTS: Verdict.SKIPPED,
}

_OF_STATUS = {
    404: Verdict.DEAD,
    410: Verdict.GONE,
    408: Verdict.TIMEOUT,  # the server's own word for it
    425: Verdict.SERVER_ERROR,  # "too early": asks to come again
    420: Verdict.RATE_LIMITED,  # what 429 was before RFC 6585
    429: Verdict.RATE_LIMITED,
    # turned away: no right (401, 402, 403, 451), not for a program (405, 406, 428, 999), locked (423)
    **dict.fromkeys((401, 402, 403, 405, 406, 423, 428, 451, 999), Verdict.BLOCKED),
    407: Verdict.CONNECTION_ERROR,  # the proxy of this run, not the server
}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})

_LOGIN = re.compile(
    r"(?:^|/)(?:log[-_]?in|sign[-_]?in|authwall|wp-login|servicelogin|oauth2?/authorize)(?:\.\w+)?/?$", re.IGNORECASE
)
_CONSENT_HOST = re.compile(r"^(?:consent|accounts|login|signin|sso|auth)\.")
_HOME_PATH = re.compile(
    r"/(?:(?:index|default|home|homepage|start|welcome)(?:\.\w+)?|\w\w(?:[-_]\w\w)?)?/?$", re.IGNORECASE
)
_NOT_FOUND_PATH = re.compile(r"/(?:404|error|error-?404|(?:page-?)?not-?found)(?:\.\w+)?/?$", re.IGNORECASE)
_PARKING_SITES = frozenset(
    {
        *("above.com", "afternic.com", "bodis.com", "dan.com", "domainmarket.com", "hugedomains.com"),
        *("parkingcrew.net", "sedo.com", "sedoparking.com", "undeveloped.com"),
    }
)


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect: what `url` answered with `status`, and the absolute address it sent on to."""

    status: int
    url: str
    location: str


@dataclass(frozen=True, slots=True)
class Answer:
    """All that the requests of one check brought.

    `url` is the address asked for first, `final_url` the one that answered or failed last. Either `status` (with
    `headers`, names in lower case or a case-insensitive mapping) or `failure` (with `detail` for people) is there.
    `page` is the page read by GET, None after a HEAD or where the answer is none. `elapsed_ms` covers the hops.
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

    @property
    def permanent(self) -> bool:
        """Whether every hop says that it is for good: then `final_url` is the new address."""
        return bool(self.hops) and all(hop.status in PERMANENT for hop in self.hops)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and what it rests on, in words for people."""

    verdict: Verdict
    evidence: str | None = None


def judge(answer: Answer) -> Judgement:
    """Say what an answer means."""
    if answer.failure is not None:
        return Judgement(_OF_FAILURE[answer.failure], answer.detail)
    status, headers = answer.status or 0, answer.headers or {}
    if wall := _bot_wall(status, headers, answer.page):
        return Judgement(Verdict.BLOCKED, wall)
    if verdict := _OF_STATUS.get(status):
        return Judgement(verdict, f"status {status}")
    if 500 <= status < 600:  # noqa: PLR2004 - the class of RFC 9110 section 15.6
        return Judgement(Verdict.SERVER_ERROR, f"status {status}")
    if not (200 <= status < 300 or status in {300, 304}):  # noqa: PLR2004 - likewise 15.3; 300 shows its choices itself
        return Judgement(Verdict.SUSPECT, _odd_status(status))
    return _judge_success(answer)


def _judge_success(answer: Answer) -> Judgement:
    if answer.hops:
        if evidence := _sent_to_log_in(answer.url, answer.final_url):
            return Judgement(Verdict.BLOCKED, evidence)
        if evidence := _sent_elsewhere(answer.url, answer.final_url):
            return Judgement(Verdict.SUSPECT, evidence)
    if answer.page is not None and (evidence := doubts(answer.page, answer.url)):
        return Judgement(Verdict.SUSPECT, evidence)
    if answer.permanent:
        return Judgement(Verdict.MOVED, f"moved for good to {answer.final_url}")
    return Judgement(Verdict.OK)


def _odd_status(status: int) -> str:
    return f"status {status}, a redirect without an address" if status in REDIRECTS else f"status {status}"


def _bot_wall(status: int, headers: Mapping[str, str], page: Page | None) -> str | None:
    """Signs that a wall for programs answered instead of the page, whatever the status."""
    for name in ("cf-mitigated", "x-amzn-waf-action", "x-datadome"):
        if (value := headers.get(name)) and not (name == "x-datadome" and status < 400):  # noqa: PLR2004 - errors
            return f"{name}: {value}"
    return is_bot_wall(page) if page is not None and status not in {404, 410} else None


def _sent_to_log_in(asked: str, final: str) -> str | None:
    """The page is behind a login or a consent page: what answered says nothing about it."""
    was, now = urlsplit(asked), urlsplit(final)
    if _LOGIN.search(now.path) and not _LOGIN.search(was.path):
        return f"asks to log in: {final}"
    if _CONSENT_HOST.match(now.netloc) and was.netloc != now.netloc:
        return f"asks for a login or consent first: {final}"
    return None


def _sent_elsewhere(asked: str, final: str) -> str | None:
    """Redirects that stand for "not found": to the home page, to an error page, to a dealer in domains.

    To the home page counts only within one site: a short address may well stand for a home page elsewhere.
    """
    was, now = read_address(asked), read_address(final)
    if was is None or now is None:
        return None
    if now.site in _PARKING_SITES and was.site != now.site:
        return f"the domain is for sale: {final}"
    path = urlsplit(final).path
    if _NOT_FOUND_PATH.search(path) and not _NOT_FOUND_PATH.search(urlsplit(asked).path):
        return f"sent on to an error page: {final}"
    home = path == "/" and not urlsplit(final).query
    if home and was.site == now.site and not _HOME_PATH.match(urlsplit(asked).path):
        return f"sent on to the home page: {final}"
    return None
