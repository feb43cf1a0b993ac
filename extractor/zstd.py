"""Zstandard, from where this Python has it; loaded when it is first used, which most runs never do."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

LEVEL = 3  # 300,000 characters of Markdown: 1 ms; level 9 takes seven times as long for an eighth fewer bytes


@cache
def zstd() -> ModuleType:
    """The module itself."""
    if sys.version_info >= (3, 14):
        from compression import zstd as found  # noqa: PLC0415 -- heavy imports only where used
    else:
        from backports import zstd as found  # noqa: PLC0415
    return found


def packed(content: bytes) -> bytes:
    """The bytes, packed."""
    data: bytes = zstd().compress(content, LEVEL)
    return data


def unpacked(data: bytes) -> bytes:
    """What was packed; raises ValueError for what is damaged."""
    try:
        content: bytes = zstd().decompress(data)
    except zstd().ZstdError as error:
        raise ValueError(str(error)) from error
    return content
