"""What a link is called where its own words say nothing: by the title of its page, and marked as the page's."""

from __future__ import annotations

import re

# Words that many links have, and that do not tell them apart: "post", "this article", "read more".
NOTHING = re.compile(
    r"(?:(?:an?|the|this|that|see|read|original|full|blog|click)\s+)*"
    r"(?:article|blog|book|code|demo|docs?|documentation|file|here|home|image|links?|more|page|paper|pdf|posts?|repo"
    r"|repository|site|slides|source|talk|thread|video|website|wiki)?",
    re.IGNORECASE,
)
BARE = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
BY_PAGE = "(title of the page)"


def says_nothing(text: str) -> bool:
    """Whether the words of a link say nothing of where it leads."""
    return NOTHING.fullmatch(text.strip()) is not None


def is_bare(text: str) -> bool:
    """Whether a link has no words, or its address for them."""
    return BARE.fullmatch(text.strip()) is not None


def named_by_page(text: str, title: str | None) -> str:
    """The words of a link, with the title of its page where they say nothing."""
    if not title or not (says_nothing(text) or is_bare(text)):
        return text
    words = text.strip()
    return f"{words}: {title} {BY_PAGE}" if words and not is_bare(words) else f"{title} {BY_PAGE}"
