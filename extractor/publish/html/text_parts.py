"""Splitting a long text of Markdown into the parts that are shown, and two of them into the blocks that differ.

A part consists of whole top-level blocks, between which nothing is open (`extractor.markdown.blocks`). What affects
other blocks is found for the whole text: definitions, headings with their anchors, and the blocks that have to do
with footnotes. The rest is read only when its part is shown.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from extractor.markdown.anchors import Slugs
from extractor.markdown.assembly import Assembly, assembled, shown_footnotes
from extractor.markdown.block_reader import read
from extractor.markdown.block_records import merged
from extractor.markdown.blocks import normalised, sources
from extractor.markdown.inline import content_of, parse_inline
from extractor.publish.html.long_text import LongText, Part, Slice
from extractor.publish.html.token_html import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extractor.markdown import Document, Heading
    from extractor.markdown.block_records import Definitions, Placed, Source

A_PART = 12_000  # characters; showing a thousand of them takes 4 ms
AT_HEADING = A_PART * 2 // 3  # from this size on, a part ends before a heading
IN_LIST = A_PART * 3 // 2  # from this size on, it ends between two items of a list
MOST_FOOTED = 500  # blocks with footnotes, which are read for each part; a text with more is shown as a whole
LONG = 5 * A_PART  # up to this size, a text is one part

_OF_HEADINGS = frozenset({"heading_open", "fence"})  # a whiteboard is a fence
_NOTES = frozenset({"footnote_reference_open"})
_CONTENTS = frozenset({"toc"})
_OF_FOOTNOTES = ("[^", "^[")


def long_text(body: str) -> LongText | None:
    """A body in parts; None if it is shown as a whole."""
    if len(body) <= LONG:
        return None
    text = normalised(body)
    placed = sources(text)
    starts = list(_starts(placed, len(text)))
    if len(starts) == 1:
        return None
    defines = merged(one.source.defines for one in placed)
    footed: list[int] = []
    if any(mark in text for mark in _OF_FOOTNOTES):
        footed = [index for index, one in enumerate(placed) if _has_footnotes(one.source)]
    if len(footed) > MOST_FOOTED:
        return None
    parts, headings = _parts(text, placed, starts, defines, footed)
    contents = next((index for index, one in enumerate(placed) if _has(one.source, _CONTENTS)), None)
    slices = [_slice(text, placed, index, index + 1) for index in footed]
    notes = [one for one, index in zip(slices, footed, strict=True) if _has(placed[index].source, _NOTES)]
    return LongText(
        text=text,
        parts=parts,
        headings=headings,
        named=dict(_named(placed, defines)),
        defines=defines,
        footed=tuple(slices),
        notes=tuple(range(one.first, one.last + 1) for one in notes),
        contents=None if contents is None else sum(start <= contents for start in starts) - 1,
    )


def _starts(placed: Sequence[Placed], length: int) -> Iterator[int]:
    """Yield the indexes of the blocks with which parts start; a short rest belongs to the last part."""
    start = 0
    yield start
    for index in range(1, len(placed)):
        one = placed[index]
        size = one.offset - placed[start].offset
        enough = IN_LIST if one.source.continues else AT_HEADING if _is_heading(one.source) else A_PART
        if size >= enough and length - one.offset >= A_PART // 2:
            start = index
            yield start


def _slice(text: str, placed: Sequence[Placed], start: int, end: int) -> Slice:
    """Blocks `start:end` of a text."""
    at = placed[start].offset if start else 0
    stop = placed[end].offset if end < len(placed) else len(text)
    first = placed[start].line + 1 if start else 1
    last = placed[end].line if end < len(placed) else text.count("\n") + 1
    return Slice(first, last, at, stop, placed[start].source.continues)


def _parts(
    text: str, placed: Sequence[Placed], starts: Sequence[int], defines: Definitions, footed: Sequence[int]
) -> tuple[tuple[Part, ...], tuple[Heading, ...]]:
    """The parts that start with these blocks, and all headings of the text."""
    relevant = {*footed, *(index for index, one in enumerate(placed) if _has(one.source, _OF_HEADINGS))}
    blocks = {index: read(placed[index].source, defines) for index in sorted(relevant)}
    shown = shown_footnotes([(placed[index].line, block) for index, block in blocks.items()])
    assembly = Assembly(shown)
    parts = []
    waiting = list(blocks.items())
    waiting.reverse()
    for start, end in zip(starts, [*starts[1:], len(placed)], strict=True):
        while waiting and waiting[-1][0] < start:
            index, block = waiting.pop()
            assembly.place(block.found, placed[index].line)
        one = _slice(text, placed, start, end)
        above, section, headings = assembly.above, assembly.section, len(assembly.headings)
        parts.append(Part(one.first, one.last, one.start, one.end, one.in_list, above, section, headings))
    for index, block in reversed(waiting):
        assembly.place(block.found, placed[index].line)
    return tuple(parts), tuple(assembly.headings)


def _named(placed: Sequence[Placed], defines: Definitions) -> Iterator[tuple[int, tuple[str, str]]]:
    """Yield the line of each heading, with its anchor in Joplin and its text."""
    slugs = Slugs()
    for one in placed:
        tokens = one.source.tokens
        for index, token in enumerate(tokens):
            if token.type != "heading_open":
                continue
            text = tokens[index + 1]
            begins_item = index > 0 and tokens[index - 1].type == "list_item_open"
            _, content, _ = content_of(text, begins_item=begins_item, references=defines.references)
            refs = {":" + label: -1 for label in defines.footnotes}
            env: dict[str, Any] = {"references": defines.references, "footnotes": {"refs": refs, "list": {}}}
            children = parse_inline(content, env)
            line = (text.map[0] if text.map else 0) - one.source.line + one.line + 1
            yield line, (slugs.of(children), words(children))


def _has(source: Source, types: frozenset[str]) -> bool:
    return not types.isdisjoint([token.type for token in source.tokens])


def _is_heading(source: Source) -> bool:
    return bool(source.tokens) and source.tokens[0].type == "heading_open"


def _has_footnotes(source: Source) -> bool:
    """Whether a block may call a footnote, or contains one."""
    return any(
        token.type == "footnote_reference_open"
        or (token.type == "inline" and any(mark in token.content for mark in _OF_FOOTNOTES))
        for token in source.tokens
    )


def documents_of_changes(old: str, new: str) -> tuple[Document, Document] | None:
    """Two long texts as documents that contain only the links of blocks that are not in both texts.

    None if a text is short or may have footnotes, or if their link reference definitions differ.
    """
    texts = [normalised(old), normalised(new)]
    if min(map(len, texts)) <= LONG or any(mark in text for text in texts for mark in _OF_FOOTNOTES):
        return None
    placed = [sources(text) for text in texts]
    defines = [merged(one.source.defines for one in some) for some in placed]
    if defines[0] != defines[1]:
        return None
    blocks = [_texts_of(text, some) for text, some in zip(texts, placed, strict=True)]
    counts = [Counter(some) for some in blocks]
    before, after = (
        assembled(
            (one.line, read(one.source, defines[0]))
            for one, block in zip(some, its, strict=True)
            if counts[0][block] != counts[1][block] or _has(one.source, _OF_HEADINGS)
        )
        for some, its in zip(placed, blocks, strict=True)
    )
    return before, after


def _texts_of(text: str, placed: Sequence[Placed]) -> list[tuple[str, bool]]:
    """Each block as written, and whether it continues a list."""
    ends = [*(one.offset for one in placed[1:]), len(text)]
    return [(text[one.offset : end], one.source.continues) for one, end in zip(placed, ends, strict=True)]
