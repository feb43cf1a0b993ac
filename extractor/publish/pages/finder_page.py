"""The page of the finder, which searches everything: links by address, notes, sections, attachments and history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.catalogue.link_names import BY_PAGE
from extractor.catalogue.queries.finder import ORDERS
from extractor.catalogue.queries.finder_words import (
    LINKS_OF,
    TIMES,
    WORDS,
    read_query,
    with_other_value,
)
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
from extractor.publish.pages.findings import (
    MOST_COUNTED,
    all_names,
    findings_of,
    most_of_one,
    wanted_of,
    with_kept_pages,
)
from extractor.publish.pages.old_addresses import of_old_group
from extractor.publish.plugin.data import CSV, JSON, as_csv, as_json
from extractor.publish.plugin.kept import copies_of
from extractor.publish.plugin.page import pages_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from datasette.utils.asgi import Response

    from extractor.catalogue.queries.finder_conditions import Wanted
    from extractor.catalogue.queries.finder_words import FinderQuery
    from extractor.publish.pages.findings import Findings
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("notes",)
REQUIRED_FOR_NAMES = ("notes", "notebooks", "links", "urls", "tags", "note_tags")
OPTIONAL_TABLES = (
    *("note_bodies", "sections", "links", "urls", "checks", "revisions", "tags", "note_tags", "resources", "pages"),
)
# The columns of the CSV, for the first place of each address.
COLUMNS = (
    *("url", "text", "health", "page_title", "note", "note_id", "section", "first_seen_at", "is_dated", "absent_at"),
    *("removed_at", "removal_is_dated", "is_present", "kind", "id", "url_id"),
)
HISTORY = "the history"
LEFT_OUT = {"note": "notes", "section": "sections", "attachment": "attachments", "revision": HISTORY}
BY_WORDS = frozenset({"section", "attachment", "revision"})  # kinds of which not all are listed
OF_NOTES, OF_TIMES = "note:, notebook: and tag:", "before:, after: and in:"
LOST = frozenset({"dead", "suspect", "failing", "expired"})  # healths of links for which a kept page is offered


async def finder_page(visit: PageRequest) -> Response:
    """`/-/search?q=...&by=date&next=...`; `in` is a group in an old address of the search."""
    if (moved := of_old_group(visit)) is not None:
        return moved
    query = read_query(visit.args.get("q", "").strip())
    has_words = any(term.kind == WORDS and not term.without for term in query.terms)
    usual = "relevance" if has_words else "date"
    order = visit.args.get("by", "") if has_words and visit.args.get("by") in ORDERS else usual
    asked = await wanted_of(visit, query)
    findings = await findings_of(visit, query, asked, order)
    findings = await with_kept_pages(visit, query, asked, findings)
    if visit.format:
        return _as_data(visit, query, asked, findings, by=visit.args.get("by"))
    counted = findings.counts
    lost = {one.url_id for one in findings.links.addresses if one.places[0].health in LOST}
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
        left_out=not_searched(findings.left_out),
        has_words=has_words,
        needs_words=not has_words and bool(query.kinds) and query.kinds <= BY_WORDS,
        only_images=asked.kinds == ("image",),
        order=order,
        by=by,
        next=findings.links.after.as_text() if findings.links.after else None,
        pages=pages_of(visit.args.get("page"), _number_of_one(findings, query), most_of_one(visit)),
        is_first="next" not in visit.args,
        kinds=kind_chips(query, _numbers(findings, query), counted.bounded_kinds),
        chosen=chosen_chips(query),
        states=state_chips(query, counted),
        facets=facets(query, counted),
        months=months_chart(query, counted.months, visit.paths, by),
        says_when=any(term.kind in TIMES for term in query.terms),
        corrected=lambda kind, typed, name: with_other_value(query, kind, typed, name),
        by_page=BY_PAGE,
        lists_links=findings.lists_links,
        marked=marked,
        marked_text=marked_text,
        section_name=_section_name,
        highlighted=lambda text: highlighted(text, query.words),
    )


def _as_data(visit: PageRequest, query: FinderQuery, asked: Wanted, findings: Findings, *, by: str | None) -> Response:
    """The results as data: everything as JSON, or only the addresses as CSV."""
    after = findings.links.after
    pages = pages_of(visit.args.get("page"), _number_of_one(findings, query), most_of_one(visit))
    more, size = None, visit.args.get("size") or None
    if after is not None:
        more = visit.paths.search(query.text, by=by, next=after.as_text(), size=size, form=visit.format)
    elif pages.page < pages.pages:
        more = visit.paths.search(query.text, page=str(pages.page + 1), size=size, form=visit.format)
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
    """How many there are of each kind; None if that was not counted."""
    results = findings.results
    others = {
        "page": results.pages.count,
        "note": results.notes.count,
        "section": results.sections.count,
        "attachment": results.attachments.count,
        "revision": results.history.count,
    }
    is_counted = any(term.kind == WORDS for term in query.terms) and not query.kinds
    bounded = findings.counts.bounded_kinds
    kinds = {kind: min(n, MOST_COUNTED) if kind in bounded else n for kind, n in findings.counts.kinds.items()}
    links = {kind: kinds.get(kind, 0) if kinds or not query.kinds else None for kind in LINKS_OF}
    return {**links, **{kind: number if is_counted or number else None for kind, number in others.items()}}


def not_searched(kinds: Collection[str]) -> str:
    """A sentence about the kinds that cannot be searched with this query; '' if there are none."""
    names = [name for kind, name in LEFT_OUT.items() if kind in kinds]
    if not names:
        return ""
    if kinds == {"revision"}:
        return f"Not searched: {HISTORY}, which supports words, {OF_NOTES}, and {OF_TIMES}, but no other qualifiers."
    also = f"; {HISTORY} also {OF_TIMES}" if "revision" in kinds else ""
    return f"Not searched: {', '.join(names)}. They support words and {OF_NOTES}{also}, but no other qualifiers."


def _number_of_one(findings: Findings, query: FinderQuery) -> int:
    """How many there are of the only kind that is asked for, if that is not a kind of links; else 0."""
    results = findings.results
    found = (results.notes, results.sections, results.attachments, results.history, results.pages)
    return sum(one.count for one in found) if len(query.kinds) == 1 else 0


async def names_page(visit: PageRequest) -> Response:
    """`/-/names.json`: the qualifiers that the box of the finder offers, each as it is typed."""
    names = await all_names(visit)
    sites = dict.fromkeys([*names.hosts.values(), *names.hosts])
    return as_json(completions(sites, [path for path, _ in names.notebooks.paths], names.tags))


def _section_name(path: str) -> str:
    """A path of headings for people."""
    return SEPARATOR.join(part or "(no title)" for part in path.split(SEPARATOR))
