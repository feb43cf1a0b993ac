"""What two texts have in common at their ends; halving compares at the speed of memory."""

from __future__ import annotations


def common_start(a: str, b: str, most: int) -> int:
    """How many characters two texts have in common at their start, `most` at most."""
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
