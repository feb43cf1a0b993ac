"""The changes between two texts: their common lines (patience diff), and how to show them. Pure.

One diff for pages and terminal: a page shows `changes`, `joplin-catalogue diff` prints `unified`.
"""

from extractor.textdiff.changes import Changes, DiffHunk, Line, Piece, as_it_is, changes, words
from extractor.textdiff.patience import common
from extractor.textdiff.unified import unified

__all__ = ["Changes", "DiffHunk", "Line", "Piece", "as_it_is", "changes", "common", "unified", "words"]
