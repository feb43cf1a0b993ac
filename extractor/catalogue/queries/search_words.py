"""What people type, as a query for SQLite's full-text search. Pure.

Every text is indexed as it is written and in its NFKC form, so both forms of what is typed are searched for, and ss for
ß as well. Nothing that is typed reaches FTS5 directly: each word is put in quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

WORD = re.compile(r"\w[\w\u0300-\u036f]*")  # an accent may be a separate character after its letter
START, END = "\ue000", "\ue001"  # marks around what snippet() found; private characters that no text contains
MOST_WORDS = 12  # words of a text that are searched for


def words_of(text: str) -> list[str]:
    """The words that were typed, each once, in order; at most MOST_WORDS."""
    return list(dict.fromkeys(WORD.findall(text.replace("_", " "))))[:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Query:
    """A query for FTS5 as `match`, '' for no words: its two parts are `wanted` and, excluded, `without`."""

    match: str
    wanted: str
    without: str


def query_of(groups: Sequence[Sequence[str]], without: Sequence[str]) -> Query:
    """A query for texts that match one of each group and none of `without`; all of these are FTS5 queries."""
    wanted, excluded = _all_of(groups), " OR ".join(without)
    return Query(f"({wanted}) NOT ({excluded})" if wanted and excluded else wanted, wanted, excluded)


def _all_of(groups: Sequence[Sequence[str]]) -> str:
    """An FTS5 query for one of each group."""
    parts = dict.fromkeys(" OR ".join(f"({one})" for one in group) if group[1:] else group[0] for group in groups)
    return " AND ".join(f"({part})" for part in parts)


def words_as_typed(text: str, *, may_go_on: bool) -> str:
    """An FTS5 query for all words of a text, each in any form; the last one may be incomplete if it `may_go_on`."""
    words = words_of(text)
    parts = []
    for place, word in enumerate(words):
        star = "*" if may_go_on and place == len(words) - 1 else ""
        parts.append(" OR ".join(f'"{form}"{star}' for form in _forms(word)))
    return parts[0] if len(parts) == 1 else " AND ".join(f"({part})" for part in parts)


def _forms(word: str) -> list[str]:
    """A word as typed, in its NFKC form, and with ss for ß (as when written in capitals) or ß for ss."""
    form = normalize("NFKC", word)
    others = [form.replace("ß", "ss"), form.lower().replace("ss", "ß")] if re.search("ß|ss", form.lower()) else []
    return list(dict.fromkeys([word, *words_of(form), *others]))


def phrase(text: str) -> str:
    """An FTS5 query for these words one after the other, as typed or in NFKC form; '' if there are no words."""
    forms = dict.fromkeys(" ".join(WORD.findall(form)) for form in (text, normalize("NFKC", text)))
    return " OR ".join(f'"{form}"' for form in forms if form)
