"""Times as the catalogue writes them: ISO 8601 UTC text with milliseconds, `2024-11-01T17:34:04.457Z`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_ms() -> int:
    """The current time in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


@lru_cache(maxsize=65_536)  # a history repeats the same times
def iso(ms: int) -> str | None:
    """Milliseconds since 1970 UTC as text; None for 0 (Joplin's "not set") and for times outside the calendar."""
    if not ms:
        return None
    try:
        moment = EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return None
    if moment.year <= 999:  # noqa: PLR2004 -- four digits sort as text
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(text: str | None) -> int:
    """Milliseconds since 1970 UTC from text written by `iso`; 0 for None."""
    if not text:
        return 0
    moment = datetime.fromisoformat(text)
    return (moment - EPOCH) // timedelta(milliseconds=1)
