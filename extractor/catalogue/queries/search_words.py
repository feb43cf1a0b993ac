"""What people type, as a query for SQLite's full-text search. Pure.

Every text is indexed as it is written and in its NFKC form, so both forms of what is typed are asked for, and with ss
for ß as well. Nothing that is typed reaches FTS5 as it is: each word goes in quotes. What has a meaning is read here:
"a phrase", -word, OR between two of them, tag: and notebook:.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Sequence

WORD = re.compile(r"\w[\w\u0300-\u036f]*")  # an accent may stand by itself, after its letter
TERM = re.compile(r'(?P<no>-?)(?:(?P<kind>tag|notebook):)?(?:"(?P<phrase>[^"]*)"?|(?P<bare>\S+))', re.IGNORECASE)
START, END = "\ue000", "\ue001"  # marks around what snippet() found; no text has these private characters
MOST_WORDS = 12  # words and phrases that are searched for


def words_of(text: str) -> list[str]:
    """The words that were typed, each once, in their order."""
    return list(dict.fromkeys(WORD.findall(text.replace("_", " "))))[:MOST_WORDS]


@dataclass(frozen=True, slots=True)
class Within:
    """Which notes are meant: with a tag, or in a notebook (or one inside it); `without` for all others."""

    kind: Literal["tag", "notebook"]
    name: str
    without: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for: `match` for FTS5, '' for no words; `wanted` is that with nothing left out.

    `words` are those to mark.
    """

    match: str
    wanted: str
    words: str
    within: tuple[Within, ...] = ()


def read_query(text: str) -> Query:
    """Read what was typed; the last word, unless it is in quotes, is perhaps not typed to its end."""
    terms = list(TERM.finditer(text))
    groups: list[list[str]] = []  # one of each is to be found
    without: list[str] = []
    words: list[str] = []
    within: list[Within] = []
    is_or = False
    for place, term in enumerate(terms):
        said = term["bare"] or term["phrase"] or ""
        is_last = place == len(terms) - 1
        if _is_or(term) and groups and not is_last:
            is_or = True
            continue
        if term["kind"]:
            if not said:
                continue
            within.append(_within(term, said))
        elif term["no"]:
            without.append(phrase(said))
        elif asked := _asked(term, said, is_last=is_last):
            if not is_or:
                groups.append([])
            groups[-1].append(asked)
            words.append(said)
        is_or = False
    wanted = _all_of(groups)
    return Query(_but_not(wanted, without), wanted, " ".join(words), tuple(within))


def _is_or(term: re.Match[str]) -> bool:
    return term["bare"] == "OR" and not term["kind"]


def _asked(term: re.Match[str], said: str, *, is_last: bool) -> str:
    """An FTS5 query for a term; '' for no words."""
    return _words(said, is_last=is_last) if term["bare"] else phrase(said)


def _within(term: re.Match[str], name: str) -> Within:
    return Within("tag" if term["kind"].lower() == "tag" else "notebook", name, bool(term["no"]))


def _all_of(groups: Sequence[Sequence[str]]) -> str:
    """An FTS5 query for one of each group."""
    parts = dict.fromkeys(" OR ".join(f"({one})" for one in group) if group[1:] else group[0] for group in groups)
    return " AND ".join(f"({part})" for part in list(parts)[:MOST_WORDS])


def _but_not(wanted: str, without: Sequence[str]) -> str:
    """The same without what has one of these."""
    left_out = list(filter(None, without))
    return f"({wanted}) NOT ({' OR '.join(left_out)})" if wanted and left_out else wanted


def _words(text: str, *, is_last: bool) -> str:
    """An FTS5 query for all words of a text, each in either form; '' for no words."""
    words = words_of(text)
    parts = []
    for place, word in enumerate(words):
        star = "*" if is_last and place == len(words) - 1 else ""
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
