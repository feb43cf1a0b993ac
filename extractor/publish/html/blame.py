"""Blame: which revision each line of a text came with. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from extractor.chunked import Chunked, alike
from extractor.joplin.hunks import Hunk
from extractor.publish.html.patched_lines import Lengths, Window, windowed
from extractor.textdiff import common
from extractor.texts import common_end, common_start

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

T = TypeVar("T")
KEPT = 8  # texts that are kept for comparison with those made from them; an older one is put together again


Owned = tuple[T, str]  # the key of a text, and a line of it
Edits = Callable[[int], tuple[T, Sequence[Hunk]] | None]


def blame(
    texts: Sequence[tuple[T, str]], bases: Sequence[int | None] | None = None, edits: Edits[T] | None = None
) -> list[tuple[T, str]]:
    """Each line of the last text with the key of the text that it came with; texts are in the order of time.

    `bases` are the indexes of the texts that each was made from, None for none; without them, each was made from the
    one before. Lines that were in a text on another branch came by a sync: they are as old as they are there. A line
    that went and came back belongs to the text that brought it back. Each of `texts` is read at most a few times, in
    order; mostly not at all if `edits` gives the key of a text and the patch that makes it from its base.
    """
    bases = _each_from_the_one_before(len(texts)) if bases is None else bases
    last_use = {base: at for at, base in enumerate(bases) if base is not None}
    owned: list[Chunked[Owned[T]]] = []
    written: dict[int, str] = {}  # the latest texts with which others will be compared
    seen: set[str] = set()
    lengths = Lengths()
    is_branched = False
    for at in range(len(texts)):
        base = bases[at]
        edit = edits(at) if edits is not None and base is not None else None
        window = windowed(owned[base], edit[1], lengths) if edit is not None and base is not None else None
        text = None
        if edit is not None and window is not None and base is not None:
            key = edit[0]
            lines, new = _next(owned[base], window, key)
        else:
            key, text = texts[at]
            if base is None:
                lines, new = _first(key, text)
            else:
                before = written[base] if base in written else "\n".join([line for _, line in owned[base]])
                lines, new = _next(owned[base], Window(0, owned[base], before, text), key)
        is_branched = is_branched or base != _place_before(at)
        if is_branched and _came_by_a_sync(new, key, seen) and (beside := _beside(bases, at)) is not None:
            lines = _synced(lines, key, owned[beside])
        owned.append(lines)
        seen.update([line for _, line in new])
        if written or text is not None:
            written = _still_used(written, last_use, at) | ({at: text} if text is not None else {})
    return list(owned[-1]) if owned else []


def _each_from_the_one_before(number: int) -> list[int | None]:
    return [_place_before(at) for at in range(number)]


def _place_before(at: int) -> int | None:
    return at - 1 if at else None


def _still_used(written: Mapping[int, str], last_use: Mapping[int, int], at: int) -> dict[int, str]:
    """The latest of the kept texts that a text still to come was made from."""
    return {place: text for place, text in written.items() if last_use.get(place, 0) > at and place >= at - KEPT}


def _came_by_a_sync(new: Sequence[Owned[T]], key: T, seen: Container[str]) -> bool:
    """Whether lines that are new in a text may also be in another branch.

    `seen` has the lines of all earlier texts. An empty line alone does not count as coming by a sync.
    """
    return any(owner == key and line.strip() and line in seen for owner, line in new)


def _synced(lines: Chunked[Owned[T]], key: T, beside: Chunked[Owned[T]]) -> Chunked[Owned[T]]:
    """Give lines that are new in a text, but are also in one of another branch, the owners that they have there."""
    # Most of both texts is the same, with the same owners; equal chunks are recognised at once.
    head, tail = alike(lines, beside)
    found, other = lines[head : len(lines) - tail], beside[head : len(beside) - tail]
    for a, b, length in common([line for _, line in other], [line for _, line in found]):
        for i in range(length):
            if found[b + i][0] == key:
                found[b + i] = other[a + i]
    return lines.splice(head, len(lines) - tail, found)


def _beside(bases: Sequence[int | None], at: int) -> int | None:
    """The latest earlier text that a text does not come from; None if it comes from all of them."""
    came_from = bases[at]
    for before in range(at - 1, -1, -1):
        if before != came_from:
            return before
        came_from = bases[before]
    return None


class _Next(NamedTuple, Generic[T]):
    """The lines of a text with their owners, and those of them that may be new."""

    lines: Chunked[Owned[T]]
    new: Sequence[Owned[T]]


def _first(key: T, text: str) -> _Next[T]:
    """The lines of a text that was made from none: all are new."""
    lines = Chunked.of([(key, line) for line in text.split("\n")])
    return _Next(lines, lines)


def _next(owned: Chunked[Owned[T]], window: Window[T], key: T) -> _Next[T]:
    """Carry the owners of lines over an edit; only the lines from its first to its last character are compared."""
    before, text = window.before, window.after
    if text == before:
        return _Next(owned, ())
    head = common_start(before, text, min(len(before), len(text)))
    first = before.count("\n", 0, head)
    tail = common_end(before, text, min(len(before), len(text)) - head)
    last = before.count("\n", len(before) - tail) if tail else 0
    old = window.lines[first : len(window.lines) - last]
    start = before.rfind("\n", 0, head) + 1
    end = text.find("\n", len(text) - tail)
    new = text[start : len(text) if end < 0 else end].split("\n")
    middle: list[Owned[T]] = [(key, line) for line in new]
    for a, b, length in common([line for _, line in old], new):
        middle[b : b + length] = old[a : a + length]
    first += window.start
    return _Next(owned.splice(first, first + len(old), middle), middle)
