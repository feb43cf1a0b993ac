"""The commands; alone in printing, asking and exiting.

Exit codes: 0 done; 1 could not be done; 2 wrong usage; 3 only where the user asked for it.
"""

from extractor.cli.main import main

__all__ = ["main"]
