"""markdown-it-py configured to read Markdown as Joplin's renderer does (renderer/MdToHtml.ts).

Joplin 3.6 runs markdown-it 13.0.2 with html, breaks, linkify, its own mathematics and front matter, and the plugins
mark, footnote and toc. Where markdown-it-py follows a later version of the specification, the older rule is used here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from extractor.markdown import addresses, rules
from extractor.markdown.linkify import bare_rule
from extractor.markdown.parsers import BlockParser, InlineParser

if TYPE_CHECKING:
    from markdown_it.ruler import RuleOptionsType


class JoplinMarkdown(MarkdownIt):
    """The dialect. Use `dialect()`; only the block and inline parsers are used, not the core chain."""

    def __init__(self, *, indented_code: bool, is_shown: bool) -> None:
        super().__init__("default", {"html": True, "linkify": True, "breaks": True, "store_labels": True})
        self.block = self.blocks = blocks = BlockParser()
        blocks.is_shown = is_shown
        self.inline = inlines = InlineParser()
        block, inline = blocks.ruler, inlines.ruler
        anywhere: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
        block.before("fence", "front_matter", rules.front_matter)
        block.after("blockquote", "math_block", rules.math_block, anywhere)
        block.at("html_block", rules.html_block, {"alt": ["paragraph", "reference", "blockquote"]})
        inline.at("linkify", bare_rule)
        inline.at("backticks", rules.backticks)
        inline.at("html_inline", rules.html_inline)
        inline.after("escape", "math_inline", rules.math_inline)
        inline.before("emphasis", "mark", rules.mark)
        inlines.ruler2.before("emphasis", "mark", rules.mark_pairs)
        footnote_plugin(self, move_to_end=False)
        inline.at("footnote_inline", rules.footnote_inline)
        block.before("heading", "toc", rules.table_of_contents, {"alt": ["paragraph", "reference", "blockquote"]})
        if not indented_code:
            block.disable("code")
        blocks.look_up()
        inlines.look_up()

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        """Normalise an address."""
        return addresses.normalised(url)

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802 - markdown-it's name
        """Return an address as it is displayed."""
        return addresses.shown(link)

    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        """Return whether an address may be a link."""
        return addresses.is_allowed(url)


@lru_cache(maxsize=3)
def dialect(*, indented_code: bool = True, is_shown: bool = False) -> JoplinMarkdown:
    """Return the parser, which keeps no state between texts.

    Without `indented_code`, lines indented by four columns are not code; with `is_shown`, there are tokens for the
    start and end of paragraphs, too, for a page.
    """
    return JoplinMarkdown(indented_code=indented_code, is_shown=is_shown)
