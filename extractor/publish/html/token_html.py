"""The HTML of single tokens: as in markdown-it, with the additions of Joplin's dialect."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from markdown_it.renderer import RendererHTML

from extractor.markdown.dialect import dialect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict


def words(tokens: Iterable[Token]) -> str:
    """The escaped text of a heading for the table of contents, without links."""
    return "".join(escape(token.content) for token in tokens if token.type in _WORDS)


def checkbox(token: Token) -> str:
    """The checkbox of a to-do."""
    box = token.meta["checkbox"]
    return f'<input type="checkbox" disabled{" checked" if "x" in box.lower() else ""}> ' if box else ""


def as_written(token: Token) -> str:
    """A block whose content is not Markdown."""
    attributes = RendererHTML.renderAttrs(token)
    match token.type:
        case "html_block":
            return token.content
        case "math_block":
            formula = token.content.strip().removeprefix("$$").removesuffix("$$").strip()
            return f'<div class="math block"{attributes}>{escape(formula)}</div>\n'
        case "front_matter":
            return f'<pre class="front-matter"{attributes}>{escape(token.content)}</pre>\n'
    return f"<pre{attributes}><code>{escape(token.content)}</code></pre>\n"


_WORDS = frozenset({"text", "text_special", "code_inline"})


class _Renderer(RendererHTML):
    """markdown-it's renderer, with the additions of Joplin's dialect."""

    def text_special(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """An escape or an entity."""
        return escape(tokens[idx].content)

    def math_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """A formula, as it is written."""
        return f'<span class="math inline">{escape(tokens[idx].content)}</span>'

    def footnote_ref(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """The number of a footnote; the footnote leads back to the first place that calls it."""
        meta = tokens[idx].meta
        number = meta["id"] + 1
        name = f"{number}:{meta['subId']}" if meta["subId"] else str(number)
        return f'<sup class="footnote-ref"><a href="#fn{number}" data-id="fnref{name}">[{name}]</a></sup>'

    def image(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        """An image, its alt text without markup."""
        token = tokens[idx]
        token.attrs["alt"] = _alt(token.children or ())
        return f"<img{self.renderAttrs(token)}>"


def _alt(tokens: Iterable[Token]) -> str:
    """The alt text of an image, the same as in `extractor.markdown`."""
    parts = []
    for token in tokens:
        if token.type in _WORDS or token.type == "math_inline":
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "image":
            parts.append(_alt(token.children or ()))
    return "".join(parts)


RENDERER = _Renderer()


def options() -> OptionsDict:
    """The options of the dialect."""
    return dialect().options
