"""Percent-encoding in one way, so that all spellings of one path, query or fragment are one text.

Decoded is what a server cannot take for anything else: the unreserved characters (RFC 3986 section 6.2.2.2), and of the
reserved ones those that programs escape or not as they please, ``! ' ( ) * ,``, in a path also ``: @ $``. Never
``% / ? # & = + ;``: they part one piece from the next. Whatever RFC 3986 does not allow in its place is encoded, with
hex digits in upper case; Unicode is in NFC, as macOS and Joplin's editors write one letter in two ways.
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

# What matches is to be rewritten: an escape, a `%` that begins none, or a character that has to be escaped.
_IN_PATH = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_IN_QUERY = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")

# A letter may be one with the accents behind it. `=` and U+0338 are `≠` in NFC, but no separator may be lost: letters
# only. Escapes of ASCII are found to be passed over, or the `F` of `%2F` would be taken for a letter.
_UNICODE = re.compile(r"%[0-7][0-9A-F]|[A-Za-z]?(?:%[89A-F][0-9A-F])+")


def normal_path(path: str) -> str:
    """The path of an address in its one spelling; takes and gives ASCII, as the parser leaves it."""
    return _composed(_IN_PATH.sub(_PATH_REWRITER, path))


def normal_query(query: str) -> str:
    """The query or fragment of an address in its one spelling; takes and gives ASCII, as the parser leaves it."""
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
    """The text with the letters that its escapes stand for in NFC; bytes that are no UTF-8 stay as they are."""
    return _UNICODE.sub(_compose, text) if "%" in text else text


def _compose(match: re.Match[str]) -> str:
    written = unquote_to_bytes(match[0]).decode("utf-8", "surrogateescape")
    composed = normalize("NFC", written)
    if composed == written:
        return match[0]
    # U+037E is `;` in NFC, and U+1FEF a backtick: encoded, like all that is not unreserved.
    return quote_from_bytes(composed.encode("utf-8", "surrogateescape"), safe="")
