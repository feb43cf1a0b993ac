"""Full-text search: each text as written, and NFKC-folded where that differs, so that `kafka` finds 𝗞𝗮𝗳𝗸𝗮."""

from __future__ import annotations

import unicodedata

# Smaller and faster than trigram, and finds inflected words.
TOKENIZE = "porter unicode61 remove_diacritics 2"


def folded(*texts: str | None) -> str | None:
    """The NFKC forms of those texts that have one of their own, as one text; None where there are none.

    Source: UAX 15; mathematical letters such as 𝗞 are compatibility characters of the plain ones.
    """
    forms = (
        form for text in texts if text and not text.isascii() and (form := unicodedata.normalize("NFKC", text)) != text
    )
    return "\n".join(forms) or None
