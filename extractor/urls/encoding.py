"""Uniform percent-encoding, so that all spellings of one path, query or fragment become the same text.

Decoded are characters that no server can misread: unreserved ones (RFC 3986 section 6.2.2.2), and those reserved ones
that programs escape inconsistently, ``! ' ( ) * ,``, in a path also ``: @ $``. Never ``% / ? # & = + ;``, which are
separators. Whatever RFC 3986 does not allow in its place is encoded, with upper-case hex digits; Unicode is in NFC,
because macOS and Joplin's editors write the same letter in two ways.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING
from unicodedata import normalize
from urllib.parse import quote_from_bytes, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

_UNRESERVED = frozenset(string.ascii_letters + string.digits + "-._~")
_EITHER_WAY = frozenset("!'()*,")
_EITHER_WAY_IN_PATH = frozenset(":@$")

# Matches are rewritten: an escape, a `%` that does not begin one, or a character that must be escaped.
_IN_PATH = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_IN_QUERY = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")

# A letter may combine with the accents after it. `=` and U+0338 are `≠` in NFC, but no separator may be lost: letters
# only. Escapes of ASCII are matched in order to skip them, or the `F` of `%2F` would be taken for a letter.
_UNICODE = re.compile(r"%[0-7][0-9A-F]|[A-Za-z]?(?:%[89A-F][0-9A-F])+")


def normal_path(path: str) -> str:
    """The normalised path of an address; input (as the parser leaves it) and output are ASCII."""
    return _composed(_IN_PATH.sub(_PATH_REWRITER, path))


def normal_query(query: str) -> str:
    """The normalised query or fragment of an address; input (as the parser leaves it) and output are ASCII."""
    return _composed(_IN_QUERY.sub(_QUERY_REWRITER, query))


def _rewriter(decoded: frozenset[str]) -> Callable[[re.Match[str]], str]:
    def rewrite(match: re.Match[str]) -> str:
        found = match[0]
        if len(found) == 1:
            return f"%{ord(found):02X}"
        char = chr(int(found[1:], 16))
        return char if char in decoded else found.upper()

    return rewrite


_PATH_REWRITER = _rewriter(_UNRESERVED | _EITHER_WAY | _EITHER_WAY_IN_PATH)
_QUERY_REWRITER = _rewriter(_UNRESERVED | _EITHER_WAY)


def _composed(text: str) -> str:
    """The text with its escaped letters in NFC; bytes that are not UTF-8 stay as they are."""
    return _UNICODE.sub(_compose, text) if "%" in text else text


def _compose(match: re.Match[str]) -> str:
    written = unquote_to_bytes(match[0]).decode("utf-8", "surrogateescape")
    composed = normalize("NFC", written)
    if composed == written:
        return match[0]
    # U+037E is `;` in NFC, and U+1FEF a backtick: encoded, like everything that is not unreserved.
    return quote_from_bytes(composed.encode("utf-8", "surrogateescape"), safe="")
