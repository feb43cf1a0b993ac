"""Texts that are to be given back exactly, as `revision_diffs` holds them: what is long of them, compressed."""

from __future__ import annotations

import zlib

from extractor.texts import without_lone_surrogates

LONG = 500  # characters; what is shorter stays text, to be read and searched by SQL
# RFC 1950 section 2.2: deflate with the largest window, by default compression. No diff and no text in UTF-8 begins so.
COMPRESSED = b"\x78\x9c"


def stored(text: str) -> str | bytes:
    """A text as it is kept: as such, as bytes where half an emoji makes it none to SQLite, as zlib where that is less.

    Without a dictionary, so that zlib reads it anywhere, and `sqlar_uncompress` in the shell of SQLite.
    """
    is_text = without_lone_surrogates(text) is text
    if is_text and len(text) < LONG:
        return text
    data = text.encode("utf-8", "surrogatepass")
    if len(text) >= LONG and len(packed := zlib.compress(data)) < len(data):
        return packed
    return text if is_text else data


def restored(value: str | bytes | int | None) -> str:
    """The text of which a column holds what `stored` gave."""
    if not isinstance(value, bytes):
        return str(value)
    data = zlib.decompress(value) if value.startswith(COMPRESSED) else value
    return data.decode("utf-8", "surrogatepass")
