"""Checking one address in several ways, as a browser would reach the page: no death without a second attempt.

First GET, or HEAD if that may be enough; then GET after any HEAD answer but success, with the cookies set on the way.
If http fails, https is tried, as Chromium does by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from extractor.linkcheck.answer import Verdict
from extractor.linkcheck.chain import follow
from extractor.linkcheck.failures import LeftOut
from extractor.linkcheck.options import Target
from extractor.linkcheck.verdict import judge

if TYPE_CHECKING:
    from extractor.linkcheck.answer import Answer, Judgement
    from extractor.linkcheck.hosts import Hosts

_NO_USE = frozenset({Verdict.RATE_LIMITED, Verdict.SKIPPED, Verdict.DNS_ERROR, Verdict.TIMEOUT})  # GET would fail, too
_BY_HTTPS = frozenset({Verdict.DEAD, Verdict.GONE, Verdict.CONNECTION_ERROR, Verdict.TIMEOUT, Verdict.SERVER_ERROR})
_FOUND = frozenset({Verdict.OK, Verdict.MOVED})


async def ask(target: Target, hosts: Hosts, *, head: bool = True) -> Answer:
    """Request until an answer is not a redirect; raises LeftOut.

    With `head` False every request is a GET, as after a HEAD that hung.
    """
    first = await follow(target, hosts, head=head)
    if not (first.by_head or first.offered):
        return first.answer
    verdict = judge(first.answer).verdict
    if verdict is Verdict.OK or verdict in _NO_USE:
        return first.answer
    if verdict is Verdict.MOVED and (not first.by_head or first.answer.final_url == target.validated_url):
        return first.answer  # confirmed by a GET, now or in an earlier run
    second = await follow(target, hosts, head=False, cookies=first.offered)
    if not first.by_head and judge(second.answer).verdict not in _FOUND:
        return first.answer
    return second.answer


async def ask_by_https(
    answer: Answer, judgement: Judgement, hosts: Hosts, keep_bytes: int = 0
) -> tuple[Answer, Judgement]:
    """Try https after http failed, each on its default port; returns the old answer if that fails, too.

    The new answer counts for the old address: needing https is a permanent move.
    """
    secure = _secure(answer.url) if judgement.verdict in _BY_HTTPS else None
    if secure is None or any(hop.location == secure for hop in answer.hops):
        return answer, judgement
    try:
        found = (await follow(Target(0, secure, keep_bytes=keep_bytes), hosts, head=False, cookies=True)).answer
    except LeftOut:
        return answer, judgement
    upgraded = replace(found, url=answer.url, upgraded=True, detail=judgement.evidence)
    new = judge(upgraded)
    if new.verdict in _FOUND or (new.verdict is Verdict.BLOCKED and found.certificate is None):
        return upgraded, new
    return answer, judgement


def _secure(url: str) -> str | None:
    """The same address with https; None if it has a port, which serves only one of the two."""
    parts = urlsplit(url)
    return parts._replace(scheme="https").geturl() if parts.scheme == "http" and parts.port is None else None
