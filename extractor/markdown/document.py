"""A body of Markdown as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.markdown.assembly import assembled
from extractor.markdown.block_reader import read
from extractor.markdown.blocks import merged, normalised, sources

if TYPE_CHECKING:
    from extractor.markdown.records import Document


def parse_markdown(body: str) -> Document:
    """Parse a Markdown body."""
    split = sources(normalised(body))
    distant = merged(source.defines for source in split)
    return assembled((source.line, read(source, distant)) for source in split)
