"""Connections made on asyncio directly, to addresses that were checked.

Every transport, including httpcore's proxy, gets its connections from here, so every byte to a server passes this
place, whatever redirect or second DNS answer led there. The caller sets a deadline around a whole request; httpcore's
timeouts are not used. The purpose is that connections go only to checked addresses; bench/linkcheck.py measures what is
saved by doing without anyio's streams.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from typing import TYPE_CHECKING, Any

import httpcore
from aiohappyeyeballs import start_connection

from extractor.linkcheck.failures import Failure, Unanswered
from extractor.linkcheck.head import LenientStream
from extractor.linkcheck.tls import SecureConnection

__all__ = ["Connection", "Network", "Unanswered"]

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    from extractor.linkcheck.resolve import Resolver

_HAPPY_EYEBALLS_DELAY = 0.25  # RFC 8305 section 8
_BUFFERED = 128 * 1024  # a sender that is faster than the reader has to wait


class Network(httpcore.AsyncNetworkBackend):
    """Makes connections to the addresses that `resolver` allows."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's signature
        local_address: str | None = None,  # noqa: ARG002 - likewise
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - likewise
    ) -> LenientStream:
        """Connect to a checked address of the host, racing IPv6 and IPv4; raises Unanswered."""
        addresses = await self._resolver.connectable(host, port)
        try:
            sock = await start_connection(addresses, happy_eyeballs_delay=_HAPPY_EYEBALLS_DELAY)
            _, connection = await asyncio.get_running_loop().create_connection(Connection, sock=sock)
        except OSError as error:
            raise Unanswered(Failure.CONNECTION, _say(error)) from error
        return LenientStream(connection)


class Connection(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """One connection, fed by asyncio and read by httpcore."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._received: deque[bytes] = deque()
        self._size = 0
        self._paused = False
        self._ended = False
        self._lost: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: D102 - asyncio.Protocol
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:  # noqa: D102 - asyncio.Protocol
        self._received.append(data)
        self._size += len(data)
        if self._size > _BUFFERED and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:  # noqa: D102 - asyncio.Protocol
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: D102 - asyncio.Protocol
        self._ended = True
        self._lost = exc
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # httpcore's side

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - httpcore
        """Read received data, at most `max_bytes`; empty at the end. Raises Unanswered if the connection broke."""
        while not self._received:
            if self._lost is not None:
                raise Unanswered(Failure.CONNECTION, _say(self._lost), reached=True)
            if self._ended:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        data = self._received.popleft()
        if len(data) > max_bytes:
            self._received.appendleft(data[max_bytes:])
            data = data[:max_bytes]
        self._size -= len(data)
        if self._paused and self._size < _BUFFERED:
            self._paused = False
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - httpcore
        """Send data; a request is small, so there is no need to wait."""
        if self._lost is not None:
            raise Unanswered(Failure.CONNECTION, _say(self._lost), reached=True)
        self._transport.write(buffer)

    async def aclose(self) -> None:
        """Close at once: data in transit is not wanted."""
        self._transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's signature
    ) -> SecureConnection:
        """Continue in TLS; raises Unanswered with the error of the certificate or handshake."""
        return await SecureConnection.handshake(self, ssl_context, server_hostname)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        """Information requested by httpcore; an idle connection that `is_readable` was closed by the server."""
        if info == "is_readable":
            return bool(self._received) or self._ended
        return self._transport.get_extra_info({"client_addr": "sockname", "server_addr": "peername"}.get(info, info))


def _say(error: Exception) -> str:
    """The system's error message; asyncio's own repeats the address."""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or "the connection broke"
