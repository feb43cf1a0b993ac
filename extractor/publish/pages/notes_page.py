"""The page of all notes, by notebook and tag; those that are no longer there are separate choices."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from extractor.catalogue.queries import notes
from extractor.catalogue.queries.notes import ListedNote
from extractor.catalogue.queries.typed_names import NOTEBOOKS, TAGS, as_known
from extractor.names import SEPARATOR
from extractor.publish.plugin.cache import remembered
from extractor.publish.plugin.data import CSV, JSON, as_csv, as_json, size_of
from extractor.publish.plugin.page import page_asked, pages_of
from extractor.publish.plugin.table_filters import as_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.publish.plugin.page import PageRequest, Pages

REQUIRED_TABLES = ("notes", "notebooks", "tags", "note_tags", "links")
A_PAGE = 50
MOST_TAGS = 60
# Labels of which notes to show, by the names in notes.CHOICES, which are also used in the address of the page.
CHOICES = {
    "there": "Notes now",
    "history": "Only history known",
    "trash": "In the trash",
    "conflicts": "Conflicts",
    "gone": "Gone from Joplin",
}
NAMES = {"notebook": NOTEBOOKS, "tag": TAGS}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A notebook in the tree; `notes` counts those in it and in the notebooks below it."""

    path: str
    title: str
    depth: int
    notes: int


@dataclass(frozen=True, slots=True)
class Shelves:
    """All notebooks in the order of the tree, and the most frequent tags by name."""

    notebooks: tuple[Shelf, ...]
    tags: tuple[tuple[str, int], ...]
    all_tags: int


async def notes_page(visit: PageRequest) -> Response:
    """`/-/notes?q=...&notebook=...&tag=...&show=...&by=title&page=...`; a notebook includes those below it.

    As data, `size` notes from the key `next` on.
    """
    typed = {name: value for name in notes.BY_PLACE if (value := visit.args.get(name))}
    filters, unknown = await visit.read(lambda connection: as_known(connection, typed, NAMES))
    wanted = visit.args.get("q", "").strip()
    show, by = visit.args.get("show", ""), visit.args.get("by", "")
    show, by = show if show in CHOICES else "there", by if by in notes.ORDERS else "changed"

    def reading(connection: Connection) -> tuple[Mapping[str, int], Pages, Sequence[ListedNote]]:
        asked = {**filters, "titled": notes.titled(connection, wanted)} if wanted else filters
        counts = notes.counts(connection, asked)
        pages = pages_of(visit.args.get("page"), counts[show], A_PAGE)
        if visit.format:  # one more shows whether the list continues
            after = visit.args.get("next", "")
            skipped = 0 if after else (page_asked(visit.args.get("page")) - 1) * size
            return counts, pages, notes.listed(connection, asked, show, by, most=size + 1, skipped=skipped, after=after)
        return counts, pages, notes.listed(connection, asked, show, by, most=A_PAGE, skipped=pages.skipped)

    size = size_of(visit.args.get("size"), A_PAGE)
    counts, pages, found = await visit.read(reading)
    if visit.format:
        more = None
        if len(found) > size:
            asked = {**({"q": wanted} if wanted else {}), **filters, "size": visit.args.get("size") or None}
            key = notes.key_of(found[size - 1], by)
            more = visit.paths.notes(form=visit.format, **asked, show=show, by=by, next=key)
        return _as_data(visit, counts[show], found[:size], more)
    shelves: Shelves = await remembered(visit, "shelves", read_shelves)
    given = {
        "q": wanted or None,
        **filters,
        "show": None if show == "there" else show,
        "by": None if by == "changed" else by,
    }
    return await visit.show(
        "notes.html",
        data=found,
        forms=(JSON, CSV),
        notes=found,
        shelves=shelves,
        given=given,
        unknown=unknown,
        show=show,
        by=by,
        total=counts[show],
        choices=[(name, label, counts[name]) for name, label in CHOICES.items() if counts[name] or name == show],
        pages=pages,
        as_table=None
        if wanted
        else await as_table(visit, "notes", dict([notes.CHOICES[show]]), notes.BY_PLACE, filters),
    )


def _as_data(visit: PageRequest, total: int, found: Sequence[ListedNote], more: str | None) -> Response:
    """One page of notes as data; `more` is the address of the next page."""
    if visit.format == CSV:
        names = [field.name for field in fields(ListedNote)]
        return as_csv(names, [[getattr(note, name) for name in names] for note in found], more)
    return as_json({"total": total, "notes": found, "next": more}, more)


def read_shelves(connection: Connection) -> Shelves:
    """The tree of notebooks, and the tags, each with the number of its current notes."""
    below = dict.fromkeys(notes.notebooks(connection), 0)
    for path, number in notes.notes_in_notebooks(connection).items():
        parts = path.split(SEPARATOR)
        for depth in range(1, len(parts) + 1):
            upper = SEPARATOR.join(parts[:depth])
            below[upper] = below.get(upper, 0) + number
    tags = list(notes.notes_with_tags(connection).items())
    most = sorted(tags[:MOST_TAGS], key=lambda tag: tag[0].casefold())
    in_order = sorted(below, key=lambda path: [part.casefold() for part in path.split(SEPARATOR)])
    return Shelves(
        tuple(Shelf(path, path.rpartition(SEPARATOR)[2], path.count(SEPARATOR), below[path]) for path in in_order),
        tuple(most),
        len(tags),
    )
