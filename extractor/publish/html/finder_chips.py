"""The chips of the finder: each leads to the query with one qualifier more, or less. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.link_health import ORDER, health_name
from extractor.catalogue.queries.finder_words import KINDS, WORDS, with_term, without_terms, written
from extractor.dates import NOT_KNOWN
from extractor.names import SEPARATOR
from extractor.publish.html.charts import Bar, bars
from extractor.publish.html.formats import human_month, readable_host

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from markupsafe import Markup

    from extractor.catalogue.queries.finder_counts import Counts
    from extractor.catalogue.queries.finder_words import FinderQuery
    from extractor.publish.html.paths import Paths

MOST = 12  # chips in each facet
MOST_MONTHS = 36  # bars of a month each; if there would be more, they are bars of a year
DECEMBER = 12
LABELLED = ("01", "07")  # months with their year below: of any that are in sight together, one is among them
KIND_NAMES = {
    "link": "Links",
    "image": "Images",
    "page": "Linked pages",
    "note": "Notes",
    "section": "Sections",
    "attachment": "Attachments",
    "revision": "History",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice: `text` is the query that it leads to, `count` is None if that is not counted.

    `is_bounded`: there are more than `count`.
    """

    label: str
    text: str
    count: int | None = None
    is_on: bool = False
    name: str = ""
    depth: int = 0
    is_bounded: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """The chips for one kind of qualifier."""

    title: str
    chips: tuple[Chip, ...]
    more: int = 0  # how many are not shown


def kind_chips(query: FinderQuery, numbers: Mapping[str, int | None], bounded: Collection[str] = ()) -> list[Chip]:
    """Chips for everything, and for each kind that can be found; of `bounded` kinds there are more than counted."""
    of_kind = [term for term in query.terms if term.kind == "kind"]
    return [
        Chip("Everything", without_terms(query, of_kind), is_on=not of_kind),
        *(
            Chip(
                KIND_NAMES[kind],
                with_term(query, "kind", kind, instead=True),
                numbers.get(kind),
                bool(of_kind) and kind in query.kinds,
                kind,
                is_bounded=kind in bounded,
            )
            for kind in KINDS
            if numbers.get(kind, 1) or kind in query.kinds
        ),
    ]


def chosen_chips(query: FinderQuery) -> list[Chip]:
    """The qualifiers that the query has; each leads to the query without it."""
    return [
        Chip(written(term.kind, term.value, without=term.without), without_terms(query, [term]), is_on=True)
        for term in query.terms
        if term.kind not in {WORDS, "kind"}
    ]


def state_chips(query: FinderQuery, counts: Counts) -> list[Chip]:
    """Chips for links that may match, that have no known day, and that are no longer there."""
    chips = []
    if counts.perhaps:
        chips.append(Chip("perhaps (day not known)", with_term(query, "is", "perhaps"), counts.perhaps))
    if counts.undated > 0 and not query.has("is", "undated"):
        chips.append(Chip(NOT_KNOWN, with_term(query, "is", "undated"), counts.undated))
    if not query.has("is", "removed", "any", "current"):
        chips.append(Chip("no longer there", with_term(query, "is", "removed")))
    return chips


def facets(query: FinderQuery, counts: Counts) -> list[Facet]:
    """Sites, healths, notebooks and tags of what is found; only facets with a choice."""
    healths = [str(health) for health in reversed(ORDER) if counts.healths.get(health)]
    return [
        facet
        for facet in (
            _facet(query, "Sites", "site", _most_first(counts.sites), readable_host),
            _facet(query, "Health", "health", [(name, counts.healths[name]) for name in healths], health_name),
            _notebooks(query, counts.notebooks),
            _facet(query, "Tags", "tag", _most_first(counts.tags)),
        )
        if len(facet.chips) > 1 or any(chip.is_on for chip in facet.chips)
    ]


def _most_first(numbers: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(numbers.items(), key=lambda one: (-one[1], one[0]))


def _facet(
    query: FinderQuery, title: str, kind: str, numbers: Sequence[tuple[str, int]], shown: Callable[[str], str] = str
) -> Facet:
    chips = tuple(
        Chip(shown(name), _toggled(query, kind, name), number, query.has(kind, name), name)
        for name, number in numbers[:MOST]
    )
    return Facet(title, chips, len(numbers) - len(chips))


def _notebooks(query: FinderQuery, numbers: Mapping[str, int]) -> Facet:
    """Notebooks in the order of their tree."""
    paths = sorted(numbers, key=lambda path: [part.casefold() for part in path.split(SEPARATOR)])
    most = set(sorted(paths, key=lambda path: (path.count(SEPARATOR), -numbers[path]))[:MOST])
    chips = tuple(
        Chip(
            path.rpartition(SEPARATOR)[2] or "(no title)",
            _toggled(query, "notebook", f"/{path}"),
            numbers[path],
            query.has("notebook", f"/{path}"),
            path,
            path.count(SEPARATOR),
        )
        for path in paths
        if path in most
    )
    return Facet("Notebooks", chips, len(paths) - len(chips))


def _toggled(query: FinderQuery, kind: str, value: str) -> str:
    """The query with a qualifier, or without it if it has it already."""
    gone = [term for term in query.terms if (term.kind, term.value, term.without) == (kind, value, False)]
    return without_terms(query, gone) if gone else with_term(query, kind, value)


def months_chart(query: FinderQuery, months: Mapping[str, int], paths: Paths, by: str | None = None) -> Markup | None:
    """A bar for each month, or for each year if there are many months; None if there are no bars."""
    every = _every_month(months)
    if not every:
        return None
    if len(every) > MOST_MONTHS:
        years = {month[:4]: 0 for month in every}
        for month, number in months.items():
            years[month[:4]] += number
        every = years
    shown = [
        Bar(
            name[:4] if month and (not place or month in LABELLED) else "",
            f"{human_month(name)}: {number:,}",
            number,
            paths.search(with_term(query, "in", name, instead=True), by=by),
            human_month(name).partition(" ")[0],
        )
        for place, (name, number) in enumerate(every.items())
        for month in [name[5:]]
    ]
    return bars(shown, f"Links saved per {'month' if '-' in next(iter(every)) else 'year'}", by_keyboard=True)


def _every_month(months: Mapping[str, int]) -> dict[str, int]:
    """All months from the first to the last, including those without links."""
    if not months:
        return {}
    (year, month), last = map(int, min(months).split("-")), max(months)
    found: dict[str, int] = {}
    while (name := f"{year:04d}-{month:02d}") <= last:
        found[name] = months.get(name, 0)
        year, month = (year + 1, 1) if month == DECEMBER else (year, month + 1)
    return found


def completions(sites: Iterable[str], notebooks: Iterable[str], tags: Iterable[str]) -> list[str]:
    """Qualifiers that the box offers while people type."""
    names = {"site": sites, "notebook": notebooks, "tag": tags}
    found = [written(kind, name) for kind, some in names.items() for name in some]
    fixed = [written("kind", kind) for kind in KINDS] + [written("health", str(health)) for health in ORDER]
    return [*fixed, "is:removed", "is:undated", *found]
