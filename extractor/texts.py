"""What is asked of any text: what two have in common at their ends, and how one is kept that is no text elsewhere."""

from __future__ import annotations


def without_lone_surrogates(text: str) -> str:
    """U+FFFD for each half of a character (a lone surrogate, left where an edit split a pair): no UTF-8 can hold it."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def common_start(a: str, b: str, most: int) -> int:
    """How many characters two texts have in common at their start, `most` at most.

    Halving compares at the speed of memory.
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
    """How many characters two texts have in common at their end, `most` at most."""
    low = 0
    while low < most:
        middle = (low + most + 1) // 2
        if a.endswith(b[len(b) - middle : len(b) - low], 0, len(a) - low):
            low = middle
        else:
            most = middle - 1
    return low


def one_line(text: str) -> str:
    """Text without line breaks, runs of spaces and characters that control something."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
