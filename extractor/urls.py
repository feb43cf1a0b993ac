"""What a web address says by itself: its canonical form, host, site, expiry, and of a LinkedIn post author and time.

Addresses are read as browsers read them (WHATWG URL Standard, by the parser of Node.js: ada), because what a note
holds is what somebody clicks. The canonical form goes further, so that all spellings of one address meet in one row:

- scheme and host in lower case, the host in IDNA (``bücher.example`` -> ``xn--bcher-kva.example``) and without the dot
  of the DNS root; a default port off; an empty path is ``/``; dot segments resolved (all WHATWG);
- percent-encoding as RFC 3986 section 6.2.2 has it: hex digits in upper case, unreserved characters decoded, whatever
  the RFC does not allow in its place encoded;
- user name and password off, here and in the address to fetch: a password in a note stays in the note, and a link
  check sends no credentials;
- the fragment off, except where it selects the page (``#!...``, ``#/...``, as applications of one page write it);
- parameters that say only who shared it, and where, off (`TRACKED_EVERYWHERE`, `TRACKED_BY_SITE`), except in a signed
  address, whose signature may cover any parameter.

The query keeps its order: a repeated key means a list to many servers, and a signature may cover the order. ``http``
and ``https``, ``www.`` or not, a slash at the end or not stay apart: only the server knows whether they are the same.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from can_ada import parse as parse_whatwg
from publicsuffixlist import PublicSuffixList

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TRACKED_PREFIXES = (
    "utm_",  # Google Analytics, and by now everybody
    "hsa_",  # HubSpot Ads
    "mtm_",  # Matomo
    "pk_",  # Matomo when it was Piwik
)
TRACKED_EVERYWHERE = frozenset(
    {
        *("fbclid", "igshid", "igsh"),  # Facebook, Instagram: who shared it
        *("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid"),  # Google Ads and Shopping: which click
        *("msclkid", "yclid", "twclid", "ttclid", "li_fat_id", "epik"),  # the same of Bing, Yandex, X, TikTok, LinkedIn
        *("_ga", "_gl"),  # Google Analytics: which visitor
        *("mc_cid", "mc_eid", "mkt_tok", "vero_id", "vero_conv", "_openstat"),  # newsletters: which letter, to whom
        *("_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp"),  # HubSpot
        *("guccounter", "guce_referrer", "guce_referrer_sig"),  # Yahoo's way through its consent page
    }
)
TRACKED_BY_SITE: Mapping[str, frozenset[str]] = {
    "linkedin.com": frozenset({"trk", "trkinfo", "trackingid", "refid", "lipi", "lici", "rcm", "midtoken", "midsig"}),
    "youtube.com": frozenset({"si", "feature", "pp", "ab_channel"}),  # `t`, `list` and `index` say what to play
    "youtu.be": frozenset({"si", "feature"}),
    "twitter.com": frozenset({"s", "t", "ref_src", "ref_url"}),
    "x.com": frozenset({"s", "t", "ref_src", "ref_url"}),
    "medium.com": frozenset({"source"}),  # `sk` opens a paid story: kept
    "reddit.com": frozenset({"share_id", "rdt"}),
    "spotify.com": frozenset({"si"}),
    "facebook.com": frozenset({"mibextid", "__tn__", "rdid"}),
}
_SIGNATURES = frozenset({"x-amz-signature", "x-goog-signature", "signature", "sig"})

_SCHEMES = frozenset({"http", "https", "ftp"})
_LONGEST_HOST = 253  # RFC 1035 section 2.3.4, in text
_IPV4 = re.compile(r"[0-9.]+")  # the parser has already made every number form of an IPv4 address four decimals
_AROUND = "".join(map(chr, range(0x21)))  # WHATWG: C0 controls and spaces around an address are no part of it

# RFC 3986: unreserved / sub-delims / ":" / "@" / "/" are plain in a path, with "?" also in a query or fragment. What
# matches here is to be rewritten: an escape, a `%` that begins none, or a character that has to be escaped.
_IN_PATH = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_IN_QUERY = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

_CACHED_LENGTH = 2_048  # longer ones are rare, and a cache must not hold megabytes
_EARLIEST, _LATEST = 946_684_800_000, 4_102_444_800_000  # 2000 and 2100: a time outside is a misread number

_LINKEDIN_POST = re.compile(r"^/posts/(?:([^/_]+)_)?[^/]*?(?:activity|ugcPost|share)-(\d{17,20})(?:-[\w-]*)?/?$")
_LINKEDIN_URN = re.compile(r"^/(?:embed/)?feed/update/urn:li:(?:activity|ugcPost|share):(\d{17,20})/?$")
_NEVER_EXPIRES = 0x7FFFFFFF  # LinkedIn's `e` of what it serves to everybody


@dataclass(frozen=True, slots=True)
class Address:
    """A web address, read by itself; all text is ASCII, all times are ms since 1970 UTC.

    `url` is what to fetch: as written, percent-encoded, its host in IDNA, without credentials and fragment. `scheme`
    is ``http``, ``https`` or ``ftp``; `host` an IPv6 address without brackets. `site` is the registrable domain
    (public suffix list, private section included: ``me.github.io`` is a site), or the host where there is none.
    """

    url: str
    canonical: str
    scheme: str
    host: str
    site: str
    published_at: int | None = None
    author: str | None = None
    expires_at: int | None = None


def read_address(url: str) -> Address | None:
    """Read any text as a web address; None when it is none (http, https, ftp, ``//host`` taken as https). No errors."""
    return _cached(url) if len(url) <= _CACHED_LENGTH else _read(url)


def _read(url: str) -> Address | None:
    url = url.lstrip(_AROUND)
    try:
        parts = parse_whatwg("https:" + url if url.startswith("//") else url)
    except TypeError:  # lone surrogates: WHATWG takes scalar values, U+FFFD instead of a lone half
        return _read(url.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except ValueError:
        return None
    scheme = parts.protocol[:-1]
    host = parts.hostname.rstrip(".")
    if scheme not in _SCHEMES or not 0 < len(host) <= _LONGEST_HOST:
        return None
    port, path, query = parts.port, parts.pathname, parts.search[1:]
    origin = f"{scheme}://{host}:{port}" if port else f"{scheme}://{host}"
    host = host.strip("[]")
    site = _site(host)

    canonical = origin + _normal(path, _IN_PATH)
    expires_at = None
    if query:
        pairs = [(piece.partition("=")[0].lower(), piece) for piece in _normal(query, _IN_QUERY).split("&") if piece]
        names = {name for name, _ in pairs}
        signed = not names.isdisjoint(_SIGNATURES)
        kept = [piece for name, piece in pairs if signed or not _tracks(name, site)]
        if kept:
            canonical += "?" + "&".join(kept)
        expires_at = _expiry(host, names, pairs)
    if _selects_page(fragment := parts.hash):
        canonical += "#" + _normal(fragment[1:], _IN_QUERY)

    published_at, author = _linkedin_post(path) if site == "linkedin.com" else (None, None)
    return Address(
        url=f"{origin}{path}?{query}" if query else origin + path,
        canonical=canonical,
        scheme=scheme,
        host=host,
        site=site,
        published_at=published_at,
        author=author,
        expires_at=expires_at,
    )


_cached = lru_cache(maxsize=32_768)(_read)  # the same addresses come in every revision of a note


@cache
def _suffixes() -> PublicSuffixList:
    """Read the list bundled with the library, only when the first address asks for it: that costs some 50 ms."""
    return PublicSuffixList()


@lru_cache(maxsize=4_096)
def _site(host: str) -> str:
    if ":" in host or _IPV4.fullmatch(host):
        return host
    return str(_suffixes().privatesuffix(host) or host)


def _selects_page(fragment: str) -> bool:
    """Whether an application of one page routes by it; the bare ``#/`` and ``#!/`` are its first page."""
    return fragment.startswith(("#!", "#/")) and fragment not in {"#!", "#/", "#!/"}


def _tracks(name: str, site: str) -> bool:
    return (
        name in TRACKED_EVERYWHERE
        or name.startswith(TRACKED_PREFIXES)
        or (site in TRACKED_BY_SITE and name in TRACKED_BY_SITE[site])
    )


def _normal(text: str, rewritten: re.Pattern[str]) -> str:
    """RFC 3986 section 6.2.2.1 and .2; the parser has left ASCII only."""
    return rewritten.sub(_rewrite, text)


def _rewrite(match: re.Match[str]) -> str:
    found = match[0]
    if len(found) == 1:
        return f"%{ord(found):02X}"
    char = chr(int(found[1:], 16))
    return char if char in _UNRESERVED else found.upper()


def _linkedin_post(path: str) -> tuple[int | None, str | None]:
    """Time and author of a post: the upper bits of its id are ms since 1970, its slug begins with who wrote it."""
    path = unquote(path)
    if found := _LINKEDIN_POST.match(path):
        return _sane(int(found[2]) >> 22), found[1]
    if found := _LINKEDIN_URN.match(path):
        return _sane(int(found[1]) >> 22), None
    return None, None


def _expiry(host: str, names: set[str], pairs: list[tuple[str, str]]) -> int | None:
    """Until when a signed address holds, by the first rule whose parameters are all there and make sense."""
    for needed, hosts, read in _EXPIRY_RULES:
        if names >= needed and (not hosts or host.endswith(hosts)):
            values = {name: unquote(piece.partition("=")[2]) for name, piece in reversed(pairs) if name in needed}
            try:
                return _sane(read(values))
            except (ValueError, OverflowError, KeyError, TypeError):
                continue
    return None


def _sane(at: int) -> int | None:
    return at if _EARLIEST <= at < _LATEST else None


def _dated(vendor: str) -> Callable[[Mapping[str, str]], int]:
    """``X-Amz-Date=20241101T120000Z&X-Amz-Expires=3600`` (AWS Signature Version 4), Google's in the same shape."""

    def read(values: Mapping[str, str]) -> int:
        signed = datetime.strptime(values[f"x-{vendor}-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return int(signed.timestamp() + int(values[f"x-{vendor}-expires"])) * 1000

    return read


def _iso(values: Mapping[str, str]) -> int:
    """``se=2024-12-05T00:00:00Z``, also shorter; a time without a zone is UTC (Azure, service SAS)."""
    at = datetime.fromisoformat(values["se"])
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _licdn(values: Mapping[str, str]) -> int:
    """LinkedIn's media server; 0 is turned away as out of range."""
    seconds = int(values["e"])
    return 0 if seconds == _NEVER_EXPIRES else seconds * 1000


def _jwt(values: Mapping[str, str]) -> int:
    """Images pasted from a private GitHub page: a JSON web token (RFC 7519) with `exp`."""
    payload = values["jwt"].split(".")[1] if values["jwt"].count(".") > 1 else ""
    try:
        return int(json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]) * 1000
    except (binascii.Error, RecursionError) as error:
        raise ValueError(payload) from error


_EXPIRY_RULES: tuple[tuple[frozenset[str], tuple[str, ...], Callable[[Mapping[str, str]], int]], ...] = (
    # parameters that must be there, hosts (all where empty), how to read them
    (frozenset({"x-amz-date", "x-amz-expires"}), (), _dated("amz")),
    (frozenset({"x-goog-date", "x-goog-expires"}), (), _dated("goog")),
    # S3 before version 4, Google Cloud Storage likewise, CloudFront, Alibaba OSS; alone, `Expires` may mean anything
    (frozenset({"expires", "signature"}), (), lambda values: int(values["expires"]) * 1000),
    (frozenset({"se", "sig"}), (), _iso),
    (frozenset({"e"}), (".licdn.com",), _licdn),
    (frozenset({"ex", "hm"}), (".discordapp.com", ".discordapp.net"), lambda values: int(values["ex"], 16) * 1000),
    (frozenset({"oe", "oh"}), (".fbcdn.net", ".cdninstagram.com"), lambda values: int(values["oe"], 16) * 1000),
    (frozenset({"jwt"}), (".githubusercontent.com",), _jwt),
)
