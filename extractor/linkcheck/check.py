"""The results of a check and of a run, and what is known without a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from extractor.linkcheck.answer import SOFT_FAILURES, Answer, Doubt, Hop, Judgement, Verdict
from extractor.linkcheck.facts import facts, missing_anchors
from extractor.linkcheck.page import may_be_kept
from extractor.times import now_ms
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.linkcheck.facts import PageFacts
    from extractor.linkcheck.options import Target

ANCHOR_MISSING = "anchor_missing:"


@dataclass(frozen=True, slots=True)
class Body:
    """The part of a living page that was read, decompressed, and its declared type.

    `is_thin`: its beginning contains hardly any text.
    """

    data: bytes
    content_type: str | None
    is_thin: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check of one address: a row of `checks`.

    `key` and `url` are the target's; `checked_at` is the start in ms since 1970; `method` is the last one used, None
    without a request. `final_url` answered, or failed, last; `redirects` led there, and are `permanent` if each of them
    is. `error` says why there is no answer, `evidence` what the verdict is based on. `kind` is what the answer may be
    instead of the page, `confirmed` whether a probe of the host agrees. `page` is what a living page says about itself.
    `body` is that page, if it is wanted and may be kept.
    """

    key: int
    url: str
    checked_at: int
    verdict: Verdict
    status: int | None = None
    method: str | None = None
    final_url: str | None = None
    redirects: tuple[Hop, ...] = ()
    permanent: bool = False
    elapsed_ms: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    error: str | None = None
    evidence: str | None = None
    kind: Doubt | None = None
    confirmed: bool = False
    page: PageFacts | None = None
    body: Body | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Summary:
    """The result of a run. Times are ms since 1970.

    `away_since` is when the network seems to have gone down, None if it seems to be up: soft failures at or after that
    time say nothing about the addresses and must not count. With `intercepted`, no check since then counts: something
    else answered, such as the login page of a wireless network. `left_out` counts the addresses that were due but not
    checked, by reason; `others` were left to another run.
    """

    started_at: int
    finished_at: int
    verdicts: dict[Verdict, int]
    away_since: int | None = None
    interrupted: bool = False
    intercepted: bool = False
    left_out: Mapping[str, int] = field(default_factory=dict)
    others: int = 0

    @property
    def checked(self) -> int:
        """The number of addresses with a result."""
        return sum(self.verdicts.values())


def asked(url: str) -> str:
    """The address to request: without fragment, user name and password.

    Addresses that are equal in this form are requested once in a run, and each gets the answer.
    """
    address = read_address(url)
    return url if address is None else address.url


def without_asking(target: Target) -> Judgement | None:
    """The verdict that needs no request, if there is one."""
    address = read_address(target.url)
    if address is None or address.scheme not in {"http", "https"}:
        return Judgement(Verdict.SKIPPED, "neither http nor https")
    if target.expires_at is not None and target.expires_at <= now_ms():
        return Judgement(
            Verdict.EXPIRED, f"signed until {datetime.fromtimestamp(target.expires_at / 1000, UTC):%F %T} UTC"
        )
    return None


def not_asked(target: Target, judgement: Judgement) -> Check:
    """The row of a verdict without a request."""
    return Check(target.key, target.url, now_ms(), judgement.verdict, evidence=judgement.evidence)


def record(target: Target, checked_at: int, answer: Answer, judgement: Judgement) -> Check:
    """The row of an answer and its verdict."""
    verdict, headers = judgement.verdict, answer.headers or {}
    found = verdict in {Verdict.OK, Verdict.MOVED}
    etag, last_modified = headers.get("etag"), headers.get("last-modified")
    if answer.status == 304:  # noqa: PLR2004 - Not Modified may leave out what stays as it was
        etag, last_modified = etag or target.etag, last_modified or target.last_modified
    return Check(
        key=target.key,
        url=target.url,
        checked_at=checked_at,
        verdict=verdict,
        status=answer.status,
        method=answer.method,
        final_url=answer.final_url,
        redirects=answer.hops,
        permanent=answer.permanent,
        elapsed_ms=answer.elapsed_ms,
        etag=etag if found else None,
        last_modified=last_modified if found else None,
        error=answer.detail if verdict in SOFT_FAILURES else None,
        evidence=_evidence(target, answer, judgement),
        kind=judgement.kind,
        confirmed=judgement.confirmed,
        page=facts(answer, judgement),
        body=_body(answer) if found else None,
    )


def _body(answer: Answer) -> Body | None:
    """The page to keep; None if it asks not to be kept, or a script has yet to fill it."""
    page, headers = answer.page, answer.headers or {}
    if answer.body is None or page is None or page.is_shell or not may_be_kept(page, headers.get("x-robots-tag")):
        return None
    return Body(answer.body, headers.get("content-type"), page.is_thin)


def _evidence(target: Target, answer: Answer, judgement: Judgement) -> str | None:
    """What the verdict is based on, and missing anchors, which by themselves say nothing about the page."""
    evidence = judgement.evidence
    if answer.failure is not None and judgement.verdict in SOFT_FAILURES:
        evidence = None
    if answer.page is not None and judgement.verdict in {Verdict.OK, Verdict.MOVED}:
        missing = missing_anchors(answer.page, target.fragments)
        if missing:
            said = f"{ANCHOR_MISSING} {' '.join('#' + one for one in missing)}"
            evidence = f"{evidence}; {said}" if evidence else said
    return evidence
