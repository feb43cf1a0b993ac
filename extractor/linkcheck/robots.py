"""robots.txt (RFC 9309), asked for only with `Options.robots`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from protego import Protego

from extractor.linkcheck.answer import REDIRECTS
from extractor.linkcheck.failures import Failure, Unanswered
from extractor.linkcheck.options import ROBOTS_NAME

if TYPE_CHECKING:
    from extractor.linkcheck.hosts import Host

_HOPS = 5  # RFC 9309 section 2.3.1.2
_LONGEST_DELAY = 30.0  # a Crawl-delay of hours is meant for those who crawl


@dataclass(frozen=True, slots=True)
class Robots:
    """What one origin allows: `rules` None means everything, or nothing where `refusal` says why."""

    rules: Protego | None = None
    refusal: str | None = None


async def obey_robots(host: Host, url: str) -> None:
    """Raise Unanswered where robots.txt disallows the address; keep the pace that it asks for."""
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin not in host.robots:
        host.robots[origin] = asyncio.create_task(_fetch(host, origin))
    robots = await host.robots[origin]
    if robots.refusal is not None:
        raise Unanswered(Failure.ROBOTS, robots.refusal)
    if robots.rules is not None and not robots.rules.can_fetch(url, ROBOTS_NAME):
        raise Unanswered(Failure.ROBOTS, "robots.txt disallows it")


async def _fetch(host: Host, origin: str) -> Robots:
    """Ask for the rules: none where there are none, nothing allowed where the server fails (section 2.3.1.3 and .4).

    Where there is no answer at all, the page itself will have none either, and its verdict says more.
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
        if urlsplit(url).hostname != urlsplit(origin).hostname:  # another host's rules are not this one's
            return Robots()
    if reply.status >= 500:  # noqa: PLR2004 - the class of RFC 9110 section 15.6
        return Robots(refusal=f"robots.txt answers with status {reply.status}")
    if reply.status != 200:  # noqa: PLR2004 - OK
        return Robots()
    rules = Protego.parse((reply.body or b"").decode("utf-8", "replace"))
    if delay := rules.crawl_delay(ROBOTS_NAME):
        host.pace.slow_down(min(float(delay), _LONGEST_DELAY))
    return Robots(rules)
