"""The findings of the finder for one page: links by address, and a few of each other kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from extractor.catalogue.kept.found import PagesWanted, find_pages
from extractor.catalogue.queries.finder import Listed, listed, read_key
from extractor.catalogue.queries.finder_conditions import wanted
from extractor.catalogue.queries.finder_counts import Counts, counts
from extractor.catalogue.queries.finder_names import exact_sections, finder_names, finder_sections
from extractor.catalogue.queries.finder_words import LINKS_OF, without_words
from extractor.catalogue.queries.found import Found, Results
from extractor.catalogue.queries.full_text import history_search_for, search_for
from extractor.catalogue.queries.search import (
    find_attachments,
    find_history,
    find_notes,
    find_notes_within,
    find_sections,
)
from extractor.catalogue.queries.topic_names import read_topic_names
from extractor.publish.html.rendering import OF_A_RECORD
from extractor.publish.plugin.cache import remembered, remembered_if_slow
from extractor.publish.plugin.data import size_of
from extractor.publish.plugin.kept import from_kept
from extractor.publish.plugin.page import page_asked

if TYPE_CHECKING:
    from sqlite3 import Connection

    from extractor.catalogue.queries.finder_conditions import Wanted
    from extractor.catalogue.queries.finder_names import FinderNames, Folded
    from extractor.catalogue.queries.finder_words import FinderQuery
    from extractor.catalogue.queries.found import FoundPage
    from extractor.catalogue.queries.full_text import Search
    from extractor.publish.plugin.page import PageRequest

MOST_COUNTED = 10_000  # places of links: counting them takes less than 0.1 s
A_PAGE = 30  # addresses
MOST, MOST_OF_ONE = 3, 50  # rows of each other group, and of a group that is shown alone
# The tables in which each kind except for links is found.
TABLES = {
    "note": ("note_bodies",),
    "section": ("sections",),
    "attachment": ("resources", "links"),
    "revision": ("revisions", "note_bodies"),
}


@dataclass(frozen=True, slots=True)
class Findings:
    """What the page shows; `left_out` if other kinds than links cannot be searched for with this query."""

    links: Listed
    counts: Counts
    results: Results
    left_out: frozenset[str]
    lists_links: bool


async def all_names(visit: PageRequest) -> FinderNames:
    """All names that a query may contain, except for those of sections."""
    return await remembered(visit, "finder names", finder_names)


async def wanted_of(visit: PageRequest, query: FinderQuery) -> Wanted:
    """The conditions of a query, with only the names that this visitor may see."""
    names = await all_names(visit)
    if not visit.sees("tags", "note_tags"):
        names = replace(names, tags=())
    if not visit.sees("pages"):
        names = replace(names, pages={})
    return wanted(query, names, await _sections(visit, query))


async def _sections(visit: PageRequest, query: FinderQuery) -> Folded | None:
    """The sections that a query may name; None if it names none."""
    typed = [term.value for term in query.terms if term.kind == "section"]
    if not typed:
        return None
    topics = await remembered(visit, "topic names", read_topic_names)
    exact = await visit.read(lambda connection: exact_sections(connection, topics, typed))
    return exact or await remembered(
        visit, "finder sections", lambda connection: finder_sections(connection, topics), besides=topics
    )


def most_of_one(visit: PageRequest) -> int:
    """How many are shown at once if only one kind is wanted, and not one of links."""
    return size_of(visit.args.get("size"), MOST_OF_ONE) if visit.format else MOST_OF_ONE


async def findings_of(visit: PageRequest, query: FinderQuery, asked: Wanted, order: str) -> Findings:
    """What is found of everything that this visitor may see, except for kept pages."""
    sees_links = visit.sees("links", "urls", "checks", "revisions")
    after = read_key(visit.args.get("next", ""))
    of_one = most_of_one(visit)
    skipped = (page_asked(visit.args.get("page")) - 1) * of_one
    is_empty = bool(query.text) and not query.groups
    lists_links = sees_links and bool(asked.kinds) and not is_empty

    def reading(connection: Connection) -> Findings:
        is_one = len(query.kinds) == 1
        part = (of_one, skipped) if is_one else (MOST, None)
        search, history = search_for(connection, asked, *part), history_search_for(connection, asked, *part)
        kinds = {kind for kind, tables in TABLES.items() if visit.sees(*tables)} & (query.kinds or set(TABLES))
        left_out = {kind for kind in kinds if (history if kind == "revision" else search) is None}
        results = _results(kinds - left_out, search, history, with_all=bool(query.kinds))
        return Findings(Listed((), None), Counts(), results, frozenset(left_out), lists_links)

    def listing(connection: Connection) -> tuple[Listed, Counts]:
        counted = counts(connection, asked, MOST_COUNTED)
        is_dense = counted.is_bounded
        return listed(connection, asked, order, most=most, after=after, is_dense=is_dense), counted

    def listing_of_all(connection: Connection) -> tuple[Listed, Counts]:
        return listed(connection, asked, order, most=A_PAGE), counts(connection, asked)

    most = size_of(visit.args.get("size"), A_PAGE) if visit.format else A_PAGE

    findings = await visit.read(reading)
    if not lists_links:
        return findings
    # The list of everything is cached for each state of the file, and so are results that took long.
    if _is_all_links(query):
        links, counted = await remembered(visit, f"finder by {order}", listing_of_all)
        if after or most != A_PAGE:
            links = await visit.read(lambda connection: listed(connection, asked, order, most=most, after=after))
    else:
        name = f"finder {query.text} by {order} after {after}, {most}"
        links, counted = await remembered_if_slow(visit, name, listing, size_of=_size, patiently=False)
    if not visit.sees("tags", "note_tags"):
        counted = replace(counted, tags={})
    return replace(findings, links=links, counts=counted)


def _is_all_links(query: FinderQuery) -> bool:
    """Whether a query means all links that are in notes now, as one without words does."""
    return all(term.kind == "kind" and term.value == "link" and not term.without for term in query.terms)


def _results(kinds: set[str], search: Search | None, history: Search | None, *, with_all: bool) -> Results:
    """What is found of these kinds; without words, the notes that the query means, or all notes if `with_all`."""
    has_words = any(one is not None and one.query.match for one in (search, history))
    if not has_words:
        is_listed = "note" in kinds and search is not None and (search.within or with_all)
        return Results(notes=find_notes_within(search)) if is_listed and search else Results()
    return Results(
        find_notes(search) if search and "note" in kinds else Found(),
        find_sections(search) if search and "section" in kinds else Found(),
        find_attachments(search) if search and "attachment" in kinds else Found(),
        find_history(history) if history and "revision" in kinds else Found(),
    )


async def with_kept_pages(visit: PageRequest, query: FinderQuery, asked: Wanted, findings: Findings) -> Findings:
    """The findings with the kept pages that have the words; without words, all of them if only pages are wanted."""
    is_one = query.kinds == {"page"}
    of_links = without_words(query)
    if of_links is None or not (asked.words.match or is_one) or (query.kinds and "page" not in query.kinds):
        return findings
    links = replace(await wanted_of(visit, of_links), kinds=tuple(sorted(LINKS_OF)))
    most = most_of_one(visit) if is_one else MOST
    skipped = (page_asked(visit.args.get("page")) - 1) * most if is_one else 0
    wanted_pages = PagesWanted(asked.words.match, links, most, skipped)

    def reading(connection: Connection) -> Found[FoundPage]:
        return from_kept(visit, lambda kept: find_pages(connection, kept, wanted_pages), Found())

    return replace(findings, results=replace(findings.results, pages=await visit.read(reading)))


def _size(answer: tuple[Listed, Counts]) -> int:
    """About how many bytes an answer takes."""
    links, counted = answer
    sorts = (counted.kinds, counted.sites, counted.months, counted.healths, counted.notebooks, counted.tags)
    return OF_A_RECORD * (sum(len(one.places) for one in links.addresses) + sum(map(len, sorts)))
