"""The name of a link whose own text says nothing: the title of its page, marked as such."""

from __future__ import annotations

import re

# Texts that many links have, and that do not distinguish them: "post", "this article", "read more".
NOTHING = re.compile(
    r"(?:(?:an?|the|this|that|see|read|original|full|blog|click)\s+)*"
    r"(?:article|blog|book|code|demo|docs?|documentation|file|here|home|image|links?|more|page|paper|pdf|posts?|repo"
    r"|repository|site|slides|source|talk|thread|video|website|wiki)?",
    re.IGNORECASE,
)
BARE = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
BY_PAGE = "(title of the page)"


def says_nothing(text: str) -> bool:
    """Whether the text of a link does not say where it leads."""
    return NOTHING.fullmatch(text.strip()) is not None


def is_bare(text: str) -> bool:
    """Whether the text of a link is just an address."""
    return BARE.fullmatch(text.strip()) is not None


def named_by_page(text: str, title: str | None) -> str:
    """The text of a link, with the title of its page if the text says nothing."""
    if not title or not (says_nothing(text) or is_bare(text)):
        return text
    words = text.strip()
    return f"{words}: {title} {BY_PAGE}" if words and not is_bare(words) else f"{title} {BY_PAGE}"
