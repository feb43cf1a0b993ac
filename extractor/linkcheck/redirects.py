"""The redirect in an answer: by Location, by Refresh, or on the page of a link shortener. Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from extractor.linkcheck.answer import REDIRECTS, Hop
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.linkcheck.page import Page

_REFRESH = re.compile(r"\s*(\d*)(?:\.\d*)?\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"']*)", re.IGNORECASE)  # HTML Standard
_SOON = 5  # seconds; a page that redirects later is meant to be read
_AT_ONCE = 1
_BEFORE_QUERY = re.compile(r"[?#]")
_DROPPED = re.compile(r"[\t\r\n]")
# Link shorteners that show a page with the target instead of redirecting.
_INTERSTITIALS = {
    "lnkd.in": re.compile(
        r"<a\b[^>]*\bdata-tracking-control-name=[\"']external_url_click[\"'][^>]*\bhref=[\"']([^\"']+)[\"']",
        re.IGNORECASE,
    ),
    "t.co": re.compile(r"<meta\b[^>]*\bcontent=[\"']\s*0\s*;\s*url=([^\"'>]+)[\"']", re.IGNORECASE),
}


def redirect(url: str, status: int, headers: Mapping[str, str], page: Page | None) -> tuple[Hop, str] | None:
    """The redirect in an answer, and its fragment; None if there is no redirect.

    `url` may have a fragment, which the next address inherits unless it has its own (RFC 9110 section 10.2.2). The
    location of the hop is absolute and has no fragment, or is unchanged if it is not a web address.
    """
    asked, _, fragment = url.partition("#")
    location = headers.get("location", "").strip()
    if status in REDIRECTS and location:
        return _hop(status, asked, fragment, location, lasting=False)
    if not 200 <= status < 300:  # noqa: PLR2004 - the class of RFC 9110 section 15.3
        return None
    if page is not None and (target := _interstitial(asked, page.markup)):
        return _hop(status, asked, fragment, target, lasting=True)
    refresh = headers.get("refresh") or (page.refresh if page is not None else None)
    return None if refresh is None else _refreshed(status, asked, fragment, refresh)


def _refreshed(status: int, asked: str, fragment: str, refresh: str) -> tuple[Hop, str] | None:
    """The hop of a Refresh header or element; None if it leads nowhere else, or leaves time to read the page."""
    found = _REFRESH.match(refresh)
    if found is None or not found[2].strip():
        return None
    delay = int(found[1][:6] or 0)
    hop, fragment = _hop(status, asked, fragment, found[2], lasting=delay <= _AT_ONCE)
    followed = delay <= _SOON and hop.location != asked and hop.location.startswith(("http:", "https:"))
    return (hop, fragment) if followed else None


def join(base: str, location: str) -> str:
    r"""Resolve a reference as browsers do (WHATWG URL Standard): tabs and line ends are ignored, ``\\`` is ``/``."""
    location = _DROPPED.sub("", location).strip()
    before = _BEFORE_QUERY.split(location, maxsplit=1)[0]
    scheme = before.partition(":")[0].lower() if ":" in before else "http"
    if scheme in {"http", "https"} or "/" in scheme or "\\" in scheme:
        location = before.replace("\\", "/") + location[len(before) :]
    with suppress(ValueError):
        location = urljoin(base, location)
    return location


def _hop(status: int, asked: str, fragment: str, location: str, *, lasting: bool) -> tuple[Hop, str]:
    joined = join(asked, location)
    address = read_address(joined)
    if address is None:
        return Hop(status, asked, joined, lasting), ""
    return Hop(status, asked, address.url, lasting), joined.partition("#")[2] or fragment


def _interstitial(url: str, markup: str) -> str | None:
    address = read_address(url)
    pattern = _INTERSTITIALS.get(address.host) if address is not None else None
    found = pattern.search(markup) if pattern else None
    return unescape(found[1]).strip() if found else None
