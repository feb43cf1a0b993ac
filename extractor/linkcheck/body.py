"""The body of an answer, unpacked and bounded: the one way in for all that servers send. Pure.

Whatever is read of an answer (pages, robots.txt, the index of an archive, oEmbed) may be packed, because the client
says that it takes gzip and deflate (RFC 9110 section 8.4), and may be packed to explode.
"""

from __future__ import annotations

import zlib

_PACKED = frozenset({"gzip", "x-gzip", "deflate"})  # what is asked for
_UNREADABLE = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})  # real codings, not asked for
_MOST_LAYERS = 3  # a server that packs what its application has packed already
# 47: zlib or gzip, by their headers; -15: deflate without any, as some servers understand RFC 9110
_WINDOWS = (47, -15)


def unpack(body: bytes, encoding: str | None, limit: int) -> bytes | None:
    """Undo a Content-Encoding, at most `limit` bytes of the result; None where it cannot be undone.

    A body that is cut off gives what there is of it. A coding that nobody knows ("none", "UTF-8") is passed over, as
    browsers do.
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
