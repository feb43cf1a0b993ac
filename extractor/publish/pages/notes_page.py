"""The notes that are there now, by notebook and tag; those that are there no more by a choice of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.conditions import has_tag, within
from extractor.names import SEPARATOR
from extractor.publish.html.states import CHANGED_AT
from extractor.publish.plugin.cache import remembered
from extractor.publish.plugin.page import pages_of
from extractor.publish.plugin.table_filters import as_table
from extractor.publish.queries.typed_names import NOTEBOOKS, TAGS, as_known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection, Row

    from datasette.utils.asgi import Response

    from extractor.publish.plugin.page import PageRequest, Pages

REQUIRED_TABLES = ("notes", "notebooks", "tags", "note_tags", "links")
A_PAGE = 50
MOST_TAGS = 60
# Which notes to show, as the address names them, and the column of theirs that says so.
CHOICES = {
    "there": ("Notes now", "is_present", "1"),
    "history": ("Only their history", "state", "history only"),
    "trash": ("In the trash", "state", "trashed"),
    "conflicts": ("Conflicts", "state", "conflict"),
    "gone": ("Gone from Joplin", "state", "gone"),
}
FILTERS = {"notebook": within("notebook", "notebook"), "tag": f"id IN ({has_tag('tag')})"}
NAMES = {"notebook": NOTEBOOKS, "tag": TAGS}
ORDERS = {"changed": f"{CHANGED_AT} DESC, id", "title": "name COLLATE NOCASE, id"}


def is_of(show: str) -> str:
    """The condition on notes that a choice stands for."""
    _, column, value = CHOICES[show]
    return f"{column} = '{value}'"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A notebook in the tree; `notes` counts those in it and in the notebooks inside."""

    path: str
    title: str
    depth: int
    notes: int


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where notes lie: all notebooks in the order of the tree, the tags that most notes have by name."""

    notebooks: tuple[Shelf, ...]
    tags: tuple[tuple[str, int], ...]
    all_tags: int


async def notes_page(visit: PageRequest) -> Response:
    """`/-/notes?notebook=...&tag=...&show=...&by=title&page=...`; a notebook with those inside."""
    typed = {name: value for name in FILTERS if (value := visit.args.get(name))}
    filters, unknown = await visit.read(lambda connection: as_known(connection, typed, NAMES))
    show, by = visit.args.get("show", ""), visit.args.get("by", "")
    show, by = show if show in CHOICES else "there", by if by in ORDERS else "changed"
    where = " AND ".join([FILTERS[name] for name in filters]) or "1"

    def reading(connection: Connection) -> tuple[Mapping[str, int], Pages, list[Row]]:
        each = ", ".join(f"count(*) FILTER (WHERE {is_of(name)}) AS [{name}]" for name in CHOICES)
        counts = dict(connection.execute(f"SELECT {each} FROM notes WHERE {where}", filters).fetchone())
        pages = pages_of(visit.args.get("page"), counts[show], A_PAGE)
        rows = connection.execute(
            f"SELECT id, name, notebook, state, {CHANGED_AT} AS changed_at, revisions, is_todo, completed_at, "
            "(SELECT count(*) FROM links WHERE note_id = notes.id AND removed_at IS NULL AND +kind = 'link' "
            f"AND +target = 'web' AND url_id NOT NULL) AS links FROM notes WHERE {where} AND {is_of(show)} "
            f"ORDER BY {ORDERS[by]} LIMIT {A_PAGE} OFFSET {pages.skipped}",
            filters,
        ).fetchall()
        return counts, pages, rows

    shelves: Shelves = await remembered(visit, "shelves", read_shelves)
    counts, pages, rows = await visit.read(reading)
    given = {**filters, "show": None if show == "there" else show, "by": None if by == "changed" else by}
    return await visit.show(
        "notes.html",
        notes=rows,
        shelves=shelves,
        given=given,
        unknown=unknown,
        show=show,
        by=by,
        total=counts[show],
        choices=[(name, label, counts[name]) for name, (label, *_) in CHOICES.items() if counts[name] or name == show],
        pages=pages,
        as_table=await as_table(visit, "notes", dict([CHOICES[show][1:]]), FILTERS, filters),
    )


def read_shelves(connection: Connection) -> Shelves:
    """The tree of notebooks and the tags, each with the notes that are there."""
    counts: dict[str, int] = dict(
        connection.execute(
            f"SELECT notebook, count(*) FROM notes WHERE {is_of('there')} AND notebook NOT NULL GROUP BY notebook"
        ).fetchall()
    )
    paths = connection.execute("SELECT path FROM notebooks WHERE state = 'current'").fetchall()
    below: dict[str, int] = {row["path"]: 0 for row in paths}
    for path, number in counts.items():
        parts = path.split(SEPARATOR)
        for depth in range(1, len(parts) + 1):
            upper = SEPARATOR.join(parts[:depth])
            below[upper] = below.get(upper, 0) + number
    tags = connection.execute(
        "SELECT min(tags.title) AS title, count(DISTINCT notes.id) AS number FROM tags "
        f"JOIN note_tags ON tag_id = tags.id JOIN notes ON notes.id = note_id WHERE {is_of('there')} "
        "GROUP BY tags.title COLLATE NOCASE ORDER BY number DESC"
    ).fetchall()
    most = sorted(((row["title"], row["number"]) for row in tags[:MOST_TAGS]), key=lambda tag: tag[0].casefold())
    in_order = sorted(below, key=lambda path: [part.casefold() for part in path.split(SEPARATOR)])
    return Shelves(
        tuple(Shelf(path, path.rpartition(SEPARATOR)[2], path.count(SEPARATOR), below[path]) for path in in_order),
        tuple(most),
        len(tags),
    )
