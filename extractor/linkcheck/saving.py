"""Requesting archived copies of living pages from a web archive.

Whatever is sent there becomes public, so only addresses that were listed to the user are sent, and never one of a
private host, or one that grants access.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from extractor.linkcheck.cdx import NoWordError
from extractor.linkcheck.failures import Unanswered
from extractor.linkcheck.hosts import Hosts
from extractor.linkcheck.resolve import Resolver, is_local_name, look_up, not_in_dns
from extractor.linkcheck.wayback import PACE, WAYBACK, Archive, Found, Snapshot, Wanted, service_address
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from extractor.linkcheck.options import Options
    from extractor.linkcheck.replies import Reply
    from extractor.linkcheck.resolve import Lookup

SAVE_PACE = 10.0  # seconds between pages: the Archive fetches each with all its resources
_SECRET = re.compile(
    r"(?:.*[_-])?(?:token|key|apikey|auth|authorization|sig|signature|secret|password|passwd|pwd|pass|session|sid|jwt"
    r"|code|hash|invite|share|access|credential|policy|expires?|hmac|otp|pin|resourcekey|rlkey)(?:[_-]?id)?",
    re.IGNORECASE,
)
_COPY = re.compile(r"/web/(\d{14})(?:[a-z]{2}_)?/")


def may_be_sent(url: str) -> bool:
    """Whether an address may be sent to an archive, judging by its text: no private host, no key in it."""
    address = read_address(url)
    if address is None or address.scheme not in {"http", "https"} or _is_private(address.host):
        return False
    parts = urlsplit(url)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return address.expires_at is None and parts.username is None and not any(map(_SECRET.fullmatch, names))


def _is_private(host: str) -> bool:
    return not_in_dns(host) is not None or is_local_name(host)


async def public_only(wanted: Iterable[Wanted], lookup: Lookup = look_up) -> list[Wanted]:
    """The addresses that may be sent, without those that resolve into this network."""
    resolver = Resolver(lookup=lookup)
    found = []
    try:
        for one in wanted:
            address = read_address(one.url)
            if address is not None and may_be_sent(one.url) and await _is_public(resolver, address.host):
                found.append(one)
    finally:
        resolver.close()
    return found


async def _is_public(resolver: Resolver, host: str) -> bool:
    try:
        await resolver.connectable(host, 443)
    except Unanswered:
        return False
    return True


async def save_copies(
    wanted: Iterable[Wanted],
    options: Options,
    on_found: Callable[[Found], None],
    *,
    service: str = WAYBACK,
    pace: float = PACE,
    save_pace: float = SAVE_PACE,
    lookup: Lookup = look_up,
) -> None:
    """Request a copy of each page that has none, calling `on_found` with each result.

    Raises ConfigError if `service` is not an address. A block ends it, and the remaining pages get that as the reason.
    """
    address = service_address(service)
    hosts = Hosts(replace(options, allow_private=True, host_delay=pace, per_host=1), lookup)
    ended: str | None = None
    try:
        async with hosts.at(address.host) as host:
            archive = Archive(address.url.rstrip("/"), host, options)
            for one in wanted:
                if ended is not None:
                    on_found(Found(one.key, one.url, error=ended))
                    continue
                found, shut_out = await archive.look_up(one)
                if found.snapshot is None and found.error is None:
                    await asyncio.sleep(save_pace)
                    found, shut_out = await _save(archive, one)
                if shut_out:
                    ended = f"not asked: the archive refuses requests ({found.error})"
                on_found(found)
    finally:
        await hosts.close()


async def _save(archive: Archive, one: Wanted) -> tuple[Found, bool]:
    try:
        reply = await archive.ask(f"{archive.base}/save/{one.url}")
    except NoWordError as error:
        return Found(one.key, one.url, error=str(error)), error.shut_out
    snapshot = _made(archive.base, one.url, reply)
    return Found(one.key, one.url, snapshot, None if snapshot else f"status {reply.status}, without a copy"), False


def _made(base: str, url: str, reply: Reply) -> Snapshot | None:
    """The copy given in an answer, by Location or Content-Location."""
    for name in ("location", "content-location"):
        if found := _COPY.search(reply.headers.get(name, "")):
            at = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            return Snapshot(f"{base}/web/{found[1]}/{url}", int(at.timestamp()) * 1000)
    return None
