"""TLS as browsers judge it: what to trust, and what to conclude from untrusted certificates.

A certificate that is expired, self-signed or lacks its issuer says nothing about the page: readers click through, or
their browser fetches the issuer. So the request is repeated without verification; the certificate itself then shows for
which host it is.
"""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

import certifi
import httpcore

from extractor.linkcheck.failures import Failure, Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_CERTIFICATE_REQUEST = 13
_asked_for_certificate: WeakSet[ssl.SSLObject] = WeakSet()
_RECORD = 65_536  # bytes read from a connection at once
_WANTS_CERTIFICATE = ("certificate_required", "certificate required", "handshake failure: certificate")


@dataclass(frozen=True, slots=True)
class Certificate:
    """An unverifiable certificate: the reason, whether it is for the requested host, and its SHA-256."""

    reason: str
    names_host: bool
    fingerprint: str


def tls_context() -> ssl.SSLContext:
    """A context that trusts what the system or Mozilla's list trusts, to avoid doubts that no browser has."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Python 3.13 is stricter here than browsers are
    if hasattr(context, "_msg_callback"):  # CPython's; there is no other way to see it in TLS 1.3
        context._msg_callback = _note_request  # noqa: SLF001
    return context


def _note_request(connection: ssl.SSLObject, direction: str, _version: Any, _kind: Any, message: Any, _: bytes) -> None:  # noqa: ANN401
    """Note a server that requests a client certificate (RFC 8446 section 4.3.2): many then only hang up."""
    if direction == "read" and message == _CERTIFICATE_REQUEST:
        _asked_for_certificate.add(connection)


@cache
def unverifying_context() -> ssl.SSLContext:
    """A context without verification, only to see whether there is an answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def unverified(stream: Any, host: str, reason: str) -> Certificate | None:  # noqa: ANN401 - httpcore's stream
    """The certificate of an unverified connection."""
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    encoded = tls.getpeercert(binary_form=True) if tls is not None else None
    if not encoded:
        return None
    return Certificate(reason, is_for(encoded, host), hashlib.sha256(encoded).hexdigest())


def is_for(encoded: bytes, host: str) -> bool:
    """Whether a certificate (DER) names the host (RFC 6125 section 6.4.3: `*` is one complete label)."""
    from cryptography import x509  # noqa: PLC0415 -- heavy, and seldom wanted

    try:
        names = x509.load_der_x509_certificate(encoded).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound):
        return False
    try:
        return ipaddress.ip_address(host) in names.value.get_values_for_type(x509.IPAddress)
    except ValueError:
        pass
    host = host.lower().rstrip(".")
    known = {name.lower() for name in names.value.get_values_for_type(x509.DNSName)}
    return host in known or f"*.{host.partition('.')[2]}" in known


class SecureConnection(httpcore.AsyncNetworkStream):
    """TLS over a connection. asyncio's own needs 0.25 MB for each, and a run has hundreds."""

    def __init__(
        self, connection: httpcore.AsyncNetworkStream, ssl_context: ssl.SSLContext, server_hostname: str | None
    ) -> None:
        self._connection = connection
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._received = False
        self._tls = ssl_context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_hostname)

    @classmethod
    async def handshake(
        cls, connection: httpcore.AsyncNetworkStream, ssl_context: ssl.SSLContext, server_hostname: str | None
    ) -> SecureConnection:
        """Agree on a key and check the certificate; raises Unanswered."""
        try:
            secure = cls(connection, ssl_context, server_hostname)
            await secure._drive(secure._tls.do_handshake)
        except (ssl.SSLError, ValueError) as error:  # ValueError: a name that no certificate can have
            await connection.aclose()
            raise _refused(error) from error
        except BaseException:
            await connection.aclose()
            raise
        return secure

    async def _drive(self, operation: Callable[[], _T]) -> _T:
        """Do one TLS operation, sending its output and reading its input."""
        while True:
            try:
                result = operation()
            except ssl.SSLWantReadError:
                await self._flush()
                if data := await self._connection.read(_RECORD):
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError:
                await self._flush()  # the alert that gives the server the reason
                raise
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._connection.write(self._outgoing.read())

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - httpcore
        """Read received data, at most `max_bytes`; empty at the end, with or without a closing alert."""
        try:
            data = await self._drive(lambda: self._tls.read(max_bytes))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            data = b""
        except ssl.SSLError as error:
            raise _broken(error) from error
        if not data and not self._received and self._tls in _asked_for_certificate:
            raise _without_certificate()
        self._received = True
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - httpcore
        """Send data; a request is small, so there is no need to wait."""
        try:
            await self._drive(lambda: self._tls.write(buffer))
        except ssl.SSLError as error:
            raise _broken(error) from error

    async def aclose(self) -> None:
        """Close at once."""
        await self._connection.aclose()

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        """Information requested by httpcore."""
        return self._tls if info == "ssl_object" else self._connection.get_extra_info(info)


def _refused(error: Exception) -> Unanswered:
    """Why there is no connection; an untrusted certificate may still be examined."""
    doubtful = isinstance(error, ssl.SSLCertVerificationError)
    return Unanswered(Failure.TLS, _say(error), doubtful=doubtful)


def _broken(error: ssl.SSLError) -> Unanswered:
    """Why a connection broke. In TLS 1.3, a server requests a client certificate only after the handshake."""
    said = _say(error)
    if any(sign in said for sign in _WANTS_CERTIFICATE):
        return _without_certificate()
    return Unanswered(Failure.CONNECTION, said, reached=True)


def _without_certificate() -> Unanswered:
    return Unanswered(Failure.CERTIFICATE_WANTED, "the server requires a client certificate")


def _say(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    return (reason or str(error)).replace("_", " ").lower()
