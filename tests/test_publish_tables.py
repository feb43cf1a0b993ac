"""metadata.yml fits the catalogue, and its tables read as people read."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from markupsafe import Markup
from published import METADATA, example, query, served, served_to_all

from extractor.publish.html.cells import cell
from extractor.publish.html.formats import file_size, human_date, link_name, short_address, with_readable_date
from extractor.publish.html.paths import Paths
from extractor.publish.plugin import metadata
from extractor.publish.plugin.columns import BY_CHECKS, SHOWN, column_name, is_number, shown_columns, shown_in_query

if TYPE_CHECKING:
    from datasette.app import Datasette

TABLES = METADATA["databases"]["catalogue"]["tables"]
QUERIES = METADATA["databases"]["catalogue"]["queries"]
PATHS = Paths("/catalogue")
DAY_ONE = (
    "removed_sections",
    "new_links",
    "links_by_section",
    "notes_that_changed_most",
    "removed_links",
    "duplicates",
)


@pytest.fixture
async def ds() -> Datasette:
    return await served_to_all(example())


def columns_of(table: str) -> set[str]:
    return {row[1] for row in query(example(), f"PRAGMA table_xinfo([{table}])")}


@pytest.mark.parametrize("table", [name for name in TABLES if not name.startswith(("sqlite_", "_"))])
def test_metadata_names_what_is_there(table: str) -> None:
    about, columns = TABLES[table], columns_of(table)
    assert columns, table
    named = {*about.get("columns", {}), *about.get("facets", [])}
    named |= {about[key] for key in ("label_column", "sort", "sort_desc") if key in about}
    assert named <= columns


@pytest.mark.parametrize("table", SHOWN)
def test_columns_that_are_shown_first_are_there(table: str) -> None:
    assert set(SHOWN[table]) <= columns_of(table)


def test_every_table_and_view_has_a_title() -> None:
    names = [row[0] for row in query(example(), "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    people_see = [name for name in names if "_fts" not in name and not TABLES.get(name, {}).get("hidden")]
    assert [name for name in people_see if not TABLES.get(name, {}).get("title") and "sqlite" not in name] == []


@pytest.mark.parametrize("table", ["notes", "links", "sections", "revisions", "urls", "saved_links", "link_history"])
async def test_a_table_shows_no_long_text(ds: Datasette, table: str) -> None:
    page = await ds.client.get(f"/catalogue/{table}")
    assert page.status_code == 200
    shown = set(re.findall(r'<th class="[^"]*" scope="col" data-column="(\w+)"', page.text))
    assert shown == set(SHOWN[table])
    assert not shown & {"body", "folded", "text_added", "text_removed", "context", "body_diff"}


@pytest.mark.parametrize(
    ("table", "searched", "found"),
    [("notes", "kafka", 3), ("links", "kafka", 5), ("sections", "kafka", 1), ("revisions", "kafka", 5)],
)
async def test_search_in_a_table(ds: Datasette, table: str, searched: str, found: int) -> None:
    rows = (await ds.client.get(f"/catalogue/{table}.json?_search={searched}&_shape=array")).json()
    assert len(rows) >= found


@pytest.mark.parametrize("name", QUERIES)
async def test_every_query_answers(ds: Datasette, name: str) -> None:
    values = {
        "site": "github.com",
        "since": "2024-01-01",
        "until": "",
        "text": "kafka",
        "note": "kafka",
        "tag": "kafka",
    }
    values["day"] = query(example(), "SELECT substr(max(captured_at), 1, 10) FROM revisions")[0][0]
    given = {key: values[key] for key in QUERIES[name].get("params", [])}
    answer = await ds.client.get(f"/catalogue/{name}.json?_shape=array&{urlencode(given)}")
    assert answer.status_code == 200, answer.text
    if name in DAY_ONE or (given and name not in BY_CHECKS):
        assert answer.json(), name
    page = await ds.client.get(f"/catalogue/{name}?{urlencode(given)}")
    assert page.status_code == 200
    assert QUERIES[name]["title"] in page.text
    assert len(QUERIES[name]["description"]) > 20


@pytest.mark.parametrize("given", ["", '"', "'", "*", "a OR", "NEAR(", "kafka -x", "%"])
async def test_a_query_takes_any_text(ds: Datasette, given: str) -> None:
    for name in QUERIES:
        if params := QUERIES[name].get("params"):
            answer = await ds.client.get(f"/catalogue/{name}.json?" + urlencode(dict.fromkeys(params, given)))
            assert answer.status_code == 200, (name, answer.text)


DAY = "2024-11-01T17:34:04.457Z"
SHOWN_DAY = f'<time datetime="{DAY}" title="2024-11-01 17:34:04.457 UTC">2024-11-01</time>'
NO_NUMBERS = {
    "id",
    "url_id",
    "link_id",
    "is_todo",
    "is_conflict",
    "is_locked",
    "is_present",
    "is_echo",
    "permanent",
    "counts",
    "is_dated",
    "removal_is_dated",
}


@pytest.mark.parametrize("table", SHOWN)
def test_every_column_of_numbers_is_drawn_as_one(table: str) -> None:
    keys = {row[3] for row in query(example(), f"PRAGMA foreign_key_list([{table}])")} | NO_NUMBERS
    for _, name, kind, *_ in query(example(), f"PRAGMA table_xinfo([{table}])"):
        if kind:  # what a view works out has none
            assert is_number(name) == (kind == "INTEGER" and name not in keys), name


@pytest.mark.parametrize("name", QUERIES)
async def test_every_column_of_numbers_of_a_query_is_drawn_as_one(ds: Datasette, name: str) -> None:
    values = {"site": "github.com", "since": "2024-01-01", "text": "kafka", "note": "kafka", "tag": "kafka"}
    values["day"] = query(example(), "SELECT substr(max(captured_at), 1, 10) FROM revisions")[0][0]
    rows = (await ds.client.get(f"/catalogue/{name}.json?_shape=array&{urlencode(values)}")).json()
    for row in rows[:20]:
        for column, value in row.items():
            if value is not None:
                assert is_number(column) == (isinstance(value, int) and column not in NO_NUMBERS), column


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("links", "links"),
        ("links?_sort_desc=text", "links"),
        ("links?kind=image&_sort=text", "links WHERE kind = 'image'"),
        ("revisions", "revisions"),
        ("link_changes", "link_changes"),
        ("saved_links", "saved_links"),
        ("tags", "tags"),
    ],
)
async def test_csv_has_every_row(ds: Datasette, path: str, rows: str) -> None:
    ((number,),) = query(example(), f"SELECT count(*) FROM {rows}")  # noqa: S608 -- from above
    page = (await ds.client.get(f"/catalogue/{path}")).text
    href, says = re.findall(r'<a href="([^"]*)">(CSV[^<]*)</a>', page)[0]
    assert says == f"CSV of all {number:,} rows"
    answer = await ds.client.get(href.replace("&amp;", "&"))
    assert answer.headers["content-disposition"].startswith("attachment")
    assert len(list(csv.reader(io.StringIO(answer.text)))) == number + 1


async def test_a_button_stands_where_there_is_something_to_apply(ds: Datasette) -> None:
    popup = '<details class="add-filter">'
    before, _, rest = (await ds.client.get("/catalogue/links")).text.partition(popup)
    assert ">Apply<" in rest.partition("</details>")[0]
    assert ">Apply<" not in before + rest.partition("</details>")[2]
    assert ">Apply<" in (await ds.client.get("/catalogue/links?kind=image")).text.partition(popup)[0]


@pytest.mark.parametrize(
    ("table", "column", "value", "row", "expected"),
    [
        ("links", "first_seen_at", DAY, {"is_dated": 1}, SHOWN_DAY),
        ("links", "first_seen_at", DAY, {"is_dated": 0}, f"by {SHOWN_DAY}"),
        ("links", "first_seen_at", DAY, {}, f"by {SHOWN_DAY}"),  # ?_col=first_seen_at: at least no claim
        ("urls", "last_seen_at", DAY, {"is_dated": 0}, SHOWN_DAY),
        ("sections", "removed_at", DAY, {"is_dated": 0, "removal_is_dated": 1}, SHOWN_DAY),
        ("sections", "removed_at", DAY, {"is_dated": 1, "removal_is_dated": 0}, f"by {SHOWN_DAY}"),
        ("link_history", "captured_at", DAY, {"is_dated": 0}, f"by {SHOWN_DAY}"),
        ("revisions", "captured_at", DAY, {}, SHOWN_DAY),
        ("problems", "first_seen_at", DAY, {}, SHOWN_DAY),
        (None, "first_seen_at", DAY, {"is_dated": 0}, f"by {SHOWN_DAY}"),
        ("link_history", "url", "https://x.example/a%28b%29", {"change": "respelled"},
         ('<a class="address" href="https://x.example/a%28b%29" title="https://x.example/a%28b%29" '
          'rel="noreferrer noopener">https://x.example/a%28b%29</a>')),
        ("links", "section", "A › B", {},
         ('<span class="crumbs-path"><a href="/catalogue/-/topic?path=A">A</a><span class="sep"> › </span>'
         '<a href="/catalogue/-/topic?path=A+%E2%80%BA+B">B</a></span>')),
        ("sections", "title", "B", {"path": "A › B"},
         '<span class="crumbs-path"><a href="/catalogue/-/topic?path=A+%E2%80%BA+B">B</a></span>'),
        ("notes", "notebook", "A › B", {},
         ('<span class="crumbs-path notebook"><a href="/catalogue/-/notes?notebook=A">A</a>'
          '<span class="sep"> › </span><a href="/catalogue/-/notes?notebook=A+%E2%80%BA+B">B</a></span>')),
        (None, "url", "https://example.com/a", {},
         ('<a class="address" href="https://example.com/a" title="https://example.com/a" rel="noreferrer noopener">'
         "example.com/a</a>")),
        (None, "url", "javascript:alert(1)", {},
         '<span class="address" title="javascript:alert(1)">javascript:alert(1)</span>'),
        ("images", "url", "https://example.com/a.png", {"id": 7, "image": "A"},
         ('<a class="address" href="https://example.com/a.png" title="https://example.com/a.png" '
         'rel="noreferrer noopener">example.com/a.png</a> <a class="show-picture" href="/catalogue/-/picture/7" '
         'data-picture target="_blank" rel="noopener">show picture</a>')),
        ("saved_links", "link", "<b>", {"id": 7},
         '<a href="/catalogue/-/link/7" title="&lt;b&gt;">&lt;b&gt;</a>'),
        ("saved_links", "link", "", {"id": 7}, '<a href="/catalogue/-/link/7" title="(no text)">(no text)</a>'),
        ("links", "note_id", {"value": "a" * 32, "label": "My note"}, {},
         f'<a href="/catalogue/-/note/{"a" * 32}" title="My note">My note</a>'),
        ("links", "note_id", {"value": "a" * 32, "label": None}, {},
         f'<a href="/catalogue/-/note/{"a" * 32}" title="(untitled)">(untitled)</a>'),
        (None, "note", "My note", {"note_id": "x"}, '<a href="/catalogue/-/note/x" title="My note">My note</a>'),
        (None, "note", "My note", {}, None),
        (None, "health", "dead", {}, '<span class="badge is-dead">dead</span>'),
        (None, "health", "unknown", {}, '<span class="soft">not checked</span>'),
        ("notes", "state", "current", {}, '<span class="soft">current</span>'),
        ("notes", "state", "trashed", {}, '<span class="badge is-trashed">trashed</span>'),
        ("revisions", "state", "complete", {}, '<span class="soft">complete</span>'),
        ("resources", "size", 1536, {}, '<span title="1,536 bytes">1.5 kB</span>'),
        ("builds", "items", 22004, {}, "22,004"),
        ("links", "line", 12345, {}, None),
        ("links", "removed_at", None, {}, None),
    ],
)  # fmt: skip
def test_cells(table: str | None, column: str, value: object, row: dict[str, object], expected: str | None) -> None:
    shown = cell(PATHS, table, column, value, row)
    assert shown == expected
    assert shown is None or isinstance(shown, Markup)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.example.com/", "example.com"),
        ("https://example.com:8080/a/b", "example.com:8080/a/b"),
        (
            "https://github.com/django/django/blob/main/tests/README.rst",
            "github.com/django/django…main/tests/README.rst",
        ),
        ("https://example.com/a?utm_source=x", "example.com/a?…"),
        ("https://example.com/%D0%BF", "example.com/п"),
        ("https://www.xn--bcher-kva.example/a", "bücher.example/a"),
        ("https://xn--a/", "xn--a"),
        ("mailto:me@example.com", "mailto:me@example.com"),
        ("https://[::1/", "https://[::1/"),
        ("https://example.com:99999/", "https://example.com:99999/"),
    ],
)
def test_short_addresses(url: str, shown: str) -> None:
    assert short_address(url) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Saga", "Saga"),
        ("", "example.com/a?…"),
        ("https://www.example.com/a?b=c", "example.com/a?…"),
        ("https://www.example.com/ says why", "https://www.example.com/ says why"),
    ],
)
def test_a_link_is_called_by_its_words(text: str, shown: str) -> None:
    assert link_name(text, "https://www.example.com/a?b=c") == shown


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 kB"), (20_000, "20 kB"), (3 << 30, "3.0 GB")]
)
def test_sizes(size: int, shown: str) -> None:
    assert file_size(size) == shown


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Reading list #3 (2024-11-01)", "Reading list #3 (1 Nov 2024)"),
        ("Of 2024 (2024-11-01) #3 (2024-12-08)", "Of 2024 (2024-11-01) #3 (8 Dec 2024)"),
        ("Lost (2024-13-01)", "Lost (2024-13-01)"),
        ("Lost", "Lost"),
    ],
)
def test_the_date_of_a_label(label: str, shown: str) -> None:
    assert with_readable_date(label) == shown


def test_dates() -> None:
    assert ">1 Nov 2024, 17:34<" in human_date("2024-11-01T17:34:04.457Z", with_time=True)
    assert human_date(None) == ""
    assert human_date("<soon>") == "&lt;soon&gt;"


def test_all_columns_are_one_click_away() -> None:
    columns = [{"name": name} for name in ("id", "folded", "text", "url")]
    assert [column["name"] for column in shown_columns("links", columns, {})] == ["text", "url"]
    assert shown_columns("links", columns, {"_all": "on"}) == columns
    assert shown_columns("another", columns, {}) == columns


def test_a_query_hides_what_only_leads() -> None:
    assert shown_in_query(["link", "url", "note", "note_id", "link_id"]) == [0, 1, 2]
    assert shown_in_query(["id", "note_id"]) == [0, 1]


@pytest.mark.parametrize(("name", "shown"), [("first_seen_at", "first seen"), ("note_id", "note"), ("url", "address")])
def test_column_names(name: str, shown: str) -> None:
    assert column_name(name) == shown


@pytest.mark.parametrize(("size", "asked", "shown"), [(10**9, "", True), (0, "", False), (0, "?_facet=kind", True)])
async def test_facets_of_a_large_catalogue_are_chosen(
    monkeypatch: pytest.MonkeyPatch, size: int, asked: str, shown: bool
) -> None:
    monkeypatch.setattr(metadata, "LARGE", size)
    ds = await served(example())  # Datasette 1.0 reads metadata when it starts
    found = (await ds.client.get(f"/catalogue/links.json{asked or '?'}&_extra=facet_results")).json()["facet_results"]
    assert bool(found.get("results", found)) == shown
    notes = (await ds.client.get("/catalogue/notes.json?_extra=facet_results")).json()["facet_results"]
    assert notes.get("results", notes)  # few rows
