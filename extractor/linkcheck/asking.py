"""Ask for one address: HEAD, then GET where HEAD does not tell, redirect by redirect."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from extractor.linkcheck.network import Unanswered
from extractor.linkcheck.page import is_file, is_markup, read_page
from extractor.linkcheck.robots import obey_robots
from extractor.linkcheck.verdict import REDIRECTS, Answer, Failure, Hop
from extractor.urls import read_address

if TYPE_CHECKING:
    from extractor.linkcheck.hosts import Host, Hosts, Reply
    from extractor.linkcheck.options import Options, Target
    from extractor.urls import Address

_TO_CONFIRM = frozenset({404, 410, Failure.LOOP})  # where a redirect that only HEAD was given may have led astray
_WAIT = frozenset({420, 429})  # a GET right after it would only be one request too many


async def ask(target: Target, hosts: Hosts, *, head: bool = True) -> Answer:
    """Ask until there is an answer that is no redirect; never raises but for cancellation.

    With `head` False every request is a GET, as after a HEAD that hung.
    """
    answer, by_head = await _follow(target, hosts, head=head)
    if by_head and not _TO_CONFIRM.isdisjoint({answer.status, answer.failure}):
        answer, _ = await _follow(target, hosts, head=False)
    return answer


async def _follow(target: Target, hosts: Hosts, *, head: bool) -> tuple[Answer, bool]:
    """Follow redirects to an answer; tell also whether HEAD was given any of them."""
    url, spent, by_head = target.url, 0.0, False
    hops: list[Hop] = []
    try:
        while True:
            address = _web_address(url)
            url = address.url
            async with hosts.at(address.host, linger=True) as host:
                reply = await _ask_host(host, url, target, hosts.options, head=head)
            spent += reply.elapsed
            if (hop := _redirect(url, reply)) is None:
                break
            hops.append(hop)
            by_head |= reply.method == "HEAD"
            url = hop.location
            _turn_back_from_circles(hops, hosts.options.max_redirects, reply.method)
    except Unanswered as error:
        answer = Answer(
            target.url,
            url,
            error.method,
            hops=tuple(hops),
            failure=error.failure,
            detail=str(error),
            elapsed_ms=round((spent + error.elapsed) * 1000),
        )
        return answer, by_head
    page = None
    if reply.method == "GET":
        kind, packed = reply.headers.get("content-type"), reply.headers.get("content-encoding")
        page = read_page(reply.body, kind, packed, hosts.options.max_bytes)
    answer = Answer(
        target.url, url, reply.method, reply.status, reply.headers, page, tuple(hops), elapsed_ms=round(spent * 1000)
    )
    return answer, by_head


async def _ask_host(host: Host, url: str, target: Target, options: Options, *, head: bool) -> Reply:
    """Ask one host for one address: HEAD decides if it can, else GET does.

    What HEAD tells of a page is not enough where the page may say "not found" with status 200: it has to be looked at.
    A host where that, or a HEAD that failed, was learned is asked by GET at once from then on.
    """
    if options.robots:
        await obey_robots(host, url)
    conditions = _conditions(target) if url == target.validated_url else {}
    fallen_back = False
    if head and host.answers_head and not (options.look and host.has_pages and not is_file(url)):
        try:
            reply = await host.request("HEAD", url, conditions)
        except Unanswered as error:
            # after silence the retry is a GET; without a connection, or with a bad certificate, GET fares no better
            if not error.reached or error.failure is Failure.TIMEOUT:
                raise
        else:
            page = options.look and reply.status == 200 and is_markup(reply.headers.get("content-type"))  # noqa: PLR2004
            host.has_pages |= page
            fallen_back = not _tells(url, reply)
            if reply.status in _WAIT or not (fallen_back or page):
                return reply
        conditions = {}
    reply = await host.request("GET", url, conditions)
    if fallen_back and _tells(url, reply):
        host.answers_head = False
    return reply


def _tells(url: str, reply: Reply) -> bool:
    """Whether a HEAD may be believed: success, or a redirect to follow; any error a GET has to confirm."""
    if reply.status in REDIRECTS:
        return _redirect(url, reply) is not None
    return 200 <= reply.status < 400  # noqa: PLR2004 - the classes of RFC 9110 sections 15.3 and 15.4


def _conditions(target: Target) -> dict[str, str]:
    found = {"if-none-match": target.etag, "if-modified-since": target.last_modified}
    # Outside ASCII a header has no meaning that all share (RFC 9110 section 5.5): what came so is not sent back.
    return {name: value for name, value in found.items() if value and value.isascii() and value.isprintable()}


def _web_address(url: str) -> Address:
    address = read_address(url)
    if address is None or address.scheme not in {"http", "https"}:
        raise Unanswered(Failure.NOT_WEB, f"{url[:200]} is neither http nor https")
    return address


def _redirect(url: str, reply: Reply) -> Hop | None:
    """The hop that an answer asks for; its location is absolute, as written where it is no web address."""
    location = reply.headers.get("location", "").strip()
    if reply.status not in REDIRECTS or not location:
        return None
    with suppress(ValueError):
        location = urljoin(url, location)
    address = read_address(location)
    return Hop(reply.status, url, location if address is None else address.url)


def _turn_back_from_circles(hops: list[Hop], limit: int, method: str) -> None:
    following = hops[-1].location
    if any(hop.url == following for hop in hops):
        raise Unanswered(Failure.LOOP, f"redirects in a loop, back to {following}", method=method)
    if len(hops) > limit:
        raise Unanswered(Failure.TOO_MANY_REDIRECTS, f"more than {limit} redirects", method=method)
