"""Whether the network is up: once a run is in doubt, it requests addresses that should answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from extractor.linkcheck.answer import Answer
from extractor.linkcheck.failures import LeftOut
from extractor.linkcheck.options import Target
from extractor.linkcheck.ways import ask
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.linkcheck.hosts import Hosts
    from extractor.linkcheck.outage import Outage

_KNOWN_ALIVE = 3  # number of hosts requested


async def away_since(outage: Outage, known_alive: Sequence[str], hosts: Hosts) -> int | None:
    """Since when (ms) the network seems to be down, confirmed by requests to addresses that should answer."""
    since = outage.suspected_since()
    if since is None:
        return None
    asked = _by_host(known_alive)
    if outage.answered_url is not None:
        asked.append(outage.answered_url)
    return None if any(answer.status is not None for answer in await _answers(asked, hosts)) else since


async def intercepted_since(outage: Outage, known_alive: Sequence[str], hosts: Hosts) -> int | None:
    """Since when (ms) something else seems to answer: a known host has to prove its identity."""
    since = outage.intercepted_since()
    # an interceptor has no certificates for other hosts
    if since is None or (outage.answered_url is not None and outage.answered_url.startswith("https:")):
        return None
    asked = [url for url in _by_host(known_alive) if url.startswith("https:")]
    proven = (answer.status is not None and answer.certificate is None for answer in await _answers(asked, hosts))
    return None if any(proven) else since


def _by_host(urls: Sequence[str]) -> list[str]:
    by_host = {address.host: url for url in urls if (address := read_address(url))}
    return [*by_host.values()][:_KNOWN_ALIVE]


async def _answers(urls: Sequence[str], hosts: Hosts) -> list[Answer]:
    """The current answers of these addresses, except those whose host was given up."""
    asked = await asyncio.gather(*(ask(Target(0, url), hosts) for url in urls), return_exceptions=True)
    for found in asked:
        if isinstance(found, BaseException) and not isinstance(found, LeftOut):
            raise found
    return [found for found in asked if isinstance(found, Answer)]
