"""The fields of an item as they are written in an item file (BaseItem.ts, unserialize and unserialize_format)."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from extractor.errors import ItemError

# What JavaScript's trim() removes: Python's strip() differs in U+FEFF, U+0085 and U+001C to U+001F.
BLANKS = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))

MOST = 1 << 63  # Joplin writes no larger number, and SQLite holds none

_EARLIEST, _LATEST = -30_610_224_000_000, 253_402_300_799_999  # ms: the years 1000 to 9999, which have four digits
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def split_item(text: str) -> tuple[dict[str, str], str | None]:
    """The properties at the end of an item file, and the text above the blank line before them (None if there is none).

    Raises ItemError.
    """
    values: dict[str, str] = {}
    end = len(text)
    while end >= 0:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end].strip(BLANKS)
        if not line:
            return values, text[: start - 1] if start else None
        key, colon, value = line.partition(":")
        if not colon:
            raise ItemError(
                f"Its last lines are not all `name: value`: {excerpt(line)}. It is not a Joplin item, or is damaged."
            )
        values[key.rstrip(BLANKS)] = value.lstrip(BLANKS)
        end = start - 1
    return values, None


def unescape(value: str) -> str:
    """Undo Joplin's escapes of line breaks, in Joplin's order (BaseItem.ts:442)."""
    if "\\" not in value:
        return value
    return value.replace("\\n", "\n").replace("\\r", "\r").replace("\\\n", "\\n").replace("\\\r", "\\r")


def parse_diff(name: str, value: str) -> str:
    """A `title_diff` or `body_diff`: first decoded as a JSON string, then unescaped. Raises ItemError."""
    if not value:
        return ""
    try:
        diff = json.loads(value)
    except (ValueError, RecursionError):
        diff = None
    if not isinstance(diff, str):
        raise ItemError(f"Its {name} is not the JSON text that Joplin writes; it may be cut off.")
    return unescape(diff)


def parse_time(name: str, value: str) -> int:
    """An ISO 8601 time in milliseconds since 1970 UTC; 0 for ''. Raises ItemError."""
    if not value:
        return 0
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise ItemError(f"Its {name} is not a time: {excerpt(value)}.") from None
    return (time.replace(tzinfo=time.tzinfo or UTC) - _EPOCH) // _MILLISECOND


def check_calendar(name: str, time: int) -> None:
    """Raise ItemError if a time in ms since 1970 UTC is not between the years 1000 and 9999; 0 is "not set"."""
    if time and not _EARLIEST <= time <= _LATEST:
        raise ItemError(f"Its {name} is not between the years 1000 and 9999: {excerpt(str(time))} ms since 1970.")


def parse_number(name: str, value: object) -> int:
    """A whole number of at most 64 bits; '' and None are 0, as in JavaScript's Number. Raises ItemError."""
    if value is None or value == "":
        return 0
    if isinstance(value, int | float | str):
        for read in (int, float):
            with suppress(ValueError, OverflowError):
                if abs(number := int(read(value))) < MOST:
                    return number
    raise ItemError(f"Its {name} is not a number: {excerpt(str(value))}.")


def excerpt(text: str) -> str:
    """The beginning of a text in quotes, short enough for a one-line message."""
    return repr(text if len(text) <= 60 else text[:57] + "...")  # noqa: PLR2004 - a line of a terminal
