"""What changed between two texts: which lines they share (patience diff), and what is shown of it. Pure.

One diff for pages and terminal: `changes` is what a page shows, `unified` what `joplin-catalogue diff` prints.
"""

from extractor.textdiff.changes import Changes, Line, Piece, Stretch, as_it_is, changes, words
from extractor.textdiff.patience import common
from extractor.textdiff.unified import unified

__all__ = ["Changes", "Line", "Piece", "Stretch", "as_it_is", "changes", "common", "unified", "words"]
