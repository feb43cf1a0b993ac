"""Each page of the plugin: that it answers, what it says, and that it keeps to the rules."""

from __future__ import annotations

import re
import sqlite3
import xml.etree.ElementTree as ET
import zlib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from catalogues import catalogue_of, copy_of
from markupsafe import escape
from published import ASKED, METADATA, checked, example, query, served, served_to_all
from thorough import some

from extractor.catalogue.conditions import CURRENT
from extractor.catalogue.link_names import says_nothing
from extractor.catalogue.queries.finder_words import written
from extractor.catalogue.queries.health import health_of
from extractor.catalogue.queries.links import newest
from extractor.catalogue.reader import note_history
from extractor.catalogue.store import open_to_read
from extractor.textdiff import changes

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

    from extractor.catalogue.reader import NoteHistory

NOTE = "b388f35bf3f75883a2e73f6aafee8a79"  # System design links: 20 revisions
GONE, TRASHED = ("SELECT id FROM notes WHERE state = 'gone'", "SELECT id FROM notes WHERE state = 'trashed'")
TAGGED = "(SELECT note_id FROM note_tags JOIN tags ON tags.id = tag_id WHERE tags.title = 'links')"
EMPTY = (
    "DELETE FROM link_changes; DELETE FROM links; DELETE FROM sections; DELETE FROM revision_diffs; "
    "DELETE FROM revisions; DELETE FROM note_bodies; DELETE FROM note_tags; DELETE FROM notes; DELETE FROM urls"
)
# A link without a day is of a year where all of the time in which it may have come is.
OF_2024 = (
    "first_seen_month LIKE '2024%' OR id IN "
    "(SELECT id FROM links WHERE absent_at LIKE '2024%' AND first_seen_at LIKE '2024%')"
)
PASSWORD = "correct horse"  # noqa: S105 -- of data made for tests
ATOM = "{http://www.w3.org/2005/Atom}"


def note_history_of(note_id: str) -> NoteHistory:
    with closing(open_to_read(example())) as db:
        return note_history(db, note_id)


def one(sql: str, *values: object) -> Any:
    return query(example(), sql, *values)[0][0]


REVISION = one("SELECT id FROM revisions WHERE note_id = ? AND number = 12", NOTE)
LINK = one("SELECT id FROM links WHERE text = 'Saga'")
PICTURE = one("SELECT id FROM links WHERE kind = 'image' AND target = 'web' ORDER BY id LIMIT 1")
RESOURCE = one("SELECT id FROM resources ORDER BY id LIMIT 1")
INSIDE = one("SELECT id FROM links WHERE url_id IS NULL LIMIT 1")
ADDRESS = one("SELECT url_id FROM links WHERE id = ?", LINK)

PAGES = [
    "/catalogue",
    f"/catalogue/-/note/{NOTE}",
    f"/catalogue/-/note/{NOTE[:6]}",
    f"/catalogue/-/note/{NOTE}?at=8",
    f"/catalogue/-/note/{NOTE}?at=2025-01-01",
    f"/catalogue/-/note/{NOTE}?at={REVISION}",
    f"/catalogue/-/note/{NOTE}?at=1999-01-01",
    f"/catalogue/-/note/{NOTE}/changes?from=1999-01-01",
    f"/catalogue/-/note/{NOTE}/blame",
    f"/catalogue/-/note/{NOTE}/changes",
    f"/catalogue/-/note/{NOTE}/changes?from=3&to=12",
    f"/catalogue/-/note/{NOTE}/changes?from=2024-06-01&to=now",
    f"/catalogue/-/note/{one(GONE)}",
    f"/catalogue/-/note/{one(TRASHED)}",
    f"/catalogue/-/revision/{REVISION}",
    "/catalogue/-/search?q=kind:link",
    "/catalogue/-/search?q=health:dead",
    "/catalogue/-/search?q=site:github.com+in:2024-02",
    "/catalogue/-/search?q=section:Messaging+in:2024+tag:kafka+health:dead",
    "/catalogue/-/search?q=is:removed",
    "/catalogue/-/search?q=kafka&by=date",
    "/catalogue/-/notes",
    "/catalogue/-/notes?notebook=Engineering&tag=kafka&by=title",
    "/catalogue/-/notes?show=trash",
    "/catalogue/-/topics",
    "/catalogue/-/topics?q=micro",
    "/catalogue/-/topic?path=Messaging",
    "/catalogue/-/topic?path=Microservices",
    "/catalogue/-/topic?path=Messaging+%E2%80%BA+Kafka&past=1",
    f"/catalogue/-/link/{LINK}",
    f"/catalogue/-/link/{PICTURE}",
    f"/catalogue/-/link/{INSIDE}",
    f"/catalogue/-/address/{ADDRESS}",
    "/catalogue/-/digest",
    "/catalogue/-/digest?since=365d",
    "/catalogue/-/looking-back",
    "/catalogue/-/images",
    "/catalogue/-/images?show=expired",
    "/catalogue/-/search?q=in:2024-13+author:x",
    "/catalogue/-/images?show=past&page=7",
    "/catalogue/-/search",
    "/catalogue/-/search?q=kafka",
]
OWN = [path for path in PAGES if "/-/" in path]


@pytest.fixture(params=["unchecked", "checked"])
async def ds(request: pytest.FixtureRequest) -> Datasette:
    return await served_to_all(example() if request.param == "unchecked" else checked())


@pytest.fixture
async def plain() -> Datasette:
    return await served_to_all(example())


async def text_of(ds: Datasette, path: str) -> str:
    answer = await ds.client.get(path, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_answers(ds: Datasette, path: str) -> None:
    answer = await ds.client.get(path)
    assert answer.status_code == 200
    html = answer.text
    assert html.count("<h1") == 1
    assert html.count("<main") == 1
    assert '<html lang="en">' in html
    assert re.search(r"<title>\S.*</title>", html)
    # Nothing inline that a Content-Security-Policy would have to allow.
    assert not re.search(r"<script>|<style|\son\w+=|\sstyle=", html.partition("<body")[2])
    # Every picture is from here; every label of a control is there.
    assert all(src.startswith(("/", "data:image/")) for src in re.findall(r'<img[^>]* src="([^"]*)"', html))
    for control in re.findall(r'<(?:input|select|textarea)\b[^>]*\bid="([^"]+)"', html):
        assert f'for="{control}"' in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", OWN)
async def test_a_page_of_our_own_lets_no_style_of_a_note_in(plain: Datasette, path: str) -> None:
    answer = await plain.client.get(path)
    assert "unsafe-inline" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/catalogue/-/note/ffffffffffffffffffffffffffffffff",
        "/catalogue/-/note/zzzz",
        f"/catalogue/-/note/{NOTE}?at=400",
        f"/catalogue/-/note/{NOTE}?at=yesterday",
        f"/catalogue/-/note/{NOTE}/changes?from=2024-06-01&to=1999-01-01",
        "/catalogue/-/revision/ffffffffffffffffffffffffffffffff",
        "/catalogue/-/topic?path=Nothing",
        "/catalogue/-/topic",
        "/catalogue/-/link/1",
        "/catalogue/-/address/1",
        "/catalogue/-/picture/1",
        "/catalogue/-/resource/ffffffffffffffffffffffffffffffff",
        "/catalogue/-/id/ffffffffffffffffffffffffffffffff",
        "/catalogue/-/note/x/y/z",
        "/catalogue/-/note",
        "/catalogue/-/nothing",
        "/_memory/-/topics",
        "/nowhere/-/topics",
        "/a/b/c/d",
    ],
)
async def test_what_is_not_there_is_not_found(plain: Datasette, path: str) -> None:
    assert (await plain.client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("path", "looked_for"),
    [
        ("/catalogue/kafka_notes-2024", "kafka notes"),
        ("/nowhere/Caf~C3~A9", "Café"),
        ("/catalogue/-/topic?path=Messaging+%E2%80%BA+Key+facts", "Key facts"),
        ("/catalogue/-/note/ffffffffffffffffffffffffffffffff", ""),
    ],
)
async def test_what_is_not_there_can_be_searched_for(plain: Datasette, path: str, looked_for: str) -> None:
    html = (await plain.client.get(path)).text
    assert f'name="q" value="{looked_for}"' in html
    assert '<a href="/catalogue">start page</a>' in html


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("delete from links where text = '<b>' or :x", "Statement must be a SELECT"),
        ("with recursive n(x) as (select 1 union all select x+1 from n) select count(*) from n where x <> :x",
         "This took longer than 3 s: narrow it down, or add a LIMIT."),
    ],
)  # fmt: skip
async def test_sql_that_fails_can_be_mended(plain: Datasette, sql: str, says: str) -> None:
    answer = await plain.client.get(ASKED.format("") + urlencode({"sql": sql, "x": "<1>", "_timelimit": "50"}))
    assert answer.status_code == 400
    assert f'role="alert">{says}' in answer.text
    assert f">{escape(sql)}</textarea>" in answer.text
    assert '<input type="hidden" name="x" value="&lt;1&gt;">' in answer.text
    assert "<script>" not in answer.text


def forbidding(*tables: str) -> dict[str, Any]:
    return {"databases": {"catalogue": {"tables": {table: {"allow": {"id": "owner"}} for table in tables}}}}


NEEDED = {
    f"/catalogue/-/note/{NOTE}": (
        *("notes", "note_bodies", "revisions", "revision_diffs", "links"),
        *("tags", "note_tags", "checks", "snapshots"),
    ),
    f"/catalogue/-/note/{NOTE}?at=8": ("notes", "note_bodies", "revisions", "revision_diffs"),
    f"/catalogue/-/note/{NOTE}/blame": ("notes", "note_bodies", "revision_diffs"),
    f"/catalogue/-/note/{NOTE}/changes": ("notes", "note_bodies", "revision_diffs", "checks"),
    f"/catalogue/-/revision/{REVISION}": ("notes", "note_bodies", "revisions", "revision_diffs", "checks"),
    "/catalogue/-/links": ("links", "urls", "notes", "checks"),
    "/catalogue/-/notes": ("notes", "notebooks", "tags", "note_tags", "links"),
    "/catalogue/-/topics": ("sections", "links", "notes"),
    "/catalogue/-/topic?path=Messaging": ("sections", "links", "notes", "checks", "revisions"),
    f"/catalogue/-/link/{LINK}": ("links", "urls", "notes", "revisions", "checks", "snapshots"),
    f"/catalogue/-/address/{ADDRESS}": ("links", "urls", "checks"),
    f"/catalogue/-/picture/{PICTURE}": ("links",),
    "/catalogue/-/images": ("links", "notes", "checks", "revisions"),
    f"/catalogue/-/resource/{RESOURCE}": ("resources",),
    f"/catalogue/-/id/{NOTE}": ("notes", "resources"),
    "/catalogue/-/search?q=kafka": ("notes",),
    "/catalogue/-/names.json": ("notes", "notebooks", "links", "urls", "tags", "note_tags"),
    "/catalogue/-/new-links.atom": ("links", "urls", "notes"),
    "/catalogue/-/died.atom": ("links", "urls", "notes", "checks", "snapshots"),
}


@pytest.mark.parametrize(("path", "table"), [(path, table) for path, tables in NEEDED.items() for table in tables])
async def test_an_allow_rule_of_a_table_closes_the_pages_that_show_it(path: str, table: str) -> None:
    ds = await served_to_all(example(), forbidding(table))
    assert (await ds.client.get(path)).status_code == 403


async def test_an_allow_rule_of_the_database_closes_every_page() -> None:
    ds = await served(example(), {"databases": {"catalogue": {"allow": {"id": "owner"}}}})
    for path in PAGES:
        assert (await ds.client.get(path)).status_code == 403


async def test_who_is_allowed_sees_the_page() -> None:
    ds = await served(example(), forbidding("note_bodies"))
    cookie = {"ds_actor": ds.sign({"a": {"id": "owner"}}, "actor")}
    assert (await ds.client.get(f"/catalogue/-/note/{NOTE}", cookies=cookie)).status_code == 200


@pytest.mark.parametrize(
    ("table", "group"),
    [
        ("note_bodies", "Notes"),
        ("sections", "Sections"),
        ("links", "Links"),
        ("checks", "Links"),
        ("revisions", "Links"),
        ("revisions", "In the history"),
    ],
)
async def test_search_leaves_out_what_may_not_be_seen(table: str, group: str) -> None:
    ds = await served(example(), forbidding(table))
    assert f">{group}" not in (await text_of(ds, "/catalogue/-/search?q=kafka")).partition("<main")[2]


async def test_the_start_page_shows_no_more_than_may_be_seen() -> None:
    ds = await served(example(), forbidding("links"))
    assert "Latest links" not in await text_of(ds, "/catalogue")


# What the pages say


async def test_the_start_page(ds: Datasette, request: pytest.FixtureRequest) -> None:
    html = await text_of(ds, "/catalogue")
    for title in (
        "Latest links",
        "Recently changed notes",
        "Health",
        "Saved per month",
        "Top sites",
        "Tables and queries",
    ):
        assert f">{title}</h2>" in html
    assert f"/catalogue/-/note/{NOTE}" in html
    is_checked = "unchecked" not in request.node.name
    assert ("No links have been checked yet" in html) != is_checked
    assert ("Over time" in html) == is_checked


@pytest.mark.parametrize("name", ["example", "sync-broken"])
async def test_each_number_of_the_start_page_leads_to_as_many_rows(name: str) -> None:
    ds = await served(catalogue_of(name))
    html = await text_of(ds, "/catalogue")
    figures = re.findall(r'<dt>([^<]*)</dt><dd><a href="([^"]*)">([\d,]+)</a>', html)
    months = re.findall(r'()<a href="([^"]*q=in%3A[^"]*)"[^>]*><title>[^:]*: ([1-9]\d*)</title>', html)
    sites = re.findall(r'()<a href="([^"]*q=site%3A[^"]*)">[^<]*</a><span class="n">(\d+)', html)
    assert (len(figures), len(months) > 1, len(sites) > 1) == (5, True, True)
    figures += months + sites
    for what, href, number in figures:
        page = await text_of(ds, href.replace("&amp;", "&"))
        told = re.search(r'<span class="tally">([\d,]+)|aria-current="true">All <span class="n">([\d,]+)', page)
        assert told is not None, what
        assert number in told.groups(), what


async def test_home_and_the_header_lead_to_the_start_page(plain: Datasette) -> None:
    start = (await plain.client.get("/")).headers["location"]
    html = await text_of(plain, start)
    assert ">Latest links</h2>" in html
    assert f'<a href="{start}" aria-current="page">Start</a>' in html
    assert 'href="/catalogue' in html.partition('id="tables"')[2]


async def test_the_start_page_leads_to_every_question_view_and_table(plain: Datasette) -> None:
    html = (await text_of(plain, "/catalogue")).partition('id="tables"')[2]
    about = METADATA["databases"]["catalogue"]
    for name in about["queries"]:
        assert f'href="/catalogue/{name}"' in html
    for name, table in about["tables"].items():
        assert (f'href="/catalogue/{name}"' in html) == (not table.get("hidden"))


async def test_a_question_that_is_not_for_all_is_not_offered() -> None:
    metadata = {"databases": {"catalogue": {"queries": {"duplicates": {"allow": {"id": "owner"}}}}}}
    assert "/catalogue/duplicates" not in await text_of(await served(example(), metadata), "/catalogue")


async def test_all_tables_and_views_are_listed_with_their_columns(plain: Datasette) -> None:
    html = await text_of(plain, "/catalogue?_show_hidden=1")
    for view in ("saved_links", "dead_links"):
        columns = ", ".join(row[1] for row in query(example(), f"PRAGMA table_info({view})"))
        assert f'<code class="real">{view}</code> <span class="soft">{columns}</span>' in html


async def test_sql_still_goes_to_datasette(plain: Datasette) -> None:
    assert "<td" in await text_of(plain, ASKED.format("") + "sql=select+1")
    assert "note_bodies" in await text_of(plain, "/catalogue?_show_hidden=1")
    assert (await plain.client.get("/catalogue.json")).json()["tables"]


@pytest.mark.parametrize("name", ["sync", "my notes.2026 of Bücher"])
async def test_a_catalogue_may_have_any_name(tmp_path: Path, name: str) -> None:
    """It has its start page, its questions, and the titles and facets of its tables under any name.

    Of links that differ by what is asked for alone, one is followed.
    """
    ds = await served(copy_of(example(), tmp_path).rename(tmp_path / f"{name}.db"))
    start = (await ds.client.get("/")).headers["location"]
    html = await text_of(ds, start)
    assert "<h1>Joplin catalogue</h1>" in html
    links = set(re.findall(r'href="(/[^"#]*)"', html))
    assert len(links) > 60
    kinds = {re.sub(r"\d+|[0-9a-f]{32}", "", link.partition("?")[0]): link for link in sorted(links)}
    assert len(kinds) > 30
    for link in kinds.values():
        answer = await ds.client.get(link.replace("&amp;", "&"))
        assert answer.status_code in {200, 302}, link
    assert "Most changed notes" in html
    assert 'id="facet-state"' in await text_of(ds, f"{start}/notes")


async def test_a_catalogue_has_the_title_that_metadata_gives_it(plain: Datasette) -> None:
    assert "</svg>Joplin catalogue</a>" in await text_of(plain, "/catalogue/-/topics")
    assert "Joplin catalogue" in await text_of(plain, "/catalogue/-/new-links.atom")
    titled = await served(example(), {"databases": {"catalogue": {"title": "Reading <list>"}}})
    assert "</svg>Reading &lt;list&gt;</a>" in await text_of(titled, "/catalogue/-/topics")


async def test_saved_links_by_health_site_and_month() -> None:
    ds = await served_to_all(checked())
    html = await text_of(ds, "/catalogue/-/links")
    assert html.count('<span class="when">') == 30
    assert 'rel="next" href="/catalogue/-/search?next=' in html
    dead = await text_of(ds, "/catalogue/-/links?health=dead")
    dots = re.findall(r'<ul class="links.*', dead, re.DOTALL)[0]
    assert set(re.findall(r'class="dot is-(\w+)"', dots)) == {"dead"}
    (number,) = query(checked(), "SELECT count(*) FROM saved_links WHERE health = 'dead'")[0]
    assert f">{number} links to " in dead
    site = await text_of(ds, "/catalogue/-/links?site=github.com")
    (number,) = query(checked(), "SELECT count(*) FROM saved_links WHERE site = 'github.com'")[0]
    assert f">{number} links to " in site
    assert "Nothing found." in await text_of(ds, "/catalogue/-/links?site=nowhere.example&page=x")


async def test_the_health_of_the_pages_is_that_of_the_view() -> None:
    connection = sqlite3.connect(checked())
    connection.row_factory = sqlite3.Row
    view = dict(connection.execute("SELECT url_id, health FROM link_health").fetchall())
    assert len(set(view.values())) > 5
    some = list(view)[::3]
    assert health_of(connection, some) == {url_id: view[url_id] for url_id in some}
    rows = newest(connection, most=1000)
    urls = dict(connection.execute("SELECT id, url_id FROM links").fetchall())
    assert len(rows) > 100
    assert [one.health for one in rows] == [view[urls[one.id]] for one in rows]
    connection.close()


async def test_the_start_page_of_an_empty_catalogue(tmp_path: Path) -> None:
    catalogue = copy_of(example(), tmp_path / "empty")
    for statement in EMPTY.split(";"):
        query(catalogue, statement)
    ds = await served(catalogue)
    assert "No links are saved yet" in await text_of(ds, "/catalogue")
    for path in (
        "/catalogue/-/topics",
        "/catalogue/-/images",
        "/catalogue/-/search?q=kafka",
        "/catalogue/-/new-links.atom",
        "/catalogue/-/died.atom",
    ):
        await text_of(ds, path)


async def test_the_start_page_tells_of_changes_at_once(tmp_path: Path) -> None:
    catalogue = copy_of(example(), tmp_path / "changing")
    ds = await served(catalogue)
    assert ">Problems<" not in (await text_of(ds, "/catalogue")).partition('id="tables"')[0]
    query(
        catalogue,
        "INSERT INTO problems (source, item, kind, detail, first_seen_at, last_seen_at) "
        "VALUES ('s', 'i', 'k', 'd', '', '')",
    )
    assert ">Problems<" in (await text_of(ds, "/catalogue")).partition('id="tables"')[0]


async def test_a_note_now(ds: Datasette) -> None:
    html = await text_of(ds, f"/catalogue/-/note/{NOTE}")
    assert "<h1>System design links</h1>" in html
    assert 'data-copy="joplin://x-callback-url/openNote?id=' + NOTE in html
    assert html.count('class="hit"') == 20
    assert 'rel="prev"' in html
    assert 'rel="next"' not in html
    assert "As it was" not in html
    assert re.search(r'<li class="level-1"><a href="#line-3">Messaging</a>', html)
    assert '<a class="inside" href="/catalogue/-/id/' in html


async def test_a_note_then(plain: Datasette) -> None:
    html = await text_of(plain, f"/catalogue/-/note/{NOTE}?at=8")
    assert "As it was" in html
    assert f'rel="prev" class="button" href="/catalogue/-/note/{NOTE}?at=7"' in html
    assert f'rel="next" class="button" href="/catalogue/-/note/{NOTE}?at=9"' in html
    assert "Exactly once?" in html  # the heading that revision 12 renamed
    now = (await text_of(plain, f"/catalogue/-/note/{NOTE}")).partition("<article")[2].partition("</article>")[0]
    assert "Exactly once?" not in now


@pytest.mark.parametrize(
    ("at", "number"),
    [("1", 1), ("#3", 3), ("2024-10-09", 8), ("2024-10-08", 7), ("2024-10-09T08:40:59Z", 8), (REVISION, 12)],
)
async def test_a_moment_by_number_id_and_date(plain: Datasette, at: str, number: int) -> None:
    html = await text_of(plain, f"/catalogue/-/note/{NOTE}?at={at.replace('#', '%23')}")
    assert f"<b>#{number} of 20</b>" in html


async def test_a_note_that_only_its_history_knows(plain: Datasette) -> None:
    html = await text_of(plain, f"/catalogue/-/note/{one(GONE)}")
    assert ">gone</span>" in html
    assert "This note is no longer in Joplin." in html
    assert "last known on <time" in html
    assert html.count('class="hit"') == 1


async def test_a_note_before_its_first_text(plain: Datasette) -> None:
    """What is known is said and led to, and all of it counts as new."""
    html = await text_of(plain, f"/catalogue/-/note/{NOTE}?at=2020-01-01")
    earliest = one("SELECT captured_at FROM revisions WHERE note_id = ? AND number = 1", NOTE)
    assert f'<a href="/catalogue/-/note/{NOTE}?at=1"><time datetime="{earliest}"' in html
    assert f'min="{earliest[:10]}"' in html
    assert "Messaging</h" not in html
    changed = await text_of(plain, f"/catalogue/-/note/{NOTE}/changes?from=2024-01-01&to=8")
    body = note_history_of(NOTE).at("8").body
    assert body is not None
    assert changed.count('<tr class="added">') == len(body.split("\n"))
    assert "all of it counts as new" in changed


async def test_a_dead_link_in_a_note() -> None:
    html = await text_of(await served_to_all(checked()), f"/catalogue/-/note/{NOTE}")
    assert 'class="is-dead"' in html
    assert ">archived copy</a>" in html


async def test_an_archived_copy_is_one_that_was_found(tmp_path: Path) -> None:
    """Where nobody looked, the archive is offered to look in; where it had none, nothing is."""
    catalogue = copy_of(checked(), tmp_path)
    ds = await served(catalogue)
    (link, url_id), *_ = query(
        catalogue,
        "SELECT links.id, links.url_id FROM links JOIN link_health USING (url_id) "
        "WHERE note_id = ? AND health = 'dead' AND kind = 'link'",
        NOTE,
    )
    dead = re.compile(
        rf'<a [^>]*id="link-{link}".*?</a> <a class="told".*?</a>(?: <a class="archived".*?</a>)?', re.DOTALL
    )
    for rows, in_note, on_page in (
        ([], ">look in the archive<", "look in the Wayback Machine"),
        ([None], "", "none in the archive"),
        (["https://web.archive.org/web/2024/x"], ">archived copy<", "https://web.archive.org/web/2024/x"),
    ):
        query(catalogue, "DELETE FROM snapshots WHERE url_id = ?", url_id)
        for row in rows:
            query(
                catalogue, "INSERT INTO snapshots (url_id, snapshot_url, looked_up_at) VALUES (?, ?, '')", url_id, row
            )
        found = dead.search(await text_of(ds, f"/catalogue/-/note/{NOTE}"))
        assert found is not None
        assert (in_note in found[0]) if in_note else ("archive" not in found[0])
        assert on_page in await text_of(ds, f"/catalogue/-/link/{link}")


async def test_since_when_and_why_a_link_is_dead_or_where_it_moved() -> None:
    ds = await served_to_all(checked())
    for health, says in (
        ("dead", r"<dt>Dead since</dt><dd><time [^>]*>\d+ Mar 2026</time>: the server says"),
        (
            "moved",
            r'<dt>Moved to</dt><dd><a href="https://new\.example/&lt;here&gt;"[^>]*>[^<]*</a> <button',
        ),
        ("blocked", "the site refuses programs"),
    ):
        (url_id,) = query(checked(), "SELECT url_id FROM link_health WHERE health = ? AND failures = 0", health)[0]
        assert re.search(says, await text_of(ds, f"/catalogue/-/address/{url_id}"))


async def test_what_leads_to_a_note(plain: Datasette) -> None:
    kafka = one("SELECT id FROM notes WHERE title = 'Kafka field notes'")
    html = await text_of(plain, f"/catalogue/-/note/{kafka}")
    linking = query(
        example(),
        "SELECT DISTINCT notes.id FROM links JOIN notes ON notes.id = note_id WHERE url LIKE ? AND removed_at IS NULL "
        "AND notes.state = 'current'",
        f":/{kafka}%",
    )
    assert len(linking) > 1
    for (note,) in linking:
        assert f'href="/catalogue/-/note/{note}' in html.partition(">Linked from ")[2]


async def test_the_tags_of_a_note_lead_to_its_kin(plain: Datasette) -> None:
    assert '<a class="tag" href="/catalogue/-/notes?tag=system+design">' in await text_of(
        plain, f"/catalogue/-/note/{NOTE}"
    )
    rows = (await plain.client.get("/catalogue/notes_of_tag.json?tag=LINKS&_shape=array")).json()
    assert [row["note"] for row in rows] == ["👋 Start here", "System design links"]
    assert '<a href="/catalogue/-/notes?tag=kafka" title="kafka">kafka</a>' in await text_of(plain, "/catalogue/tags")


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        ("notebook=Engineering", "notebook LIKE 'Engineering%'"),
        ("notebook=Engineering+%E2%80%BA+Data", "notebook = 'Engineering › Data'"),
        ("tag=Kafka", "note_id IN (SELECT note_id FROM note_tags JOIN tags ON tags.id = tag_id WHERE title = 'kafka')"),
        ("notebook=Engineering&site=postgresql.org", "notebook LIKE 'Engineering%' AND site = 'postgresql.org'"),
        ("notebook=Eng", "0"),
        ("topic=Messaging", "section = 'Messaging' OR section LIKE 'Messaging › %'"),
        ("topic=Messaging+%E2%80%BA+Kafka", "section LIKE 'Messaging › Kafka%'"),
        ("topic=Mess", "0"),
        ("year=2024", OF_2024),
        ("month=2024", OF_2024),
        ("month=2024-11", OF_2024.replace("2024%", "2024-11%")),
        (
            "topic=Messaging&year=2024&notebook=Engineering",
            f"section LIKE 'Messaging%' AND ({OF_2024}) AND notebook LIKE 'Engineering%'",
        ),
        ("health=well", "1"),
    ],
)
async def test_saved_links_by_what_is_chosen(plain: Datasette, choice: str, where: str) -> None:
    """Each choice of the list of links, as it was a page of its own, has its number and can be taken off."""
    number = one(f"SELECT count(*) FROM saved_links WHERE {where}")  # noqa: S608 -- conditions from above
    html = await text_of(plain, f"/catalogue/-/links?{choice}")
    assert re.search(rf'<span class="tally">{number:,} links?[ <]', html)
    chosen = 0 if "health" in choice else choice.count("=")
    assert called("Narrow down", html).count("✕") == chosen


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("kafka", {"Kafka field notes"}),
        ("𝗞𝗔𝗙𝗞𝗔 notes", {"Kafka field notes"}),
        ("notes kafka", {"Kafka field notes"}),
        ("zzzz", set()),
        ("%", set()),
    ],
)
async def test_a_note_is_found_by_its_title(plain: Datasette, typed: str, titles: set[str]) -> None:
    html = await text_of(plain, "/catalogue/-/notes?" + urlencode({"q": typed}))
    assert set(re.findall(r'class="title" href="[^"]*/-/note/\w+">([^<]*)', html)) == titles
    assert f'<span class="tally">{len(titles)} note' in html


async def test_topics_by_letter(tmp_path: Path) -> None:
    """Each letter leads to as many topics as it says; what has no title is none."""
    catalogue = copy_of(example(), tmp_path)
    query(catalogue, "UPDATE sections SET path = '', title = '' WHERE path = 'Messaging'")
    ds = await served(catalogue)
    html = await text_of(ds, "/catalogue/-/topics?by=name")
    assert 'topic?path="' not in html.partition('class="tree"')[2]
    chips = re.findall(r'href="([^"]*letter=[^"]*)">(.) <span class="n">(\d+)', called("By letter", html))
    assert len(chips) > 5
    for href, letter, number in chips:
        some = await text_of(ds, href.replace("&amp;", "&"))
        roots = re.findall(r'class="root"><a [^>]*>([^<]+)', some)
        assert len(roots) == int(number)
        assert letter == "#" or all(letter.casefold() in root.casefold() for root in roots if root.isascii())


@pytest.mark.parametrize("choice", ["month=abc", "month=2024-13", "year=24"])
async def test_what_is_no_time_is_named(plain: Datasette, choice: str) -> None:
    html = await text_of(plain, f"/catalogue/-/links?{choice}")
    assert "in: must be followed by a day such as 2026-03-05" in html
    assert 'class="title"' not in html


async def rows_of_table(ds: Datasette, html: str) -> list[dict[str, object]]:
    """The rows of the table to which a list leads."""
    href = re.findall(r'<a class="button" href="([^"]*)">As a table', html)[0]
    path, _, asked = href.replace("&amp;", "&").partition("?")
    rows: list[dict[str, object]] = (await ds.client.get(f"{path}.json?_shape=array&_size=max&{asked}")).json()
    return rows


async def test_a_health_is_chosen_and_taken_off() -> None:
    ds = await served_to_all(checked())
    assert 'aria-current="true">Everything<' in await text_of(ds, "/catalogue/-/links")
    dead = await text_of(ds, "/catalogue/-/links?health=dead&tag=kafka")
    (taken_off,) = re.findall(r'href="([^"]*)" class="chosen">health:dead ', called("Narrow down", dead))
    assert taken_off == "/catalogue/-/search?q=tag%3Akafka"


async def test_what_takes_sql_is_not_offered_to_who_may_not_ask() -> None:
    ds = await served(example(), {"databases": {"catalogue": {"allow_sql": {"id": "owner"}}}})
    assert "As a table" in await text_of(ds, "/catalogue/-/notes")
    assert "As a table" not in await text_of(ds, "/catalogue/-/notes?tag=kafka")


async def test_a_list_goes_on_to_its_end(plain: Datasette) -> None:
    """Each address once, newest first, by keys that stand in the address of the page."""
    path, found = "/catalogue/-/search?q=kind:link", []
    for _ in range(20):
        html = await text_of(plain, path)
        found += re.findall(r'(?s)<a class="title" href="[^"]*/-/link/(\d+)"', html)
        on = re.findall(r'rel="next" href="([^"]*)"', html)
        if not on:
            break
        path = on[0].replace("&amp;", "&")
    urls = [one("SELECT url_id FROM links WHERE id = ?", int(link)) for link in found]
    assert len(urls) == len(set(urls)) == one("SELECT count(DISTINCT url_id) FROM saved_links")


STRANGE = [
    "",
    "+",
    "%00",
    "%ff",
    "%ed%a0%80",
    "'",
    '"',
    "%25",
    "*",
    "9" * 30,
    "-1",
    "٣",
    "a" * 5000,
    "›",
    "2024-13",
    "[]",
]


@pytest.mark.parametrize(
    "path",
    [
        *(f"links?{name}=" for name in ("topic", "site", "host", "notebook", "tag", "health", "month", "year", "page")),
        *(f"notes?{name}=" for name in ("q", "notebook", "tag", "show", "by", "page")),
        *(
            "topics?q=",
            "topics?by=",
            "topics?letter=",
            "topic?path=",
            "topic?path=Messaging&past=",
            "images?show=",
            "images?page=",
        ),
        *("search?q=", f"note/{NOTE}?at=", f"note/{NOTE}/changes?from=", f"note/{NOTE}/changes?to="),
    ],
)
async def test_no_parameter_breaks_a_page(plain: Datasette, path: str) -> None:
    lists = path.startswith(("links", "notes", "topics", "images", "search"))
    turn = zlib.crc32(path.encode()) % len(STRANGE)
    for value in some(STRANGE[turn:] + STRANGE[:turn], 2):
        answer = await plain.client.get(f"/catalogue/-/{path}{value}", follow_redirects=True)
        assert answer.status_code in ({200} if lists else {200, 404}), value


async def test_the_notes_of_joplin(plain: Datasette) -> None:
    html = await text_of(plain, "/catalogue/-/notes")
    assert 'href="/catalogue/-/notes" aria-current="page">Notes</a>' in html
    in_order = query(example(), "SELECT id FROM notes WHERE state = 'current' ORDER BY updated_at DESC, id")
    assert f">{len(in_order)} notes<" in html
    assert re.findall(r'<a class="title" href="/catalogue/-/note/(\w+)">', html) == [row[0] for row in in_order][:50]
    tree = called("Notebooks and tags", html, "</nav>")
    for path, notes in query(
        example(),
        "SELECT path, (SELECT count(*) FROM notes WHERE notes.state = 'current' AND (notebook = path "
        "OR notebook LIKE path || ' › %')) FROM notebooks WHERE state = 'current'",
    ):
        counted = f' <span class="n">{notes}</span>' if notes else ""
        address = re.escape(urlencode({"notebook": path}))
        assert re.search(rf'\?{address}">[^<]*</a>{counted}</li>', tree), path
    links = one("SELECT count(*) FROM saved_links WHERE note_id = ?", NOTE)
    row = re.search(rf'/note/{NOTE}">.*?</tr>', html, re.DOTALL)
    assert row is not None
    assert f'data-label="links">{links}<' in row[0]
    assert 'data-label="revisions">20<' in row[0]


@pytest.mark.parametrize(
    ("choice", "where"),
    [
        ("notebook=Engineering", "state = 'current' AND notebook LIKE 'Engineering%'"),
        ("notebook=Eng", "0"),
        (
            "tag=KAFKA",
            "id IN (SELECT note_id FROM note_tags WHERE tag_id = (SELECT id FROM tags WHERE title = 'kafka'))",
        ),
        ("show=trash", "state = 'trashed'"),
        ("show=conflicts", "state = 'conflict'"),
        ("show=history", "state = 'history only'"),
        ("show=gone", "state = 'gone'"),
        ("show=nothing", "state = 'current'"),
    ],
)
async def test_notes_by_notebook_tag_and_state(plain: Datasette, choice: str, where: str) -> None:
    """Each choice has its number, and is the same in the table."""
    number = one(f"SELECT count(*) FROM notes WHERE {where}")  # noqa: S608 -- conditions from above
    html = await text_of(plain, f"/catalogue/-/notes?{choice}")
    assert f">{number} note{'' if number == 1 else 's'}<" in html
    assert html.count('<td class="said">') == min(number, 50)
    assert len(await rows_of_table(plain, html)) == number


async def test_notes_by_title(plain: Datasette) -> None:
    titles = re.findall(r'class="title"[^>]*>([^<]*)', await text_of(plain, "/catalogue/-/notes?by=title"))
    assert titles == sorted(titles, key=str.lower)


async def test_notes_that_are_not_there_stand_behind_a_choice_that_says_how_many(plain: Datasette) -> None:
    html = called("Narrow down", await text_of(plain, "/catalogue/-/notes"))
    for choice, state in (("trash", "trashed"), ("gone", "gone")):
        number = one("SELECT count(*) FROM notes WHERE state = ?", state)
        assert re.search(rf'show={choice}">[^<]*<span class="n">{number}</span>', html)


async def test_a_note_with_an_attachment_that_is_no_picture(tmp_path: Path) -> None:
    """An image of a PDF is a link to the file, under its title."""
    catalogue = copy_of(example(), tmp_path)
    note, url = query(catalogue, "SELECT note_id, url FROM links WHERE target = 'resource' AND kind = 'image'")[0]
    query(catalogue, "UPDATE resources SET mime = 'application/pdf', title = 'report.pdf' WHERE id = ?", url[2:34])
    html = await text_of(await served(catalogue), f"/catalogue/-/note/{note}")
    assert f'<a class="inside" href="/catalogue/-/resource/{url[2:34]}">' in html
    assert f'<img src="/catalogue/-/resource/{url[2:34]}"' not in html
    assert "Download report.pdf" in await text_of(await served(catalogue), "/catalogue/-/images?show=here")


async def test_a_partial_text() -> None:
    catalogue = catalogue_of("sync-broken")
    ds = await served(catalogue)
    for state, says in (("partial", "Only these parts"), ("inexact", "Joplin's own patches do not fit")):
        found = query(catalogue, "SELECT id, note_id, number FROM revisions WHERE state = ? LIMIT 4", state)
        for revision, note, number in found:
            assert says.replace("'", "&#39;") in (await text_of(ds, f"/catalogue/-/note/{note}?at={number}")).replace(
                "'", "&#39;"
            )
            assert f">{state}</span>" in await text_of(ds, f"/catalogue/-/revision/{revision}")
    for (note,) in query(catalogue, "SELECT DISTINCT note_id FROM revisions WHERE state = 'partial' LIMIT 3"):
        assert (await ds.client.get(f"/catalogue/-/note/{note}/blame")).status_code in {200, 404}


async def test_what_a_revision_changed(plain: Datasette) -> None:
    html = await text_of(plain, f"/catalogue/-/revision/{REVISION}")
    assert "revision 12, " in html
    assert "<del>### Exactly once?</del>" in html
    assert "<ins>### Delivery guarantees</ins>" in html
    assert re.search(r"\+ 1 link or image</h2>.*>Saga</a>", html, re.DOTALL)
    assert 'class="under">RabbitMQ<' in html
    assert 'rel="prev"' in html
    assert 'rel="next"' in html


async def test_the_first_revision_is_all_new(plain: Datasette) -> None:
    first = one("SELECT id FROM revisions WHERE note_id = ? AND number = 1", NOTE)
    html = await text_of(plain, f"/catalogue/-/revision/{first}")
    assert '<tr class="removed">' not in html
    assert '<tr class="added">' in html


async def test_what_changed_between_two_moments(plain: Datasette) -> None:
    html = await text_of(plain, f"/catalogue/-/note/{NOTE}/changes?from=3&to=12")
    assert '<option value="3" selected>' in html
    assert '<option value="12" selected>' in html
    assert "+ 29 links and images" in html
    same = await text_of(plain, f"/catalogue/-/note/{NOTE}/changes?from=12&to=12")
    assert "The text is the same." in same


async def test_line_by_line(plain: Datasette) -> None:
    html = await text_of(plain, f"/catalogue/-/note/{NOTE}/blame")
    line = re.search(r'<tbody class="age-\d">(?:(?!</tbody>).)*needed it again for two new colleagues', html, re.DOTALL)
    assert line is not None
    assert line[0].rpartition("<tbody")[2].count("#15") == 1
    body = one("SELECT body FROM note_bodies WHERE note_id = ?", NOTE)
    assert html.count('<td class="no">') == len(body.split("\n"))


async def test_line_by_line_has_the_headings_of_the_text() -> None:
    html = await text_of(await served(catalogue_of("sync")), "/catalogue/-/note/576c1a0519a24cb416d362f1299a437d/blame")
    assert '<td class="text">#NotAHeading because no space</td>' in html
    assert html.count('<td class="text is-heading">') > 3


def called(name: str, html: str, end: str = "</ul>") -> str:
    """What stands in the list of that name."""
    return html.partition(f'aria-label="{name}"')[2].partition(end)[0]


async def test_what_is_only_in_the_past_leads_to_the_last_text_that_has_it(plain: Datasette) -> None:
    """A section that went: from its topic and from its note to where it stood last, and to what removed it."""
    until, last, line, removing = query(
        example(),
        "SELECT sections.removed_at, last.number, line, later.id FROM sections "
        "JOIN revisions AS last ON last.id = last_revision_id "
        "JOIN revisions AS later ON later.note_id = last.note_id AND later.number = last.number + 1 "
        "WHERE sections.path = 'Microservices' AND sections.removed_at NOT NULL",
    )[0]
    place = f"/catalogue/-/note/{NOTE}?at={last}#line-{line}"
    topic = await text_of(plain, "/catalogue/-/topic?path=Microservices")
    assert f'only in the past, until <time datetime="{until}"' in topic
    side = topic.partition("<aside")[2]
    assert f'<a href="{place}">System design links</a>' in side
    assert f'<a href="/catalogue/-/revision/{removing}">what changed</a>' in side
    assert re.search(rf'<h\d id="line-{line}"[^>]*>Microservices<', await text_of(plain, place.partition("#")[0]))
    once = (await text_of(plain, f"/catalogue/-/note/{NOTE}")).partition("Former headings")[2]
    assert f'<a href="{place}">Microservices</a>' in once
    changed = await text_of(plain, f"/catalogue/-/revision/{removing}")
    assert "Microservices" in "".join(re.findall(r'<tr class="removed">.*?</tr>', changed, re.DOTALL))


async def test_headings_of_the_past_are_for_those_who_may_see_sections() -> None:
    ds = await served(example(), forbidding("sections"))
    assert "Former headings" not in await text_of(ds, f"/catalogue/-/note/{NOTE}")


async def test_of_a_heading_whose_last_text_is_lost_the_page_of_that_revision_is_shown() -> None:
    catalogue = catalogue_of("sync-broken")
    ds = await served(catalogue)
    lost = query(
        catalogue,
        "SELECT sections.path, sections.title, revisions.id FROM sections "
        "JOIN revisions ON revisions.id = last_revision_id WHERE removed_at NOT NULL AND number IS NULL "
        "AND 1 = (SELECT count(*) FROM sections AS same WHERE same.path = sections.path) LIMIT 5",
    )
    assert lost
    for path, title, revision in lost:
        topic = await text_of(ds, "/catalogue/-/topic?" + urlencode({"path": path}))
        assert f'<a href="/catalogue/-/revision/{revision}">' in topic.partition("<aside")[2]
        assert title in (await text_of(ds, f"/catalogue/-/revision/{revision}")).replace("*", "")


@pytest.mark.parametrize("page", ["topic", "images?show=past", "search"])
async def test_a_past_link_in_a_list_leads_to_the_last_text_that_has_it(page: str) -> None:
    catalogue = catalogue_of("sync")
    ((section, text),) = query(
        catalogue,
        "SELECT section, text FROM links WHERE removed_at NOT NULL AND target = 'web' AND kind = 'link' "
        "AND section NOT NULL ORDER BY length(text) DESC, id LIMIT 1",
    )
    asked = {
        "topic": {"path": section, "past": 1},
        "search": {"q": written("text", text).removeprefix("text:") + " is:removed"},
    }
    page = f"{page}?{urlencode(asked[page])}" if page in asked else page
    ds = await served(catalogue)
    items = re.findall(r"<li.*?</li>", (await text_of(ds, f"/catalogue/-/{page}")).partition("<main")[2], re.DOTALL)
    gone = [item for item in items if re.search(r"until |only in the past", item)]
    places = [place for item in gone for place in re.findall(r'href="(/catalogue/-/note/[^"]*)"', item)]
    assert places
    for place in places:
        assert re.search(r"\?at=\d+(&amp;line=\d+)?(#line-\d+)?$", place)
        await text_of(ds, place.partition("#")[0])


async def test_the_tree_of_topics(plain: Datasette) -> None:
    html = await text_of(plain, "/catalogue/-/topics")
    assert re.search(r">Messaging</a>.*>Kafka</a>.*>𝗞𝗲𝘆 𝗖𝗼𝗻𝗰𝗲𝗽𝘁𝘀</a>", html, re.DOTALL)


async def test_a_topic_is_found_by_letters_of_its_title(plain: Datasette) -> None:
    html = await text_of(plain, "/catalogue/-/topics?q=KEY+conc")
    assert "1 topic with “KEY conc”" in html
    assert ">𝗞𝗲𝘆 𝗖𝗼𝗻𝗰𝗲𝗽𝘁𝘀</a>" in html
    assert ">RabbitMQ</a>" not in html
    by_name = re.findall(r'<div class="root"><a [^>]*>([^<]*)', await text_of(plain, "/catalogue/-/topics?by=name"))
    assert len(by_name) > 20
    assert by_name == sorted(by_name, key=str.casefold)


async def test_a_past_topic_is_found_by_its_letters(plain: Datasette) -> None:
    html = await text_of(plain, "/catalogue/-/topics?q=microserv")
    assert re.search(
        r'>Microservices</a></span> <span class="badge is-expired">only in the past, until <time datetime="2025', html
    )
    assert "only in the past" not in await text_of(plain, "/catalogue/-/topics?q=messaging")


async def test_the_number_of_a_topic_is_the_same_wherever_it_stands(plain: Datasette) -> None:
    number = one("SELECT count(*) FROM saved_links WHERE section = 'Messaging' OR section LIKE 'Messaging › %'")
    assert f'>Messaging</a> <span class="n">{number}</span>' in await text_of(plain, "/catalogue/-/topics")
    page = await text_of(plain, "/catalogue/-/topic?path=Messaging")
    assert f"{number} links, " in page
    for chips in ("Topics below", "Saved in"):
        numbers = re.findall(r'<span class="n">(\d+)</span></a></li>', called(chips, page))
        assert sum(map(int, numbers)) == number


async def test_a_topic(plain: Datasette) -> None:
    html = await text_of(plain, "/catalogue/-/topic?path=Messaging+%E2%80%BA+Kafka")
    assert ">Kafka documentation</a>" in html
    assert "one-topic" not in html
    assert "Show 1 past link" in html
    assert "until <time" in await text_of(plain, "/catalogue/-/topic?path=Messaging+%E2%80%BA+Kafka&past=1")


async def test_a_link(ds: Datasette, request: pytest.FixtureRequest) -> None:
    html = await text_of(ds, f"/catalogue/-/link/{LINK}")
    assert "<h1>Saga</h1>" in html
    assert "https://microservices.io/patterns/data/saga.html" in html
    assert "added by" in html
    assert f"/catalogue/-/revision/{REVISION}" in html
    assert ("Not checked yet: run <code>" in html) == ("unchecked" in request.node.name)


async def test_a_link_is_headed_by_its_own_address(plain: Datasette) -> None:
    """As the place has it from which the visitor came; that of all spellings stands below."""
    link, url, canonical = query(
        example(),
        "SELECT links.id, links.url, canonical FROM links JOIN urls ON urls.id = url_id "
        "WHERE links.url = canonical || '#kraft' LIMIT 1",
    )[0]
    html = await text_of(plain, f"/catalogue/-/link/{link}")
    assert f'<p class="address-line"><a href="{url}" rel="noreferrer noopener">{url}</a>' in html
    assert f"all spellings of {canonical}<" in html
    assert f"<li>{url}</li>" in html.partition(">Spellings<")[2]


async def test_a_check_that_does_not_count_says_why(tmp_path: Path) -> None:
    catalogue = copy_of(example(), tmp_path)
    query(
        catalogue,
        "INSERT INTO checks (url_id, checked_at, verdict, counts) VALUES (?, '2026-03-01T00:00:00.000Z', 'timeout', 0)",
        ADDRESS,
    )
    ds = await served(catalogue)
    html = await text_of(ds, f"/catalogue/-/link/{LINK}")
    assert '<span class="badge is-unknown">not checked</span>' in html
    assert re.search(r'<tr class="is-void">.*does not count: the network was down', html, re.DOTALL)
    assert "No links have been checked yet" in await text_of(ds, "/catalogue")


async def test_health_over_time_takes_the_last_check_of_each_address_that_counts(tmp_path: Path) -> None:
    catalogue = copy_of(example(), tmp_path)
    one_url, other = (row[0] for row in query(catalogue, "SELECT id FROM urls LIMIT 2"))
    for url_id, at, verdict, counts in (
        (one_url, "01T01", "ok", 1), (one_url, "01T02", "dead", 1), (one_url, "01T03", "timeout", 0),
        (one_url, "01T04", "rate_limited", 1), (other, "01T01", "ok", 1),
        (one_url, "02T01", "dns_error", 1), (other, "03T01", "ok", 0),
    ):  # fmt: skip
        query(
            catalogue,
            "INSERT INTO checks (url_id, checked_at, verdict, counts) VALUES (?, ?, ?, ?)",
            *(url_id, f"2026-03-{at}:00:00.000Z", verdict, counts),
        )
    html = await text_of(await served(catalogue), "/catalogue")
    told = re.findall(r"<title>(\d Mar: [^<]*)</title>", html)
    assert told == ["1 Mar: 1 alive, 1 dead", "2 Mar: 1 failing"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", ["yesterday"]), ("since=2026-01-02", ["yesterday", "2026-01-03"]), ("until=2026-01-01", ["2026-01-01"]),
     ("since=2026-01-01&until=2026-01-03", ["2026-01-03", "2026-01-01"])],
)  # fmt: skip
async def test_what_died_in_a_time(tmp_path: Path, given: str, expected: list[str]) -> None:
    catalogue = copy_of(example(), tmp_path)
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    days = [day.replace("yesterday", yesterday) for day in expected]
    urls = query(catalogue, "SELECT url_id FROM saved_links GROUP BY url_id HAVING count(*) = 1 AND is_dated LIMIT 3")
    for (url_id,), day in zip(urls, ("2026-01-01", "2026-01-03", yesterday), strict=True):
        query(
            catalogue,
            "INSERT INTO checks (url_id, checked_at, verdict) VALUES (?, ?, 'dead')",
            *(url_id, f"{day}T20:00:00.000Z"),
        )
    ds = await served(catalogue)
    rows = (await ds.client.get(f"/catalogue/dead_links_of_a_time.json?_shape=array&{given}")).json()
    assert [row["dead_since"][:10] for row in rows] == days
    assert all(row["brought_in_by"] and row["first_seen_at"] for row in rows)


async def test_a_link_that_came_went_and_came_back(plain: Datasette) -> None:
    link = one("SELECT link_id FROM link_changes GROUP BY link_id ORDER BY count(*) DESC, link_id LIMIT 1")
    html = await text_of(plain, f"/catalogue/-/link/{link}")
    assert html.count('<span class="badge is-added">') == 2
    assert html.count('<span class="badge is-removed">') == 1


async def test_a_post_tells_its_author_and_time(plain: Datasette) -> None:
    link = one("SELECT id FROM linkedin_posts WHERE author NOT NULL LIMIT 1")
    html = await text_of(plain, f"/catalogue/-/link/{link}")
    assert "<dt>By</dt>" in html
    assert "<dt>Published</dt>" in html


async def test_an_address_that_expires_says_so(plain: Datasette) -> None:
    link = one(
        "SELECT links.id FROM links JOIN urls ON urls.id = url_id WHERE expires_at < '2026' AND kind = 'image' LIMIT 1"
    )
    assert "<dt>Expired</dt>" in await text_of(plain, f"/catalogue/-/link/{link}")


async def test_the_gallery(plain: Datasette) -> None:
    html = await text_of(plain, "/catalogue/-/images")
    assert f'<img src="/catalogue/-/resource/{RESOURCE}"' in html
    assert re.search(r'class="badge is-expired">expired <time[^>]*>\d+ \w+ 20', html)


async def test_a_picture_without_words_has_the_title_of_its_file(tmp_path: Path) -> None:
    catalogue = copy_of(example(), tmp_path / "wordless")
    query(catalogue, "UPDATE links SET text = '' WHERE kind = 'image'")
    ((title,),) = query(catalogue, "SELECT title FROM resources WHERE id = ?", RESOURCE)
    html = await text_of(await served(catalogue), "/catalogue/-/images?show=here")
    assert f'<img src="/catalogue/-/resource/{RESOURCE}" alt="{title}"' in html


async def test_an_attachment_is_served_from_the_source(plain: Datasette) -> None:
    answer = await plain.client.get(f"/catalogue/-/resource/{RESOURCE}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_an_attachment_that_is_no_picture_is_a_download(tmp_path: Path) -> None:
    catalogue = copy_of(example(), tmp_path / "download")
    query(catalogue, "UPDATE resources SET mime = 'text/html', title = 'a\"; b.html' WHERE id = ?", RESOURCE)
    answer = await (await served(catalogue)).client.get(f"/catalogue/-/resource/{RESOURCE}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a%22%3B%20b.html"


@pytest.mark.parametrize(
    "change",
    [
        "location = '/nowhere'",
        "forgotten_at = '2026-01-01'",
        "location = 'webdavs://cloud.example/x'",
        "location = 's3://bucket/x'",
        "location = 'memory:///'",
    ],
)
async def test_an_attachment_whose_source_is_not_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """A page reaches out to no remote source."""
    monkeypatch.setattr("extractor.sources.remote_address.open_remote", pytest.fail)
    catalogue = copy_of(example(), tmp_path / "gone")
    query(catalogue, f"UPDATE sources SET {change}")  # noqa: S608 -- from above
    ds = await served(catalogue)
    assert (await ds.client.get(f"/catalogue/-/resource/{RESOURCE}")).status_code == 404
    assert "not available" in await text_of(ds, "/catalogue/-/images?show=here")


@pytest.mark.parametrize(
    ("name", "place", "password", "shown"),
    [
        ("sync", "", "", True),
        ("profile", "", "", True),
        ("exports", "raw", "", True),
        ("exports", "export.jex", "", True),
        ("e2ee-native", "", "", False),
        ("e2ee-native", "", "wrong", False),
        ("e2ee-native", "", PASSWORD, True),
    ],
)
async def test_an_attachment_of_each_kind_of_source(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    place: str,
    password: str,
    shown: bool,
) -> None:
    """An encrypted one is opened for who gives the password when serving, too."""
    monkeypatch.setenv("JOPLIN_CATALOGUE_PASSWORD", password)
    ds = await served(catalogue_of(f"{name}/{place}" if place else name, PASSWORD if name == "e2ee-native" else None))
    answer = await ds.client.get("/catalogue/-/resource/1190ed31def27a150fbb693060b39fb7")
    assert (answer.status_code, answer.content[:4] == b"\x89PNG") == ((200, True) if shown else (404, False))
    if name != "e2ee-native":  # which holds no note in which it stands
        assert "/catalogue/-/resource/1190ed31" in await text_of(ds, "/catalogue/-/images?show=here")


async def test_what_is_left_out_makes_nothing_past(plain: Datasette) -> None:
    """The note has the word now, beside the one that is not wanted."""
    html = await text_of(plain, "/catalogue/-/search?q=kafka -nats kind:revision")
    assert ">System design links</a><p>" in html.replace("> <", "><")


async def test_ids_that_are_whatever_a_file_says_are_no_sql(tmp_path: Path) -> None:
    catalogue = copy_of(example(), tmp_path / "hostile")
    hostile = "a'b\"') OR 1 UNION SELECT 1, id, note_id, 1, captured_at, text_added FROM revisions --"
    query(catalogue, "UPDATE revisions SET note_id = ? WHERE note_id = ?", hostile, NOTE)
    html = await text_of(await served(catalogue), "/catalogue/-/search?q=kafka kind:revision")
    assert html.count(">Untitled</a>") == 1


async def test_a_note_says_which_picture_is_not_here(tmp_path: Path) -> None:
    catalogue = copy_of(example(), tmp_path / "away")
    note = one("SELECT note_id FROM links WHERE url = ? AND removed_at IS NULL", f":/{RESOURCE}")
    assert f'<img src="/catalogue/-/resource/{RESOURCE}"' in await text_of(
        await served(catalogue), f"/catalogue/-/note/{note}"
    )
    query(catalogue, "UPDATE sources SET location = '/nowhere'")
    html = await text_of(await served(catalogue), f"/catalogue/-/note/{note}")
    assert (": the file is not available</span>" in html, "<img" in html) == (True, False)


async def test_each_link_stands_in_the_page_of_its_note_where_others_lead(plain: Datasette) -> None:
    rows = query(
        example(),
        "SELECT note_id, links.id FROM links JOIN notes ON notes.id = note_id JOIN urls ON urls.id = url_id "
        "WHERE removed_at IS NULL AND host <> '' AND syntax <> 'source_url'",
    )
    pages = {note: await text_of(plain, f"/catalogue/-/note/{note}") for note in {note for note, _ in rows}}
    assert [link for note, link in rows if f'id="link-{link}"' not in pages[note]] == []


async def test_an_address_is_shown_with_its_state(tmp_path: Path) -> None:
    catalogue = copy_of(example(), tmp_path / "state")
    query(catalogue, "UPDATE urls SET canonical = canonical || '#json=A,k' WHERE id = ?", ADDRESS)
    ((url,),) = query(catalogue, "SELECT url FROM urls WHERE id = ?", ADDRESS)
    assert f'href="{escape(url)}#json=A,k"' in await text_of(await served(catalogue), f"/catalogue/-/address/{ADDRESS}")


async def test_what_lies_inside_joplin(plain: Datasette) -> None:
    to_note = await plain.client.get(f"/catalogue/-/id/{NOTE}")
    assert to_note.headers["location"] == f"/catalogue/-/note/{NOTE}"
    to_file = await plain.client.get(f"/catalogue/-/id/{RESOURCE}")
    assert to_file.headers["location"] == f"/catalogue/-/resource/{RESOURCE}"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kafka", "<mark>Kafka</mark> field notes"),
        ("KAFKA", "<mark>Kafka</mark> field notes"),
        ("𝗞𝗮𝗳𝗸𝗮", "<mark>Kafka</mark> field notes"),
        ("key concepts", "<mark>𝗞𝗲𝘆</mark> <mark>𝗖𝗼𝗻𝗰𝗲𝗽𝘁𝘀</mark>"),
        ("delivery guarantee", "<mark>Delivery</mark> <mark>guarantees</mark>"),
        ("exactly once?", "only in the past"),
        ('"delivery semantics" -kafka', "Nothing found"),
        ('"semantics delivery"', "Nothing found"),
        ("zzzzqqq OR saga", ">Saga</mark>"),
        ("kafka tag:nothing", "There is no tag “nothing”."),
        ("keynote.pdf is:removed", '<span class="badge is-trashed">trashed'),
        ("day 2", '<mark>Day</mark> <mark>2</mark></a> <span class="badge is-expired">only in the past, until <time'),
        ('tag:""', "tag: needs a value after the colon, such as tag:kafka."),
        ('"', "no word to search for"),
        ("🚀", "no word to search for"),
        ("NEAR( AND OR *", "Search"),
        ("kind:section", "Type a word to search for"),
        ("zzzzqqq", "Nothing found"),
    ],
)
async def test_search(plain: Datasette, typed: str, found: str) -> None:
    answer = await plain.client.get("/catalogue/-/search", params={"q": typed})
    assert answer.status_code == 200
    assert found in answer.text


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ("kafka tag:LINKS", f"id IN {TAGGED}"),
        ("kafka -tag:links", f"id NOT IN {TAGGED}"),
        ("kafka notebook:engineering/backend", "notebook = 'Engineering › Backend'"),
        ('kafka notebook:"Backend"', "notebook = 'Engineering › Backend'"),
        ("kafka -notebook:Engineering", "notebook NOT LIKE 'Engineering%'"),
    ],
)
async def test_search_within_notes(plain: Datasette, typed: str, where: str) -> None:
    meant = {row[0] for row in query(example(), f"SELECT id FROM notes WHERE {where}")}  # noqa: S608 -- from above
    for group in ("note", "link", "revision"):
        html = await text_of(plain, "/catalogue/-/search?" + urlencode({"q": f"{typed} kind:{group}"}))
        found = set(re.findall(r"/-/note/(\w{32})", html.partition("<main")[2]))
        every = await text_of(plain, "/catalogue/-/search?" + urlencode({"q": f"kafka kind:{group}"}))
        assert found == set(re.findall(r"/-/note/(\w{32})", every.partition("<main")[2])) & meant
        assert found, group


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("notes?notebook=ENGINEERING", "notes?notebook=Engineering"),
        ("notes?notebook=éngineering/backend", "notes?notebook=Engineering › Backend"),
        ("notes?notebook=Backend", "notes?notebook=Engineering › Backend"),
        ("notes?tag=𝗟𝗶𝗻𝗸𝘀", "notes?tag=links"),
        ("links?topic=messaging/kafka", "links?topic=Messaging › Kafka"),
        ("links?site=GitHub.com", "links?site=github.com"),
        ("links?tag=Línks&notebook=engineering", "links?tag=links&notebook=Engineering"),
        ("topic?path=MESSAGING/kafka", "topic?path=Messaging › Kafka"),
        ("topics?q=KÁFKA", "topics?q=kafka"),
        ("search?q=kafka tag:𝗟𝗜𝗡𝗞𝗦", "search?q=kafka tag:links"),
        ("search?q=kafka notebook:éngineering", "search?q=kafka notebook:Engineering"),
    ],
)
async def test_names_in_an_address_however_they_are_typed(plain: Datasette, typed: str, meant: str) -> None:
    def links_of(html: str) -> list[str]:
        return re.findall(r'href="(/catalogue/-/(?:note|link|topic)[/?][^"]*)"', html.partition("<main")[2])

    expected = links_of(await text_of(plain, f"/catalogue/-/{meant}"))
    assert expected
    assert links_of(await text_of(plain, f"/catalogue/-/{typed}")) == expected


@pytest.mark.parametrize(
    ("address", "offered"),
    [
        ("notes?notebook=Enginering&by=title", "/catalogue/-/notes?notebook=Engineering&amp;by=title"),
        ("notes?tag=lnks", "/catalogue/-/notes?tag=links"),
        ("links?topic=Mesaging&year=2024", "/catalogue/-/search?q=in%3A2024+section%3AMessaging"),
        ("links?site=githib.com", "/catalogue/-/search?q=site%3Agithub.com"),
        ("search?q=kafka tag:lnks", "/catalogue/-/search?q=kafka+tag%3Alinks"),
        ('search?q=kafka notebook:"enginering"', "/catalogue/-/search?q=kafka+notebook%3AEngineering"),
    ],
)
async def test_names_that_may_have_been_meant(plain: Datasette, address: str, offered: str) -> None:
    html = await text_of(plain, f"/catalogue/-/{address}")
    asked = re.search(r"There is no \w+ “[^”]+”. Did you mean (<a .*?)\?</p>", html)
    assert asked
    assert offered in re.findall(r'href="([^"]+)"', asked[1])
    assert len(re.findall("<a ", asked[1])) <= 3


async def test_a_section_that_may_have_been_meant(plain: Datasette) -> None:
    answer = await plain.client.get("/catalogue/-/topic?path=Mesaging")
    assert (answer.status_code, "Did you mean &#39;Messaging&#39;" in answer.text) == (404, True)


async def test_all_notes_with_a_tag_are_found_without_a_word(plain: Datasette) -> None:
    html = await text_of(plain, "/catalogue/-/search?q=tag:links")
    assert 'Notes <span class="n">2</span>' in html
    assert ">System design links</a>" in html


async def test_search_tells_how_much_there_is_and_leads_to_all_of_a_kind(plain: Datasette) -> None:
    html = await text_of(plain, "/catalogue/-/search?q=kafka")
    number = one("SELECT count(*) FROM note_bodies_fts WHERE note_bodies_fts MATCH 'kafka*'")
    assert f'Notes <span class="n">3 of {number}</span>' in html
    every = await text_of(plain, "/catalogue/-/search?q=kafka+kind:note")
    assert len(re.findall(r'<a class="title" href="/catalogue/-/note/', every)) == number
    assert ">Links <" not in every.partition("<main")[2].replace("Links <span", "")


@pytest.mark.parametrize(
    ("asked", "is_exact"),
    [("", True), ("kind:link", True), ("kind:link&size=5&next=2026-01-01,0", True), ("after:2020", False)],
)
async def test_so_many_that_they_are_not_counted(
    plain: Datasette, asked: str, is_exact: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All links are counted once, however many there are; of any other search no more than `MOST_COUNTED`."""
    monkeypatch.setattr("extractor.publish.pages.findings.MOST_COUNTED", 7)
    html = await text_of(plain, f"/catalogue/-/search?q={asked}")
    links = one(f"SELECT count(*) FROM links WHERE kind = 'link' AND {CURRENT}")  # noqa: S608
    tally = f"{links} links to" if is_exact else "more than 7 links<"
    assert f'<span class="tally">{tally}' in html
    assert ("These numbers count 7 of them." in html) == (not is_exact)


async def test_the_groups_of_the_search_before_are_kinds(plain: Datasette) -> None:
    answer = await plain.client.get("/catalogue/-/search?q=kafka&in=history")
    assert answer.headers["location"] == "/catalogue/-/search?q=kafka+kind%3Arevision"


async def test_the_history_is_found_note_by_note(tmp_path: Path) -> None:
    """With each revision that wrote or removed the words; that it has them in its title counts where that changed."""
    catalogue = copy_of(example(), tmp_path)
    query(catalogue, "UPDATE revisions SET title = 'Zygomorphic ' || title WHERE note_id = ? AND number > 11", NOTE)
    query(
        catalogue,
        "UPDATE revisions SET text_added = text_added || ' zygomorphic' WHERE note_id = ? AND number = 3",
        NOTE,
    )
    html = await text_of(await served(catalogue), "/catalogue/-/search?q=zygomorphic")
    found = html.partition('id="g-revision"')[2]
    assert re.findall(r'<a class="title" href="/catalogue/-/note/(\w+)', found) == [NOTE]
    assert "only in the past" in found
    assert re.findall(r">#(\d+) \(<time", found) == ["12", "3"]
    assert "in 2 revisions since" in found
    assert "<mark>Zygomorphic</mark> System design links" in found


async def test_the_feed(plain: Datasette) -> None:
    answer = await plain.client.get("/catalogue/-/new-links.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.text)  # noqa: S314 -- made by the test itself
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 50
    times = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert times == sorted(times, reverse=True)
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 50


async def test_the_feed_of_deaths(tmp_path) -> None:
    catalogue = copy_of(checked(), tmp_path)
    ((url_id, url),) = query(
        catalogue,
        "SELECT urls.id, urls.url FROM dead_links JOIN urls ON urls.id = url_id ORDER BY dead_since DESC LIMIT 1",
    )
    copy = "https://web.archive.org/web/20240101000000/x"
    query(
        catalogue,
        "INSERT OR REPLACE INTO snapshots (url_id, asked, snapshot_url, snapshot_at, looked_up_at) "
        "VALUES (?, ?, ?, '', '')",
        url_id,
        url,
        copy,
    )
    answer = await (await served(catalogue)).client.get("/catalogue/-/died.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    entries = ET.fromstring(answer.text).findall(f"{ATOM}entry")  # noqa: S314 -- made by the test itself
    assert len(entries) == min(50, query(catalogue, "SELECT count(*) FROM dead_links")[0][0])
    told = {entry.find(f"{ATOM}link").get("href"): entry.findtext(f"{ATOM}summary") for entry in entries}
    assert "archived" in told[copy]
    assert all(link.startswith("https://web.archive.org/web/") for link in told)


async def test_words_that_say_nothing_have_the_title_of_their_page_beside_them(tmp_path) -> None:
    catalogue = copy_of(checked(), tmp_path)
    query(
        catalogue,
        "INSERT INTO pages (url_id, seen, asked, seen_at, title, leads_to) SELECT url_id, 'last', url, '2026-11-01', "
        "'A <b>title</b>', 'x' FROM link_health WHERE site = 'linkedin.com'",
    )
    html = await text_of(await served(catalogue), "/catalogue/-/links?site=linkedin.com")
    assert '<span class="about">A &lt;b&gt;title&lt;/b&gt; (title of the page)</span>' in html


async def test_words_that_say_nothing_have_those_around_them_beside_them(plain: Datasette) -> None:
    html = await text_of(plain, "/catalogue/-/links?site=linkedin.com")
    assert re.search(
        r'>post</a>.*?<span class="about">A queue in Postgres: SKIP LOCKED \(post\)</span>', html, re.DOTALL
    )
    assert "<title>post: A queue in Postgres" in await text_of(plain, "/catalogue/-/new-links.atom")


@pytest.mark.parametrize(
    ("text", "says"),
    [("post", False), ("This article", False), ("Read more", False), ("the docs", False), ("", False),
     ("Kafka docs", True), ("The log", True), ("post mortem", True), ("Here be dragons", True)],
)  # fmt: skip
def test_what_says_nothing(text: str, says: bool) -> None:
    assert says_nothing(text) is not says


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/catalogue/dead_links", "Only addresses checked by joplin-catalogue check-links can appear here."),
        (
            "/catalogue/dead_links_of_a_time",
            "Only addresses checked by joplin-catalogue check-links can appear here.",
        ),
        ("/catalogue/links_of_site?site=", "Enter what to look for."),
        ("/catalogue/links_of_site?site=nowhere.example", "Nothing found."),
    ],
)
async def test_an_empty_list_says_what_that_means(plain: Datasette, path: str, says: str) -> None:
    assert says in await text_of(plain, path)


@pytest.mark.parametrize("site", ["github.com", "https://github.com/simonw?tab=x", "www.github.com", " GitHub.com "])
async def test_a_site_may_be_given_as_an_address(plain: Datasette, site: str) -> None:
    rows = (
        await plain.client.get("/catalogue/links_of_site.json?" + urlencode({"site": site, "_shape": "array"}))
    ).json()
    assert len(rows) == one("SELECT count(*) FROM saved_links WHERE site = 'github.com'") > 3


async def test_the_page_of_a_row_is_headed_by_its_label(plain: Datasette) -> None:
    link = one("SELECT id FROM links WHERE text = 'Saga'")
    assert re.search(r"<h1>Saga <span class=\"soft\">in Links", await text_of(plain, f"/catalogue/links/{link}"))


async def test_the_page_of_a_row_says_what_its_keys_stand_for(plain: Datasette) -> None:
    """Each fact once and under a name of its own; of what only the program reads, nothing."""
    html = await text_of(plain, f"/catalogue/links/{LINK}")
    facts = re.findall(r"<dt>([^<]*)</dt><dd[^>]*>(.*?)</dd>", html.partition("row-facts")[2], re.DOTALL)
    names = [name for name, _ in facts]
    assert len(names) == len(set(names)) > 8
    told = dict(facts)
    assert f'<a href="/catalogue/-/note/{NOTE}" title="System design links">System design links</a>' == told["note"]
    assert ">Delivery guarantees</a>" in told["section"]
    assert "System design links #12 (" in told["added by"]
    assert f'href="/catalogue/-/address/{ADDRESS}"' in told["address, any spelling"]
    assert "What each revision did to links</a>" in html
    hidden = [name for name, table in METADATA["databases"]["catalogue"]["tables"].items() if table.get("hidden")]
    for path in (f"links/{LINK}", f"revisions/{REVISION}", f"notes/{NOTE}", f"urls/{ADDRESS}"):
        html = await text_of(plain, f"/catalogue/{path}")
        assert not any(f'href="/catalogue/{name}?' in html for name in hidden)


async def test_a_key_of_a_row_stays_bare_where_its_table_may_not_be_seen() -> None:
    ds = await served(example(), forbidding("notes"))
    html = await text_of(ds, f"/catalogue/links/{LINK}")
    assert "System design links" not in html.partition('col-first_revision_id"')[0].partition("row-facts")[2]


async def test_an_echo_is_nobody_s() -> None:
    """What it drops and the next revision has again is as old as it was, line by line and in what that one changed."""
    catalogue = catalogue_of("sync")
    ds = await served(catalogue)
    echoes = query(
        catalogue,
        "SELECT after.id, after.note_id, after.number FROM revisions AS after "
        "JOIN revisions AS echo ON echo.id = after.parent_id JOIN revisions AS before ON before.id = echo.parent_id "
        "WHERE echo.is_echo AND after.state = 'complete' AND before.state = 'complete' AND NOT before.is_echo",
    )
    assert len(echoes) > 20
    with closing(open_to_read(catalogue)) as db:
        for revision, note, number in echoes:
            texts = {one.number: one.body for one in note_history(db, note).revisions}
            expected = changes(texts[number - 2] or "", texts[number] or "")
            page = await text_of(ds, f"/catalogue/-/revision/{revision}")
            assert page.count('<tr class="added">') == expected.added
            assert page.count('<tr class="removed">') == expected.removed
    for (note,) in query(catalogue, "SELECT DISTINCT note_id FROM revisions WHERE is_echo"):
        page = await text_of(ds, f"/catalogue/-/note/{note}/blame")
        for (echo,) in query(catalogue, "SELECT id FROM revisions WHERE is_echo AND note_id = ?", note):
            assert f"/catalogue/-/revision/{echo}" not in page
