"""No death without a second way tried: how one address is asked, as a browser would come by the page.

First GET, or HEAD where that may be enough; then, whatever HEAD said that is not the page itself, GET, with the cookies
that were given on the way. What http did not give is asked for by https, as Chromium does of its own accord.
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

_NO_USE = frozenset({Verdict.RATE_LIMITED, Verdict.SKIPPED, Verdict.DNS_ERROR, Verdict.TIMEOUT})  # GET fares no better
_BY_HTTPS = frozenset({Verdict.DEAD, Verdict.GONE, Verdict.CONNECTION_ERROR, Verdict.TIMEOUT, Verdict.SERVER_ERROR})
_FOUND = frozenset({Verdict.OK, Verdict.MOVED})


async def ask(target: Target, hosts: Hosts, *, head: bool = True) -> Answer:
    """Ask until there is an answer that is no redirect; raises LeftOut.

    With `head` False every request is a GET, as after a HEAD that hung.
    """
    first = await follow(target, hosts, head=head)
    if not (first.by_head or first.offered):
        return first.answer
    verdict = judge(first.answer).verdict
    if verdict is Verdict.OK or verdict in _NO_USE:
        return first.answer
    if verdict is Verdict.MOVED and (not first.by_head or first.answer.final_url == target.validated_url):
        return first.answer  # a GET has confirmed it, now or in an earlier run
    second = await follow(target, hosts, head=False, cookies=first.offered)
    if not first.by_head and judge(second.answer).verdict not in _FOUND:
        return first.answer
    return second.answer


async def ask_by_https(
    answer: Answer, judgement: Judgement, hosts: Hosts, keep_bytes: int = 0
) -> tuple[Answer, Judgement]:
    """Ask https for what http did not give, each on its own port; gives what was there before if that fares no better.

    The new answer is of the old address: that https is needed is a move for good.
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
    """The same address by https; None where it names a port, which serves one of the two."""
    parts = urlsplit(url)
    return parts._replace(scheme="https").geturl() if parts.scheme == "http" and parts.port is None else None
