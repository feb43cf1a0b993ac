"""robots.txt (RFC 9309), requested only with `Options.robots`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from extractor.linkcheck.answer import REDIRECTS
from extractor.linkcheck.failures import Failure, Unanswered
from extractor.linkcheck.robots_rules import Robots, robots_of

if TYPE_CHECKING:
    from extractor.linkcheck.hosts import Host

_HOPS = 5  # RFC 9309 section 2.3.1.2


async def obey_robots(host: Host, url: str) -> None:
    """Raise Unanswered if robots.txt disallows the address; keep the pace it asks for."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin not in host.robots:
        host.robots[origin] = asyncio.create_task(_fetch(host, origin))
    if (refusal := (await host.robots[origin]).why_not(url)) is not None:
        raise Unanswered(Failure.ROBOTS, refusal)


async def _fetch(host: Host, origin: str) -> Robots:
    """Fetch the rules: no rules if there are none, nothing allowed if the server fails (section 2.3.1.3 and .4).

    If there is no answer at all, the page will not answer either, and its verdict says more.
    """
    url = f"{origin}/robots.txt"
    for _ in range(_HOPS):
        try:
            reply = await host.request("GET", url, read=True)
        except Unanswered:
            return Robots()
        if reply.status not in REDIRECTS or not (location := reply.headers.get("location")):
            break
        url = urljoin(url, location)
        if urlsplit(url).hostname != urlsplit(origin).hostname:  # another host's rules do not apply
            return Robots()
    if reply.status >= 500:  # noqa: PLR2004 - the class of RFC 9110 section 15.6
        return Robots(refusal=f"robots.txt answers with status {reply.status}")
    if reply.status != 200:  # noqa: PLR2004 - OK
        return Robots()
    robots = robots_of(reply.body or b"")
    if robots.delay is not None:
        host.pace.slow_down(robots.delay)
    return robots
