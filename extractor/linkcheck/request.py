"""httpx requests, built from what all requests to one origin have in common.

httpx examines each character of an address and each byte of a header, which costs more than sending them. So the
address and headers of an origin are built once; path and query are passed as the extension `target`, which httpx
supports. httpx parses an address with anything unusual itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from extractor.linkcheck.failures import Failure, Unanswered

if TYPE_CHECKING:
    from collections.abc import Mapping

# what httpx would send unchanged: no segment that begins with a dot, which it may resolve, and no invalid escape
_PLAIN = re.compile(
    r"(https?://[^/?#]+)((?:/(?!\.)(?:[\w!$&'()*+,;=:@~.-]|%[0-9A-Fa-f]{2})*)+"
    r"(?:\?(?:[\w!$&'()*+,;=:@~./?-]|%[0-9A-Fa-f]{2})+)?)",
    re.ASCII,
)
_LONGEST = 8_192
_NO_BODY = httpx.ByteStream(b"")  # given an empty body, httpx does not search the headers for what to add
_ON_THE_WIRE = str.maketrans({"|": "%7C", "^": "%5E"})  # escaped in paths by Chromium; Tomcat rejects them raw


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port, as text and in httpx's form, and the common headers."""

    name: str
    url: httpx.URL
    headers: httpx.Headers


class Requests:
    """Makes the requests to one host."""

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._origins: dict[str, Origin] = {}

    def make(self, method: str, url: str, more: Mapping[str, str] | None) -> tuple[httpx.Request, str]:
        """A request with `more` headers, and its origin; raises Unanswered for an invalid address."""
        plain = _PLAIN.fullmatch(url) if len(url) <= _LONGEST else None
        try:
            if plain is None:
                whole = httpx.URL(_on_the_wire(url))
                begins, target = f"{whole.scheme}://{whole.netloc.decode('ascii')}", whole.raw_path
            else:
                begins, target = plain[1], plain[2].encode("ascii")
            origin = self._origins.get(begins) or self._origin(begins)
        except (httpx.InvalidURL, ValueError) as error:
            raise Unanswered(Failure.NOT_ADDRESS, str(error)) from error
        headers = origin.headers
        if more:
            headers = headers.copy()
            headers.update(more)
        request = httpx.Request(method, origin.url, headers=headers, stream=_NO_BODY, extensions={"target": target})
        return request, origin.name

    def _origin(self, begins: str) -> Origin:
        url = httpx.URL(begins)
        if url.port == 0:  # it would be taken for the default port
            raise ValueError("there is no port 0")
        host = url.netloc.decode("ascii")
        headers = {
            "Host": host,
            "user-agent": self._user_agent,
            "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "accept-language": "en,*;q=0.5",
            "accept-encoding": "gzip, deflate",
        }
        origin = self._origins[begins] = Origin(f"{url.scheme}://{host}", url, httpx.Headers(headers))
        return origin


def target_of(request: httpx.Request) -> bytes:
    """The path and query of an address."""
    target: bytes = request.extensions.get("target") or request.url.raw_path
    return target


def _on_the_wire(url: str) -> str:
    """An address as browsers send it: they escape more in a path than the standard requires."""
    path, mark, query = url.partition("?")
    return path.translate(_ON_THE_WIRE) + mark + query
