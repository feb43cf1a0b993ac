"""The words around a link: the plain text of its block, cut to what a reader can take in."""

from __future__ import annotations

from extractor.markdown.records import CONTEXT_LENGTH

CUT = "…"
_REACH = 4 * CONTEXT_LENGTH


def around(text: str, start: int, end: int, first: int, last: int) -> str:
    """Collapse white space in `text[first:last]`, the block, and cut it around `text[start:end]`.

    The result has `CONTEXT_LENGTH` characters at most; no more of a long block is looked at than can be in it.
    """
    if last - first <= CONTEXT_LENGTH:
        return " ".join(text[first:last].split())
    before = _collapsed(text[max(first, start - _REACH) : start])
    inside = _collapsed(text[start : min(end, start + _REACH)])
    after = _collapsed(text[end : min(last, end + _REACH)])
    is_whole = start - first <= _REACH and last <= end + _REACH
    if is_whole and len(before) + len(inside) + len(after) <= CONTEXT_LENGTH:
        return (before + inside + after).strip()
    inside = inside[: CONTEXT_LENGTH - 2 * len(CUT)]
    room = CONTEXT_LENGTH - 2 * len(CUT) - len(inside)
    left = min(len(before), max(room // 2, room - len(after)))
    right = min(len(after), room - left)
    head = CUT if left < len(before) or start - first > _REACH else ""
    tail = CUT if right < len(after) or last > end + _REACH else ""
    return head + (before[len(before) - left :] + inside + after[:right]).strip() + tail


def _collapsed(part: str) -> str:
    """Collapse white space, keeping one space at either end where there was any."""
    return " ".join(f"|{part}|".split())[1:-1]
