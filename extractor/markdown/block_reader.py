"""What one top-level block holds: its headings, its links, its footnotes."""

from __future__ import annotations

import re
from collections import ChainMap
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from extractor.markdown import html
from extractor.markdown.blocks import Block, Footnote
from extractor.markdown.characters import SPACES
from extractor.markdown.inline import Lines, may_hold_link, parse_inline, read_plain, read_tokens, with_bare
from extractor.markdown.reading import BlockText
from extractor.markdown.records import Heading, Link, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

    from extractor.markdown.blocks import Definitions, Source


_CHECKBOX = re.compile(r"\A\[[ xX]\] ")  # no part of an item's text (MdToHtml/rules/checkbox.ts)


def read(source: Source, distant: Definitions) -> Block:
    """Read the headings, links and footnotes of one block of a document; `distant` is what all its blocks define."""
    return _BlockReader(source, distant).read()


class _BlockReader:
    """One walk over the tokens of a block."""

    def __init__(self, source: Source, distant: Definitions) -> None:
        self.source = source
        self.distant = distant
        self.env: dict[str, Any] = {"references": distant.references}
        self.calls: set[str] = set()
        self.noted: list[Link] = []
        self.begins_item = False
        self.footnotes: list[Footnote] = []
        self.found: list[Heading | Link | Problem | Footnote] = []

    def read(self) -> Block:
        """Walk; the body of a footnote is kept apart from what is around it."""
        tokens = self.source.tokens
        outside: list[tuple[str, list[Heading | Link | Problem | Footnote]]] = []
        i = 0
        while i < len(tokens):
            token = tokens[i]
            if token.type == "inline":
                self.found += self._texts([token])
            elif token.type == "heading_open":
                i += 1
                self.found += self._heading(int(token.tag[1]), tokens[i])
            elif token.type == "tr_open":
                row_end = next(j for j in range(i, len(tokens)) if tokens[j].type == "tr_close")
                self.found += self._texts([cell for cell in tokens[i:row_end] if cell.type == "inline"])
                i = row_end
            elif token.type == "html_block":
                self.found += self._html(token)
            elif token.type == "footnote_reference_open":
                outside.append((token.meta["label"], self.found))
                self.found = []
            elif token.type == "footnote_reference_close":
                label, around = outside.pop()
                footnote = Footnote(label, tuple(self.found))
                self.footnotes.append(footnote)
                around.append(footnote)
                self.found = around
            self.begins_item = token.type == "list_item_open"
            i += 1
        return Block(tuple(self.found), tuple(self.footnotes), frozenset(self.calls))

    def _line(self, token: Token) -> int:
        """Return the line of a token within the block."""
        return token.map[0] - self.source.line if token.map else 0

    def _heading(self, level: int, token: Token) -> Iterator[Heading | Link]:
        """Read a heading and the links in it."""
        reading = BlockText()
        self._read_text(reading, token)
        title = reading.title()
        yield Heading(level, title, (title,), self._line(token))
        yield from self._links(reading)

    def _texts(self, tokens: list[Token]) -> list[Link]:
        """Read a paragraph, or the cells of a table's row, which make one context."""
        if not any(may_hold_link(token.content) for token in tokens):
            return []
        reading = BlockText()
        for index, token in enumerate(tokens):
            if index:
                reading.write(" | ")
            self._read_text(reading, token)
        return self._links(reading)

    def _links(self, reading: BlockText) -> list[Link]:
        """Return the links of a text, and behind them those of the footnotes written in it."""
        links = reading.links() + self.noted
        self.noted = []
        return links

    def _read_text(self, reading: BlockText, token: Token) -> None:
        """Parse and read one inline token, with the footnotes that it calls."""
        content = token.content.strip(SPACES)
        if self.begins_item and "X" not in self.distant.references:
            content = _CHECKBOX.sub("", content)
        line = self._line(token) + token.content.count("\n", 0, token.content.find(content))
        if read_plain(reading, content, line, has_labels=bool(self.distant)):
            return
        may_call = "[^" in content or "^[" in content
        refs = ChainMap({}, _uncalled(self.distant.footnotes)) if may_call else {}
        self.env["footnotes"] = {"refs": refs, "list": {}}
        tokens = parse_inline(content, self.env)
        read_tokens(reading, tokens, content, line)
        lines = Lines(content, line)
        for note in self.env["footnotes"]["list"].values():
            if "tokens" in note:
                inner = BlockText()
                read_tokens(inner, with_bare(note["tokens"], note["content"]), note["content"], lines.at(note["at"]))
                self.noted += inner.links()
            else:
                self.calls.add(note["label"])

    def _html(self, token: Token) -> list[Link | Problem]:
        """Read a block of HTML. Its headings make no sections: in Markdown, only Markdown's do."""
        if "<a" not in (lowered := token.content.lower()) and "<im" not in lowered:
            return []
        reading = BlockText()
        problems: list[Problem] = []
        first = line = self._line(token)
        for event in html.events(token.content):
            if isinstance(event, str):
                reading.write(event)
            elif isinstance(event, html.Start):
                line = first + event.place[0] if event.place else line
                reading.read_start(event, line)
            elif isinstance(event, html.End):
                reading.read_end(event.name)
            else:
                problems.append(Problem(first + event.line, event.reason))
        return [*reading.links(), *problems]


@lru_cache(maxsize=1)
def _uncalled(labels: frozenset[str]) -> dict[str, int]:
    """Return the footnotes of a document as markdown-it looks them up, none of them called; not to be changed."""
    return dict.fromkeys((":" + label for label in labels), -1)
