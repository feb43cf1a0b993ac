"""Reading the headings, links and footnotes of one top-level block."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from extractor.markdown import html
from extractor.markdown.assembly import assembled
from extractor.markdown.block_records import NOTHING, Block, Footnote, merged
from extractor.markdown.blocks import normalised, sources
from extractor.markdown.characters import SPACES
from extractor.markdown.inline import Lines, content_of, may_hold_link, parse_inline, read_tokens, with_bare
from extractor.markdown.plain_inline import may_hold_more, read_plain
from extractor.markdown.reading import BlockText
from extractor.markdown.records import Document, Heading, Link, Problem
from extractor.markdown.whiteboard import groups_of, is_whiteboard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

    from extractor.markdown.block_records import Definitions, Item, Source
    from extractor.markdown.whiteboard import Card, Group


def read(source: Source, definitions: Definitions) -> Block:
    """Read the headings, links and footnotes of one block of a document; `definitions` is what all its blocks define.

    A block that mentions none of these definitions reads the same in any document.
    """
    alone = source.alone
    if alone is None and (alone := _at_a_glance(source)) is not None:
        source.alone = alone
        source.brackets = ""
    if definitions is not NOTHING and source.brackets != "" and source.mentions(definitions.labels):
        return _BlockReader(source, definitions).read()
    if alone is None:
        alone = source.alone = _BlockReader(source, NOTHING).read()
    return alone


_EMPTY = Block(())
_SILENT = frozenset({"hr", "math_block", "code_block", "front_matter", "toc", "list_item_open"})


def _at_a_glance(source: Source) -> Block | None:
    """Return a block that surely holds nothing, or a heading alone whose text is its title; None for any other.

    There is no bracket in its texts.
    """
    tokens = source.tokens
    for token in tokens:
        if token.type not in _SILENT and (token.type != "inline" or may_hold_link(token.content)):
            break
    else:
        return _EMPTY
    if len(tokens) != 2 or tokens[0].type != "heading_open" or may_hold_more(tokens[1].content):  # noqa: PLR2004 - with its text
        return None
    title = tokens[1].content.strip(SPACES)
    line = tokens[1].map[0] - source.line if tokens[1].map else 0
    return Block((Heading(int(tokens[0].tag[1]), title, (title,), line),))


class _BlockReader:
    """One walk over the tokens of a block.

    `has_boards` is False for the text of a card, where a nested whiteboard is only code.
    """

    def __init__(self, source: Source, definitions: Definitions, *, has_boards: bool = True) -> None:
        self.source = source
        self.has_boards = has_boards
        self.definitions = definitions
        self.env: dict[str, Any] = {"references": definitions.references}
        self.calls: set[str] = set()
        self.noted: list[Link] = []
        self.begins_item = False
        self.footnotes: list[Footnote] = []
        self.found: list[Item] = []
        self.outside: list[tuple[str, list[Item]]] = []  # labels of the open footnotes, and what is found around them

    def read(self) -> Block:
        """Read the block; the body of a footnote is kept apart from what is around it."""
        tokens = self.source.tokens
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
            elif token.type == "fence":
                self.found += self._board(token)
            else:
                self._footnote(token)
            self.begins_item = token.type == "list_item_open"
            i += 1
        return Block(tuple(self.found), tuple(self.footnotes), frozenset(self.calls))

    def _footnote(self, token: Token) -> None:
        """Begin or end the body of a footnote."""
        if token.type == "footnote_reference_open":
            self.outside.append((token.meta["label"], self.found))
            self.found = []
        elif token.type == "footnote_reference_close":
            label, around = self.outside.pop()
            footnote = Footnote(label, tuple(self.found))
            self.footnotes.append(footnote)
            around.append(footnote)
            self.found = around

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
        """Read a paragraph, or the cells of a table's row, which form one context."""
        if not any(may_hold_link(token.content) for token in tokens):
            return []
        reading = BlockText()
        for index, token in enumerate(tokens):
            if index:
                reading.write(" | ")
            self._read_text(reading, token)
        return self._links(reading)

    def _links(self, reading: BlockText) -> list[Link]:
        """Return the links of a text, followed by those of the inline footnotes in it."""
        links = reading.links() + self.noted
        self.noted = []
        return links

    def _read_text(self, reading: BlockText, token: Token) -> None:
        """Parse and read one inline token, with the footnotes that it calls."""
        _, content, before = content_of(token, begins_item=self.begins_item, references=self.definitions.references)
        line = self._line(token) + before
        if read_plain(reading, content, line, self.definitions):
            return
        may_call = "[^" in content or "^[" in content
        refs = ChainMap({}, _uncalled(self.definitions.footnotes)) if may_call else {}
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

    def _board(self, token: Token) -> list[Document]:
        """Read a whiteboard as a separate document; of other code, nothing."""
        groups = groups_of(token.content) if self.has_boards and is_whiteboard(token.info) else None
        return [_read_board(groups, self._line(token))] if groups is not None else []

    def _html(self, token: Token) -> list[Link | Problem]:
        """Read a block of HTML. Its headings make no sections: in Markdown, only Markdown's headings do."""
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


def _read_board(groups: Iterable[Group], line: int) -> Document:
    """Read the cards of a whiteboard that starts on this line; all of them get this line."""
    headings: list[Heading] = []
    links: list[Link] = []
    problems: list[Problem] = []
    for group in groups:
        section = None
        path: tuple[str, ...] = ()
        if label := " ".join(group.label.split()):
            section, path = len(headings), (label,)
            headings.append(Heading(1, label, path, line))
        for card in group.cards:
            document = _read_card(card)
            here = len(headings)
            headings += [replace(heading, path=path + heading.path, line=line) for heading in document.headings]
            links += [
                replace(link, line=line, section=section if link.section is None else here + link.section)
                for link in document.links
            ]
            problems += [replace(problem, line=line) for problem in document.problems]
    return Document(tuple(headings), tuple(links), tuple(problems))


def _read_card(card: Card) -> Document:
    """Read one card: Markdown, or an address (see `Card.address`)."""
    if card.kind == "text":
        split = sources(normalised(card.content), at_start=False)
        definitions = merged(one.source.defines for one in split)
        return assembled((one.line, _BlockReader(one.source, definitions, has_boards=False).read()) for one in split)
    reading = BlockText()
    if url := card.address():
        reading.open("link", "bare", url, "", 0)
    return Document(links=tuple(reading.links()))


@lru_cache(maxsize=1)
def _uncalled(labels: frozenset[str]) -> dict[str, int]:
    """Return the footnotes of a document as markdown-it looks them up, with none of them called; do not modify it."""
    return dict.fromkeys((":" + label for label in labels), -1)
