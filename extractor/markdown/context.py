"""The context of a link: the plain text of its block, cut to a readable length."""

from __future__ import annotations

from extractor.markdown.records import CONTEXT_LENGTH

CUT = "…"
_REACH = 4 * CONTEXT_LENGTH


_OF_A_BLOCK = 10 * CONTEXT_LENGTH  # characters for all links of a block: else each would repeat a long line of links
_LEAST = 100  # characters
_MOST_BYTES = 400  # of UTF-8: 300 characters may be 1,200


def around(text: str, start: int, end: int, first: int, last: int, links: int = 1) -> str:
    """Collapse white space in the block `text[first:last]`, and cut it around `text[start:end]`.

    The result has at most `CONTEXT_LENGTH` characters and 400 bytes; less if the block has many `links`.
    Of a long block, only the part that can be in the result is processed.
    """
    length = min(CONTEXT_LENGTH, max(_LEAST, _OF_A_BLOCK // links))
    context = _cut(text, start, end, first, last, length)
    while not context.isascii() and len(context.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        length = length * 3 // 4
        context = _cut(text, start, end, first, last, length)
    return context


def _cut(text: str, start: int, end: int, first: int, last: int, length: int) -> str:
    if last - first <= length:
        return " ".join(text[first:last].split())
    before = _collapsed(text[max(first, start - _REACH) : start])
    inside = _collapsed(text[start : min(end, start + _REACH)])
    after = _collapsed(text[end : min(last, end + _REACH)])
    is_whole = start - first <= _REACH and last <= end + _REACH
    if is_whole and len(before) + len(inside) + len(after) <= length:
        return (before + inside + after).strip()
    inside = inside[: length - 2 * len(CUT)]
    room = length - 2 * len(CUT) - len(inside)
    left = min(len(before), max(room // 2, room - len(after)))
    right = min(len(after), room - left)
    head = CUT if left < len(before) or start - first > _REACH else ""
    tail = CUT if right < len(after) or last > end + _REACH else ""
    return head + (before[len(before) - left :] + inside + after[:right]).strip() + tail


def _collapsed(part: str) -> str:
    """Collapse white space, keeping one space at either end if there was any."""
    return " ".join(f"|{part}|".split())[1:-1]
