"""Hosts: the connections and pace of each, and what was learned about it in this run.

Each host has its own transport, with as many connections as simultaneous requests are allowed: a pool shared by many
hosts would be scanned on every request. It is httpx's transport, not its client: a client would keep cookies, and would
reject some redirects even when told not to follow them.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING

import httpcore
import httpx

from extractor.linkcheck.body import unpack
from extractor.linkcheck.failures import NOT_ASKED, Failure, LeftOut, Unanswered
from extractor.linkcheck.network import Network
from extractor.linkcheck.pace import Pace
from extractor.linkcheck.page import is_markup
from extractor.linkcheck.replies import Known, Reply
from extractor.linkcheck.request import Requests
from extractor.linkcheck.resolve import Resolver, is_local_name, look_up, not_in_dns
from extractor.linkcheck.tls import tls_context, unverified, unverifying_context
from extractor.linkcheck.transport import transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from extractor.linkcheck.http11 import TlsContext
    from extractor.linkcheck.options import Options
    from extractor.linkcheck.resolve import Lookup
    from extractor.linkcheck.robots_rules import Robots


_LINGERING = 32
_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpx.NetworkError, httpx.ProtocolError)


class Host:
    """One host and what is known about it in this run."""

    def __init__(self, name: str, known: Known, options: Options, resolver: Resolver, tls: TlsContext) -> None:
        self.name = name
        self.pace = Pace(options.host_delay)
        self.answers_head = True  # until a GET succeeds after a failed HEAD
        self.robots: dict[str, asyncio.Task[Robots]] = {}  # by origin
        self._gate = asyncio.Semaphore(options.per_host)
        self._resolver = resolver
        self._known = known
        self._options = options
        self._transport = transport(options, Network(resolver), tls)
        self._unverified: httpx.AsyncBaseTransport | None = None
        self._refused = _refused(name, options)
        self._requests = Requests(options.user_agent)

    async def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, *, read: bool = False, most: int = 0
    ) -> Reply:
        """Ask once, redirects not followed; raises Unanswered and LeftOut.

        With `read`, the first bytes of the body are read whatever it is, else only if it may be a page, then up to
        `most` bytes if that is more than is examined. The deadline covers connection, head and body, but not the wait
        for a turn. Once the head is received, the answer stands, even if the body is cut off, slow or a decompression
        bomb: what was received counts. If only the certificate is in doubt, the request is repeated without
        verification.
        """
        most = max(most, self._options.max_bytes)
        self._refuse_names()
        request, origin = self._requests.make(method, url, headers)
        async with self._gate:
            await self.pace.turn()
            try:
                return await self._exchange(request, origin, read=read, most=most)
            except Unanswered as error:
                if not error.doubtful or origin in self._known.unverified:
                    raise
                self._known.unverified[origin] = str(error)
            request.headers.pop("cookie", None)  # send nothing to an unverified server
            return await self._exchange(request, origin, read=read, most=most)

    def _refuse_names(self) -> None:
        """Refuse at once, without a turn, names that need no lookup, or whose lookup failed."""
        if self._refused is not None:
            raise Unanswered(Failure.NOT_PUBLIC, self._refused)
        if (refusal := self._resolver.refusals.get(self.name)) and not self._options.proxy:
            raise Unanswered(*refusal)

    async def _exchange(self, request: httpx.Request, origin: str, *, read: bool, most: int) -> Reply:
        """Send one request and read the answer, within the deadline."""
        clock = asyncio.get_running_loop().time
        silence = self._known.silences[origin]
        if silence.final:
            raise LeftOut(f"{origin} did not answer {silence.times} times")
        started = clock()
        deadline = started + self._options.timeout
        doubt = self._known.unverified.get(origin) if self._known.unverified else None
        try:
            response = await self._head(request, deadline, verify=doubt is None)
        except Unanswered as error:
            silence.times += error.failure is Failure.TIMEOUT
            error.method = None if error.failure in NOT_ASKED else request.method
            error.elapsed = clock() - started
            raise
        silence.answered = True
        fields: dict[str, str] = {}
        for name, value in response.headers.multi_items():
            if name == "content-type":  # of two the last one counts (WHATWG Fetch, "extract a MIME type")
                fields[name] = value
            fields.setdefault(name, value)
        certificate = None
        if doubt is not None:
            certificate = unverified(response.extensions.get("network_stream"), self.name, doubt)
        try:
            body = await self._read(response, fields, deadline, wanted=read or request.method == "HEAD", most=most)
        finally:
            await response.aclose()
        return Reply(
            request.method,
            response.status_code,
            fields,
            None if body is None else unpack(body, fields.get("content-encoding"), most),
            clock() - started,
            tuple(response.headers.get_list("set-cookie")) if "set-cookie" in fields else (),
            certificate,
        )

    async def _head(self, request: httpx.Request, deadline: float, *, verify: bool) -> httpx.Response:
        """Send the request and wait for the head of the answer; raises Unanswered."""
        way = self._transport if verify else self._without_verifying()
        try:
            async with asyncio.timeout_at(deadline):
                return await way.handle_async_request(request)
        except (TimeoutError, httpcore.TimeoutException, httpx.TimeoutException) as error:
            message = f"no answer within {self._options.timeout:g} s"
            raise Unanswered(Failure.TIMEOUT, message, reached=True) from error
        except (httpcore.ProxyError, httpx.ProxyError) as error:
            raise Unanswered(Failure.CONNECTION, f"the proxy: {error}") from error
        except _BROKEN as error:
            raise Unanswered(Failure.CONNECTION, str(error) or type(error).__name__, reached=True) from error

    def _without_verifying(self) -> httpx.AsyncBaseTransport:
        if self._unverified is None:
            self._unverified = transport(self._options, Network(self._resolver), unverifying_context)
        return self._unverified

    async def _read(
        self, response: httpx.Response, fields: dict[str, str], deadline: float, *, wanted: bool, most: int
    ) -> bytes | None:
        """Read the first bytes; of an unwanted body, only enough to keep the connection (none after a HEAD).

        None if the body broke off before any of it was received.
        """
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - for the type checker
        size = fields.get("content-length", "")
        small = size.isdigit() and int(size[:9]) <= most
        body, whole = bytearray(), True
        if wanted or small or is_markup(fields.get("content-type")):
            whole = False
            with suppress(TimeoutError, Unanswered, *_BROKEN):
                async with asyncio.timeout_at(deadline):
                    async for chunk in response.stream:
                        body += chunk
                        if len(body) >= most:
                            break
                whole = True
        return bytes(body[:most]) if body or whole else None

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()
        if self._unverified is not None:
            await self._unverified.aclose()


def _refused(name: str, options: Options) -> str | None:
    """Why a name is not public, if that is known without a lookup."""
    if options.allow_private:
        return None
    if options.proxy and is_local_name(name):
        return not_in_dns(name) or f"{name} is a local name"
    return not_in_dns(name)


class Hosts:
    """The hosts in use: opened at the first request, closed when no longer needed."""

    def __init__(self, options: Options, lookup: Lookup = look_up) -> None:
        self.options = options
        self._resolver = Resolver(allow_private=options.allow_private or options.proxy is not None, lookup=lookup)
        self._tls = cache(tls_context)  # only when needed: loading its certificates takes 20 ms
        self._open: dict[str, Host] = {}
        self._users: Counter[str] = Counter()
        self._idle: dict[str, None] = {}  # those kept open though unused, oldest first
        self._known: defaultdict[str, Known] = defaultdict(Known)

    @asynccontextmanager
    async def at(self, name: str, *, linger: bool = False) -> AsyncIterator[Host]:
        """The host with this name, open at least until the end of the block.

        With `linger` it stays open for a while: where one redirect leads, the next one often does, too.
        """
        host = self._open.get(name)
        if host is None:
            host = Host(name, self._known[name], self.options, self._resolver, self._tls)
            self._open[name] = host
        self._users[name] += 1
        self._idle.pop(name, None)
        try:
            yield host
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                self._idle[name] = None
                await self._close_idle(_LINGERING if linger else 0, name)

    async def _close_idle(self, most: int, name: str) -> None:
        """Close this host, or, with lingering ones, the oldest beyond the limit."""
        for closing in [name] if not most else list(self._idle)[:-most]:
            del self._idle[closing], self._users[closing]
            await self._open.pop(closing).close()

    async def close(self) -> None:
        """Close open hosts, and abandon pending lookups."""
        self._resolver.close()
        while self._open:
            await self._open.popitem()[1].close()

    def pause(self, name: str, seconds: float) -> None:
        """Pause all requests to a host for this long."""
        if name in self._open:
            self._open[name].pace.pause(seconds)
