"""Incremental parsing: the document of each next revision, with only what an edit can have affected parsed again.

Markdown's blocks are read from left to right, and between two top-level blocks nothing is open. So parsing
resumes at a block before an edit and stops where a new block starts exactly where an old one did: from there to the
next edit the text is the same, and so is its parse. These rules deal with everything that looks further than that:

- A block looks at most as far as the next blank line before it decides where to end. Those that a blank line does
  not end, like lists, then look at the indentation and the marker of the line after it. So parsing starts after a
  blank line, at a block whose own first line is before the edit, or that follows one which a blank line ends. The
  window that is parsed ends after a blank line, too (or at the end of the text).
- A heading that starts with `#`, and an item of a list that is not the first, end the block before them by their own
  first line alone; an item by its marker, which is less indented than the content of the item before. No definition,
  paragraph or table looks past such a line. So parsing may also start at one that is before the edit, and the
  window may end before one.
- The last block of the window may go on after it, so old and new never meet there; unless a blank line ends that
  block, in which case they meet right after it.
- Link reference definitions affect the whole document: if one changes, the blocks that contain its label are read
  again. The same goes for the set of footnote labels.
- Front matter may end anywhere: if the first line could open it, the whole document is parsed, unless the front matter
  is closed above the edit.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from extractor.markdown.block_records import NOTHING, merged
from extractor.markdown.block_table import Split
from extractor.markdown.blocks import normalised, sources
from extractor.markdown.edits import edits
from extractor.markdown.html_document import parse_html
from extractor.markdown.shared import SharedDocument, placed, shared
from extractor.markdown.shared_assembly import SharedAssembler

if TYPE_CHECKING:
    from extractor.markdown.block_records import Placed, Source
    from extractor.markdown.edits import Edit
    from extractor.markdown.records import Document, Markup

_REACH = 2  # blocks after an edit that are parsed at first, as old and new probably meet there

_ENDED_BY_BLANK = frozenset({"inline", "heading_open", "hr", "table_open", "blockquote_open", "toc"})


class Follower:
    """Parses successive bodies of one note; each result is equal to that of `parse` for that body."""

    def __init__(self, markup: Markup = "markdown") -> None:
        self._is_html = markup == "html"
        self._body: str | None = None
        self._document = SharedDocument()
        self._split = Split("")
        self._assembler = SharedAssembler()

    def follow(self, body: str) -> Document:
        """Return the headings, links and images of the next body."""
        return placed(self.advance(body))

    def advance(self, body: str) -> SharedDocument:
        """Like `follow`, but return a document that shares equal records with those of the bodies before."""
        if body == self._body:
            return self._document
        self._body = body
        if self._is_html:
            self._document = shared(parse_html(body), self._document)
        else:
            text = normalised(body)
            if text != self._split.text:
                self._split = _followed(self._split, text) or Split.of(text, self._split)
                self._document = self._assembler.advance(self._split.read_blocks(), self._split.lines)
        return self._document


def _followed(old: Split, text: str) -> Split | None:
    """Split the text that the text of `old` was edited into; None if no old block can be kept."""
    if not old.sources:
        return None
    changes = edits(old.text, text, old.offsets)
    if not _front_is_settled(old, text, changes[0]):
        return None
    new = Split(text, definitions=old.definitions)
    redefined = False
    at = lines = characters = 0
    while changes:
        window = _window(old, text, changes, lines, characters)
        new.keep(old, at, window.start, lines=lines, characters=characters)
        since = len(new.blocks)
        new.add(window.new, line=window.line, offset=window.offset)
        if window.new:
            new.after_blank[since] = old.after_blank[window.start]
        before, after = old.sources[window.start : window.end], [one.source for one in window.new]
        redefined |= any(source.defines is not NOTHING for source in (*before, *after))
        at, lines, characters = window.end, changes[window.edits - 1].lines, changes[window.edits - 1].characters
        changes = changes[window.edits :]
        if at < len(old.lines):
            new.keep(old, at, at + 1, lines=lines, characters=characters)
            new.after_blank[-1] = window.after_blank
            at += 1
        new.reuse(old, window.start, window.end, range(since, since + len(window.new)))
    new.keep(old, at, len(old.lines), lines=lines, characters=characters)
    new.read(merged(source.defines for source in new.sources) if redefined else old.definitions)
    return new


class _Window(NamedTuple):
    """New blocks, which replace the old ones `start:end`; `edits` is how many of the changes are in the window.

    The places of the new blocks count from `line` and `offset`. `after_blank` is that of the block after them, where
    old and new meet.
    """

    start: int
    end: int
    line: int
    offset: int
    edits: int
    new: list[Placed]
    after_blank: bool = True


def _window(old: Split, text: str, changes: list[Edit], lines: int, characters: int) -> _Window:
    """Parse around the first change, further and further down, until old and new blocks meet before the next change.

    `lines` and `characters` are by how much the earlier changes have moved the text.
    """
    count = len(old.lines)
    start = _start(old, changes[0])
    line, offset = (old.lines[start] + lines, old.offsets[start] + characters) if start else (0, 0)
    in_list = old.sources[start].continues
    behind = bisect_right(old.lines, changes[0].last_line)
    if behind < (count if len(changes) == 1 else _start(old, changes[1])):
        end = old.offsets[behind] + changes[0].characters
        if _is_behind_blank(text, end) and not old.sources[behind].continues:
            new = sources(text[offset:end], at_start=not start, in_list=in_list)
            if not new or ends_at_blank(new[-1].source):
                return _Window(start, behind, line, offset, 1, new)
    return _wider_window(old, text, changes, (start, line, offset))


def _wider_window(old: Split, text: str, changes: list[Edit], at: tuple[int, int, int]) -> _Window:
    """Parse from a block until old and new blocks meet; `at` is its index, and its line and offset in the new text."""
    count = len(old.lines)
    start, line, offset = at
    in_list = old.sources[start].continues
    taken, reach = 1, _REACH
    while True:
        change = changes[taken - 1]
        behind = bisect_right(old.lines, change.last_line)
        last = behind + reach
        while last < count and not _is_settled(old, last):
            last += 1
        if taken < len(changes) and last > _start(old, changes[taken]):
            taken += 1
            continue
        end = old.offsets[last] + change.characters if last < count else len(text)
        new = sources(text[offset:end], at_start=not start, in_list=in_list)
        for index, one in enumerate(new[:-1]):
            met = _meeting(old, one, line + one.line - change.lines, behind)
            if met is not None:
                return _Window(start, met, line, offset, taken, new[:index], one.after_blank)
        if last >= count:
            return _Window(start, count, line, offset, taken, new)
        reach *= 2


def _meeting(old: Split, one: Placed, line: int, first: int) -> int | None:
    """Return the old block, from the `first` on, that starts on this line and like the new one continues a list or not.

    None if there is none.
    """
    met = bisect_left(old.lines, line, lo=first)
    is_same = met < len(old.lines) and old.lines[met] == line and old.sources[met].continues == one.source.continues
    return met if is_same else None


def _start(old: Split, change: Edit) -> int:
    """Return the last block that certainly still starts where it did, so that parsing can start there."""
    first = bisect_left(old.lines, change.line)
    is_first_line = 0 < first < len(old.lines) and old.lines[first] == change.line
    if is_first_line and old.after_blank[first] and ends_at_blank(old.sources[first - 1]):
        return first
    start = max(first - 1, 0)
    while start and not _is_settled(old, start):
        start -= 1
    return start


def _is_settled(old: Split, index: int) -> bool:
    """Return whether no block above looks past the first line of a block."""
    source = old.sources[index]
    return old.after_blank[index] or source.continues or (bool(source.tokens) and source.tokens[0].markup[:1] == "#")


def ends_at_blank(source: Source) -> bool:
    """Return whether a blank line certainly ends a block, whatever comes after it; definitions make no token."""
    return not source.tokens or source.tokens[0].type in _ENDED_BY_BLANK


def _is_behind_blank(text: str, end: int) -> bool:
    """Return whether the line before `end`, where a line starts, is empty."""
    return not text[text.rfind("\n", 0, max(end - 1, 0)) + 1 : end].strip(" \t\n")


def _front_is_settled(old: Split, text: str, change: Edit) -> bool:
    """Return whether a change can neither open nor close nor affect front matter."""
    if front := old.front:
        return change.line >= front
    return not _may_open_front(old.text) and not _may_open_front(text)


def _may_open_front(text: str) -> bool:
    end = text.find("\n")
    return text.find("---", 0, end if end >= 0 else len(text)) >= 0
