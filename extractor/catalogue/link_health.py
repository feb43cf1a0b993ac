"""The order and the names of what an address can be said to be, and where an archive may have it."""

from __future__ import annotations

from extractor.linkcheck import Health

# From what needs something done to what does not.
ORDER = (
    Health.DEAD,
    Health.EXPIRED,
    Health.SUSPECT,
    Health.FAILING,
    Health.MOVED,
    Health.BLOCKED,
    Health.ALIVE,
    Health.UNKNOWN,
)


def health_name(health: str) -> str:
    """What people read for a health."""
    return {"unknown": "not checked", "inside": "in Joplin"}.get(health, health)


def in_archive(url: str, saved_at: str | None) -> str:
    """Where the Wayback Machine has the copy nearest to the day when a link was saved, if it has any."""
    return f"https://web.archive.org/web/{(saved_at or '')[:10].replace('-', '') or '2'}/{url}"
