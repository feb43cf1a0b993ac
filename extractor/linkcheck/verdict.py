"""The rules from answers to verdicts. Pure.

The rules are those that users of other checkers ask for: an address is `dead` only if the server says so to a GET; a
refusal of programs says nothing about the page; temporary failures (5xx, timeouts, the network) have their own
verdicts, and `health` weighs them over days.
"""

from __future__ import annotations

from dataclasses import replace

from extractor.linkcheck.answer import REDIRECTS, SOFT_FAILURES, Answer, Doubt, Hop, Judgement, Verdict
from extractor.linkcheck.failures import NOT_ASKED, Failure
from extractor.linkcheck.landing import sent_elsewhere, sent_to_log_in
from extractor.linkcheck.page import is_file
from extractor.linkcheck.phrases import hint, may_be_none
from extractor.linkcheck.walls import wall_by_header, wall_by_mark, wall_by_title

__all__ = ["NOT_ASKED", "REDIRECTS", "SOFT_FAILURES", "Answer", "Failure", "Hop", "Judgement", "Verdict", "judge"]

_OF_FAILURE = {
    Failure.TIMEOUT: Verdict.TIMEOUT,
    Failure.NO_SUCH_HOST: Verdict.DNS_ERROR,
    Failure.NAME_SERVER: Verdict.DNS_ERROR,
    Failure.CONNECTION: Verdict.CONNECTION_ERROR,
    Failure.TLS: Verdict.TLS_ERROR,
    Failure.CERTIFICATE_WANTED: Verdict.BLOCKED,
    # a redirect loop may only lack what a script would set: not a death
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
    408: Verdict.TIMEOUT,  # the server says so
    425: Verdict.SERVER_ERROR,  # "too early": asks to retry
    420: Verdict.RATE_LIMITED,  # what 429 was before RFC 6585
    429: Verdict.RATE_LIMITED,
    # refused: no permission (401, 402, 403, 451), not for programs (405, 406, 418, 428, 999), locked (423)
    **dict.fromkeys((401, 402, 403, 405, 406, 418, 423, 428, 451, 999), Verdict.BLOCKED),
    407: Verdict.CONNECTION_ERROR,  # the proxy of this run, not the server
}
_NOT_FOUND = frozenset({404, 410})
_ACCEPTED = 202
SHRUNK = 4  # times shorter than before: hardly any of it is left
_FOR_EACH_PAGE = frozenset({401, 402, 451})  # these concern the page, not its neighbours


def judge(answer: Answer) -> Judgement:
    """The judgement on an answer; a probe may later confirm or clear a hint."""
    judgement = _judge(answer)
    certificate = answer.certificate
    if certificate is None or answer.failure is not None:
        return judgement
    if not certificate.names_host:
        # nobody knows whose answer this is: it proves neither life nor death
        if judgement.verdict in {Verdict.BLOCKED, Verdict.RATE_LIMITED}:
            return judgement
        return Judgement(
            Verdict.SUSPECT, f"the certificate is for another name ({certificate.reason})", Doubt.CERTIFICATE
        )
    note = f"the certificate was not verified: {certificate.reason}"
    return replace(judgement, evidence=f"{judgement.evidence}; {note}" if judgement.evidence else note)


def doubt_if_shrunk(answer: Answer, judgement: Judgement, kept_chars: int) -> Judgement:
    """Doubt a page that has lost nearly all of its text, so that a probe of the host decides.

    Its title and headings may belong to the site's frame, which now contains an error.
    """
    page = answer.page
    if judgement.verdict not in {Verdict.OK, Verdict.MOVED} or page is None or not page.is_thin or page.is_shell:
        return judgement
    return replace(judgement, hint=True) if len(page.text) * SHRUNK < kept_chars else judgement


def _judge(answer: Answer) -> Judgement:
    if answer.failure is not None:
        kind = Doubt.LOGIN if answer.failure is Failure.CERTIFICATE_WANTED else None
        return Judgement(_OF_FAILURE[answer.failure], answer.detail, kind)
    status = answer.status or 0
    if wall := _wall(answer, status):
        return wall
    if verdict := _OF_STATUS.get(status):
        return Judgement(verdict, f"status {status}", Doubt.LOGIN if status in _FOR_EACH_PAGE else None)
    if 500 <= status < 600:  # noqa: PLR2004 - the class of RFC 9110 section 15.6
        return Judgement(Verdict.SERVER_ERROR, f"status {status}")
    if not (200 <= status < 300 or status in {300, 304}):  # noqa: PLR2004 - likewise 15.3; 300 shows its choices itself
        return Judgement(Verdict.SUSPECT, _odd_status(status))
    return _judge_success(answer)


def _judge_success(answer: Answer) -> Judgement:
    if answer.hops and (evidence := sent_to_log_in(answer.url, answer.final_url)):
        return Judgement(Verdict.BLOCKED, evidence, Doubt.LOGIN)
    elsewhere = sent_elsewhere(answer.url, answer.final_url, permanent=answer.permanent) if answer.hops else None
    found = elsewhere or (hint(answer.page, answer.url) if answer.page is not None else None)
    if found is not None:
        kind, evidence, certain = found
        thin = answer.page is not None and answer.page.is_thin and elsewhere is None
        return Judgement(Verdict.SUSPECT, evidence, kind, hint=not certain, thin=thin)
    # a page in place of a picture or document often leads to it, and is sometimes all that is left
    faint = answer.page is not None and (may_be_none(answer.page) or is_file(answer.url))
    if answer.permanent:
        return Judgement(Verdict.MOVED, _moved(answer), hint=faint)
    return Judgement(Verdict.OK, hint=faint)


def _moved(answer: Answer) -> str:
    return f"moved permanently to {answer.final_url}" + (f"; at http: {answer.detail}" if answer.upgraded else "")


def _odd_status(status: int) -> str:
    return f"status {status}, a redirect without an address" if status in REDIRECTS else f"status {status}"


def _wall(answer: Answer, status: int) -> Judgement | None:
    """Signs that a bot wall answered instead of the page, whatever the status."""
    if evidence := wall_by_header(status, answer.headers or {}):
        return Judgement(Verdict.BLOCKED, evidence, Doubt.WALL)
    page = answer.page
    if page is None or status in _NOT_FOUND:
        return None
    if status == _ACCEPTED and not page.markup.strip():
        return Judgement(Verdict.BLOCKED, "status 202 without a page, as bot walls answer", Doubt.WALL)
    if evidence := wall_by_mark(page):
        return Judgement(Verdict.BLOCKED, evidence, Doubt.WALL)
    if evidence := wall_by_title(page):
        succeeded = 200 <= status < 300  # noqa: PLR2004 - RFC 9110 section 15.3
        return Judgement(Verdict.BLOCKED, evidence, Doubt.WALL, hint=succeeded, thin=page.is_thin)
    return None
