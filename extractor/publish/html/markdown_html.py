"""Markdown to HTML, not yet sanitised, from the same tokens from which headings and links are read.

Attributes contain what the page needs to find things again: `data-id` is the target of links (`line-3`, `fn1`),
`data-line` the line of a heading, link or image, and `data-slug` Joplin's anchor of a heading.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from markdown_it.renderer import RendererHTML

from extractor.markdown.addresses import normalised as normalised_address
from extractor.markdown.anchors import Slugs
from extractor.markdown.blocks import normalised, shown_tokens
from extractor.markdown.inline import Lines, content_of, parse_inline, with_bare
from extractor.markdown.whiteboard import groups_of, is_whiteboard
from extractor.publish.html.token_html import RENDERER, as_written, checkbox, options, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from markdown_it.token import Token

    from extractor.markdown.block_records import Definitions
    from extractor.markdown.whiteboard import Card
    from extractor.publish.html.long_text import LongText

_ALIGNED = {"text-align:left": "left", "text-align:center": "center", "text-align:right": "right"}
_CONTENTS = "\0"  # placeholder for the table of contents; no text contains it


def to_html(body: str) -> str:
    """The HTML of a body of Markdown; it may contain anything, so it has to be sanitised."""
    tokens, defines = shown_tokens(normalised(body))
    return _Page(defines).render(tokens)


def part_to_html(text: LongText, index: int) -> tuple[str, Mapping[str, int]]:
    """The HTML of one part of a long text, and where the footnotes that it calls are.

    All parts together give the HTML of the whole text. Footnotes and the places that call them are given by their names
    in links (after the #), each with a line of the part that has it.
    """
    part = text.parts[index]
    before, after = text.footed_beside(part)
    hidden = [token for one in before for token in text.tokens(one)]
    shown = text.tokens(part)
    behind = [token for one in after for token in text.tokens(one)]
    page = _Page(text.defines, headings=text.named)
    html = page.render(
        [*hidden, *shown, *behind],
        shown=range(len(hidden), len(hidden) + len(shown)),
        has_contents=index == text.contents,
        has_footnotes=index == len(text.parts) - 1,
    )
    leads = {f"fnref{number + 1}": line for number, line in page.called.items()}
    return html, leads | {f"fn{number + 1}": text.parts[-1].last for number in page.called}


@dataclass(slots=True)
class _Page:
    """One walk over the tokens of a text; the text of a card is on one `line` (from 0), and has no anchors.

    `headings` gives the slug and text of each heading by line, if only a part of the text is rendered; if it is None,
    they are found while rendering.
    """

    defines: Definitions
    line: int | None = None
    headings: Mapping[int, tuple[str, str]] | None = None
    taken: set[int] = field(default_factory=set)
    slugs: Slugs = field(default_factory=Slugs)
    contents: list[tuple[str, str]] = field(default_factory=list)  # slug and text of each heading
    called: dict[int, int] = field(default_factory=dict)  # the line that calls each footnote first, by its number
    env: dict[str, Any] = field(default_factory=dict)

    def render(
        self,
        tokens: list[Token],
        *,
        shown: range | None = None,
        has_contents: bool = True,
        has_footnotes: bool = True,
    ) -> str:
        """Render a text, with its footnotes at the end; tokens that are not `shown` matter only for footnotes."""
        refs = {":" + label: -1 for label in self.defines.footnotes}
        self.env = {"references": self.defines.references, "footnotes": {"refs": refs, "list": {}}}
        self._parse(tokens)
        first, end = (shown.start, shown.stop) if shown is not None else (0, len(tokens))
        bodies: dict[str, str] = {}
        _, html, _ = (
            self._blocks(tokens, places, bodies)
            for places in (range(first), range(first, end), range(end, len(tokens)))
        )
        html = html.replace(_CONTENTS, self._table_of_contents() if has_contents else "", 1).replace(_CONTENTS, "")
        return html + (self._footnotes(bodies) if has_footnotes else "")

    def _blocks(self, tokens: Sequence[Token], places: range, bodies: dict[str, str]) -> str:
        """Render some of the tokens, whole blocks; those of footnotes go to `bodies`, by their labels."""
        parts: list[str] = []
        outside: list[tuple[str, list[str]]] = []
        for index in places:
            token = tokens[index]
            if token.type == "footnote_reference_open":
                outside.append((token.meta["label"], parts))
                parts = []
            elif token.type == "footnote_reference_close":
                label, around = outside.pop()
                bodies[label] = "".join(parts)
                parts = around
            else:
                parts.append(self._token(tokens, index))
        return "".join(parts)

    def _parse(self, tokens: Sequence[Token]) -> None:
        """Parse the text of each block, in the order in which footnotes are counted."""
        lists: list[Token] = []
        for index, token in enumerate(tokens):
            if token.type in ("bullet_list_open", "ordered_list_open"):
                lists.append(token)
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                lists.pop()
            elif token.type == "inline":
                opened = [one.type for one in tokens[max(0, index - 2) : index]]
                begins_item = opened[-1:] == ["list_item_open"] or (
                    opened[:1] == ["list_item_open"] and opened[-1] in ("paragraph_open", "heading_open")
                )
                checkbox, content, before = content_of(
                    token, begins_item=begins_item, references=self.defines.references
                )
                known = len(self.env["footnotes"]["list"])
                token.children = parse_inline(content, self.env)
                token.meta["checkbox"] = checkbox
                if checkbox:
                    lists[-1].attrs["class"] = "contains-task-list"
                    item = tokens[index - 1 if opened[-1] == "list_item_open" else index - 2]
                    item.attrs["class"] = "task-list-item"
                first = self._line_of(token) + before
                self._note_lines(token.children, content, first)
                lines = Lines(content, first)
                notes = self.env["footnotes"]["list"]
                for number in range(known, len(notes)):
                    self.called[number] = self._line_of(token)
                    if "tokens" in (note := notes[number]):
                        children = with_bare(note["tokens"], note["content"])
                        self._note_lines(children, note["content"], lines.at(note["at"]))
                        note["html"] = self._inline(children)

    def _note_lines(self, tokens: Iterable[Token], content: str, first: int) -> None:
        """Give each link and image the line on which it starts."""
        lines = Lines(content, first)
        for token in tokens:
            if token.type in ("link_open", "image"):
                line = lines.at(token.meta["at"])
                token.attrs["data-line"] = line if self.line is None else self.line + 1

    def _line_of(self, token: Token) -> int:
        """The line where a block starts, from 1."""
        line = self.line if self.line is not None else token.map[0] if token.map else 0
        return line + 1

    def _token(self, tokens: Sequence[Token], index: int) -> str:
        """Render one token of a block."""
        token = tokens[index]
        self._place(token)
        match token.type:
            case "inline":
                return checkbox(token) + self._inline(token.children or [])
            case "toc":
                return _CONTENTS
            case "fence" if self.line is None and is_whiteboard(token.info):
                return self._board(token) or as_written(token)
            case "heading_open":
                return self._heading(tokens, index)
            case "html_block" | "math_block" | "front_matter" | "fence" | "code_block":
                return as_written(token)
        return RENDERER.renderToken(tokens, index, options(), self.env)

    def _place(self, token: Token) -> None:
        """Give a block the id of its first line, if no other block has it; alignment becomes an attribute."""
        if align := _ALIGNED.get(str(token.attrs.pop("style", ""))):
            token.attrs["align"] = align
        is_block = token.nesting >= 0 and token.type not in ("inline", "html_block") and not token.hidden
        if self.line is None and is_block and token.map and token.map[0] not in self.taken:
            self.taken.add(token.map[0])
            token.attrs["data-id"] = f"line-{token.map[0] + 1}"

    def _heading(self, tokens: Sequence[Token], index: int) -> str:
        """Render the start of a heading."""
        token, text = tokens[index], tokens[index + 1]
        if self.line is None and self.headings is not None:
            token.attrs["data-slug"], _ = self.headings.get(self._line_of(text), ("", ""))
        elif self.line is None:
            slug = self.slugs.of(text.children or ())
            self.contents.append((slug, words(text.children or ())))
            token.attrs["data-slug"] = slug
        token.attrs["data-line"] = self._line_of(text)
        return f"<{token.tag}{RendererHTML.renderAttrs(token)}>"

    def _inline(self, tokens: Sequence[Token]) -> str:
        """Render the text of a block."""
        return RENDERER.renderInline(tokens, options(), self.env)

    def _table_of_contents(self) -> str:
        """The table of contents that `[toc]` shows."""
        contents = self.contents if self.headings is None else self.headings.values()
        items = "".join(f'<li><a href="#{escape(slug)}">{said}</a></li>\n' for slug, said in contents)
        return f"<ul>\n{items}</ul>\n"

    def _footnotes(self, bodies: dict[str, str]) -> str:
        """The footnotes that something calls."""
        notes = self.env["footnotes"]["list"]
        if not notes:
            return ""
        items = []
        for number, note in notes.items():
            body = note.get("html") or bodies.get(note.get("label", ""), "")
            back = f'<a href="#fnref{number + 1}" class="footnote-backref">↩︎</a>'
            items.append(f'<li data-id="fn{number + 1}" class="footnote-item">{body}{back}</li>\n')
        return f'<hr>\n<section class="footnotes">\n<ol class="footnotes-list">\n{"".join(items)}</ol>\n</section>\n'

    def _board(self, token: Token) -> str:
        """Render the cards of a whiteboard, one after the other; '' if it is not one."""
        groups = groups_of(token.content)
        if groups is None:
            return ""
        line = self._line_of(token)
        items = []
        for group in groups:
            if label := " ".join(group.label.split()):
                items.append(f'<h1 data-line="{line}">{escape(label)}</h1>')
            items += [self._card(card, line) for card in group.cards]
        cards = "".join(f"<li>{item}</li>\n" for item in items)
        return f'<ul class="board"{RendererHTML.renderAttrs(token)}>\n{cards}</ul>\n'

    def _card(self, card: Card, line: int) -> str:
        """Render a card: its Markdown, or its address."""
        if card.kind == "text":
            tokens, defines = shown_tokens(normalised(card.content), at_start=False)
            return _Page(defines, line - 1).render(tokens)
        url = card.address()
        if not url:
            return escape(card.content)
        return f'<a href="{escape(normalised_address(url))}" data-line="{line}">{escape(url)}</a>'
