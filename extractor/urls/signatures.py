"""Signed addresses: recognising them, and their expiry.

A signature may cover any character of path and query, so the canonical form changes neither.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from extractor.urls.posts import sane_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SIGNATURES = frozenset(
    {
        "x-amz-signature",  # AWS Signature Version 4
        "x-goog-signature",  # Google Cloud Storage, version 4
        "x-oss-signature",  # Alibaba OSS, version 4
        "q-signature",  # Tencent COS
        "signature",  # CloudFront, S3 version 2, Alibaba OSS version 1, Laravel
        "sig",  # Azure
        "hdnts",  # Akamai, token authentication 2.0, as is the next
        "hdnea",
    }
)
_SIGNED_TOGETHER = (
    frozenset({"expires", "token"}),  # Bunny CDN, KeyCDN
    frozenset({"expires", "md5"}),  # nginx, ngx_http_secure_link_module
)
_NEVER_EXPIRES = 0x7FFFFFFF  # LinkedIn's `e` for public content


def is_signed(host: str, names: set[str]) -> bool:
    """Whether an address of that host with parameters of these names (in lower case) is a signed one."""
    if names.isdisjoint(_TELLING):
        return False
    return (
        not names.isdisjoint(_SIGNATURES)
        or any(names >= together for together in _SIGNED_TOGETHER)
        or any(names >= needed and (not hosts or host.endswith(hosts)) for needed, hosts, _ in _EXPIRY_RULES)
    )


def expiry(host: str, names: set[str], pairs: Sequence[tuple[str, str]]) -> int | None:
    """The expiry of a signed address, ms since 1970, by the first rule with all its parameters and a plausible time.

    `pairs` are lower-case names and complete pieces (``name=value``) of the query, in order.
    """
    for needed, hosts, read in _EXPIRY_RULES:
        if names >= needed and (not hosts or host.endswith(hosts)):
            values = {name: unquote(piece.partition("=")[2]) for name, piece in reversed(pairs) if name in needed}
            try:
                return sane_time(read(values))
            except (ValueError, OverflowError, KeyError, TypeError):
                continue
    return None


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
    """LinkedIn's media server; 0 is rejected as out of range."""
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
    # required parameters, hosts (empty means all), how to read them
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

_TELLING = _SIGNATURES.union(
    *_SIGNED_TOGETHER, *(needed for needed, _, _ in _EXPIRY_RULES)
)  # without any of these, an address is not signed
