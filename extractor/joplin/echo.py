"""The echo: text of another device that goes in one revision and is back in the next, 1 ms later.

Before the first edit in seven days Joplin saves the text as it was, dated 1 ms before the new one. On a
device that got that text by sync and was not restarted since, it is the text from before the sync: what
others wrote in between seems to go and come back, what they deleted to come and go. Nobody did that.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TELLING = 8  # characters; shorter pieces, words and marks, come back by chance


def lines_return(before: str, during: str, after: str, *, stale: bool) -> bool:
    """Whether `during` undoes what `after` has again; all three are whole texts.

    Either most of the lines that are gone in `during` are back. Or it is `stale`, a text that the note
    had before, and some line of its difference does not last. A text that is new tells what its author
    wrote, even if the next one drops it.
    """
    first, second, third = _lines(before), _lines(during), _lines(after)
    missing, extra = first - second, second - first
    back, gone = missing & (third - second), extra & (second - third)
    return 0 < missing.total() <= 2 * back.total() or (stale and bool(back or gone))


def pieces_return(removed: Iterable[str], added: Iterable[str]) -> bool:
    """Whether a piece that one revision removed is in one that the next added: within a line, or no text known."""
    pieces = [piece.strip() for piece in removed]
    brought = list(added)
    return any(len(piece) >= _TELLING and any(piece in text for text in brought) for piece in pieces)


def _lines(text: str) -> Counter[str]:
    """How often each line that is not blank stands in a text."""
    return Counter(line for line in text.split("\n") if line.strip())
