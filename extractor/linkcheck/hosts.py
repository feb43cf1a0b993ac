"""One host each: its connections, its turns, and what was learned about it in this run.

A host has a transport of its own with as many connections as it may be asked at once: a pool shared by many hosts is
scanned on every request. It is httpx's transport, not its client: a client would keep cookies, and would turn away
a redirect that it is not even told to follow. The TLS context, whose certificates cost 20 ms to load, is shared.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter, defaultdict
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import certifi
import httpcore
import httpx

from extractor.linkcheck.network import Network, Unanswered
from extractor.linkcheck.pace import Pace
from extractor.linkcheck.page import is_markup
from extractor.linkcheck.resolve import Resolver, is_local_name, look_up
from extractor.linkcheck.verdict import NOT_ASKED, Failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from extractor.linkcheck.options import Options
    from extractor.linkcheck.resolve import Lookup
    from extractor.linkcheck.robots import Robots


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server sent to one request: header names in lower case, the first bytes of the body, packed or not.

    `elapsed` is how long that took, in seconds, without the wait for a turn.
    """

    method: str
    status: int
    headers: dict[str, str]
    body: bytes
    elapsed: float


@dataclass(slots=True)
class Silence:
    """How often a host did not answer in time, in this run, and whether it ever did."""

    times: int = 0
    answered: bool = False

    @property
    def final(self) -> bool:
        """Whether to give up on it: it hung from the beginning.

        Requests count here and not addresses, lest one connection begins with the next address, and waits in vain
        again, a moment before the other one is through with its own.
        """
        return self.times >= _SILENCES and not self.answered


def tls_context() -> ssl.SSLContext:
    """Trust what the system or Mozilla's list trusts: a doubt that no browser has would be a false alarm."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Python 3.13 is stricter here than browsers are
    return context


class HostTransport(httpx.AsyncBaseTransport):
    """httpx's transport on a pool whose connections `Network` makes."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the errors are httpcore's and `Unanswered`."""
        url = request.url
        response = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response), request=request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


_SILENCES = 3
_LINGERING = 32
_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpx.NetworkError, httpx.ProtocolError)


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


class Host:
    """One host and what is known of it in this run."""

    def __init__(self, name: str, transport: HostTransport, silence: Silence, options: Options) -> None:
        self.name = name
        self.pace = Pace(options.host_delay)
        self.answers_head = True  # until a GET fares better than the HEAD before it
        self.has_pages = False  # until a HEAD finds one that has to be looked at
        self.robots: dict[str, asyncio.Task[Robots]] = {}  # by origin
        self._gate = asyncio.Semaphore(options.per_host)
        self._transport = transport
        self._silence = silence
        self._options = options
        self._headers = {
            "user-agent": options.user_agent,
            "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "accept-language": "en,*;q=0.5",
            "accept-encoding": "gzip, deflate",
        }

    async def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, *, read: bool = False
    ) -> Reply:
        """Ask once, redirects not followed; raises Unanswered.

        With `read` the first bytes of the body are wanted whatever it is, else only if it may be a page.
        The deadline covers connection, head and body, but not the wait for a turn. Once the head of an answer is
        here it stands, even if the body then breaks off, drips or explodes: what came of it is what there is.
        """
        if self._options.proxy and not self._options.allow_private and is_local_name(self.name):
            raise Unanswered(Failure.NOT_PUBLIC, f"{self.name} is a local name")
        try:
            request = httpx.Request(method, url, headers=self._headers | dict(headers or {}))
        except (httpx.InvalidURL, ValueError) as error:
            raise Unanswered(Failure.NOT_ADDRESS, str(error)) from error
        clock = asyncio.get_running_loop().time
        async with self._gate:
            await self.pace.turn()
            if self._silence.final:
                raise Unanswered(Failure.TIMEOUT, f"not asked: {self.name} did not answer {self._silence.times} times")
            started = clock()
            deadline = started + self._options.timeout
            try:
                response = await self._head(request, deadline)
            except Unanswered as error:
                self._silence.times += error.failure is Failure.TIMEOUT
                error.method = None if error.failure in NOT_ASKED else method
                error.elapsed = clock() - started
                raise
            self._silence.answered = True
            fields: dict[str, str] = {}
            for name, value in response.headers.multi_items():
                fields.setdefault(name, value)
            try:
                body = await self._read(response, fields, deadline, wanted=read)
            finally:
                await response.aclose()
            return Reply(method, response.status_code, fields, body, clock() - started)

    async def _head(self, request: httpx.Request, deadline: float) -> httpx.Response:
        """Send the request and wait for the head of the answer; raises Unanswered."""
        try:
            async with asyncio.timeout_at(deadline):
                return await self._transport.handle_async_request(request)
        except (TimeoutError, httpcore.TimeoutException, httpx.TimeoutException) as error:
            message = f"no answer within {self._options.timeout:g} s"
            raise Unanswered(Failure.TIMEOUT, message, reached=True) from error
        except (httpcore.ProxyError, httpx.ProxyError) as error:
            raise Unanswered(Failure.CONNECTION, f"the proxy: {error}") from error
        except _BROKEN as error:
            raise Unanswered(Failure.CONNECTION, str(error) or type(error).__name__, reached=True) from error

    async def _read(self, response: httpx.Response, fields: dict[str, str], deadline: float, *, wanted: bool) -> bytes:
        """Read the first bytes; of what nobody reads only as much as keeps the connection (none, after a HEAD)."""
        size = fields.get("content-length", "")
        small = size.isdigit() and int(size[:9]) <= self._options.max_bytes
        body = bytearray()
        if wanted or small or is_markup(fields.get("content-type")) or response.request.method == "HEAD":
            with suppress(TimeoutError, Unanswered, *_BROKEN):
                async with asyncio.timeout_at(deadline):
                    async for chunk in response.aiter_raw():
                        body += chunk
                        if len(body) >= self._options.max_bytes:
                            break
        return bytes(body[: self._options.max_bytes])

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.aclose()


class Hosts:
    """The hosts that are being asked: opened when first asked, closed when nobody needs them any more."""

    def __init__(self, options: Options, lookup: Lookup = look_up) -> None:
        self.options = options
        self._resolver = Resolver(allow_private=options.allow_private or options.proxy is not None, lookup=lookup)
        self._tls = tls_context()
        self._open: dict[str, Host] = {}
        self._users: Counter[str] = Counter()
        self._idle: dict[str, None] = {}  # those kept open though nobody is at them, the oldest first
        self._silences: defaultdict[str, Silence] = defaultdict(Silence)

    @asynccontextmanager
    async def at(self, name: str, *, linger: bool = False) -> AsyncIterator[Host]:
        """Give the host of that name, open at least until the end of the block.

        With `linger` it is kept a while: where one redirect has led, the next one often does.
        """
        host = self._open.get(name)
        if host is None:
            transport = HostTransport(self._pool())
            host = self._open[name] = Host(name, transport, self._silences[name], self.options)
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
        """Close that host, or if some may linger the oldest beyond so many."""
        for closing in [name] if not most else list(self._idle)[:-most]:
            del self._idle[closing], self._users[closing]
            await self._open.pop(closing).close()

    async def close(self) -> None:
        """Close what is still open, and give up what is still being looked up."""
        self._resolver.close()
        while self._open:
            await self._open.popitem()[1].close()

    def pause(self, name: str, seconds: float) -> None:
        """Ask a host nothing for so long, whoever it is that would."""
        if name in self._open:
            self._open[name].pace.pause(seconds)

    def _pool(self) -> httpcore.AsyncConnectionPool:
        network = Network(self._resolver)
        if self.options.proxy is None:
            return httpcore.AsyncConnectionPool(
                ssl_context=self._tls, max_connections=self.options.per_host, network_backend=network
            )
        proxy = httpx.Proxy(self.options.proxy)
        return httpcore.AsyncHTTPProxy(
            proxy_url=httpcore.URL(
                scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/"
            ),
            proxy_auth=proxy.raw_auth,
            ssl_context=self._tls,
            proxy_ssl_context=self._tls if proxy.url.scheme == "https" else None,
            max_connections=self.options.per_host,
            network_backend=network,
        )
