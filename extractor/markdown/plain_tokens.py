"""The tokens of blocks that are known for what they are at a glance, as far as anything looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it.common.utils import mdTrim
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class PlainToken(Token):
    """A token of which there is only what is looked at: one of the library's takes three times as long to make."""

    __slots__ = ()

    def __init__(
        self,
        type_: str,
        lines: list[int],
        content: str = "",
        *,
        tag: str = "",
        level: int = 0,
        markup: str = "",
        info: str = "",
    ) -> None:
        self.type, self.map, self.content = type_, lines, content
        self.tag, self.level, self.markup, self.info = tag, level, markup, info


def plain_tokens(block: str, kind: str) -> list[Token]:
    """Return the tokens of a block that is no list, as far as they are looked at; lines count from its first."""
    lines = [0, block.count("\n") + 1]
    if kind in _TYPES:
        return [PlainToken(_TYPES[kind], lines, block)]
    return _MAKERS[kind](block, lines)


def _paragraph_tokens(block: str, lines: list[int]) -> list[Token]:
    return [PlainToken("inline", lines, mdTrim(block))]


def _rule_tokens(_block: str, lines: list[int]) -> list[Token]:
    return [PlainToken("hr", lines)]


def _fence_tokens(block: str, lines: list[int]) -> list[Token]:
    first, _, rest = block.partition("\n")
    return [PlainToken("fence", lines, rest[: rest.rfind("\n") + 1], info=first.lstrip(first[0]))]


def _heading_tokens(line: str, lines: list[int]) -> list[Token]:
    """Return the tokens of a heading that starts with `#`."""
    markup = line[: len(line) - len(line.lstrip("#"))]
    return [
        PlainToken("heading_open", lines, tag=f"h{len(markup)}", markup=markup),
        PlainToken("inline", lines, _title(line[len(markup) :])),
    ]


def _quote_tokens(block: str, lines: list[int]) -> list[Token]:
    """Return the tokens of a quotation of paragraphs and headings; each line starts with `> `."""
    return [PlainToken("blockquote_open", lines), *_quoted_tokens(block.split("\n"))]


def _quoted_tokens(rows: Sequence[str]) -> Iterator[Token]:
    start = 0
    for number, row in enumerate(rows):
        if row.startswith("> #") and row[2:].lstrip("#")[:1] in ("", " ", "\t"):
            if start < number:
                yield _quoted_text(rows, start, number)
            yield from _heading_tokens(row[2:], [number, number + 1])
            start = number + 1
    if start < len(rows):
        yield _quoted_text(rows, start, len(rows))


def _quoted_text(rows: Sequence[str], start: int, end: int) -> Token:
    return PlainToken("inline", [start, end], mdTrim("\n".join([row[2:] for row in rows[start:end]])))


def _footnote_tokens(block: str, lines: list[int]) -> list[Token]:
    """Return the tokens of a footnote of one line."""
    label, text = footnote(block)
    opening = PlainToken("footnote_reference_open", lines)
    opening.meta = {"label": label}
    return [
        opening,
        PlainToken("inline", lines, mdTrim(text)),
        PlainToken("footnote_reference_close", lines),
    ]


def footnote(block: str) -> tuple[str, str]:
    """Take a footnote of one line apart: its label and its text."""
    label, _, text = block[2:].partition("]: ")
    return label, text


def item_tokens(item: str) -> list[Token]:
    """Return the tokens of an item of a plain list, as far as they are looked at."""
    tokens: list[Token] = []
    for number, line in enumerate(item.split("\n")):
        text = line.lstrip(" ")
        lines = [number, number + 1]
        tokens.append(PlainToken("list_item_open", lines, level=1 + 2 * bool(number)))
        tokens.append(PlainToken("inline", lines, mdTrim(text[text.index(" ") + 1 :])))
    return tokens


def cells(line: str) -> list[str]:
    """Take a row of a table apart, as the library does."""
    text = mdTrim(line)
    cells = escapedSplit(text) if "\\" in text else text.split("|")
    if cells and not cells[0]:
        cells.pop(0)
    if cells and not cells[-1]:
        cells.pop()
    return cells


def _table_tokens(block: str, lines: list[int]) -> list[Token]:
    """Return the tokens of a table: in each row as many cells as in the first."""
    tokens: list[Token] = [PlainToken("table_open", lines)]
    rows = block.split("\n")
    columns = len(cells(rows[0]))
    for number, row in enumerate(rows):
        if number != 1:
            filled = (cells(row) + [""] * columns)[:columns]
            here = [number, number + 1]
            tokens.append(PlainToken("tr_open", here))
            tokens += [PlainToken("inline", here, mdTrim(cell)) for cell in filled]
            tokens.append(PlainToken("tr_close", here))
    return tokens


def _title(written: str) -> str:
    """Return the text of a heading, without the `#` that may close it."""
    title = written.strip(" \t")
    open_title = title.rstrip("#")
    return mdTrim(open_title if not open_title or open_title[-1] in " \t" else title)


_MAKERS: dict[str, Callable[[str, list[int]], list[Token]]] = {
    "paragraph": _paragraph_tokens,
    "heading": _heading_tokens,
    "rule": _rule_tokens,
    "fence": _fence_tokens,
    "table": _table_tokens,
    "quote": _quote_tokens,
    "footnote": _footnote_tokens,
    "definition": lambda _block, _lines: [],
}
_TYPES = {"formula": "math_block", "comment": "html_block", "html": "html_block"}
