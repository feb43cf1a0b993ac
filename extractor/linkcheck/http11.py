"""HTTP/1.1 over the few connections of one host: httpcore's pool without its locks, parsed by llhttp.

httpcore guards connections against concurrent use with anyio locks, each of which costs a turn of the event loop. Here
a host allows no more requests than connections, so each request has its own. llhttp (Node's parser, through httptools)
parses an answer in a tenth of the time of h11. bench/linkcheck.py measures both.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

import httpcore
import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from extractor.linkcheck.request import target_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from extractor.linkcheck.network import Network

    TlsContext: TypeAlias = Callable[[], ssl.SSLContext]

_AT_ONCE = 65_536  # bytes read from a connection at once
_PORTS = {b"http": 80, b"https": 443}
_SWITCHING = 101
_BEGINS = b"HTTP/"
_FRAMES = frozenset({b"content-length", b"transfer-encoding"})
_Origin: TypeAlias = tuple[bytes, bytes, int]


class Answer:
    """One incoming answer: llhttp's callbacks. `head_only`: the request was a HEAD."""

    def __init__(self, *, head_only: bool) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.has_head = False
        self.is_whole = False
        self.keeps_alive = False  # whether the connection can be used again afterwards
        self.chunks: deque[bytes] = deque()
        self.broken: str | None = None
        self._head_only = head_only
        self._has_begun = False
        self._is_framed = False  # whether the head says how long the body is; if not, it lasts until the end
        self._parser = HttpResponseParser(self)
        # like browsers; no other program reads the same bytes and could be misled
        self._parser.set_dangerous_leniencies(lenient_headers=True, lenient_spaces_after_chunk_size=True)

    def feed(self, data: bytes) -> None:
        """Process received data; empty data is the end of the connection. Errors are in `broken`."""
        if not data:
            if self.has_head and not self._is_framed:
                self.is_whole = True
            elif not self.is_whole:
                self.broken = "the connection ended before the answer was complete"
            self.keeps_alive = False
            return
        if not self._has_begun and not data.startswith(_BEGINS):  # llhttp would read RTSP, too
            self.broken = f"not HTTP: {data[:20]!r}"
            return
        self._has_begun = True
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:  # another protocol, which is not wanted
            self.is_whole = True
        except HttpParserError as error:
            self.keeps_alive = False
            if not self.is_whole:
                self.broken = str(error)

    def on_message_begin(self) -> None:
        """Close the connection afterwards if more is received than was requested."""
        if self.is_whole:
            self.keeps_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a field; trailer fields are ignored."""
        if not self.has_head:
            self.headers.append((name, value.rstrip()))

    def on_headers_complete(self) -> None:
        """Store the head, unless it is an interim one (such as 103 Early Hints)."""
        if self.is_whole:
            return
        self.status = self._parser.get_status_code()
        if self.status < 100:  # noqa: PLR2004 - the classes of RFC 9110 section 15
            self.broken = f"not an HTTP status: {self.status}"
        elif self.status < 200 and self.status != _SWITCHING:  # noqa: PLR2004 - likewise
            self.headers.clear()
        else:
            self.has_head = True
            self._is_framed = any(name.lower() in _FRAMES for name, _ in self.headers)
            self.keeps_alive = self.status != _SWITCHING and self._parser.should_keep_alive()
            self.is_whole = self._head_only

    def on_body(self, body: bytes) -> None:
        """Store a piece of the body; ignored after a HEAD, whatever a server sends."""
        if self.is_whole:
            self.keeps_alive = False
        elif self.has_head:
            self.chunks.append(body)

    def on_message_complete(self) -> None:
        """Note the end of an answer."""
        self.is_whole = self.has_head


class Http11:
    """One connection to `origin` (scheme, host, port); `is_idle` if the next request can use it."""

    def __init__(self, origin: _Origin, stream: httpcore.AsyncNetworkStream) -> None:
        self.origin = origin
        self.stream = stream
        self.is_idle = False
        self._answer = Answer(head_only=True)

    @property
    def is_usable(self) -> bool:
        """Whether it is idle, and the server has neither closed it nor sent unrequested data."""
        return self.is_idle and not self.stream.get_extra_info("is_readable")

    async def ask(self, request: httpx.Request) -> Answer:
        """Send a request without a body and wait for the head of its answer; raises httpcore's ProtocolError."""
        self.is_idle = False
        self._answer = answer = Answer(head_only=request.method == "HEAD")
        await self.stream.write(_written(request))
        while not answer.has_head:
            data = await self.stream.read(_AT_ONCE)
            if not data:
                raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
            answer.feed(data)
            if answer.broken is not None and not answer.has_head:
                raise httpcore.RemoteProtocolError(answer.broken)
        return answer

    async def read(self) -> bytes:
        """The next piece of the body; empty at its end. Raises httpcore's ProtocolError if it broke off."""
        answer = self._answer
        while not answer.chunks:
            if answer.is_whole:
                return b""
            if answer.broken is not None:
                raise httpcore.RemoteProtocolError(answer.broken)
            answer.feed(await self.stream.read(_AT_ONCE))
        return answer.chunks.popleft()

    async def finish(self) -> None:
        """Release it to the next request if the answer was read to its end, else close it."""
        if self._answer.is_whole and self._answer.keeps_alive:
            self.is_idle = True
        else:
            await self.stream.aclose()


def _written(request: httpx.Request) -> bytes:
    """The bytes of a request; raises httpcore.LocalProtocolError for a value with line breaks."""
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), target_of(request))]
    lines += [b"%s: %s" % field for field in request.headers.raw]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1 or b"\0" in head:
        raise httpcore.LocalProtocolError("a header must not contain line ends or NUL")
    return head + b"\r\n\r\n"


class HostTransport(httpx.AsyncBaseTransport):
    """httpx's transport for one host, with at most `most` connections.

    The caller ensures that no more requests than that are in progress.
    """

    def __init__(self, network: Network, tls: TlsContext, most: int) -> None:
        self._network = network
        self._tls = tls
        self._most = most
        self._connections: list[Http11] = []
        self._opening = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, without a body, over an existing or a new connection.

        Raises Unanswered, and httpcore's ProtocolError as a transport of httpx's own would.
        """
        url = request.url
        scheme = url.raw_scheme
        connection = await self._connection((scheme, url.raw_host, url.port or _PORTS[scheme]))
        try:
            answer = await connection.ask(request)
        except BaseException:
            await self._end(connection)
            raise
        return httpx.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(self, connection),
            extensions={"network_stream": connection.stream},
        )

    async def _connection(self, origin: _Origin) -> Http11:
        for connection in [one for one in self._connections if one.is_idle]:
            if not connection.is_usable:
                await self._end(connection)
            elif connection.origin == origin:
                return connection
        idle = [one for one in self._connections if one.is_idle]  # of other origins of this host
        for connection in idle[: max(0, len(self._connections) + self._opening + 1 - self._most)]:
            await self._end(connection)
        self._opening += 1
        try:
            connection = Http11(origin, await self._open(*origin))
        finally:
            self._opening -= 1
        self._connections.append(connection)
        return connection

    async def _open(self, scheme: bytes, host: bytes, port: int) -> httpcore.AsyncNetworkStream:
        stream = await self._network.connect_tcp(host.decode("ascii"), port)
        return await stream.start_tls(self._tls(), host.decode("ascii")) if scheme == b"https" else stream

    async def finish(self, connection: Http11) -> None:
        """Take back a connection whose answer is no longer wanted."""
        await connection.finish()
        if not connection.is_idle and connection in self._connections:
            self._connections.remove(connection)

    async def _end(self, connection: Http11) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        await connection.stream.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        while self._connections:
            await self._connections.pop().stream.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of one answer, read on demand."""

    def __init__(self, transport: HostTransport, connection: Http11) -> None:
        self._transport = transport
        self._connection = connection
        self._closed = False

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        if data := await self._connection.read():
            return data
        raise StopAsyncIteration

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            await self._transport.finish(self._connection)
