"""Top-level blocks: where one starts and ends, and what it defines.

Between two top-level blocks nothing is open, so a block can be read separately, except for what affects other blocks:
link reference definitions, the labels of footnotes, and front matter. Between two items of a top-level list only the
list is open, so each item is a block, too; the only difference for an item that is not the first is that its first line
cannot be a table, a rule or front matter. A list that defines something is one block.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar, cast

from markdown_it.rules_block import StateBlock

from extractor.markdown.addresses import written
from extractor.markdown.block_records import NOTHING, Definitions, Placed, Source, merged
from extractor.markdown.characters import SPACES
from extractor.markdown.dialect import dialect
from extractor.markdown.plain_blocks import (
    LISTS,
    front_matter_end,
    may_go_on,
    next_start,
    plain_block,
    plain_definitions,
)
from extractor.markdown.plain_tokens import item_tokens, plain_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from functools import _lru_cache_wrapper

    from markdown_it.token import Token

    from extractor.markdown.dialect import JoplinMarkdown

T = TypeVar("T")


_NEWLINE = re.compile(r"\r\n?")


def normalised(body: str) -> str:
    """Return the text as markdown-it reads it: line ends as line feeds, no NUL."""
    if "\r" in body:
        body = _NEWLINE.sub("\n", body)
    return body.replace("\0", "\ufffd")


def sources(text: str, *, at_start: bool = True, in_list: bool = False, indented_code: bool = True) -> list[Placed]:
    """Split a text into its top-level blocks, like `parsed`, but with the library only for blocks that are not plain.

    `at_start` is False for a piece from the middle of a document, where there is no front matter; `in_list` says that
    the piece starts with an item that continues a list. `indented_code` says whether lines indented by four columns are
    code. Equal blocks, whichever text they are in, usually share one `Source`, which is read once.
    """
    if not indented_code:
        return parsed(text, at_start=at_start, in_list=in_list, indented_code=False)
    found: list[Placed] = []
    line = at = 0
    length = len(text)
    if at_start and (front := front_matter_end(text)):
        found += parsed(text[:front])
        line, at = text.count("\n", 0, front) + 1, front + 1
    after_blank = not at
    parts: Sequence[Placed]
    while True:
        if empty := _EMPTY_LINES.match(text, at):
            line += text.count("\n", at, empty.end())
            at, after_blank = empty.end(), True
        if at >= length or (text[at] in " \t" and _REST.match(text, at)):
            return found
        block, kind = plain_block(text, at)
        if block and (kind in LISTS or not in_list):
            end, is_blank_behind = at + len(block) + 1, False
            if kind not in LISTS:
                found.append(Placed(line, at, after_blank, _kept(_plain, block, kind)))
                line += block.count("\n") + 1
                at, after_blank = end, is_blank_behind
                continue
            parts = _list_items(block, continues=in_list)
        else:
            end, parts = _parsed_part(text, at, in_list=in_list)
            is_blank_behind = True
        in_list = False
        found.append(Placed(line, at + parts[0].offset, after_blank, parts[0].source))
        found += [Placed(line + part.line, at + part.offset, part.after_blank, part.source) for part in parts[1:]]
        line += text.count("\n", at, end)
        at, after_blank = end, is_blank_behind


_REST = re.compile(r"[ \t]*+\Z")
_EMPTY_LINES = re.compile(r"(?>(?:[ \t]*+\n)+)")
_BETWEEN_ITEMS = re.compile("\n(?! )")
_SHORT = 4096  # characters: longer texts are not worth the memory
_MANY, _SOME = 1024, 256  # how many blocks, and how many items or parts of texts, are cached


@lru_cache(maxsize=_MANY)
def _plain(block: str, kind: str) -> Source:
    """Return the source of a plain block; cached, so that equal blocks share it."""
    return Source(0, False, plain_tokens(block, kind), plain_definitions(block, kind))


@lru_cache(maxsize=_SOME)
def _plain_item(item: str, continues: bool) -> Source:
    """Return the source of an item of a plain list; cached, so that equal items share it."""
    return Source(0, continues, item_tokens(item), NOTHING)


def _kept(make: _lru_cache_wrapper[T], text: str, *more: object) -> T:
    """Call the cached function `make` if the text is short; else call it without the cache."""
    return make(text, *more) if len(text) < _SHORT else make.__wrapped__(text, *more)


def _list_items(block: str, *, continues: bool) -> list[Placed]:
    """Split a plain list into its items; `continues` says whether the first item continues a list."""
    items = []
    offset = line = 0
    for item in _BETWEEN_ITEMS.split(block):
        items.append(Placed(line, offset, line == 0, _kept(_plain_item, item, continues or line > 0)))
        offset += len(item) + 1
        line += item.count("\n") + 1
    return items


def _parsed_part(text: str, at: int, *, in_list: bool) -> tuple[int, Sequence[Placed]]:
    """Let the library parse from `at`, where a line starts that is not empty, to a place where all blocks have ended.

    Returns that place, and the blocks up to it, with places that count from `at`.
    """
    blocks = 1
    while True:
        end = next_start(text, at, blocks)
        part = text[at:end]
        found = parsed(part, at_start=False, in_list=True) if in_list else _kept(_parsed, part)
        if end == len(text) or not may_go_on(found[-1].source.tokens):
            return end, found
        blocks *= 2


@lru_cache(maxsize=_SOME)
def _parsed(part: str) -> Sequence[Placed]:
    """Parse a part of a text that starts with a block; cached, so that equal parts share their sources."""
    return parsed(part, at_start=False)


def parsed(text: str, *, at_start: bool = True, in_list: bool = False, indented_code: bool = True) -> list[Placed]:
    """Split a text into its top-level blocks by the library (markdown-it's ParserBlock.tokenize at level 0)."""
    found: list[Placed] = []
    state = _state(text, at_start=at_start, indented_code=indented_code)
    for line, tokens, defines in _read_blocks(state, in_list=in_list):
        continues = in_list and not found
        for start, part in [(line, tokens)] if defines else _items(line, tokens):
            after_blank = start == 0 or state.isEmpty(start - 1)
            found.append(Placed(start, state.bMarks[start], after_blank, Source(start, continues, part, defines)))
            continues = True
    return found


def shown_tokens(text: str, *, at_start: bool = True, in_list: bool = False) -> tuple[list[Token], Definitions]:
    """Return all tokens of a text for a page, including those for paragraphs, and its definitions.

    The arguments are as in `sources`.
    """
    state = _state(text, at_start=at_start, is_shown=True)
    blocks = list(_read_blocks(state, in_list=in_list))
    return [token for _, tokens, _ in blocks for token in tokens], merged(defines for _, _, defines in blocks)


def _state(text: str, *, at_start: bool, indented_code: bool = True, is_shown: bool = False) -> StateBlock:
    """Return the state from which markdown-it parses blocks."""
    return StateBlock(text, dialect(indented_code=indented_code, is_shown=is_shown), {"at_start": at_start}, [])


def _read_blocks(state: StateBlock, *, in_list: bool = False) -> Iterator[tuple[int, list[Token], Definitions]]:
    """Yield each top-level block: its line, its tokens, and what it defines."""
    blocks = cast("JoplinMarkdown", state.md).blocks
    line, end = state.line, state.lineMax
    while (line := state.skipEmptyLines(line)) < end:
        state.line = line
        tokens: list[Token] = []
        references: dict[str, dict[str, str]] = {}
        footnotes: dict[str, int] = {}
        state.tokens = tokens
        state.env.update(references=references, footnotes={"refs": footnotes, "list": {}})
        if in_list:
            in_list = False
            blocks.read_list(state, line, end, False)
        else:
            blocks.read_block(state, line, end)
        is_heading = False
        for token in tokens:
            # The line of an underlined heading is where its text begins, even if that line is only odd spaces.
            if token.type == "inline" and not is_heading:
                _skip_odd_spaces(state, token)
            is_heading = token.type == "heading_open"
        yield line, tokens, _defined(references, footnotes)
        line = max(state.line, line + 1)


def _items(line: int, tokens: list[Token]) -> list[tuple[int, list[Token]]]:
    """Split a list into its items, each with its line; any other block, which starts at `line`, is one part."""
    starts = [
        (i, token.map[0])
        for i, token in enumerate(tokens)
        if token.type == "list_item_open" and token.level == 1 and token.map
    ]
    if len(starts) < 2 or not tokens[0].type.endswith("_list_open"):  # noqa: PLR2004 - what can be taken apart
        return [(line, tokens)]
    ends = [*(start for start, _ in starts[1:]), len(tokens)]
    return [(at, tokens[start:end]) for (start, at), end in zip(starts, ends, strict=True)]


def _defined(references: dict[str, dict[str, str]], footnotes: dict[str, int]) -> Definitions:
    """Return the definitions that markdown-it recorded in its environment, without the lines, which may move."""
    if not references and not footnotes:
        return NOTHING
    plain = {
        label: {"href": reference["href"], "title": reference["title"], "written": written(reference["href"])}
        for label, reference in references.items()
    }
    return Definitions(plain, frozenset(label[1:] for label in footnotes))


def _skip_odd_spaces(state: StateBlock, token: Token) -> None:
    """Move the start of a text past lines that contain only spaces that trimming removes, like U+00A0."""
    start, end = token.map or (0, 0)
    if end - start == token.content.count("\n") + 1:
        return
    while start + 1 < end and not state.src[state.bMarks[start] : state.eMarks[start]].strip(SPACES + ">"):
        start += 1
    token.map = [start, end]
