"""Where redirects end: at the page, or at something that means "not found" or "no access". Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

from extractor.linkcheck.answer import Doubt
from extractor.urls import read_address

_LOGIN = re.compile(
    r"(?:^|/)(?:(?:[a-z]*[-_])?(?:log[-_]?[io]n|sign[-_]?(?:in|up|on))(?:[-_](?:page|form|required))?|authwall|wp-login"
    r"|servicelogin|oauth2?/authorize|authorize|sso|saml2?|session/new|sessions/new|checkpoint|register|registration"
    r"|join|subscribe|paywall|auth|authenticate|account/login)(?:\.\w+)?(?:/[a-z0-9]{1,3})?/?$"
    r"|/idp/|/saml2?/|/(?:log|sign)[-_]?in/",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"(?:^|/)(?:(?:cookie|gdpr|privacy)[-_]?)?(?:consent|zustimmung|einwilligung|cookie[-_]?wall|cookiewall)"
    r"(?:\.\w+)?/?$",
    re.IGNORECASE,
)
_CONSENT_HOST = re.compile(r"^(?:consent|accounts|login|signin|sso|auth|idp)\.")
_BACK = frozenset({"next", "redirect", "return", "returnurl", "return_to", "return_url", "continue", "goto", "back"})
_HOME_PATH = re.compile(
    r"/(?:[a-z]{2}(?:[-_][a-z]{2})?/?)?(?:(?:index|default|home|homepage|start|welcome|main)(?:\.\w+)?)?/?$",
    re.IGNORECASE,
)
# parameters that only tell a home page who was redirected; any other may select a page
_SAYS_WHENCE = re.compile(
    r"(?:utm_.*|from|ref|referr?er|source|src|redirect(?:ed)?|error|err|e|lang|hl|status|code|not_?found|404)$",
    re.IGNORECASE,
)
_ERROR_PATH = re.compile(
    r"/(?:(?:http|error|err|status)?[-_]?404|errors?|(?:page|site)?-?not-?found|page-?unavailable"
    r"|(?:page-?)?no-longer-available|sorry)(?:\.\w+)?(?:/(?:\w\w)?)?$|/not-?found/",
    re.IGNORECASE,
)
_PARKING_SITES = frozenset(
    {
        *("above.com", "afternic.com", "bodis.com", "dan.com", "domainmarket.com", "hugedomains.com"),
        *("parkingcrew.net", "sedo.com", "sedoparking.com", "undeveloped.com"),
    }
)


def is_home(url: str) -> bool:
    """Whether an address is a home page, in any language; a route or a parameter may select another page."""
    parts = urlsplit(url)
    if parts.fragment.startswith(("/", "!")) and len(parts.fragment) > 1:
        return False
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return bool(_HOME_PATH.match(parts.path or "/")) and all(_SAYS_WHENCE.match(name) for name in names)


def sent_to_log_in(asked: str, final: str) -> str | None:
    """The page is behind a login or consent page, so the answer says nothing about it."""
    was, now = urlsplit(asked), urlsplit(final)
    if _LOGIN.search(now.path) and not _LOGIN.search(was.path):
        return f"asks to log in: {final}"
    if (_CONSENT.search(now.path) and not _CONSENT.search(was.path)) or (
        _CONSENT_HOST.match(now.netloc) and was.netloc != now.netloc
    ):
        return f"asks for a login or consent first: {final}"
    return f"asks for something first: {final}" if _comes_back(was.path, now.query) else None


def _comes_back(path: str, query: str) -> bool:
    """Whether the page that answered would send a reader back to the requested page afterwards."""
    return len(path) > 1 and any(
        name.lower() in _BACK and unquote(urlsplit(value).path) == unquote(path) for name, value in parse_qsl(query)
    )


def sent_elsewhere(asked: str, final: str, *, permanent: bool) -> tuple[Doubt, str, bool] | None:
    """Redirects that mean "not found": the kind, the evidence, and whether it is certain.

    To an error page, to a domain dealer, or to the home page. Another site's home page counts only if the move is
    permanent, and only as a hint: a short link may lead to one, and its host then has a true 404 for others.
    """
    was, now = read_address(asked), read_address(final)
    if was is None or now is None:
        return None
    if now.site in _PARKING_SITES and was.site != now.site:
        return Doubt.PARKED, f"the domain is for sale: {final}", True
    if _ERROR_PATH.search(urlsplit(final).path) and not _ERROR_PATH.search(urlsplit(asked).path):
        return Doubt.SOFT_404, f"redirects to an error page: {final}", True
    if not is_home(final) or is_home(asked):
        return None
    if was.site == now.site:
        return Doubt.SOFT_404, f"redirects to the home page: {final}", True
    return (Doubt.HIJACKED, f"redirects to another site's home page: {final}", False) if permanent else None


def same_page(one: str, other: str) -> bool:
    """Whether two addresses differ only in scheme, ``www.`` and a final slash."""
    return folded(one) == folded(other)


def many_to_one(moved: dict[int, tuple[str, str]]) -> dict[int, str]:
    """Of moved addresses (old and new by id), those whose target two others share: id and new address.

    Three or more different old pages did not all become one page: it is where a site redirects what it no longer has.
    """
    led: dict[str, list[int]] = {}
    for key, (_, new) in moved.items():
        led.setdefault(folded(new), []).append(key)
    return {
        key: moved[key][1]
        for keys in led.values()
        if len({_last_segment(moved[key][0]) for key in keys}) >= _MANY
        for key in keys
    }


_MANY = 3


def folded(url: str) -> str:
    """An address without scheme, ``www.`` and final slash, in which spellings of one page differ."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    route = f"#{parts.fragment}" if parts.fragment.startswith(("/", "!")) else ""
    return parts.netloc.lower().removeprefix("www.") + parts.path.rstrip("/") + query + route


def _last_segment(url: str) -> str:
    address = folded(url)
    return address.rpartition("/")[2].casefold() if "/" in address else ""
