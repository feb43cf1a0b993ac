"""Parsing a whole body of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.markdown.assembly import assembled
from extractor.markdown.block_reader import read
from extractor.markdown.block_records import merged
from extractor.markdown.blocks import normalised, sources

if TYPE_CHECKING:
    from extractor.markdown.records import Document


def parse_markdown(body: str) -> Document:
    """Parse a Markdown body."""
    split = sources(normalised(body))
    definitions = merged(one.source.defines for one in split)
    return assembled((one.line, read(one.source, definitions)) for one in split)
