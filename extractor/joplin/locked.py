"""Notes under Joplin's note lock (3.7, behind a feature flag): their text is cipher text, all else is plain.

Source: laurent22/joplin pull requests 15673 (the body is encrypted with `noteLockKey` of info.json, as items are with a
master key), 16476 (a revision of a locked note does not build on another: it is a diff from nothing to the cipher text;
each change of the lock begins a new history) and 16131 (`JLD01` instead of `JED01`).
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from extractor.joplin.cipher_text import PREFIXES
from extractor.joplin.hunks import to_units

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor.joplin.items import Revision

# The header as Joplin writes it, and after it nothing but chunks: a length and a JSON object, without line breaks.
_LOCKED_TEXT = re.compile(rf"(?:{'|'.join(PREFIXES)})000022[0-9a-fA-F]{{34}}(?:[0-9a-fA-F]{{6}}\{{[^\n]*)?")
_BEFORE_TEXT = re.compile(rf'\s*\[\s*\{{[^\[]{{0,99}}\[\s*\[\s*1\s*,\s*"(?={"|".join(PREFIXES)})')
_UNIT = 2  # bytes


def is_locked_text(body: str) -> bool:
    """Whether the text of a note is the cipher text of a locked one, and nothing else."""
    return body.startswith(PREFIXES) and _LOCKED_TEXT.fullmatch(body) is not None


def locked_text(revision: Revision) -> str | None:
    """The cipher text in a revision of a locked note; None for any other revision."""
    if not _BEFORE_TEXT.match(revision.body_diff):
        return None
    try:
        match json.loads(revision.body_diff):
            case [{"diffs": [[1, str(text)]]}] if is_locked_text(text):
                return text
    except (ValueError, RecursionError):
        pass
    return None


def unlocked(revision: Revision, decrypt: Callable[[str], str]) -> Revision:
    """The revision with its cipher text decrypted; any other is unchanged. Raises what `decrypt` raises."""
    cipher_text = locked_text(revision)
    if cipher_text is None:
        return revision
    text = decrypt(cipher_text)
    length = len(to_units(text)) // _UNIT
    hunk = {"diffs": [[1, text]] if text else [], "start1": 0, "start2": 0, "length1": 0, "length2": length}
    return replace(revision, body_diff=json.dumps([hunk] if text else [], separators=(",", ":")))
