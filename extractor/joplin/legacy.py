"""The `@@` patches of older Joplin: diff-match-patch's own text form (patch_fromText)."""

from __future__ import annotations

import re

from extractor.errors import PatchError
from extractor.joplin.fields import excerpt

Parts = tuple[tuple[tuple[int, str], ...], int, int, int, int]

_HEADER = re.compile(r"@@ -([0-9]+),?([0-9]*) \+([0-9]+),?([0-9]*) @@")
_OPS = {"-": -1, " ": 0, "+": 1}


def parse_legacy(text: str) -> list[Parts]:
    """For each hunk its (operation, text) pairs, start1, start2, length1 and length2, in UTF-16 units.

    In the `@@` form starts count from 1 and the pieces of text are URI-encoded. Raises PatchError.
    """
    hunks: list[tuple[list[tuple[int, str]], tuple[int, int, int, int]]] = []
    for line in text.split("\n"):
        if line.startswith("@") or not hunks:
            hunks.append(([], _place(line)))
        elif line and line[0] not in _OPS:
            raise PatchError(f"A line of the diff is neither kept, added nor removed: {excerpt(line)}")
        elif line:
            hunks[-1][0].append((_OPS[line[0]], _decode_uri(line[1:])))
    return [(tuple(diffs), *place) for diffs, place in hunks]


def _place(line: str) -> tuple[int, int, int, int]:
    """The numbers in a hunk's header line: start1, start2, length1, length2."""
    header = _HEADER.fullmatch(line)
    if header is None:
        raise PatchError(f"A change in the diff has no readable position: {excerpt(line)}")
    start1, length1 = _range(header[1], header[2])
    start2, length2 = _range(header[3], header[4])
    return start1, start2, length1, length2


def _range(start: str, length: str) -> tuple[int, int]:
    """Start, counted from 0, and length: `-5` is one unit at 4, `-5,0` is no unit, after the first 5."""
    try:
        first = int(start)
        count = int(length) if length else 1
    except ValueError:  # more digits than Python converts
        raise PatchError(f"A position in the diff is not a sensible number: {excerpt(start)}") from None
    return (first, 0) if length == "0" else (first - 1, count)


_ESCAPES = re.compile("%[0-7][0-9A-Fa-f]|(?:%[89A-Fa-f][0-9A-Fa-f])+")
_RESERVED = ";/?:@&=+$,#"


def _decode_uri(text: str) -> str:
    """JavaScript's decodeURI: reserved characters stay escaped; bad escapes raise PatchError."""

    def decode(escapes: re.Match[str]) -> str:
        plain = bytes.fromhex(escapes[0].replace("%", "")).decode("utf-8")
        return escapes[0] if plain in _RESERVED else plain

    try:
        decoded = _ESCAPES.sub(decode, text)
    except UnicodeDecodeError:
        raise PatchError(f"A line of the diff contains an escape that is not UTF-8: {excerpt(text)}") from None
    if "%" in _ESCAPES.sub("", text):
        raise PatchError(f"A line of the diff contains a broken escape: {excerpt(text)}")
    return decoded
