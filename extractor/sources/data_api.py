"""The client of Joplin's Data API (services/rest, ClipperServer.ts): finding it, and one request at a time.

The token goes into the query of each request, which every version of Joplin accepts, and nowhere else: not into an
error, a log, or a stored address. It is sent only to a service that identifies itself as Joplin's.
"""

from __future__ import annotations

import json
import logging
import re
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import httpx

from extractor.errors import SourceError, SourceNotFound, SourceUnreadable
from extractor.sources.api_address import ASK_JOPLIN, DEFAULT_PORT, Address
from extractor.sources.protocol import MAX_ITEM_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PORTS: Final = 10
"""How many ports are tried, from the default one upwards: Joplin takes the next one while another program has it."""

PAGE: Final = 100
"""Rows of one page, the most that Joplin gives."""

PATIENCE: Final = 30.0
"""Seconds to wait for the next part of an answer; four times as many for the whole of it."""

_PING_PATIENCE: Final = 5.0
_CONNECT_PATIENCE: Final = 3.0
_CALLS_ITSELF: Final = b"JoplinClipperServer"
_UNKNOWN_COLUMN: Final = re.compile(rb"no such column: (\w+)")
_SWITCH_ON: Final = (
    "Start Joplin and enable its Web Clipper service (Tools > Options > Web Clipper; in the terminal app: "
    "`server start`)."
)


class UnknownColumnError(Exception):
    """This version of Joplin has no such column."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class TooLongError(Exception):
    """The answer is too long; request less."""


class DataApi:
    """The service at an address. All methods raise SourceNotFound or SourceUnreadable on a bad answer."""

    def __init__(self, address: Address, token: str, patience: float = PATIENCE) -> None:
        self._address = address
        self._token = token
        self._patience = patience
        # No proxy from the environment and no redirects: the token must not leave this machine.
        self._client = httpx.Client(trust_env=False, headers={"accept-encoding": "identity"})
        self._base = ""
        logging.getLogger("httpx").addFilter(_without_query)

    def find(self) -> None:
        """Find the service at the address, or at the next ports if the port is Joplin's default."""
        ports = range(self._address.port, self._address.port + (PORTS if self._address.port == DEFAULT_PORT else 1))
        answered = False
        for port in ports:
            base = Address(self._address.host, port).location
            try:
                status, content = self._get(f"{base}/ping", {}, 1000, _PING_PATIENCE)
            except SourceNotFound:
                continue
            except (SourceError, TooLongError):
                answered = True
                continue
            if (status, content.strip()) == (httpx.codes.OK, _CALLS_ITSELF):
                self._base = base
                return
            answered = True
        where = self._address.location
        raise SourceNotFound(
            f"What answers at {where} is not Joplin." if answered else f"Nothing answers at {where}.", _SWITCH_ON
        )

    def page(
        self, path: str, fields: Sequence[str], page: int, parameters: Mapping[str, str]
    ) -> tuple[list[Row], bool]:
        """The rows of a page, counted from 1, and whether there are more; raises UnknownColumnError, TooLongError.

        They are in the order of their ids: those do not change, so rows move only when others are added or removed.
        """
        query = {"fields": ",".join(fields), "limit": str(PAGE), "page": str(page), "order_by": "id", **parameters}
        answer = self._json(path, query, limit=MAX_ITEM_SIZE)
        if answer is None:  # an older version has no such route
            return [], False
        items = answer.get("items")
        if not isinstance(items, list) or not all(isinstance(row, dict) for row in items):
            raise _strange(self._address)
        return items, answer.get("has_more") is True

    def row(self, path: str, row_id: str, fields: Sequence[str]) -> Row | None:
        """One row, or None if no row has this id; raises UnknownColumnError, TooLongError."""
        return self._json(f"{path}/{quote(row_id, safe='')}", {"fields": ",".join(fields)}, limit=MAX_ITEM_SIZE)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _json(self, path: str, query: Mapping[str, str], limit: int) -> Row | None:
        """Request JSON; None if it does not exist."""
        status, content = self._get(f"{self._base}/{path}", {**query, "token": self._token}, limit)
        if status == httpx.codes.NOT_FOUND:
            return None
        if status == httpx.codes.FORBIDDEN:
            said = "does not accept this token" if self._token else "wants a token"
            raise SourceUnreadable(f"Joplin at {self._address.location} {said}.", ASK_JOPLIN)
        if status >= httpx.codes.INTERNAL_SERVER_ERROR and (unknown := _UNKNOWN_COLUMN.search(content)):
            raise UnknownColumnError(unknown[1].decode())
        if status != httpx.codes.OK:
            raise SourceUnreadable(f"Joplin at {self._address.location} answered with an error ({status}).")
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            raise _strange(self._address) from None
        if not isinstance(answer, dict):
            raise _strange(self._address)
        return answer

    def _get(self, url: str, query: Mapping[str, str], limit: int, patience: float = PATIENCE) -> tuple[int, bytes]:
        """Send a request, limited in time and length (bytes): returns status and content. Raises TooLongError.

        `from None` throughout: the errors of httpx contain the request, and with it the token.
        """
        where = self._address.location
        patience = min(patience, self._patience)
        timeout = httpx.Timeout(patience, connect=min(patience, _CONNECT_PATIENCE))
        for last in (False, True):
            deadline = time.monotonic() + 4 * patience
            try:
                with self._client.stream("GET", url, params=dict(query), timeout=timeout) as response:
                    content = b"".join(_within(response.iter_raw(), limit, deadline))
                    return response.status_code, content
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if self._base:
                    raise SourceUnreadable(f"Joplin at {where} stopped.", _SWITCH_ON) from None
                raise SourceNotFound(f"Nothing answers at {where}.", _SWITCH_ON) from None
            except (httpx.TimeoutException, TimeoutError):
                raise SourceUnreadable(f"Joplin at {where} does not answer.", "Try again, or restart Joplin.") from None
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
                # Joplin closes a connection after some idle seconds, perhaps just as we use it again.
                if last:
                    break
        raise SourceUnreadable(f"Joplin at {where} broke off its answer.", "Try again.")


Row = dict[str, object]


def _within(chunks: Iterator[bytes], limit: int, deadline: float) -> Iterator[bytes]:
    """Read an answer within the limits; raises TooLongError, TimeoutError."""
    taken = 0
    for chunk in chunks:
        taken += len(chunk)
        if taken > limit:
            raise TooLongError
        if time.monotonic() > deadline:
            raise TimeoutError
        yield chunk


def _strange(address: Address) -> SourceUnreadable:
    return SourceUnreadable(
        f"What answers at {address.location} is not Joplin's Data API, or an unknown version of it."
    )


def _without_query(record: logging.LogRecord) -> bool:
    """Remove the query, and with it the token, from the addresses that httpx logs."""
    if isinstance(record.args, tuple):
        record.args = tuple(arg.copy_with(query=None) if isinstance(arg, httpx.URL) else arg for arg in record.args)
    return True
