"""The commands; only they print, prompt and exit.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 a finding that the user asked to be reported.
"""

from extractor.cli.main import main

__all__ = ["main"]
