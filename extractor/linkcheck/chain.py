"""Follow the redirects of one address to the final answer: by GET, or by HEAD if that may be enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from extractor.linkcheck.answer import REDIRECTS, Answer, Hop
from extractor.linkcheck.failures import Failure, Unanswered
from extractor.linkcheck.page import is_file, is_markup, read_page
from extractor.linkcheck.redirects import redirect
from extractor.linkcheck.robots import obey_robots
from extractor.urls import read_address

if TYPE_CHECKING:
    from extractor.linkcheck.hosts import Host, Hosts
    from extractor.linkcheck.options import Options, Target
    from extractor.linkcheck.page import Page
    from extractor.linkcheck.replies import Reply
    from extractor.linkcheck.tls import Certificate
    from extractor.urls import Address

_WAIT = frozenset({420, 429})  # a GET right after it would only be one request too many
_WITHOUT_PAGE = frozenset({204, 205, 304})


@dataclass(slots=True)
class Chain:
    """One chain of redirects.

    `by_head`: some redirect came in answer to HEAD; `offered`: some answer set a cookie. With a `jar`, cookies are sent
    back, within this chain only.
    """

    url: str
    head: bool
    jar: httpx.Cookies | None = None
    answer: Answer = field(init=False)
    hops: list[Hop] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    fragment: str = ""
    spent: float = 0.0
    by_head: bool = False
    offered: bool = False
    certificate: Certificate | None = None


async def follow(target: Target, hosts: Hosts, *, head: bool, cookies: bool = False) -> Chain:
    """Request until an answer is not a redirect. Raises LeftOut if one of the hosts was given up in this run.

    With `head` False every request is a GET, as after a HEAD that hung.
    """
    chain = Chain(target.url, head, httpx.Cookies() if cookies else None)
    url = target.url
    try:
        while True:
            address = _web_address(url)
            url = address.url
            _turn_back_from_circles(chain, url, hosts.options.max_redirects)
            reply = await _request(address, target, hosts, chain)
            page = _page(reply, hosts.options)
            found = redirect(f"{url}#{chain.fragment}" if chain.fragment else url, reply.status, reply.headers, page)
            if found is None:
                break
            hop, chain.fragment = found
            chain.hops.append(hop)
            chain.by_head |= reply.method == "HEAD"
            url = hop.location
    except Unanswered as error:
        chain.spent += error.elapsed
        chain.answer = _unanswered(target.url, url, chain, error)
    else:
        final = f"{url}#{chain.fragment}" if chain.fragment else url
        chain.answer = Answer(
            target.url,
            final,
            reply.method,
            reply.status,
            reply.headers,
            page,
            tuple(chain.hops),
            elapsed_ms=round(chain.spent * 1000),
            certificate=chain.certificate,
            body=(reply.body or b"")[: target.keep_bytes] if target.keep_bytes and page is not None else None,
        )
    return chain


async def _request(address: Address, target: Target, hosts: Hosts, chain: Chain) -> Reply:
    """Send one request of the chain, and store what the chain needs of its answer."""
    headers = {"cookie": sent} if (sent := _cookies(chain, address.url)) else {}
    async with hosts.at(address.host, linger=True) as host:
        reply = await _ask_host(host, address.url, target, hosts.options, head=chain.head, headers=headers)
    chain.spent += reply.elapsed
    chain.offered |= bool(reply.cookies)
    if chain.jar is not None and reply.cookies:
        given = httpx.Response(200, headers=[("set-cookie", value) for value in reply.cookies])
        given.request = httpx.Request("GET", address.url)
        chain.jar.extract_cookies(given)
    if reply.certificate is not None and (chain.certificate is None or chain.certificate.names_host):
        chain.certificate = reply.certificate
    return reply


def _cookies(chain: Chain, url: str) -> str | None:
    """The Cookie header for an address."""
    if not chain.jar:
        return None
    request = httpx.Request("GET", url)
    chain.jar.set_cookie_header(request)
    sent: str | None = request.headers.get("cookie")
    return sent


async def _ask_host(
    host: Host, url: str, target: Target, options: Options, *, head: bool, headers: dict[str, str]
) -> Reply:
    """Request one address: by HEAD if that can decide, else by GET.

    A page has to be read, because it may say "not found" with status 200: that takes a GET, without a HEAD before it.
    If HEAD failed on a host and GET did not, later requests to it use GET right away.
    """
    if options.robots:
        await obey_robots(host, url)
    conditions = _conditions(target, url)
    if not (head and _may_be_enough(host, url, options)):
        return await host.request("GET", url, conditions | headers, most=target.keep_bytes)
    by_head = await _try_head(host, url, conditions | headers)
    if by_head is not None and _is_enough(by_head, url, options):
        return by_head
    reply = await host.request("GET", url, headers, most=target.keep_bytes)
    if by_head is not None and not _is_success(url, by_head) and _is_success(url, reply):
        host.answers_head = False
    return reply


def _may_be_enough(host: Host, url: str, options: Options) -> bool:
    """Whether a HEAD may be enough: if pages are not read, or none is expected."""
    return host.answers_head and (not options.look or is_file(url))


async def _try_head(host: Host, url: str, headers: dict[str, str]) -> Reply | None:
    """Try HEAD; None if it failed in a way in which GET may not."""
    try:
        return await host.request("HEAD", url, headers)
    except Unanswered as error:
        # after a timeout, the retry is a GET; without a connection, or with a bad certificate, GET would fail, too
        if not error.reached or error.failure is Failure.TIMEOUT:
            raise
        return None


def _is_enough(reply: Reply, url: str, options: Options) -> bool:
    """Whether no GET is needed after a HEAD."""
    return reply.status in _WAIT or (_is_success(url, reply) and not (options.look and _may_be_page(reply)))


def _may_be_page(reply: Reply) -> bool:
    """Whether a page still has to be read after a successful HEAD."""
    succeeded = 200 <= reply.status < 300 and reply.status not in _WITHOUT_PAGE  # noqa: PLR2004 - RFC 9110 section 15.3
    return succeeded and is_markup(reply.headers.get("content-type"))


def _is_success(url: str, reply: Reply) -> bool:
    """Whether the answer to a HEAD can be trusted: success, or a redirect; a GET has to confirm any error."""
    if reply.status in REDIRECTS:
        return redirect(url, reply.status, reply.headers, None) is not None
    return 200 <= reply.status < 400  # noqa: PLR2004 - the classes of RFC 9110 sections 15.3 and 15.4


def _page(reply: Reply, options: Options) -> Page | None:
    """The page of an answer, if it has one; not needed for a redirect."""
    if reply.method != "GET" or reply.body is None or reply.status in _WITHOUT_PAGE:
        return None
    if reply.status in REDIRECTS and reply.headers.get("location"):
        return None
    # only the beginning is examined, however much is kept
    return read_page(reply.body[: options.max_bytes], reply.headers.get("content-type"), None, options.max_bytes)


def _conditions(target: Target, url: str) -> dict[str, str]:
    """The validators of the last answer, for its own address, if they consist of bytes that can be sent."""
    if url != (target.validated_url or "").partition("#")[0]:
        return {}
    found = {"if-none-match": target.etag, "if-modified-since": target.last_modified}
    return {name: value for name, value in found.items() if value and value.isascii() and value.isprintable()}


def _web_address(url: str) -> Address:
    address = read_address(url)
    if address is None or address.scheme not in {"http", "https"}:
        raise Unanswered(Failure.NOT_WEB, f"{url[:200]} is neither http nor https")
    return address


def _turn_back_from_circles(chain: Chain, following: str, limit: int) -> None:
    """Stop if the same request, including cookies, would be repeated, or after too many."""
    method = "HEAD" if chain.by_head else "GET"
    request = (following, _cookies(chain, following) or "")
    if request in chain.asked:
        raise Unanswered(Failure.LOOP, f"redirects in a loop, back to {following}", method=method)
    if len(chain.hops) > limit:
        raise Unanswered(Failure.TOO_MANY_REDIRECTS, f"more than {limit} redirects", method=method)
    chain.asked.append(request)


def _unanswered(url: str, final: str, chain: Chain, error: Unanswered) -> Answer:
    return Answer(
        url,
        final,
        error.method,
        hops=tuple(chain.hops),
        failure=error.failure,
        detail=str(error),
        elapsed_ms=round(chain.spent * 1000),
        certificate=chain.certificate,
    )
