"""Markdown to HTML, not yet safe: each block has the id of its line, so that a page can lead to it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from extractor.markdown import rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.renderer import RendererProtocol
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

MARKS = {"text-align:left": "left", "text-align:center": "center", "text-align:right": "right"}


class _Parser(MarkdownIt):
    """Makes a link of every address: which of them may lead anywhere is decided later, for raw HTML too."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 -- markdown-it's name
        del url
        return True


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    """What Joplin shows, with raw HTML let through: what comes out is always sanitised."""
    parser = _Parser("default", {"html": True, "linkify": True, "breaks": True})
    if parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    parser.use(front_matter_plugin).use(footnote_plugin).use(tasklists_plugin)
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.inline.ruler.before("emphasis", "mark", rules.mark)
    parser.inline.ruler2.before("emphasis", "mark", _mark_pairs)
    parser.core.ruler.push("lines", _lines)
    parser.add_render_rule("front_matter", _front_matter)
    return parser


def to_html(body: str) -> str:
    """The HTML of a body of Markdown; it may hold anything."""
    return str(_parser().render(body))


def _mark_pairs(state: object) -> None:
    """Show ==marks== as such; what Joplin's rule empties is where they begin and end."""
    before = [token for token in getattr(state, "tokens", ()) if token.type == "text" and token.content == "=="]
    rules.mark_pairs(state)  # type: ignore[arg-type]
    is_open = False
    for token in before:
        if token.content == "":
            is_open = not is_open
            token.type, token.tag, token.nesting = ("mark_open", "mark", 1) if is_open else ("mark_close", "mark", -1)


def _lines(state: StateCore) -> None:
    """Give each block the id of the line where it starts, and tables their alignment without a style."""
    taken: set[int] = set()
    for token in state.tokens:
        if (
            token.nesting >= 0
            and token.map
            and token.type not in {"inline", "html_block"}
            and token.map[0] not in taken
        ):
            taken.add(token.map[0])
            token.attrSet("id", f"line-{token.map[0] + 1}")
        if align := MARKS.get(str(token.attrs.pop("style", ""))):
            token.attrSet("align", align)


def _front_matter(
    _self: RendererProtocol, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: EnvType
) -> str:
    """Front matter is part of the note: it is shown as it is written."""
    text = tokens[at].content.replace("&", "&amp;").replace("<", "&lt;")
    return f'<pre class="front-matter">{text}</pre>\n'
