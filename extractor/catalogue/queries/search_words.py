"""What people type, as a query for SQLite's full-text search. Pure.

Every text is indexed as it is written and in its NFKC form, so both forms of what is typed are asked for, and with ss
for ß as well. Nothing that is typed reaches FTS5 as it is: each word goes in quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

WORD = re.compile(r"\w[\w\u0300-\u036f]*")  # an accent may stand by itself, after its letter
START, END = "\ue000", "\ue001"  # marks around what snippet() found; no text has these private characters
MOST_WORDS = 12  # words and phrases that are searched for


def words_of(text: str) -> list[str]:
    """The words that were typed, each once, in their order."""
    return list(dict.fromkeys(WORD.findall(text.replace("_", " "))))[:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for: `match` for FTS5, '' for no words; `wanted` is that with nothing left out."""

    match: str
    wanted: str


def query_of(groups: Sequence[Sequence[str]], without: Sequence[str]) -> Query:
    """One of each group, and nothing of what is to be without; each is an FTS5 query."""
    wanted = _all_of(groups)
    return Query(_but_not(wanted, without), wanted)


def _all_of(groups: Sequence[Sequence[str]]) -> str:
    """An FTS5 query for one of each group."""
    parts = dict.fromkeys(" OR ".join(f"({one})" for one in group) if group[1:] else group[0] for group in groups)
    return " AND ".join(f"({part})" for part in parts)


def _but_not(wanted: str, without: Sequence[str]) -> str:
    """The same without what has one of these."""
    return f"({wanted}) NOT ({' OR '.join(without)})" if wanted and without else wanted


def words_as_typed(text: str, *, may_go_on: bool) -> str:
    """An FTS5 query for all words of a text, each in either form; the last is perhaps not typed to its end."""
    words = words_of(text)
    parts = []
    for place, word in enumerate(words):
        star = "*" if may_go_on and place == len(words) - 1 else ""
        parts.append(" OR ".join(f'"{form}"{star}' for form in _forms(word)))
    return parts[0] if len(parts) == 1 else " AND ".join(f"({part})" for part in parts)


def _forms(word: str) -> list[str]:
    """A word as it is typed, in its NFKC form, and with ss for ß, which is the same word in capitals; and back."""
    form = normalize("NFKC", word)
    others = [form.replace("ß", "ss"), form.lower().replace("ss", "ß")] if re.search("ß|ss", form.lower()) else []
    return list(dict.fromkeys([word, *words_of(form), *others]))


def phrase(text: str) -> str:
    """An FTS5 query for these words one after the other, in either form; '' for no words."""
    forms = dict.fromkeys(" ".join(WORD.findall(form)) for form in (text, normalize("NFKC", text)))
    return " OR ".join(f'"{form}"' for form in forms if form)
