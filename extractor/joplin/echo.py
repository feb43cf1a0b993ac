"""The echo: text from another device that disappears in one revision and is back in the next, 1 ms later.

Before the first edit in seven days Joplin saves the text as it was, dated 1 ms before the new one. On a
device that got the note by sync and was not restarted since, that is the text from before the sync: what
others wrote in between seems to go and come back, and what they deleted to come and go. Nobody made these changes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from extractor.joplin.replayed import Replayed

_TELLING = 8  # characters; shorter pieces (words and marks) come back by chance


def echoes(replayed: Mapping[str, Replayed]) -> list[str]:
    """The revisions of one note, given by id, that are echoes."""
    pairs = []
    for after in replayed.values():
        during = replayed.get(after.parent_id)
        if during is not None and during.number and after.captured_at - during.captured_at == 1:
            pairs.append((during, after))
    if not pairs:
        return []
    return [during.id for during, after in pairs if _is_echo(replayed, during, after)]


def _is_echo(replayed: Mapping[str, Replayed], during: Replayed, after: Replayed) -> bool:
    """Whether `during` is a text from before a sync."""
    before = replayed.get(during.base_id or "")
    if before is not None and before.body is not None and during.body is not None and after.body is not None:
        stale = any(one.text == during.text and 0 < one.number < during.number for one in replayed.values())
        if lines_return(before.body, during.body, after.body, stale=stale):
            return True
    return pieces_return(during.text_removed, after.text_added)


def lines_return(before: str, during: str, after: str, *, stale: bool) -> bool:
    """Whether `after` takes back what `during` changed; all three are whole texts, with LF or CRLF.

    Either most of the lines that are missing in `during` are back. Or `during` is `stale`, a text that the note
    had before, and at least one changed line is changed back. A text that is new was written by its author,
    even if the next revision drops it.
    """
    if before == during:
        return False
    if "\r" in before + during + after:
        plain = [text.replace("\r\n", "\n") for text in (before, during, after)]
        if plain != [before, during, after] and lines_return(*plain, stale=stale):
            return True
    first, second, third = map(Counter, _differing(before.split("\n"), during.split("\n"), after.split("\n")))
    missing, extra = first - second, second - first
    back, gone = missing & (third - second), extra & (second - third)
    return 0 < missing.total() <= 2 * back.total() or (stale and bool(back or gone))


def pieces_return(removed: Iterable[str], added: Iterable[str]) -> bool:
    """Whether a piece that one revision removed is in one that the next added.

    This finds echoes within a line, and those of revisions whose whole texts are not known.
    """
    pieces = [piece.strip() for piece in removed]
    brought = list(added)
    return any(len(piece) >= _TELLING and any(piece in text for text in brought) for piece in pieces)


def _differing(*texts: list[str]) -> list[list[str]]:
    """Each text's lines that are not blank, without the lines at both ends that all texts have in common."""
    shortest = min(map(len, texts))
    head = next((i for i, lines in enumerate(zip(*texts, strict=False)) if len(set(lines)) > 1), shortest)
    ends = zip(*[reversed(lines[head:]) for lines in texts], strict=False)
    tail = next((i for i, lines in enumerate(ends) if len(set(lines)) > 1), shortest - head)
    return [[line for line in lines[head : len(lines) - tail] if line.strip()] for lines in texts]
