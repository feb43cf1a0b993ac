"""The words around a link: the plain text of its block, cut to what a reader can take in."""

from __future__ import annotations

from extractor.markdown.records import CONTEXT_LENGTH

_CUT = "…"
_REACH = 4 * CONTEXT_LENGTH


def around(text: str, start: int, end: int) -> str:
    """Collapse white space in `text` and cut it around `text[start:end]`, to `CONTEXT_LENGTH` characters at most."""
    if len(text) <= CONTEXT_LENGTH:
        return " ".join(text.split())
    before = _collapsed(text[max(0, start - _REACH) : start])
    inside = _collapsed(text[start : min(end, start + _REACH)])
    after = _collapsed(text[end : end + _REACH])
    is_whole = start <= _REACH and len(text) <= end + _REACH
    if is_whole and len(before) + len(inside) + len(after) <= CONTEXT_LENGTH:
        return (before + inside + after).strip()
    inside = inside[: CONTEXT_LENGTH - 2 * len(_CUT)]
    room = CONTEXT_LENGTH - 2 * len(_CUT) - len(inside)
    left = min(len(before), max(room // 2, room - len(after)))
    right = min(len(after), room - left)
    head = _CUT if left < len(before) or start > _REACH else ""
    tail = _CUT if right < len(after) or len(text) > end + _REACH else ""
    return head + (before[len(before) - left :] + inside + after[:right]).strip() + tail


def _collapsed(part: str) -> str:
    """Collapse white space, keeping one space at either end where there was any."""
    return " ".join(f"|{part}|".split())[1:-1]
