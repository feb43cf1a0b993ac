"""No page, table, facet or question walks through a large table where an index could lead it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from catalogues import catalogue_of, copy_of
from datasette import hookimpl
from datasette.plugins import pm
from published import METADATA, query, served

from extractor.catalogue.queries.topic_names import TOPS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from datasette.app import Datasette

TABLES = METADATA["databases"]["catalogue"]["tables"]
QUERIES = METADATA["databases"]["catalogue"]["queries"]
LARGE = {"revisions", "revision_diffs", "note_bodies", "sections", "links", "link_changes", "urls", "checks"}
SHOWN = [name for name, about in TABLES.items() if not about.get("hidden")]
FACETS = [(name, facet) for name in SHOWN for facet in TABLES[name].get("facets", ())]
PAGES = (
    "", "/-/notes", "/-/notes?page=2", "/-/notes?notebook={notebook}&by=title", "/-/topics", "/-/topics?q=kafka",
    "/-/topic?path={path}", "/-/topic?path={path}&past=1", "/-/search", "/-/search?q=section:kafka",
    "/-/search?q=site:example.com", "/-/search?q=in:2024-11", "/-/search?q=after:2024%20kafka",
    "/-/search?q=health:dead", "/-/search?q=health:alive", "/-/search?q=health:unknown", "/-/search?q=health:expired",
    "/-/search?q=after:2024%20before:2025-06", "/-/search?q=section:%22/{path}%22",
    "/-/search?q=notebook:work", "/-/search?q=tag:kafka", "/-/search?q=is:removed", "/-/search?q=kafka", "/-/images",
    "/-/new-links.atom", "/-/died.atom", "/-/note/{note}", "/-/note/{note}?at=1", "/-/note/{note}/changes?from=1",
    "/-/note/{note}/blame", "/-/revision/{revision}", "/-/link/{link}", "/-/address/{address}",
)  # fmt: skip
ROWS = {"notes": "note", "sections": "section", "links": "link", "urls": "address", "notebooks": "notebook_id"}
GIVEN = {"site": "example.com", "since": "2024-01-01", "until": "2025-06-01", "text": "kafka", "day": "2024-11-01"}

# What needs every row, or is asked so seldom that an index for it alone would cost more than it saves.
NEED_ALL = (
    ("checks", "SELECT min(checked_at) AS first, max(checked_at) AS last"),  # of the start page, which keeps it
    ("sections", "SELECT path, note_id\nFROM sections"),  # in how many notes each topic is
    ("sections", "GROUP BY +path"),  # all that went, a large part of them
    ("links", "links.removed_at NOT NULL OR links"),  # all that was removed, of which each chip has its share
    ("checks", "select status as value"),
    ("urls", "select scheme as value"),
    ("checks", "from checks order by checked_at desc"),  # of the table's first page: 0.1 s of 200,000 rows
    ("urls", "from urls order by first_seen_at desc"),
    ("link_changes", "from link_history order by captured_at desc"),  # 0.04 s of 100,000: lost revisions have no index
    ("urls", "from link_health"),  # sorted by what a check told, which most addresses may not have
    # The row page of a revision counts what leads to it; to be quick, that took 4 % of the catalogue.
    ("links", "(select count(*) from links where first_revision_id="),
    ("sections", "(select count(*) from sections where first_revision_id="),
)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue of a real sync target, each of its addresses checked six times."""
    path = copy_of(catalogue_of("sync"), tmp_path_factory.mktemp("plans"))
    query(
        path,
        "INSERT INTO checks (url_id, asked, checked_at, verdict, status) "
        "SELECT urls.id, url, '2026-0' || value || '-01', iif(urls.id % 7, 'ok', 'dead'), iif(urls.id % 7, 200, 404) "
        "FROM urls, json_each('[1, 2, 3, 4, 5, 6]')",
    )
    query(path, "ANALYZE")
    return path


class Listener:
    """A plugin that hears every statement."""

    __name__ = "listener"

    def __init__(self) -> None:
        self.statements: list[str] = []

    @hookimpl
    def prepare_connection(self, conn: sqlite3.Connection) -> None:
        conn.set_trace_callback(self.statements.append)


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    pm.register(listener)
    try:
        yield listener
    finally:
        pm.unregister(listener)


def walked(db: Path, statements: list[str]) -> dict[str, str]:
    """Which large tables are walked through without an index and a reason, each with a statement that does so."""
    found: dict[str, str] = {}
    with closing(sqlite3.connect(db)) as connection:
        for statement in dict.fromkeys(statements):
            if re.match(r"\s*(SELECT|WITH)\b", statement, re.IGNORECASE) and "from databases" not in statement:
                for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}"):
                    table = step.removeprefix("SCAN ")
                    if table in LARGE and not any(table == one and part in statement for one, part in NEED_ALL):
                        found[table] = statement
    return found


def addresses(db: Path) -> list[str]:
    """All to ask for: pages with something of the catalogue in their addresses, tables, facets, rows, questions."""
    (note,) = query(db, "SELECT id FROM notes WHERE state = 'current' ORDER BY revisions DESC, id LIMIT 1")[0]
    (revision,) = query(db, "SELECT id FROM revisions WHERE note_id = ? AND number = 2", note)[0]
    link, address, section = query(
        db, "SELECT id, url_id, section_id FROM links WHERE note_id = ? AND url_id NOT NULL AND section NOT NULL", note
    )[0]
    (path,) = query(db, "SELECT path FROM sections WHERE id = ?", section)[0]
    (notebook_id, notebook) = query(db, "SELECT id, path FROM notebooks ORDER BY path")[0]
    (tag,) = query(db, "SELECT title FROM tags ORDER BY title")[0]
    values = {
        name: urlencode({"": value})[1:] if isinstance(value, str) else value
        for name, value in {
            "note": note, "revision": revision, "link": link, "address": address, "section": section, "path": path,
            "notebook": notebook, "notebook_id": notebook_id, "tag": tag,
        }.items()
    }  # fmt: skip
    return [
        *(page.format(**values) for page in PAGES),
        *(f"/{table}" for table in SHOWN),
        *(f"/{table}?_facet={facet}" for table, facet in FACETS),
        *(f"/{table}/{values[key]}" for table, key in ROWS.items()),
        *(
            f"/{name}?{urlencode({key: GIVEN.get(key, values.get(key, '')) for key in about.get('params', ())})}"
            for name, about in QUERIES.items()
        ),
        f"/revisions/{revision}",
    ]


async def test_plans(db: Path) -> None:
    with listening() as listener:
        datasette: Datasette = await served(db)
        wrong = []
        for address in addresses(db):
            listener.statements.clear()
            answer = await datasette.client.get(f"/catalogue{address}")
            assert answer.status_code in {200, 302}, address
            wrong += [(address, *one) for one in walked(db, listener.statements).items()]
    assert not wrong, "\n".join(map(str, wrong))


def test_headings_without_others_below_them_cost_no_walk_each(db: Path) -> None:
    """Where all headings are at the top, an index of what they are below says nothing, and SQLite leaves it."""
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("UPDATE sections SET parent_id = NULL")
        connection.execute("ANALYZE")
        steps = [step for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {TOPS}")]
        connection.rollback()
    assert not any("CORRELATED" in step for step in steps), steps
