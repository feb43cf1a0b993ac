"""A web server on the loopback interface that answers as badly as a test wants.

Tests start it in their own event loop, the benchmark in a separate process.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 404: "Not Found"}


def can_bind(address: str) -> bool:
    """Whether this machine has the address: some have no IPv6, and macOS has only the first of 127.0.0.0/8."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    host: str  # the address that was connected to


@dataclass
class Exchange:
    """One request and the means to answer it, well or badly."""

    request: Request
    transport: asyncio.Transport
    done: Callable[[], None] = lambda: None

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(seconds, lambda: None if self.transport.is_closing() else action())

    def send(self, data: bytes) -> None:
        self.transport.write(data)

    def answer(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Whatever')}"]
        fields = {"content-length": str(len(body)), "content-type": "text/plain"}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines += [f"{name}: {value}" for name, value in fields.items()]
        self.send("\r\n".join([*lines, "", ""]).encode() + (b"" if self.request.method == "HEAD" else body))
        self.done()

    def close(self) -> None:
        self.transport.close()

    def reset(self) -> None:
        """Send RST instead of FIN: data in transit is lost."""
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


Behaviour: TypeAlias = Callable[[Exchange], None]


def answers(status: int = 200, body: bytes = b"", **headers: str) -> Behaviour:
    return lambda exchange: exchange.answer(status, body, **headers)


def page(title: str, text: str = "some words") -> Behaviour:
    markup = f"<html><head><title>{title}</title></head><body><p>{text}</p></body></html>".encode()
    return answers(200, markup, content_type="text/html; charset=utf-8")


def hangs(_: Exchange) -> None:
    """Never answer."""


def resets(exchange: Exchange) -> None:
    exchange.reset()


def closes(exchange: Exchange) -> None:
    """Close the connection without an answer."""
    exchange.close()


def says(data: bytes) -> Behaviour:
    """Send these bytes, then close the connection."""

    def behave(exchange: Exchange) -> None:
        exchange.send(data)
        exchange.close()

    return behave


def drips(data: bytes, every: float = 0.02) -> Behaviour:
    """Send one byte at a time."""

    def behave(exchange: Exchange) -> None:
        rest = iter(data)

        def drop() -> None:
            if (byte := next(rest, None)) is not None:
                exchange.send(bytes([byte]))
                exchange.later(every, drop)

        drop()

    return behave


def by_method(**behaviours: Behaviour) -> Behaviour:
    """``by_method(HEAD=..., GET=...)``."""
    return lambda exchange: behaviours[exchange.request.method](exchange)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave in each of these ways once, and then always in the last one."""
    rest = list(behaviours)

    def behave(exchange: Exchange) -> None:
        (rest.pop(0) if len(rest) > 1 else rest[0])(exchange)

    return behave


@dataclass
class Loopback:
    """The server: `pages` has the behaviour of each path, `otherwise` that of all others; `requests` is the log."""

    pages: dict[str, Behaviour] = field(default_factory=dict)
    otherwise: Behaviour = field(default_factory=lambda: answers(404))
    latency: float = 0.0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    most_at_once: Counter[str] = field(default_factory=Counter)
    port: int = 0
    stop: Callable[[], None] = lambda: None  # no further connections
    _open: Counter[str] = field(default_factory=Counter)

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    @property
    def log(self) -> list[tuple[str, str]]:
        return [(request.method, request.path) for request in self.requests]

    @contextlib.asynccontextmanager
    async def serving(
        self, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None, port: int = 0
    ) -> AsyncIterator[Loopback]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self), address, port, ssl=tls, backlog=1000)
        self.stop = server.close
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.stop()

    def handle(self, request: Request, transport: asyncio.Transport) -> None:
        self.requests.append(request)
        self._open[request.host] += 1
        self.most_at_once[request.host] = max(self.most_at_once[request.host], self._open[request.host])
        exchange = Exchange(request, transport, lambda: self._open.subtract([request.host]))
        behave = self.pages.get(request.path, self.otherwise)
        if self.latency:
            exchange.later(self.latency, lambda: behave(exchange))
        else:
            behave(exchange)


class _Connection(asyncio.Protocol):
    def __init__(self, server: Loopback) -> None:
        self.server = server
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.connections += 1

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head, self.received = self.received[:end].decode("latin-1"), self.received[end + 4 :]
            first, *lines = head.split("\r\n")
            method, path, _ = first.split(" ", 2)
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            self.server.handle(
                Request(method, path, headers, self.transport.get_extra_info("sockname")[0]), self.transport
            )


def certificate(folder: Path, host: str = "127.0.0.1", *, expired: bool = False) -> ssl.SSLContext:
    """A server's TLS context with a certificate that only clients that know `folder`/server.pem trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=10)
    end = start + dt.timedelta(days=5 if expired else 100)
    try:
        known_as: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        known_as = x509.DNSName(host)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start, end)
        .add_extension(x509.SubjectAlternativeName([known_as]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
