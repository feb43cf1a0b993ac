"""The order and the names of healths, and where an archive may have a copy of an address."""

from __future__ import annotations

from extractor.linkcheck import Health

# From those that need attention to those that do not.
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
    """The name of a health for people."""
    return {"unknown": "not checked", "inside": "in Joplin"}.get(health, health)


def in_archive(url: str, saved_at: str | None) -> str:
    """The address of the Wayback Machine's copy nearest to the day when a link was saved, if it has one."""
    return f"https://web.archive.org/web/{(saved_at or '')[:10].replace('-', '') or '2'}/{url}"
