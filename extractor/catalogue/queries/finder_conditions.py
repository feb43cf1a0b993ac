"""A query of the finder as conditions in SQL on a place of a link.

For a link without a known day only an interval is known, so it may match a date certainly, possibly, or not at all.
Each term is therefore two conditions, one for certain and one for possible matches; -not swaps them. Three intervals
(two of the query and the link's own) have a time in common if each two of them have. So a link possibly matches
`after:` and `before:` together if it possibly matches each of them, provided that they leave any time between them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.conditions import NOW
from extractor.catalogue.queries.conditions import all_of
from extractor.catalogue.queries.finder_names import Folded, pages_meant, unknown_name, values_meant
from extractor.catalogue.queries.finder_words import LINKS_OF, NAMED, TIMES, WORDS, period
from extractor.catalogue.queries.search_words import query_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from extractor.catalogue.queries.finder_names import FinderNames
    from extractor.catalogue.queries.finder_words import FinderQuery, Term
    from extractor.catalogue.queries.search_words import Query
    from extractor.catalogue.queries.typed_names import Unknown

OF_PAGES = "_pages"
NEVER, ALWAYS = "0", "1"
BY_INDEX = {
    "section": "id IN (SELECT links.id FROM links WHERE links.section IN ({}))",
    "site": "url_id IN (SELECT id FROM urls WHERE site IN ({}))",
    "host": "url_id IN (SELECT id FROM urls WHERE host IN ({}))",
    "note_id": "note_id IN ({})",
    "notebook": "note_id IN (SELECT id FROM notes WHERE notebook IN ({}))",
    "tag": "note_id IN (SELECT note_id FROM note_tags JOIN tags ON tags.id = tag_id WHERE tags.title IN ({}))",
}
BY_NOTE = frozenset({"note", "notebook", "tag"})
BY_REVISION = BY_NOTE | set(TIMES)
# Addresses that may have a health although their checks do not say so.
MORE_WITH_HEALTH = {
    "expired": f" UNION ALL SELECT id FROM urls WHERE expires_at <= {NOW}",
    "unknown": " UNION ALL SELECT id FROM urls WHERE id NOT IN (SELECT url_id FROM address_health)",
}
OF_STATES = {
    "removed": "NOT is_present",
    "current": "is_present",
    "any": ALWAYS,
    "dated": "is_dated",
    "undated": "NOT is_dated",
    "perhaps": ALWAYS,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """The conditions for certain and for possible matches, in SQL, with their values by name."""

    certain: str
    possible: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query as conditions: on places of links and, for everything else that is searched, on notes.

    `kinds` are those of links; `words` are for full-text search, and rank what is found. `notes` is None if the
    query has conditions that only links can meet; `revisions` is the same for revisions, which have times as well.
    `with_past`: links that have gone may match, too; `only_past`: only they do. `is_broad`: nothing (words, names or a
    rare health) limits the query to few links.
    """

    condition: Condition
    kinds: tuple[str, ...]
    words: Query
    notes: Condition | None
    revisions: Condition | None
    unknown: tuple[Unknown, ...]
    with_past: bool
    only_past: bool
    with_perhaps: bool
    is_broad: bool

    @property
    def by_words_alone(self) -> bool:
        """Whether every link that is found contains the words itself, and not only its page does."""
        return bool(self.words.match) and not any(name.endswith(OF_PAGES) for name in self.values)

    @property
    def values(self) -> Mapping[str, str]:
        """The values of the condition's parameters."""
        return self.condition.values

    @property
    def shown(self) -> str:
        """The condition for what is listed."""
        return self.condition.possible if self.with_perhaps else self.condition.certain


def wanted(query: FinderQuery, names: FinderNames, sections: Folded | None = None) -> Wanted:
    """The conditions of a query; `sections` are needed if it names one."""
    known = sections or Folded(())
    unknown: dict[tuple[str, str], Unknown] = {}
    values: dict[str, str] = {}
    of_terms: dict[Term, Condition] = {}
    for place, term in enumerate(query.terms):
        one = _condition(term, f"v{place}", names, known)
        of_terms[term] = one
        values |= one.values
        if term.kind in NAMED and one.certain == NEVER:
            unknown[term.kind, term.value] = unknown_name(term, names, known)
    groups = [[_signed(of_terms[term], term) for term in group] for group in query.groups]
    with_past = any(
        term.kind == "is" and (term.value == "current" if term.without else term.value in {"removed", "any"})
        for term in query.terms
    )
    if not with_past:
        groups.append([Condition("is_present", "is_present", {})])
    certain = all_of([_any_of(one.certain for one in group) for group in groups])
    possible = all_of([_any_of(one.possible for one in group) for group in groups])
    if _leaves_no_time(query):
        certain = possible = NEVER
    return Wanted(
        condition=Condition(certain, possible, values),
        kinds=tuple(sorted(query.kinds & LINKS_OF if query.kinds else {"link"})),
        words=_words(query),
        notes=_of_notes(query, of_terms),
        revisions=_of_revisions(query, of_terms),
        unknown=tuple(unknown.values()),
        with_past=with_past,
        only_past=any(not group[1:] and _is(group[0], "removed") for group in query.groups),
        with_perhaps=query.has("is", "perhaps"),
        is_broad=not any(
            all(not term.without and (term.kind in {WORDS, "health", *NAMED}) for term in group)
            for group in query.groups
        ),
    )


def _is(term: Term, state: str) -> bool:
    return term.kind == "is" and term.value == state and not term.without


def _condition(term: Term, name: str, names: FinderNames, sections: Folded) -> Condition:
    """The condition of a term, ignoring a `-` before it."""
    if term.kind == WORDS:
        return _of_words(term, name, names)
    if term.kind in NAMED:
        column, meant = values_meant(term, names, sections)
        if not meant:
            return Condition(NEVER, NEVER, {})
        some = f"SELECT value FROM json_each(:{name})"
        where = BY_INDEX.get(column, f"{column} IN ({{}})").format(some)
        return Condition(where, where, {name: json.dumps(meant)})
    if term.kind in TIMES:
        return _of_time(term, name)
    if term.kind == "is":
        return Condition(OF_STATES[term.value], OF_STATES[term.value], {})
    where = f"{term.kind} = :{name}"
    if term.kind == "health":  # an index leads to them; no expired address has another health
        with_health = f"SELECT url_id FROM address_health WHERE health = :{name}"
        where = f"({where} AND url_id IN ({with_health}{MORE_WITH_HEALTH.get(term.value, '')}))"
    return Condition(where, where, {name: term.value})


def _of_words(term: Term, name: str, names: FinderNames) -> Condition:
    where = f"id IN (SELECT rowid FROM links_fts WHERE links_fts MATCH :{name})"
    values = {name: term.match}
    if pages := pages_meant(term, names.pages, is_phrase=term.is_phrase):
        where = f"({where} OR url_id IN (SELECT value FROM json_each(:{name}{OF_PAGES})))"
        values[f"{name}{OF_PAGES}"] = json.dumps(pages)
    return Condition(where, where, values)


def _of_time(term: Term, name: str) -> Condition:
    """The condition of a time.

    In its SQL, `since` is when a dated link came; for any other, it is when the link was not there yet, so it came
    between `since` and `first_seen_at`.
    """
    asked = period(term.value)
    assert asked is not None  # noqa: S101 -- read_query accepts only terms with a period
    values = {f"{name}_first": asked.first, f"{name}_end": asked.end}
    if term.kind == "before":
        return Condition(f"first_seen_at < :{name}_first", _perhaps_before(f"{name}_first"), values)
    # A link never came after it was first seen, and `since` is slow to look up.
    after = Condition(
        f"(first_seen_at >= :{name}_first AND (is_dated OR since >= :{name}_first))",
        f"first_seen_at >= :{name}_first",
        values,
    )
    if term.kind == "after":
        return after
    return Condition(
        f"({after.certain} AND first_seen_at < :{name}_end)",
        f"({after.possible} AND {_perhaps_before(f'{name}_end')})",
        values,
    )


def _perhaps_before(name: str) -> str:
    # The index of times tells the first of most links; `since` is looked up for the others.
    return f"((first_seen_at < :{name} OR NOT is_dated) AND (first_seen_at < :{name} OR since < :{name}))"


def _signed(condition: Condition, term: Term) -> Condition:
    if not term.without or term.value == "perhaps":
        return condition
    return Condition(f"NOT {condition.possible}", f"NOT {condition.certain}", condition.values)


def _any_of(conditions: Iterable[str]) -> str:
    return f"({' OR '.join(conditions)})"


def _leaves_no_time(query: FinderQuery) -> bool:
    """Whether the periods that are wanted have no time in common."""
    firsts, ends = [], []
    for group in query.groups:
        term = group[0]
        asked = period(term.value) if term.kind in TIMES and not group[1:] and not term.without else None
        if asked is None:
            continue
        if term.kind == "before":
            ends.append(asked.first)
        else:
            firsts.append(asked.first)
            ends += [asked.end] if term.kind == "in" else []
    return bool(firsts and ends) and max(firsts) >= min(ends)


def _words(query: FinderQuery) -> Query:
    """The full-text query of the groups that consist only of words."""
    groups: list[Sequence[str]] = []
    without: list[str] = []
    for group in query.groups:
        if any(term.kind != WORDS for term in group):
            continue
        if not any(term.without for term in group):
            groups.append([term.match for term in group])
        elif not group[1:]:
            without.append(group[0].match)
    return query_of(groups, without)


def _of_revisions(query: FinderQuery, of_terms: Mapping[Term, Condition]) -> Condition | None:
    """A condition on `note_id` and `captured_at` for a query of only words, notes and times; None for any other."""
    captured = {term: _captured(term, one.values) if term.kind in TIMES else one for term, one in of_terms.items()}
    return _of_notes(query, captured, by=BY_REVISION)


def _captured(term: Term, values: Mapping[str, str]) -> Condition:
    """A condition on the time of a revision; one of unknown time does not match."""
    first, end = values
    where = {
        "before": f"captured_at < :{first}",
        "after": f"captured_at >= :{first}",
        "in": f"(captured_at >= :{first} AND captured_at < :{end})",
    }[term.kind]
    return Condition(where, where, values)


def _of_notes(query: FinderQuery, of_terms: Mapping[Term, Condition], by: frozenset[str] = BY_NOTE) -> Condition | None:
    """A condition on `note_id` for a query of only words, kinds, notes, notebooks and tags; None for any other."""
    groups: list[str] = []
    values: dict[str, str] = {}
    for group in query.groups:
        kinds = {term.kind for term in group}
        if kinds == {"kind"} or (kinds == {WORDS} and not (group[1:] and any(term.without for term in group))):
            continue
        if not kinds <= by:
            return None
        signed = [_signed(of_terms[term], term) for term in group]
        groups.append(_any_of(one.certain for one in signed))
        values |= {name: value for one in signed for name, value in one.values.items()}
    where = all_of(groups)
    return Condition(where, where, values)
