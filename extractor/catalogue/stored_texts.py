"""Texts that have to be restored exactly, such as those in `revision_diffs`: long ones are stored compressed."""

from __future__ import annotations

import zlib

from extractor.texts import without_lone_surrogates

LONG = 500  # characters; a shorter text stays text, which SQL can read and search
# RFC 1950 section 2.2: deflate with the largest window, by default compression. No diff and no text in UTF-8 begins so.
COMPRESSED = b"\x78\x9c"


def stored(text: str) -> str | bytes:
    """A text as it is stored: as text; as bytes if it has lone surrogates, which SQLite rejects; as zlib if smaller.

    There is no dictionary, so that zlib can read it anywhere, and `sqlar_uncompress` in the shell of SQLite.
    """
    is_text = without_lone_surrogates(text) is text
    if is_text and len(text) < LONG:
        return text
    data = text.encode("utf-8", "surrogatepass")
    if len(text) >= LONG and len(packed := zlib.compress(data)) < len(data):
        return packed
    return text if is_text else data


def restored(value: str | bytes | int | None) -> str:
    """The text that `stored` was given, from the value in a column."""
    if not isinstance(value, bytes):
        return str(value)
    data = zlib.decompress(value) if value.startswith(COMPRESSED) else value
    return data.decode("utf-8", "surrogatepass")
