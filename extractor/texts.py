"""General text functions: common starts and ends of two texts, and making text safe for UTF-8."""

from __future__ import annotations


def without_lone_surrogates(text: str) -> str:
    """Replace lone surrogates (halves of a character that an edit split) by U+FFFD: UTF-8 cannot encode them."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def common_start(a: str, b: str, most: int) -> int:
    """The length of the common start of two texts, `most` at most.

    Bisection compares slices at the speed of memory.
    """
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if a.startswith(b[low:middle], low):
            low = middle
        else:
            most = middle - 1
    return low


def common_end(a: str, b: str, most: int) -> int:
    """The length of the common end of two texts, `most` at most."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if a.endswith(b[len(b) - middle : len(b) - low], 0, len(a) - low):
            low = middle
        else:
            most = middle - 1
    return low


def one_line(text: str) -> str:
    """Text without line breaks, runs of spaces and control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
