"""Full-text search: each text as written, and those words whose NFKC form differs, so that `kafka` finds 𝗞𝗮𝗳𝗸𝗮."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

# Smaller and faster than trigram, and finds inflected words.
TOKENIZE = "porter unicode61 remove_diacritics 2"

LETTERS = re.compile(r"\w+")


def folded(*texts: str | None) -> str | None:
    """The NFKC forms of those words of the texts whose letters differ in that form; None if there are none.

    Adjacent words stay together, so that they are found as a phrase; each such run is kept once.
    Source: UAX 15; mathematical letters such as 𝗞 are compatibility characters of the plain ones.
    """
    runs: dict[str, None] = {}
    for text in texts:
        # It is much faster to see whether anything differs than what does.
        if text and not text.isascii() and not unicodedata.is_normalized("NFKC", text):
            for differs, words in groupby(map(_form, text.split()), key=bool):
                if differs:
                    runs[" ".join(words)] = None
    return "\n".join(runs) or None


def _form(word: str) -> str:
    """The NFKC form of a word; '' if it has the same letters, like `...` for `…`, so that it is found as written."""
    if word.isascii():
        return ""
    form = unicodedata.normalize("NFKC", word)
    return form if form != word and LETTERS.findall(form) != LETTERS.findall(word) else ""
