"""What people type into the box of the finder: words, "phrases", qualifiers, -not and OR. Pure.

A query matches a link if each of its groups does; a group is one term, or several with OR between them. Chips are only
a way to edit the text: a chip adds a term to it, or removes one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from extractor.catalogue.link_health import ORDER
from extractor.catalogue.queries.search_words import WORD, phrase, words_as_typed
from extractor.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WORDS = "words"
NAMED = ("site", "note", "section", "notebook", "tag")  # their values are names in the catalogue
TIMES = ("before", "after", "in")
KINDS = ("link", "image", "page", "note", "section", "attachment", "revision")
HEALTHS = {**{str(health): str(health) for health in ORDER}, "unchecked": "unknown"}
LINKS_OF = frozenset({"link", "image"})  # the kinds that are listed by address
STATES = ("removed", "current", "any", "dated", "undated", "perhaps")
QUALIFIERS = (*NAMED, "kind", "health", *TIMES, "is")
VALUES: Mapping[str, Mapping[str, str]] = {
    "kind": {name: one for one in KINDS for name in (one, f"{one}s")},
    "health": HEALTHS,
    "is": {state: state for state in STATES},
}
LONGEST = 1000  # characters of a query; the rest is ignored
MOST_TERMS = 40

# In quotes, \" is a quote and \\ is a backslash. A name before a colon is that of a qualifier, but not before :// (a
# scheme, as in https://) or :: (a namespace, as in std::vector).
TERM = re.compile(r'(?P<no>-?)(?:(?P<name>[A-Za-z]+):(?!//|:))?(?:"(?P<phrase>(?:[^"\\]|\\.)*)"?|(?P<bare>[^\s"]\S*))?')
ESCAPED = re.compile(r'\\(["\\])')
PLAIN = re.compile(r'(?!//|:)[^\s"]+')
PERIOD = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is wanted or, if `without`, not wanted; it is at `start` to `end` in the text.

    `kind` is WORDS or one of QUALIFIERS; `match` is the words as an FTS5 query, `is_phrase` if they were in quotes.
    """

    kind: str
    value: str
    without: bool
    start: int
    end: int
    match: str = ""
    is_phrase: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something typed that could not be understood; `says` is what is wrong and what to write instead."""

    typed: str
    says: str


@dataclass(frozen=True, slots=True)
class FinderQuery:
    """A query, which asks for one term of each group."""

    text: str
    groups: tuple[tuple[Term, ...], ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        """All terms, in the order in which they were typed."""
        return tuple(term for group in self.groups for term in group)

    @property
    def words(self) -> str:
        """The words to mark in what was found."""
        return " ".join(term.value for term in self.terms if term.kind == WORDS and not term.without)

    @property
    def kinds(self) -> frozenset[str]:
        """The KINDS that are asked for; none if the query does not mention kinds."""
        if not any(term.kind == "kind" for term in self.terms):
            return frozenset()
        wanted = set(KINDS)
        for group in self.groups:
            if all(term.kind == "kind" for term in group):
                wanted &= {one for one in KINDS if any((one == term.value) != term.without for term in group)}
        return frozenset(wanted)

    def has(self, kind: str, *values: str) -> bool:
        """Whether a term of this kind, with one of these values, is asked for."""
        return any(term.kind == kind and term.value in values and not term.without for term in self.terms)


@dataclass(frozen=True, slots=True)
class Period:
    """A year, a month or a day: from the day `first` to the day before `end`, as text (2026-03-05)."""

    first: str
    end: str


def read_query(text: str) -> FinderQuery:
    """Read what was typed; a qualifier or value that does not exist is a problem.

    Unknown qualifiers are searched for as words; terms with wrong values are left out.
    """
    text = text[:LONGEST]
    found = [term for term in TERM.finditer(text) if term[0] not in {"", "-"}]
    is_word = [not _qualifier(term) and term[0] != "OR" and WORD.search(term[0]) is not None for term in found]
    last_word = max((place for place, is_one in enumerate(is_word) if is_one), default=-1)
    groups: list[list[Term]] = []
    problems: list[Problem] = []
    is_or = False
    for place, token in enumerate(found):
        if token[0] == "OR":
            is_or = bool(groups)
            continue
        term, problem = _term(token, may_go_on=place == last_word)
        if problem is not None:
            problems.append(problem)
        if term is not None and is_or:
            groups[-1].append(term)
        elif term is not None:
            groups.append([term])
        is_or = False
    if text.strip() and not groups and not problems:
        problems.append(Problem(text, "The query contains no word to search for."))
    if len(groups) > MOST_TERMS:
        problems.append(Problem(text, f"Only the first {MOST_TERMS} words and qualifiers are used."))
    return FinderQuery(text, tuple(map(tuple, groups[:MOST_TERMS])), tuple(problems))


def _qualifier(token: re.Match[str]) -> str:
    """The name of the qualifier that a token begins with, '' for words."""
    name = (token["name"] or "").lower()
    return name if name in QUALIFIERS else ""


def _said(token: re.Match[str]) -> str:
    """The text after the qualifier, or that of a token without one."""
    if token["phrase"] is not None:
        return ESCAPED.sub(r"\1", token["phrase"])
    return token["bare"] or ""


def _term(token: re.Match[str], *, may_go_on: bool) -> tuple[Term | None, Problem | None]:
    name, said = _qualifier(token), _said(token)
    if not name:
        return _words(token, may_go_on=may_go_on)
    if not said.strip():
        return None, Problem(token[0], f"{name}: needs a value after the colon, such as {EXAMPLES[name]}.")
    value = VALUES[name].get(said.lower(), "") if name in VALUES else said
    if name in TIMES and period(said) is None:
        value = ""
    if not value:
        says = f"{name}: must be followed by {_choices(name)}, not by “{said}”."
        return None, Problem(token[0], says)
    return Term(name, value, bool(token["no"]), *token.span()), None


def _words(token: re.Match[str], *, may_go_on: bool) -> tuple[Term | None, Problem | None]:
    """A word or phrase; the last word, unless it is in quotes, may be incomplete."""
    said, name = _said(token), token["name"] or ""
    problem = None
    if name and said:
        wrong = f"There is no qualifier {name.lower()}: (there are {', '.join(f'{one}:' for one in QUALIFIERS)})"
        asked = did_you_mean(name.lower(), QUALIFIERS)
        problem = Problem(token[0], f"{wrong}; it was searched as words. {asked}".strip())
    is_phrase = token["phrase"] is not None
    value = f"{name} {said}".strip()
    match = phrase(value) if is_phrase or token["no"] else words_as_typed(value, may_go_on=may_go_on)
    if not match:
        return None, problem
    return Term(WORDS, value, bool(token["no"]), *token.span(), match, is_phrase), problem


def _choices(name: str) -> str:
    if name in TIMES:
        return "a day such as 2026-03-05, a month such as 2026-03 or a year such as 2026"
    choices = list(dict.fromkeys(VALUES[name].values()))
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


EXAMPLES = {
    "site": "site:github.com",
    "note": 'note:"Reading list"',
    "section": "section:Kafka",
    "notebook": "notebook:Engineering",
    "tag": "tag:kafka",
    "kind": "kind:image",
    "health": "health:dead",
    "before": "before:2026-06",
    "after": "after:2026-03",
    "in": "in:2026-03",
    "is": "is:removed",
}


def period(text: str) -> Period | None:
    """A year (2026), a month (2026-03) or a day (2026-03-05); None for anything else."""
    found = PERIOD.fullmatch(text)
    if found is None:
        return None
    year, month, day = (None if part is None else int(part) for part in found.groups())
    try:
        first = date(year or 0, 1 if month is None else month, 1 if day is None else day)
        if day:
            end = date.fromordinal(first.toordinal() + 1)
        elif month:
            end = date(first.year + month // DECEMBER, month % DECEMBER + 1, 1)
        else:
            end = date(first.year + 1, 1, 1)
    except ValueError:
        return None
    return Period(first.isoformat(), end.isoformat())


def without_words(query: FinderQuery) -> FinderQuery | None:
    """The query without words and kinds; None if it has them as alternatives (OR) to something else."""
    groups = []
    for group in query.groups:
        beside = {term.kind for term in group} - {WORDS, "kind"}
        if beside and len(beside) < len({term.kind for term in group}):
            return None
        if beside:
            groups.append(group)
    return replace(query, groups=tuple(groups))


def written(kind: str, value: str, *, without: bool = False) -> str:
    """A qualifier as it is typed, with its value in quotes if necessary."""
    said = value if PLAIN.fullmatch(value) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{'-' if without else ''}{kind}:{said}"


def with_term(query: FinderQuery, kind: str, value: str, *, instead: bool = False) -> str:
    """The text with one more qualifier; with `instead`, it replaces the others of its kind."""
    gone = [term for term in query.terms if term.kind == kind] if instead else []
    return f"{without_terms(query, gone)} {written(kind, value)}".strip()


def without_terms(query: FinderQuery, gone: Iterable[Term]) -> str:
    """The text without these terms, and without an OR that would be left with nothing on one side."""
    left_out = {(term.start, term.end) for term in gone}
    groups = [[term for term in group if (term.start, term.end) not in left_out] for group in query.groups]
    return " ".join(
        " OR ".join(_closed(query.text[term.start : term.end]) for term in group) for group in groups if group
    )


def with_other_value(query: FinderQuery, kind: str, value: str, other: str) -> str:
    """The text with another value in place of one that means nothing."""
    text, at = "", 0
    for term in query.terms:
        if (term.kind, term.value) == (kind, value):
            text += query.text[at : term.start] + written(kind, other, without=term.without)
            at = term.end
    return text + query.text[at:]


def _closed(typed: str) -> str:
    """A term as it was typed, with a closing quote if that is missing."""
    found = TERM.fullmatch(typed)
    is_open = found is not None and found["phrase"] is not None and found.end("phrase") == len(typed)
    return typed + '"' if is_open else typed


def query_of_choice(choice: Mapping[str, object]) -> str:
    """The query for the parameters of an old address of the list of links, from before there was the finder."""
    qualifiers = {"host": "site", "topic": "section", "month": "in", "year": "in", "dated": "is"}
    parts = []
    for name, value in choice.items():
        kind = qualifiers.get(name, name)
        if kind in QUALIFIERS and value is not None:
            said = f"/{value}" if kind in {"section", "notebook"} else "undated" if kind == "is" else str(value)
            parts.append(written(kind, said))
    return " ".join(parts)
