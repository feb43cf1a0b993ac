"""Archived copies of dead pages: the one nearest to the time when the link was first in a note.

The Wayback Machine's index is queried (its CDX server: `closest`, `sort=closest`, `filter=statuscode:200`), then the
copy itself is fetched as archived (``id_``): it must exist, and must not say that the page was not found. Any service
with these two interfaces works, including pywb.

An invalid answer of the index (a maintenance page, junk) does not count, and the query is repeated next time. The
Archive allows 24 requests a minute; requests after a 429 lead to a block for an hour, then for two, so a block ends the
lookup.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin

from extractor.errors import ConfigError
from extractor.linkcheck.answer import REDIRECTS
from extractor.linkcheck.cdx import TIMESTAMP, NoWordError, copies_listed
from extractor.linkcheck.failures import LeftOut, Unanswered
from extractor.linkcheck.hosts import Hosts
from extractor.linkcheck.interrupts import run_until_interrupted
from extractor.linkcheck.pace import retry_after
from extractor.linkcheck.page import read_page
from extractor.linkcheck.patience import retries
from extractor.linkcheck.phrases import doubts
from extractor.linkcheck.resolve import look_up
from extractor.linkcheck.walls import is_bot_wall
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from extractor.linkcheck.hosts import Host
    from extractor.linkcheck.options import Options
    from extractor.linkcheck.replies import Reply
    from extractor.linkcheck.resolve import Lookup
    from extractor.urls import Address

WAYBACK = "https://web.archive.org"
PACE = 60 / 24  # seconds between requests
_CANDIDATES = 3  # number of copies tried, nearest first
_HOPS = 3  # a copy may redirect to the same one at another time
_GIVE_UP_AFTER = 3  # number of addresses in a row without an answer of the service
_BUSY = frozenset({429, 500, 502, 503, 504})
_BLOCK_AFTER = 2  # addresses in a row with 429, despite waiting
_LONGER = 30  # times the usual backoff, if a 429 does not say how long to wait


@dataclass(frozen=True, slots=True)
class Wanted:
    """An address to find a copy of: `key` is the caller's, `at` the time wanted, ms since 1970 (None: the newest).

    The copy nearest to that time is wanted; with `earliest`, the first one after it, if it is only known that the link
    came later than that.
    """

    key: int
    url: str
    at: int | None = None
    earliest: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An existing copy: its address `url`, and its time `captured_at` in ms since 1970."""

    url: str
    captured_at: int


@dataclass(frozen=True, slots=True)
class Found:
    """The result for one address: a snapshot, none, or no answer (`error` says why; try again later)."""

    key: int
    url: str
    snapshot: Snapshot | None = None
    error: str | None = None


async def find_snapshots(
    wanted: Iterable[Wanted],
    options: Options,
    on_found: Callable[[Found], None],
    *,
    service: str = WAYBACK,
    pace: float = PACE,
    lookup: Lookup = look_up,
) -> None:
    """Look up all addresses one after the other, `pace` seconds apart, calling `on_found` with each result.

    `service` may be any address, even in the local network, because the user chose it. Raises ConfigError if it is not
    an address.
    """
    address = service_address(service)
    hosts = Hosts(replace(options, allow_private=True, host_delay=pace, per_host=1), lookup)
    silent, ended = 0, None
    try:
        async with hosts.at(address.host) as host:
            archive = Archive(address.url.rstrip("/"), host, options)
            for one in wanted:
                if ended is None:
                    found, shut_out = await archive.look_up(one)
                    silent = silent + 1 if found.error else 0
                    if shut_out:
                        ended = f"not asked: the archive refuses requests ({found.error})"
                    elif silent >= _GIVE_UP_AFTER:
                        ended = f"not asked: no answer to the previous {silent}"
                else:
                    found = Found(one.key, one.url, error=ended)
                on_found(found)
    finally:
        await hosts.close()


def service_address(service: str) -> Address:
    """The parsed address of a service; raises ConfigError if it is invalid."""
    address = read_address(service)
    if address is None or address.scheme not in {"http", "https"}:
        raise ConfigError(f"{service!r} is not the address of a web archive.", f"Give one like {WAYBACK}.")
    return address


def run_snapshots(
    wanted: Iterable[Wanted],
    options: Options,
    on_found: Callable[[Found], None],
    *,
    service: str = WAYBACK,
    lookup: Lookup = look_up,
) -> bool:
    """The synchronous `find_snapshots`; False if Ctrl-C or SIGTERM ended it."""
    try:
        run_until_interrupted(find_snapshots(wanted, options, on_found, service=service, lookup=lookup))
    except KeyboardInterrupt:
        return False
    return True


class Archive:
    """One archive service on one host."""

    def __init__(self, base: str, host: Host, options: Options) -> None:
        self.base = base
        self._busy = 0
        self._host = host
        self._options = options

    async def look_up(self, wanted: Wanted) -> tuple[Found, bool]:
        """The result or the error, and whether to stop asking the service."""
        try:
            found = Found(wanted.key, wanted.url, await self.nearest(wanted))
        except NoWordError as error:
            self._busy = self._busy + 1 if error.busy else 0
            return Found(wanted.key, wanted.url, error=str(error)), error.shut_out or self._busy >= _BLOCK_AFTER
        self._busy = 0
        return found, False

    async def nearest(self, wanted: Wanted) -> Snapshot | None:
        """The existing copy nearest to the wanted time (or the first after it); raises NoWordError."""
        at = datetime.fromtimestamp(wanted.at / 1000, UTC) if wanted.at is not None else datetime.now(UTC)
        query = {
            "url": wanted.url,
            "output": "json",
            "fl": "timestamp,original",
            "filter": "statuscode:200",
            "limit": str(_CANDIDATES),
        }
        time = at.strftime(TIMESTAMP)
        query |= {"from": time} if wanted.earliest else {"closest": time, "sort": "closest"}
        reply = await self.ask(f"{self.base}/cdx/search/cdx?{urlencode(query)}")
        for timestamp, original in copies_listed(reply)[:_CANDIDATES]:
            if await self._is_there(timestamp, original, wanted.url):
                captured = datetime.strptime(timestamp, TIMESTAMP).replace(tzinfo=UTC)
                return Snapshot(f"{self.base}/web/{timestamp}/{original}", int(captured.timestamp()) * 1000)
        return None

    async def _is_there(self, timestamp: str, original: str, url: str) -> bool:
        """Whether the copy exists as archived: dated (RFC 7089), and not a page that says "not found"."""
        copy = f"{self.base}/web/{timestamp}id_/{original}"
        for _ in range(_HOPS):
            reply = await self.ask(copy)
            location = reply.headers.get("location", "")
            if reply.status not in REDIRECTS or not location:
                break
            with suppress(ValueError):
                copy = urljoin(copy, location)
            if not copy.startswith(f"{self.base}/"):  # the page's own redirect, which leaves the archive
                return False
        if reply.status != 200 or "memento-datetime" not in reply.headers:  # noqa: PLR2004 - OK
            return False
        page = read_page(reply.body or b"", reply.headers.get("content-type"), None, self._options.max_bytes)
        return page is None or (doubts(page, url) is None and is_bot_wall(page) is None)

    async def ask(self, url: str) -> Reply:
        """Request from the service, retrying if it is busy; raises NoWordError."""
        async for attempt in retries(self._options, NoWordError, 1 + self._options.retries):
            with attempt:
                return await self._ask_once(url)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    async def _ask_once(self, url: str) -> Reply:
        try:
            reply = await self._host.request("GET", url, read=True)
        except LeftOut as error:
            raise NoWordError(str(error), shut_out=True) from error
        except Unanswered as error:
            raise NoWordError(str(error), wait=True) from error
        # an archived answer keeps its status, even 429, but has the date of its capture
        if reply.status in _BUSY and "memento-datetime" not in reply.headers:
            wait = retry_after(reply.headers, datetime.now(UTC))
            patience = wait is None or wait <= self._options.max_wait
            busy = reply.status == 429  # noqa: PLR2004 - Too Many Requests
            if wait is None and busy:
                wait = min(self._options.backoff * _LONGER, self._options.max_wait)
            raise NoWordError(
                f"status {reply.status}",
                wait=(True if wait is None else wait) if patience else False,
                shut_out=busy and not patience,
                busy=busy,
            )
        return reply
