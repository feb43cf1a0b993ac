"""Servers that answer with anything: each check must end in time, and with a verdict."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING

from extractor.linkcheck import Options, Target, check_all

if TYPE_CHECKING:
    from random import Random

    from extractor.linkcheck import Check

AT_ONCE = 30
TIMEOUT = 2.0  # seconds for one request
LONGEST = 40.0  # seconds for a round, including all retries
GOOD = (
    b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nETag: "a"\r\nContent-Length: 40\r\n\r\n'
    b"<html><title>A page</title><p>text</html>"
)
PIECES = (
    *(b"", b"\0", b"\r\n", b"\r\n\r\n", b"HTTP/1.1 301 Moved\r\nLocation: /", b"Content-Length: -1\r\n", b"\xff" * 40),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Location: http://[\r\n",
        b"9" * 400,
        b"<" * 400,
    ),
    *(b"Retry-After: 99999999999\r\n", b"Set-Cookie: " + b"a" * 70_000, b"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\n\r\n"),
)


def run(seconds: float, chance: Random) -> tuple[Counter[str], list[str]]:
    """Check links for so many seconds; returns figures and failures."""
    return asyncio.run(_rounds(seconds, chance))


async def _rounds(seconds: float, chance: Random) -> tuple[Counter[str], list[str]]:
    figures: Counter[str] = Counter()
    failed: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            text = GOOD
            for _ in range(chance.randrange(5)):
                at = chance.randrange(len(text) + 1)
                text = text[:at] + chance.choice(PIECES) + text[at + chance.choice((0, 1, 9)) :]
            writer.write(text)
            await writer.drain()
            if chance.random() < 0.1:  # noqa: PLR2004 -- now and then it hangs
                await asyncio.sleep(2 * TIMEOUT)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    options = Options(
        timeout=TIMEOUT, host_delay=0, retries=0, backoff=0, max_wait=0, allow_private=True, per_host=AT_ONCE
    )
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found: list[Check] = []
        targets = [
            Target(n, f"http://127.0.0.1:{port}/{n}", None, chance.choice((None, "\xfc", '"a"')))
            for n in range(AT_ONCE)
        ]
        start = time.monotonic()
        try:
            await asyncio.wait_for(check_all(targets, options, found.append), LONGEST)
        except TimeoutError:
            failed.append(f"{len(found)} of {AT_ONCE} checks ended in {LONGEST:.0f} s")
        except Exception as error:  # noqa: BLE001 -- which is what is looked for
            failed.append(f"{type(error).__name__}: {error}")
        figures["checks"] += len(found)
        figures["slowest round, s"] = max(figures["slowest round, s"], round(time.monotonic() - start))
    server.close()
    return figures, failed
