"""The minimum cost of requests in CPython: asyncio and llhttp alone, ignoring the answers. See linkcheck.py."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict, deque
from pathlib import Path
from urllib.parse import urlsplit

from httptools import HttpResponseParser

AT_ONCE = 2  # connections per host, as in extractor.linkcheck
REQUEST = (
    "GET {} HTTP/1.1\r\nHost: {}\r\nuser-agent: Mozilla/5.0\r\naccept: text/html,*/*;q=0.8\r\n"
    "accept-language: en,*;q=0.5\r\naccept-encoding: gzip, deflate\r\n\r\n"
)


class Asking(asyncio.Protocol):
    """One connection, which requests one address after the other; it also receives the callbacks of llhttp."""

    def __init__(self, left: deque[str], statuses: list[int]) -> None:
        self.left, self.statuses = left, statuses
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Request the first address."""
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Request the next address, or close the connection."""
        if not self.left:
            self.transport.close()
            self.done.set_result(None)
            return
        self.parser = HttpResponseParser(self)
        self.transport.write(self.left.popleft().encode())

    def data_received(self, data: bytes) -> None:
        """Let llhttp parse it."""
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Continue with the next address."""
        self.statuses.append(self.parser.get_status_code())
        self.ask()


async def ask_all(urls: list[str]) -> list[int]:
    """Request all addresses; returns the statuses."""
    hosts: dict[tuple[str, int], deque[str]] = defaultdict(deque)
    for parts in map(urlsplit, urls):
        hosts[parts.hostname, parts.port].append(REQUEST.format(f"{parts.path}?{parts.query}", parts.netloc))
    loop, statuses, asking = asyncio.get_running_loop(), [], []
    for (host, port), left in hosts.items():
        for _ in range(min(AT_ONCE, len(left))):
            _, one = await loop.create_connection(lambda left=left: Asking(left, statuses), host, port)
            asking.append(one.done)
    await asyncio.gather(*asking)
    return statuses


if __name__ == "__main__":
    sys.exit(set(asyncio.run(ask_all(json.loads(Path(sys.argv[1]).read_text())))) != {200})
