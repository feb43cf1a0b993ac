"""Parsing a web address: what to fetch, the canonical form, host and site, and what else it reveals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from can_ada import parse as parse_whatwg
from publicsuffixlist import PublicSuffixList

from extractor.texts import without_lone_surrogates
from extractor.urls.encoding import normal_path, normal_query
from extractor.urls.fragments import state
from extractor.urls.posts import linkedin_post
from extractor.urls.signatures import expiry, is_signed
from extractor.urls.tracking import tracks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from can_ada import URL

_SCHEMES = frozenset({"http", "https", "ftp"})
_LONGEST_HOST = 253  # RFC 1035 section 2.3.4, in text
_IPV4 = re.compile(r"[0-9.]+")  # the parser has already normalised every form of an IPv4 address to four decimals
_AROUND = "".join(map(chr, range(0x21)))  # WHATWG: C0 controls and spaces around an address do not belong to it

_CACHED_LENGTH = 2_048  # longer ones are rare, and a cache must not hold megabytes


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed web address; all text is ASCII, all times are ms since 1970 UTC.

    `url` is what to fetch: as written, percent-encoded, its host in IDNA, without credentials and fragment; addresses
    that differ only in these are requested once. `canonical` identifies equal addresses. `scheme` is ``http``,
    ``https`` or ``ftp``; `host` an IPv6 address without brackets. `site` is the registrable domain (public suffix
    list, private section included: ``me.github.io`` is a site), or the host where there is none.
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
    """Parse any text as a web address (http, https, ftp, ``//host`` as https); None if it is not one. Never raises."""
    return _cached(url) if len(url) <= _CACHED_LENGTH else _read(url)


def _read(url: str) -> Address | None:
    parts = _parsed(url.lstrip(_AROUND))
    if parts is None:
        return None
    scheme = parts.protocol[:-1]
    host = parts.hostname.rstrip(".")
    if scheme not in _SCHEMES or not 0 < len(host) <= _LONGEST_HOST:
        return None
    port, path, query = parts.port, parts.pathname, parts.search[1:]
    origin = f"{scheme}://{host}:{port}" if port else f"{scheme}://{host}"
    asked = f"{origin}{path}?{query}" if query else origin + path
    host = host.strip("[]")
    site = _site(host)

    pairs = [(piece.partition("=")[0].lower(), piece) for piece in normal_query(query).split("&") if piece]
    names = {name for name, _ in pairs}
    signed = is_signed(host, names)
    canonical = asked if signed else origin + normal_path(path) + _kept(pairs, host, site)
    expires_at = expiry(host, names, pairs) if signed else None
    if parts.hash and (fragment := state(normal_query(parts.hash[1:]), host, site)):
        canonical += "#" + fragment
    published_at, author = linkedin_post(path) if site == "linkedin.com" else (None, None)
    return Address(
        url=asked,
        canonical=canonical,
        scheme=scheme,
        host=host,
        site=site,
        published_at=published_at,
        author=author,
        expires_at=expires_at,
    )


def _parsed(url: str) -> URL | None:
    """A text parsed by WHATWG rules; None if it is not an address."""
    try:
        return parse_whatwg("https:" + url if url.startswith("//") else url)
    except TypeError:  # lone surrogates: WHATWG takes scalar values, U+FFFD instead of a lone half
        return _parsed(without_lone_surrogates(url))
    except ValueError:
        return None


def _kept(pairs: Sequence[tuple[str, str]], host: str, site: str) -> str:
    """A query without tracking parameters, with its question mark; '' if nothing is left."""
    kept = "&".join([piece for name, piece in pairs if not tracks(name, host, site)])
    return f"?{kept}" if kept else ""


_cached = lru_cache(maxsize=32_768)(_read)  # the same addresses occur in every revision of a note


@cache
def _suffixes(*, with_idn: bool) -> PublicSuffixList:
    """Read the list bundled with the library, only when the first address asks for it: that costs some 20 ms.

    With its names in IDNA beside them it costs three times as much, and only a host in IDNA can be under one of those.
    """
    return PublicSuffixList(accept_encoded_idn=with_idn)


@lru_cache(maxsize=4_096)
def _site(host: str) -> str:
    if ":" in host or _IPV4.fullmatch(host):
        return host
    return str(_suffixes(with_idn="xn--" in host).privatesuffix(host) or host)
