"""One box that finds in everything: links by their addresses, notes, sections, attachments, what was ever written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from extractor.catalogue.kept.found import PagesWanted, find_pages
from extractor.catalogue.link_health import ORDER
from extractor.catalogue.link_names import BY_PAGE
from extractor.catalogue.queries.finder import ORDERS, Counts, Listed, counts, listed, read_key
from extractor.catalogue.queries.finder_conditions import wanted
from extractor.catalogue.queries.finder_names import finder_names, finder_sections
from extractor.catalogue.queries.finder_words import (
    LINKS_OF,
    TIMES,
    WORDS,
    query_of_choice,
    read_query,
    with_other_value,
    without_words,
    written,
)
from extractor.catalogue.queries.found import Found, Results
from extractor.catalogue.queries.full_text import search_for
from extractor.catalogue.queries.search import (
    find_attachments,
    find_history,
    find_notes,
    find_notes_within,
    find_sections,
)
from extractor.catalogue.queries.typed_names import HOSTS, NOTEBOOKS, SECTIONS_OF_LINKS, TAGS, as_known
from extractor.names import SEPARATOR
from extractor.publish.html.finder_chips import (
    chosen_chips,
    completions,
    facets,
    kind_chips,
    months_chart,
    state_chips,
)
from extractor.publish.html.highlight import highlighted, marked, marked_text
from extractor.publish.html.rendering import OF_A_RECORD
from extractor.publish.plugin.cache import remembered, remembered_if_slow
from extractor.publish.plugin.data import CSV, JSON, as_csv, as_json, size_of
from extractor.publish.plugin.kept import copies_of, from_kept
from extractor.publish.plugin.page import page_asked, pages_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from extractor.catalogue.queries.finder_conditions import Wanted
    from extractor.catalogue.queries.finder_words import FinderQuery
    from extractor.catalogue.queries.found import FoundPage
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("notes",)
OPTIONAL_TABLES = (
    *("note_bodies", "sections", "links", "urls", "checks", "revisions", "tags", "note_tags", "resources", "pages"),
)
OF_OLD_LIST = ("links", "urls", "notes", "checks")  # what the list of links needed
OLD_NAMES = {"topic": SECTIONS_OF_LINKS, "notebook": NOTEBOOKS, "tag": TAGS, "site": HOSTS, "host": HOSTS}
OLD_GROUPS = {"notes": "note", "links": "link", "sections": "section", "attachments": "attachment"} | {
    "history": "revision"
}
# Columns of the CSV: of the first place of an address.
COLUMNS = (
    *("url", "text", "health", "page_title", "note", "note_id", "section", "first_seen_at", "is_dated", "absent_at"),
    *("removed_at", "removal_is_dated", "is_present", "kind", "id", "url_id"),
)
A_PAGE = 30  # addresses
LOST = frozenset({"dead", "suspect", "failing", "expired"})  # of which a kept page is offered
MOST, MOST_OF_ONE = 3, 50  # of each other group; of one that is shown alone, at once
# The tables that each kind but links is found in.
TABLES = {
    "note": ("note_bodies",),
    "section": ("sections",),
    "attachment": ("resources", "links"),
    "revision": ("revisions", "note_bodies"),
}


@dataclass(frozen=True, slots=True)
class Findings:
    """What the page shows; `left_out` are the kinds that the query, as it is, cannot be asked of."""

    links: Listed
    counts: Counts
    results: Results
    left_out: bool
    lists_links: bool


async def finder_page(visit: PageRequest) -> Response:
    """`/-/search?q=...&by=date&next=...`; `in` is a group of the search as it was before."""
    if (group := visit.args.get("in")) in OLD_GROUPS:
        text = f"{visit.args.get('q', '')} {written('kind', OLD_GROUPS[group])}".strip()
        return Response.redirect(visit.paths.search(text))
    query = read_query(visit.args.get("q", "").strip())
    has_words = any(term.kind == WORDS and not term.without for term in query.terms)
    usual = "relevance" if has_words else "date"
    order = visit.args.get("by", "") if has_words and visit.args.get("by") in ORDERS else usual
    asked = await _wanted(visit, query)
    findings = await _findings(visit, query, asked, order)
    findings = await _with_pages(visit, query, asked, findings)
    if visit.format:
        return _as_data(visit, query, asked, findings, by=visit.args.get("by"))
    counted = findings.counts
    lost = {one.url_id for one in findings.links.addresses if one.places[0].health in LOST}
    names = await remembered(visit, "finder completions", _completions) if visit.sees("tags", "urls") else ()
    by = None if order == usual else order
    return await visit.show(
        "finder.html",
        data=findings,
        forms=(JSON, CSV),
        search_text=query.text,
        query=query,
        unknown=asked.unknown,
        links=findings.links.addresses,
        kept=await visit.read(lambda connection: copies_of(visit, connection, lost)),
        counts=counted,
        results=findings.results,
        left_out=findings.left_out,
        has_words=has_words,
        only_images=asked.kinds == ("image",),
        order=order,
        by=by,
        next=findings.links.after.as_text() if findings.links.after else None,
        pages=pages_of(visit.args.get("page"), _number_of_one(findings, query), MOST_OF_ONE),
        is_first="next" not in visit.args,
        kinds=kind_chips(query, _numbers(findings, query)),
        chosen=chosen_chips(query),
        states=state_chips(query, counted),
        facets=facets(query, counted),
        months=months_chart(query, counted.months, visit.paths),
        completions=names,
        says_when=any(term.kind in TIMES for term in query.terms),
        corrected=lambda kind, typed, name: with_other_value(query, kind, typed, name),
        by_page=BY_PAGE,
        lists_links=findings.lists_links,
        marked=marked,
        marked_text=marked_text,
        section_name=_section_name,
        highlighted=lambda text: highlighted(text, query.words),
    )


async def _wanted(visit: PageRequest, query: FinderQuery) -> Wanted:
    """What is asked for, by names that this visitor may see."""
    names = await remembered(visit, "finder names", finder_names)
    if not visit.sees("tags", "note_tags"):
        names = replace(names, tags=())
    if not visit.sees("pages"):
        names = replace(names, pages={})
    asks_sections = any(term.kind == "section" for term in query.terms)
    return wanted(query, names, await remembered(visit, "finder sections", finder_sections) if asks_sections else None)


async def _findings(visit: PageRequest, query: FinderQuery, asked: Wanted, order: str) -> Findings:
    sees_links = visit.sees("links", "urls", "checks", "revisions")
    after = read_key(visit.args.get("next", ""))
    skipped = (page_asked(visit.args.get("page")) - 1) * MOST_OF_ONE
    is_empty = bool(query.text) and not query.groups
    lists_links = sees_links and bool(asked.kinds) and not is_empty

    def reading(connection: Connection) -> Findings:
        is_one = len(query.kinds) == 1
        search = search_for(connection, asked, MOST_OF_ONE if is_one else MOST, skipped if is_one else None)
        results, left_out = Results(), False
        kinds = {kind for kind, tables in TABLES.items() if visit.sees(*tables)} & (query.kinds or set(TABLES))
        if search is None:
            left_out = bool(kinds)
        elif search.query.match:
            results = Results(
                find_notes(search) if "note" in kinds else Found(),
                find_sections(search) if "section" in kinds else Found(),
                find_attachments(search) if "attachment" in kinds else Found(),
                find_history(search) if "revision" in kinds else Found(),
            )
        elif "note" in kinds and (search.within or query.kinds):
            results = Results(notes=find_notes_within(search))
        return Findings(Listed((), None), Counts(), results, left_out, lists_links)

    def listing(connection: Connection) -> tuple[Listed, Counts]:
        return listed(connection, asked, order, most=most, after=after), counts(connection, asked)

    most = size_of(visit.args.get("size"), A_PAGE) if visit.format else A_PAGE

    findings = await visit.read(reading)
    if not lists_links:
        return findings
    # What is there now, all of it, is listed and counted once for each state of the file, and so is what took long.
    is_all = not (query.groups or after or visit.format)
    if is_all:
        links, counted = await remembered(visit, "finder", listing)
    else:
        name = f"finder {query.text} by {order} after {after}, {most}"
        links, counted = await remembered_if_slow(visit, name, listing, size_of=_size, patiently=False)
    if not visit.sees("tags", "note_tags"):
        counted = replace(counted, tags={})
    return replace(findings, links=links, counts=counted)


async def _with_pages(visit: PageRequest, query: FinderQuery, asked: Wanted, findings: Findings) -> Findings:
    """The same with the kept pages that have the words, or, where they alone are asked for, with all of them."""
    is_one = query.kinds == {"page"}
    of_links = without_words(query)
    if of_links is None or not (asked.words.match or is_one) or (query.kinds and "page" not in query.kinds):
        return findings
    links = replace(await _wanted(visit, of_links), kinds=tuple(sorted(LINKS_OF)))
    most = MOST_OF_ONE if is_one else MOST
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


def _as_data(visit: PageRequest, query: FinderQuery, asked: Wanted, findings: Findings, *, by: str | None) -> Response:
    """What is found for programs: all of it as JSON, the addresses alone as CSV."""
    after = findings.links.after
    pages = pages_of(visit.args.get("page"), _number_of_one(findings, query), MOST_OF_ONE)
    more = None
    if after is not None:
        size = visit.args.get("size") or None
        more = visit.paths.search(query.text, by=by, next=after.as_text(), size=size, form=visit.format)
    elif pages.page < pages.pages:
        more = visit.paths.search(query.text, page=str(pages.page + 1), form=visit.format)
    if visit.format == CSV:
        rows = [[getattr(one.places[0], name) for name in COLUMNS] + [one.count] for one in findings.links.addresses]
        return as_csv([*COLUMNS, "places"], rows, more)
    found = {
        "query": query.text,
        "problems": query.problems,
        "unknown": asked.unknown,
        "counts": findings.counts,
        "links": findings.links.addresses,
        "results": findings.results,
        "next": more,
    }
    return as_json(found, more)


def _numbers(findings: Findings, query: FinderQuery) -> Mapping[str, int | None]:
    """How many there are of each kind, None where that was not counted."""
    results = findings.results
    others = {
        "page": results.pages.count,
        "note": results.notes.count,
        "section": results.sections.count,
        "attachment": results.attachments.count,
        "revision": results.history.count,
    }
    is_counted = any(term.kind == WORDS for term in query.terms) and not query.kinds
    kinds = findings.counts.kinds
    links = {kind: kinds.get(kind, 0) if kinds or not query.kinds else None for kind in LINKS_OF}
    return {**links, **{kind: number if is_counted or number else None for kind, number in others.items()}}


def _number_of_one(findings: Findings, query: FinderQuery) -> int:
    """How many there are of the one kind that is asked for, if that is not one of links; else 0."""
    results = findings.results
    found = (results.notes, results.sections, results.attachments, results.history, results.pages)
    return sum(one.count for one in found) if len(query.kinds) == 1 else 0


def _completions(connection: Connection) -> list[str]:
    names = finder_names(connection)
    sites = dict.fromkeys(names.hosts.values())
    return completions(sites, [path for path, _ in names.notebooks.paths], names.tags)


async def old_links_page(visit: PageRequest) -> Response:
    """`/-/links?topic=...&site=...&health=...&month=...`, which was a page of its own, leads to the finder."""
    typed = {
        name: visit.args[name] for name in (*OLD_NAMES, "health", "month", "year", "dated") if visit.args.get(name)
    }
    if typed.get("health") not in ORDER:
        typed.pop("health", None)
    if typed.get("dated") == "0":
        typed.pop("month", None)
        typed.pop("year", None)
    else:
        typed.pop("dated", None)
    if "month" in typed:
        typed.pop("year", None)
    known, unknown = await visit.read(lambda connection: as_known(connection, typed, OLD_NAMES))
    wrong = {one.kind for one in unknown}
    exact = query_of_choice({name: value for name, value in known.items() if name not in wrong})
    as_typed = [
        written({"topic": "section", "host": "site"}.get(name, name), typed[name]) for name in typed if name in wrong
    ]
    return Response.redirect(visit.paths.search(" ".join(filter(None, [exact, *as_typed]))))


def _section_name(path: str) -> str:
    """A path of headings for people."""
    return SEPARATOR.join(part or "(no title)" for part in path.split(SEPARATOR))
