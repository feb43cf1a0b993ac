"""The pace of requests to one host: a steady delay, and a pause when the host asks for one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

if TYPE_CHECKING:
    from collections.abc import Mapping


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait according to Retry-After (RFC 9110 section 10.2.3: seconds or a date); None if it is invalid."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])  # a longer number is beyond any patience anyway
    if not value:
        return None
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


class Pace:
    """The turns of one host: at least `delay` seconds between requests, and none during a pause."""

    def __init__(self, delay: float) -> None:
        self._delay = 0.0
        self._limiter: AsyncLimiter | None = None
        self._paused_until = 0.0
        self.slow_down(delay)

    def slow_down(self, delay: float) -> None:
        """Raise the delay to at least `delay` seconds."""
        if delay > self._delay:
            self._delay = delay
            self._limiter = AsyncLimiter(1, delay)

    def pause(self, seconds: float) -> None:
        """Pause requests for this long."""
        self._paused_until = max(self._paused_until, asyncio.get_running_loop().time() + seconds)

    @property
    def paused(self) -> bool:
        """Whether the next turn has to wait for the end of a pause."""
        return self._paused_until > asyncio.get_running_loop().time()

    async def over(self) -> None:
        """Wait for the end of a pause."""
        while self.paused:  # noqa: ASYNC110 - the end is a time, which may be put off while it is waited for
            await asyncio.sleep(self._paused_until - asyncio.get_running_loop().time())

    async def turn(self) -> None:
        """Wait until the next request may be sent."""
        await self.over()
        if self._limiter is not None:
            await self._limiter.acquire()
