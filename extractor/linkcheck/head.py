"""The head of an answer, repaired if browsers would accept it and parsers would not.

llhttp follows RFC 9112 to the letter, and so does h11, which parses what comes through a proxy. Servers that have run
for twenty years do not, and Chromium shows their pages: header lines without a colon, with a space before it, with
brackets, slashes or nothing for a name; a first line that is folded; ``HTTP 200 OK``, ``http/1.1``, ``ICY 200 OK``, two
spaces, blank lines first; a Content-Length that is empty, negative or no number; Transfer-Encoding ``identity``, twice
``chunked``, or with ``gzip``; more than 100 KB of header lines. A well-formed head is left unchanged, and
so is anything that is not HTTP at all, which the parser then rejects.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl

_WELL_FORMED = re.compile(
    rb"HTTP/1\.[01] [1-9][0-9]{2}(?: [\t -~]*+)?\r\n(?>(?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[^\r\n\0]*+\r\n)*)\r\n"
)
_FRAMING = re.compile(rb"(?im)^(content-length|transfer-encoding):[ \t]*([^\r\n]*)")
_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(rb"(?i)(?:HTTP(?:/[ ]*([0-9])(?:\.([0-9]))?)?|ICY)[ \t]+([1-9][0-9]{2})(?![0-9])")
_BEGINS = re.compile(rb"(?i)(?:h(?:t(?:t(?:p|$)|$)|$)|i(?:c(?:y|$)|$)|$)")  # may still become a status line
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_AT_ONCE = 65_536
_LONGEST_HEAD = 262_144  # as in Chromium (net/http/http_stream_parser.cc, kMaxHeaderBufSize)
_LONGEST_LINE, _ROOM = 16_384, 65_536  # h11 refuses a head of more than 100 KB
_FRAMES = frozenset({b"content-length", b"transfer-encoding"})
_WANTED = frozenset({b"location", b"refresh", b"content-type", b"content-encoding"})


def mend_head(head: bytes) -> bytes:
    """Rewrite a head (with its blank line) so that parsers accept it; unchanged if it is well-formed or not HTTP."""
    if _WELL_FORMED.fullmatch(head) and len(head) <= _ROOM and _framing_is_plain(head):
        return head
    first, *lines = re.split(rb"\r?\n", head.lstrip(b"\r\n"))
    status = _STATUS_LINE.match(first)
    if status is None:
        return head
    old = status[1] is None or (status[1], status[2]) == (b"1", b"0")
    fields = _fields(lines)
    out = [b"HTTP/1.%d %s \r\n" % (0 if old else 1, status[3])]
    size = 0
    for name, value in fields:
        if name.lower() in _FRAMES:
            continue
        size += len(value)
        if name.lower() in _WANTED or (len(value) <= _LONGEST_LINE and size <= _ROOM):
            out.append(b"%s: %s\r\n" % (name, value))
    return b"".join([*out, *_framing(fields), b"\r\n"])


def _framing_is_plain(head: bytes) -> bool:
    found = _FRAMING.findall(head)
    if not found:
        return True
    if len(found) > 1:
        return False
    name, value = found[0]
    return bool(value.isdigit() if name.lower() == b"content-length" else value.lower() == b"chunked")


def _fields(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """The lines with a name, with folded ones joined, except those about the length of the body (see `_framing`)."""
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in {b" ", b"\t"}:
            if fields:
                fields[-1] = (fields[-1][0], fields[-1][1] + b" " + line.strip())
            continue
        name, colon, value = line.partition(b":")
        if colon and _TOKEN.fullmatch(name := name.rstrip()):
            fields.append((name, re.sub(rb"[\r\0]", b" ", value).strip()))
    return fields


def _framing(fields: list[tuple[bytes, bytes]]) -> list[bytes]:
    """The length of the body: chunked if that is said anywhere, else the smallest given number, else until the end."""
    codings = [
        part.strip().lower() for name, value in _named(fields, b"transfer-encoding") for part in value.split(b",")
    ]
    if b"chunked" in codings:
        return [b"Transfer-Encoding: chunked\r\n"]
    # "12, 12" is one length, written twice; "1,234" is invalid
    given = [{part.strip() for part in value.split(b",")} for _, value in _named(fields, b"content-length")]
    lengths = [length for (length,) in (parts for parts in given if len(parts) == 1) if length.isdigit()]
    return [b"Content-Length: %d\r\n" % min(int(length[:18]) for length in lengths)] if lengths else []


def _named(fields: list[tuple[bytes, bytes]], name: bytes) -> list[tuple[bytes, bytes]]:
    return [field for field in fields if field[0].lower() == name]


class LenientStream(httpcore.AsyncNetworkStream):
    """A connection that repairs heads for httpcore; bodies pass unchanged."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._in_head = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        """Read received data; a head is complete and repaired. Empty at the end."""
        if not self._in_head:
            return await self._stream.read(max_bytes, timeout)
        received = bytearray()
        ready = b""
        while True:
            data = await self._stream.read(_AT_ONCE, timeout)
            received += data
            while (head := self._take_head(received)) is not None:
                ready += head
            if not self._in_head or not data or len(received) > _LONGEST_HEAD or not _may_be_http(received):
                self._in_head = False
                return ready + bytes(received)
            if ready:  # an interim answer; the final one is still to come
                return ready

    def _take_head(self, received: bytearray) -> bytes | None:
        """Remove a complete head from the received bytes, if there is one and one is due."""
        if not self._in_head:
            return None
        while received and received[0] in b"\r\n":
            del received[0]
        found = _END.search(received)
        if found is None:
            return None
        head = bytes(received[: found.end()])
        del received[: found.end()]
        status = _STATUS_LINE.match(head)
        # 103 Early Hints and the like come before the answer itself; after 101 it is another protocol
        self._in_head = status is not None and status[3][:1] == b"1" and status[3] != b"101"
        return mend_head(head)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        """Send a request; the head of an answer comes next."""
        if buffer:
            self._in_head = True
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close at once."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> LenientStream:
        """Continue in TLS, just as leniently."""
        return LenientStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        """Information requested by httpcore."""
        return self._stream.get_extra_info(info)


def _may_be_http(received: bytearray) -> bool:
    """Whether an incomplete head may be HTTP: servers of other protocols send a greeting, and then wait."""
    return _BEGINS.match(bytes(received[:4].lstrip(b"\r\n"))) is not None
