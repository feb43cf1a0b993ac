"""What a living page says about itself, made safe to store, because it is untrusted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from extractor.linkcheck.answer import Answer, Judgement, Verdict
from extractor.linkcheck.landing import folded, is_home
from extractor.linkcheck.page import anchors, fingerprint, similar
from extractor.linkcheck.redirects import join
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extractor.linkcheck.page import Page

_LONGEST = 300
_LIVING = frozenset({Verdict.OK, Verdict.MOVED})
_STATE = "=/!:@&?"  # a fragment with one of these is application state, not a place in the page


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the page behind an address says about itself; None where it says nothing, or is not a page.

    `leads_to` is its canonical or final address, without what distinguishes spellings of one page (scheme, ``www.``, a
    final slash). `published_at` is in ms since 1970. `fingerprint` is a sketch of its text.
    """

    leads_to: str
    title: str | None = None
    description: str | None = None
    site_name: str | None = None
    canonical: str | None = None
    language: str | None = None
    published_at: int | None = None
    fingerprint: str | None = None


def facts(answer: Answer, judgement: Judgement) -> PageFacts | None:
    """The facts to store about an answer; none for bot walls and error pages, nor for suspects."""
    if judgement.verdict not in _LIVING or answer.status == 304:  # noqa: PLR2004 - Not Modified: as it was
        return None
    page, final = answer.page, answer.final_url
    if page is None:
        return PageFacts(folded(final))
    canonical = _canonical(page, final)
    return PageFacts(
        leads_to=folded(canonical or final),
        title=plain(page.title),
        description=plain(page.description),
        site_name=plain(page.site_name),
        canonical=canonical,
        language=plain(page.language),
        published_at=_time(page.published),
        fingerprint=None if page.is_shell else fingerprint(page.text),
    )


def has_changed(before: PageFacts, now: PageFacts) -> bool:
    """Whether both title and text of a page have changed."""
    if not (before.title and now.title and before.fingerprint and now.fingerprint):
        return False
    return before.title != now.title and not similar(before.fingerprint, now.fingerprint)


def missing_anchors(page: Page, fragments: Iterable[str]) -> list[str]:
    """The fragments that are not an id or name in the page; none if the page was not read to its end."""
    wanted = [one for one in fragments if one.lower() != "top" and not any(char in one for char in _STATE)]
    if not wanted or not page.is_whole or page.is_shell:
        return []
    known = anchors(page)
    # GitHub and others prefix the ids that authors choose, and resolve them with a script
    known |= {name.removeprefix("user-content-") for name in known}
    return [one for one in wanted if one not in known and unquote(one) not in known]


def plain(text: str | None) -> str | None:
    """Text without terminal and bidirectional control characters; None if nothing is left."""
    shown = text or ""
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else " " for char in shown)
    return " ".join(shown.split())[:_LONGEST] or None


def _canonical(page: Page, final: str) -> str | None:
    """The canonical address of a page; a home page does not count for pages below it."""
    address = read_address(join(final.partition("#")[0], page.canonical)) if page.canonical else None
    if address is None or address.scheme not in {"http", "https"}:
        return None
    return None if is_home(address.url) and urlsplit(final).path not in {"", "/"} else address.url


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
