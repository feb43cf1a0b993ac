"""Bot walls: what answers programs instead of the page. Pure.

Marks are what a product sends and no author writes (a header, the address of its script): they are certain. A title is
a hint: "CAPTCHA - Wikipedia" is an article, and a probe of the host distinguishes the two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from extractor.linkcheck.phrases import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.linkcheck.page import Page

_HEADERS = ("cf-mitigated", "x-amzn-waf-action", "x-vercel-mitigated", "x-datadome")
_ERRORS = 400
_TITLES = re.compile(
    r"just a moment|attention required(?: .*)?|access denied|are you a robot|robot check|pardon our interruption"
    r"|(?:please )?verify (?:that )?you are (?:a )?human|security check(?: required)?|(?:bot|human) verification"
    r"|(?:checking|verifying) (?:your|if the site) (?:browser|connection)(?: .*)?|captcha|ddos guard|un momento"
    r"|einen moment|one moment please|please wait|robot or human|bist du ein mensch|radware captcha page"
    r"|(?:performing )?security verification|you have been blocked|blocked|request (?:rejected|blocked)"
    r"|access to this page has been denied|client challenge|making sure you re not a bot|oh noes"
    r"|vercel security checkpoint|sucuri website firewall(?: access denied)?|human or bot|you are being rate limited"
    r"|(?:error )?(?:403|forbidden)(?: forbidden)?|incapsula incident id(?: .*)?|unusual traffic(?: .*)?"
)
# their places: in the address of a script or frame, or in the parameters of a challenge
_MARKS = (
    "/.within.website/x/cmd/anubis/",  # Anubis
    "/_fs-ch-",  # Fastly, before PyPI
    "window.gokuprops",  # AWS WAF
    ".token.awswaf.com/",
    "awswafcookiedomainlist",
    "captcha-delivery.com/c.js",  # DataDome
    "/_incapsula_resource?swudnsai",  # Imperva
    "request unsuccessful. incapsula incident id",
    "/cdn-cgi/challenge-platform/h/",  # Cloudflare, also within pages that it allows
    "please consult with your administrator.<br>your support id is",  # F5
    "px-captcha",  # HUMAN (PerimeterX)
    "/_sec/cp_challenge/",  # Akamai
)
_ALSO_IN_PAGES = frozenset({"/cdn-cgi/challenge-platform/h/"})


def wall_by_header(status: int, headers: Mapping[str, str]) -> str | None:
    """The header that identifies a bot wall, whatever the status."""
    for name in _HEADERS:
        if (value := headers.get(name)) and not (name == "x-datadome" and status < _ERRORS):
            return f"{name}: {value}"
    return None


def wall_by_mark(page: Page) -> str | None:
    """The mark of a bot wall in its markup."""
    lower = page.lowered
    for mark in _MARKS:
        if mark in lower and (page.is_thin if mark not in _ALSO_IN_PAGES else not page.title):
            return f"a bot wall: {mark}"
    return None


def wall_by_title(page: Page) -> str | None:
    """A title of bot walls, which an article may have, too."""
    for words in parts(page.title):
        if _TITLES.fullmatch(words):
            return f"a bot wall: {page.title!r}"
    return None


def is_bot_wall(page: Page) -> str | None:
    """The evidence that this is a bot wall and not a page; None without evidence."""
    return wall_by_mark(page) or wall_by_title(page)
