"""The body of an answer, decompressed and limited: everything that servers send passes here. Pure.

Everything read from an answer (pages, robots.txt, the index of an archive, oEmbed) may be compressed, because the
client accepts gzip and deflate (RFC 9110 section 8.4), and may be a decompression bomb.
"""

from __future__ import annotations

import zlib

_PACKED = frozenset({"gzip", "x-gzip", "deflate"})  # requested
_UNREADABLE = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})  # known codings that are not requested
_MOST_LAYERS = 3  # some servers compress what their application has already compressed
# 47: zlib or gzip, by their headers; -15: deflate without any, as some servers understand RFC 9110
_WINDOWS = (47, -15)


def unpack(body: bytes, encoding: str | None, limit: int) -> bytes | None:
    """Undo a Content-Encoding, up to `limit` bytes of the result; None if that is impossible.

    A truncated body yields what there is. An unknown coding ("none", "UTF-8") is ignored, as browsers do.
    """
    layers = [name for part in (encoding or "").lower().split(",") if (name := part.strip())]
    if len(layers) > _MOST_LAYERS or not _UNREADABLE.isdisjoint(layers):
        return None
    for name in reversed(layers):
        if name in _PACKED:
            unpacked = _inflate(body, limit)
            if unpacked is None:
                return None
            body = unpacked
    return body[:limit]


def _inflate(body: bytes, limit: int) -> bytes | None:
    if not body:
        return b""
    for window in _WINDOWS:
        try:
            return zlib.decompressobj(window).decompress(body, limit)
        except zlib.error:
            continue
    return None
