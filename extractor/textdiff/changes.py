"""The changes between two texts: lines, words within lines, headings as landmarks. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from extractor.textdiff.patience import common

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WORDS = re.compile(r"\w+|\s+|[^\w\s]")
TELLING = re.compile(r"\w+")
ADDRESS = re.compile(r"\w+://[^\s)>]+")
HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$")
FENCE = re.compile(r" {0,3}(```|~~~)")
AROUND = 3  # lines shown before and after a change
LONG_LINE = 600_000  # product of the numbers of words; above it, a line is shown as a whole
ALIKE = 0.5  # share of common words from which an old and a new line count as one changed line
PAIRED = 2_500  # product of the numbers of lines up to which old and new ones are paired by similarity


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line; `changed` if the other text does not have it."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of either text, or of both; numbers count from 1."""

    kind: Literal["same", "removed", "added"]
    old: int | None
    new: int | None
    pieces: tuple[Piece, ...]
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class DiffHunk:
    """Changes with their context; `under` is the heading above, `skipped` the number of lines left out before."""

    under: str
    skipped: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes; `rest` is the number of equal lines after the last hunk."""

    hunks: tuple[DiffHunk, ...]
    rest: int
    added: int
    removed: int


def changes(old: str, new: str) -> Changes:
    r"""What turns one text into the other; only "\n" ends a line, as Joplin has it."""
    old_lines, new_lines = old.split("\n") if old else [], new.split("\n") if new else []
    old_titles, titles = _titles(old_lines), _titles(new_lines)
    lines = [
        replace(line, is_heading=True) if (line.new in titles if line.new else line.old in old_titles) else line
        for line in _lines(old_lines, new_lines)
    ]
    keep = _kept(lines)
    hunks: list[DiffHunk] = []
    at = skipped = 0
    while at < len(lines):
        if not keep[at]:
            at, skipped = at + 1, skipped + 1
            continue
        end = at
        while end < len(lines) and keep[end]:
            end += 1
        hunks.append(DiffHunk(_under(titles, lines[at:end]), skipped, tuple(lines[at:end])))
        at, skipped = end, 0
    kinds = [line.kind for line in lines]
    return Changes(tuple(hunks), skipped, kinds.count("added"), kinds.count("removed"))


def as_it_is(text: str) -> Changes:
    """A complete text without changes."""
    titles = _titles(text.split("\n"))
    lines = tuple(Line("same", None, at, (Piece(line),), at in titles) for at, line in enumerate(text.split("\n"), 1))
    return Changes((DiffHunk("", 0, lines),), 0, 0, 0)


def _lines(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Every line of both texts; removed lines come before added ones."""
    a = b = 0
    for run_a, run_b, length in [*common(old, new), (len(old), len(new), 0)]:
        yield from _changed(old[a:run_a], new[b:run_b], a, b)
        for i in range(length):
            yield Line("same", run_a + i + 1, run_b + i + 1, (Piece(old[run_a + i]),))
        a, b = run_a + length, run_b + length


def _changed(old: Sequence[str], new: Sequence[str], old_at: int, new_at: int) -> Iterator[Line]:
    """Old lines before new ones, and a changed line right before its new form."""
    is_edit = bool(old) and bool(new)
    a = b = 0
    for pair_a, pair_b in [*_partners(old, new).items(), (len(old), len(new))]:
        for i in range(a, pair_a):
            yield Line("removed", old_at + i + 1, None, (Piece(old[i], changed=is_edit and bool(old[i])),))
        for i in range(b, pair_b):
            yield Line("added", None, new_at + i + 1, (Piece(new[i], changed=is_edit and bool(new[i])),))
        if pair_a < len(old):
            was, now = words(old[pair_a], new[pair_b])
            yield Line("removed", old_at + pair_a + 1, None, was)
            yield Line("added", None, new_at + pair_b + 1, now)
        a, b = pair_a + 1, pair_b + 1


def _partners(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Which old line became which new one, in order; lines that differ too much are not paired."""
    if not old or not new or len(old) * len(new) > PAIRED:
        return {}
    old_words, new_words = [_telling(line) for line in old], [_telling(line) for line in new]
    partners: dict[int, int] = {}
    start = 0
    for a, mine in enumerate(old_words):
        scores = [(_likeness(mine, new_words[b]), -b) for b in range(start, len(new))]
        best, place = max(scores, default=(0.0, 0))
        if best >= ALIKE:
            partners[a] = -place
            start = -place + 1
    return partners


def _telling(line: str) -> set[str]:
    """The words that identify a line: without those of addresses, unless there are no others."""
    return set(TELLING.findall(ADDRESS.sub(" ", line)) or TELLING.findall(line))


def _likeness(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / max(len(one) + len(other), 1)


def words(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Two forms of one line, each split into pieces that the other has or lacks."""
    a, b = WORDS.findall(old), WORDS.findall(new)
    if len(a) * len(b) > LONG_LINE:
        return (Piece(old, changed=True),), (Piece(new, changed=True),)
    was: list[Piece] = []
    now: list[Piece] = []
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        _add(was, "".join(a[a0:a1]), changed=kind != "equal")
        _add(now, "".join(b[b0:b1]), changed=kind != "equal")
    return tuple(was), tuple(now)


def _add(pieces: list[Piece], text: str, *, changed: bool) -> None:
    """Merge two changed words with only a blank between them into one change."""
    if not text:
        return
    if pieces and changed and len(pieces) > 1 and not pieces[-1].changed and not pieces[-1].text.strip():
        blank, before = pieces.pop(), pieces.pop()
        if before.changed:
            pieces.append(Piece(before.text + blank.text + text, changed=True))
            return
        pieces += [before, blank]
    pieces.append(Piece(text, changed))


def _kept(lines: Sequence[Line]) -> list[bool]:
    """Which lines are close enough to a change to be shown; a single line is not left out."""
    keep = [False] * len(lines)
    for at, line in enumerate(lines):
        if line.kind != "same":
            for near in range(max(0, at - AROUND), min(len(lines), at + AROUND + 1)):
                keep[near] = True
    for at in range(1, len(lines) - 1):
        if not keep[at] and keep[at - 1] and keep[at + 1]:
            keep[at] = True
    return keep


def _under(titles: Mapping[int, str], lines: Sequence[Line]) -> str:
    """The heading above the first change, in the new text; '' before the first heading."""
    last = 0
    for line in lines:
        if line.kind != "same":
            break
        last = line.new or last
    return next((titles[at] for at in sorted(titles, reverse=True) if at <= last), "")


def _titles(lines: Sequence[str]) -> dict[int, str]:
    """The titles of the headings, by line number."""
    titles, fence = {}, ""
    for number, line in enumerate(lines, 1):
        if match := FENCE.match(line):
            fence = "" if fence == match[1] else fence or match[1]
        if not fence and (match := HEADING.match(line)):
            titles[number] = match[1]
    return titles
