"""Addresses in a body: how Joplin's renderer normalises and refuses them, and what they point to."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from markdown_it.common import normalize_url

from extractor.markdown.characters import SPACES

if TYPE_CHECKING:
    from extractor.markdown.records import Kind, Target


class Href(str):
    """A normalised href that also keeps the address as it was `written`."""

    __slots__ = ("written",)
    written: str


def written(href: object) -> str:
    """Return an address as it was written, before it was normalised."""
    return href.written if isinstance(href, Href) else str(href)


_UNCHANGED = re.compile(
    r"(?:https?://(?:[\w-]{1,63}\.){0,3}[\w-]{1,63}(?::\d{1,5})?(?:[/?#](?:[\w;/?:@&=+$,.!~*'()#-]++|%[0-9a-f]{2})*)?"
    r"|:/[0-9a-f]{32}"
    r"|data:image/[\w+.;=,/-]*+)",
    re.ASCII | re.IGNORECASE,
)


def normalised(url: str) -> Href:
    """Normalise as markdown-it does: percent-encoding, punycode host.

    An address that a pattern shows not to change is left alone: the library looks at each character in turn, even in an
    inline image of a megabyte.
    """
    return _remembered(url) if len(url) < _SHORT else _normalised(url)


_SHORT = 2048  # characters: longer addresses are not worth the memory


def _normalised(url: str) -> Href:
    """Normalise an address."""
    address = Href(url if _UNCHANGED.fullmatch(url) else normalize_url.normalizeLink(_trimmed(url)))
    address.written = url
    return address


_remembered = lru_cache(maxsize=4096)(_normalised)


def shown(url: str) -> str:
    """Return a bare address as it is displayed: decoded, and its host without punycode."""
    if _UNCHANGED.fullmatch(url) and "%" not in url and "xn--" not in url.lower():
        return url
    return normalize_url.normalizeLinkText(_trimmed(url))


def _trimmed(url: str) -> str:
    """Remove the white space at both ends that JavaScript removes; the library would also remove U+0085."""
    return url.strip(SPACES).replace("\x85", "%C2%85")


_BAD_SCHEME = re.compile(r"(?:vbscript|javascript|data):")
_GOOD_DATA = re.compile(r"data:image/(?:gif|png|jpeg|webp);|data:image/svg\+xml(?:,|;utf8,)")


def is_allowed(url: str) -> bool:
    """Return whether Joplin accepts an address (MdToHtml/validateLinks.ts): scripts and most data: are refused."""
    if url.startswith("http"):  # by far the most
        return True
    url = url.strip(SPACES).lower()
    return not _BAD_SCHEME.match(url) or bool(_GOOD_DATA.match(url))


def may_be_link(url: str) -> bool:
    """Return whether Joplin makes a link of an address as written.

    An address that begins with `http` still does after it is normalised.
    """
    return url.startswith("http") or is_allowed(normalised(url))


# An item's id is 32 hexadecimal digits; in old notes, 32 letters or digits (renderer/urlUtils.js).
_ITEM = re.compile(r"(?::/|joplin://)([0-9a-z]{32})(?![0-9a-z])", re.IGNORECASE)
_CALLBACK = re.compile(r"joplin://x-callback-url/openNote\?id=([0-9a-z]{32})(?![0-9a-z])", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_WEB = ("https:", "http:")
_TARGETS: dict[str, Target] = {
    "http": "web",
    "https": "web",
    "ftp": "web",
    "mailto": "mail",
    "file": "file",
    "data": "data",
}


def target_of(url: str, kind: Kind) -> Target:
    """Return what kind of thing an address points to, judged by the address alone."""
    return "web" if url.startswith(_WEB) else _target_of(url.strip(), kind)  # by far the most are of the web


def _target_of(url: str, kind: Kind) -> Target:
    if url.startswith("#"):
        return "anchor"
    if _ITEM.match(url):
        return "resource" if kind == "image" else "note"
    if url.startswith("//"):
        return "web"
    if url[:7].lower() == "joplin:" and url[7:].lower().startswith("//x-callback-url/opennote?id="):
        return "note"
    scheme = _SCHEME.match(url)
    if scheme is None:
        return "other"
    return _TARGETS.get(scheme[1].lower(), "other")


def item_of(url: str) -> tuple[str, str] | None:
    """Return the id of the Joplin item that an address leads to, and the decoded name after its `#`; else None.

    It reads `:/ID`, `joplin://ID` and `joplin://x-callback-url/openNote?id=ID`.
    """
    found = _ITEM.match(url) or _CALLBACK.match(url)
    if found is None:
        return None
    rest = url[found.end() :]
    return (found[1], unquote(rest[1:])) if rest[:1] in ("", "#") else None
