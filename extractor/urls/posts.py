"""The author and time of a LinkedIn post, from its address."""

from __future__ import annotations

import re
from urllib.parse import unquote

_EARLIEST, _LATEST = 946_684_800_000, 4_102_444_800_000  # 2000 to 2100: a time outside is a misread number

_LINKEDIN_POST = re.compile(r"^/posts/(?:([^/_]+)_)?[^/]*?(?:activity|ugcPost|share)-(\d{17,20})(?:-[\w-]*)?/?$")
_LINKEDIN_URN = re.compile(r"^/(?:embed/)?feed/update/urn:li:(?:activity|ugcPost|share):(\d{17,20})/?$")


def linkedin_post(path: str) -> tuple[int | None, str | None]:
    """Time (ms since 1970) and author of a post, from the path of its address.

    The upper bits of its id are the time; its slug begins with the author.
    """
    path = unquote(path)
    if found := _LINKEDIN_POST.match(path):
        return sane_time(int(found[2]) >> 22), found[1]
    if found := _LINKEDIN_URN.match(path):
        return sane_time(int(found[1]) >> 22), None
    return None, None


def sane_time(at: int) -> int | None:
    """The time in ms since 1970; None for an implausible one."""
    return at if _EARLIEST <= at < _LATEST else None
