"""Kept pages as they are shown and found: as plain text, with their versions, to who may see links and pages."""

from __future__ import annotations

import contextlib
import sqlite3
from shlex import quote
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from published import IS_DATASETTE_0, checked, copy_of, query, served

from extractor.catalogue.kept.file import pages_of, writing
from extractor.catalogue.kept.versions import Said, keep
from extractor.cli import main
from extractor.linkcheck import asked

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

FIRST = "What a broker remembers\n\nThe zebrafish log keeps <script>alert(1)</script> what it was told.\n\nThe end."
SECOND = "What a broker remembers\n\nThe okapi log keeps <script>alert(1)</script> <b>what</b> it was told.\n\nThe end."
HOSTILE = "<img src=x onerror=alert(2)> a title"
LOST = """
SELECT urls.id, urls.url
FROM link_health JOIN urls ON urls.id = url_id
WHERE health = 'dead' AND url_id IN (
  SELECT url_id
  FROM links JOIN notes ON notes.id = note_id
  WHERE removed_at IS NULL AND is_present AND links.kind = 'link' AND NOT is_locked
)
ORDER BY since DESC
LIMIT 1
"""


def address(catalogue: Path) -> tuple[int, str]:
    return query(catalogue, LOST)[0]


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    return with_kept_page(tmp_path)


def with_kept_page(folder: Path) -> Path:
    """A catalogue with two versions of the page of a link that is dead by now."""
    path = copy_of(checked(), folder)
    url_id, url = address(path)
    query(path, "UPDATE checks SET asked = ? WHERE url_id = ?", asked(url), url_id)
    with writing(pages_of(path)) as connection:
        for day, text in (("01", FIRST), ("09", SECOND)):
            keep(connection, Said(asked(url), f"2026-03-{day}T00:00:00.000Z", HOSTILE, text))
    return path


async def got(ds: Datasette, path: str, status: int = 200) -> Any:
    response = await ds.client.get(path)
    assert response.status_code == status, response.text
    return response


async def test_a_dead_link_offers_its_kept_page_first(catalogue: Path) -> None:
    ds = await served(catalogue)
    url_id, _ = address(catalogue)
    html = (await got(ds, f"/catalogue/-/address/{url_id}")).text
    assert html.index("Dead since") < html.index("Kept page") < html.index("Archived copy")
    assert f'href="/catalogue/-/kept/{url_id}"' in html
    assert "It had changed by" in html
    data = (await got(ds, f"/catalogue/-/address/{url_id}.json")).json()
    assert [one["kept_at"][:10] for one in data["kept"]] == ["2026-03-09", "2026-03-01"]

    (note_id,) = query(catalogue, "SELECT note_id FROM links WHERE url_id = ? AND removed_at IS NULL", url_id)[0]
    assert (
        f'<a class="archived" href="/catalogue/-/kept/{url_id}">kept page</a>'
        in (await got(ds, f"/catalogue/-/note/{note_id}")).text
    )

    (site,) = query(catalogue, "SELECT site FROM urls WHERE id = ?", url_id)[0]
    html = (await got(ds, f"/catalogue/-/search?q=health:dead+site:{site}")).text
    assert html.count("kept page</a>") == html.count(f'href="/catalogue/-/kept/{url_id}"') == 1

    feed = (await got(ds, "/catalogue/-/died.atom")).text
    assert f'<link href="http://localhost/catalogue/-/kept/{url_id}"/>' in feed
    assert "kept on 2026-03-09" in feed


async def test_versions_are_plain_text_whatever_they_say(catalogue: Path) -> None:
    ds = await served(catalogue)
    url_id, _ = address(catalogue)
    for path in (f"kept/{url_id}", f"kept/{url_id}?version=1", f"kept/{url_id}?version=2&from=1", "search?q=okapi"):
        html = (await got(ds, f"/catalogue/-/{path}")).text
        for markup in ("<script>alert", "<b>what", "<img src=x"):
            assert markup not in html
    html = (await got(ds, f"/catalogue/-/kept/{url_id}")).text
    assert "&lt;b&gt;what&lt;/b&gt; it was told." in html
    assert "zebrafish" not in html
    assert "zebrafish" in (await got(ds, f"/catalogue/-/kept/{url_id}?version=1")).text
    text = await got(ds, f"/catalogue/-/kept/{url_id}.txt?version=1")
    assert text.text == FIRST
    assert text.headers["content-type"].startswith("text/plain")
    assert text.headers["x-content-type-options"] == "nosniff"


async def test_what_changed_between_versions(catalogue: Path) -> None:
    ds = await served(catalogue)
    url_id, _ = address(catalogue)
    html = (await got(ds, f"/catalogue/-/kept/{url_id}?version=2&from=1")).text
    assert "<del>zebrafish</del>" in html
    assert "<ins>okapi</ins>" in html


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("okapi", True),
        ("kind:page okapi", True),
        ("kind:pages", True),
        ("kind:page zebrafish", True),
        ("kind:page okapi -broker", False),
        ("kind:page nowhere", False),
        ("kind:link okapi", False),
        ("okapi site:{site}", True),
        ("okapi site:w3.org", False),
        ("okapi health:dead", True),
        ("okapi health:alive", False),
        ("kind:page is:removed okapi", False),
        ("okapi OR health:dead", False),
    ],
)
async def test_the_finder_finds_what_pages_said(catalogue: Path, text: str, found: bool) -> None:
    ds = await served(catalogue)
    url_id, _ = address(catalogue)
    (site,) = query(catalogue, "SELECT site FROM urls WHERE id = ?", url_id)[0]
    asked_for = {"q": text.format(site=site)}
    html = (await ds.client.get("/catalogue/-/search", params=asked_for)).text
    assert ("In linked pages" in html) is found
    data = (await ds.client.get("/catalogue/-/search.json", params=asked_for)).json()
    pages = data["results"]["pages"]["rows"]
    assert [one["url_id"] for one in pages] == ([url_id] if found else [])
    if found and "zebrafish" in text:
        assert "it has changed since" in html
        assert "<mark>zebrafish</mark>" in html


@pytest.mark.skipif(not IS_DATASETTE_0, reason="metadata of 0.65")
@pytest.mark.parametrize("table", ["pages", "links"])
async def test_who_may_not_see_links_sees_no_pages(catalogue: Path, table: str) -> None:
    ds = await served(catalogue, {"databases": {"catalogue": {"tables": {table: {"allow": False}}}}})
    url_id, _ = address(catalogue)
    assert (await ds.client.get(f"/catalogue/-/kept/{url_id}")).status_code == 403
    assert "okapi log" not in (await got(ds, "/catalogue/-/search?q=okapi")).text


@pytest.mark.parametrize(
    "arguments",
    [
        ("share", "OUT", "--notebook", "Engineering", "--with-context"),
        ("export", "bookmarks", "-o", "OUT"),
        ("export", "markdown", "-o", "OUT"),
        ("export", "revisions", "-o", "OUT"),
    ],
)
def test_nothing_of_them_leaves_this_computer(catalogue: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    out = tmp_path / "out"
    given = [str(out) if one == "OUT" else one for one in arguments]
    result = CliRunner().invoke(main, [*given, "--db", str(catalogue)], input="y\n")
    assert result.exit_code == 0, result.output
    data = out.read_bytes()
    assert len(data) > 1000
    assert not any(word in data for word in (b"zebrafish", b"okapi", HOSTILE.encode()))


async def test_no_statement_reaches_them(catalogue: Path) -> None:
    ds = await served(catalogue)
    connection = sqlite3.connect(catalogue)
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert "versions" not in names
    assert list(ds.databases) == ["_internal", "catalogue"] or "pages" not in ds.databases


@pytest.mark.parametrize("damage", ["missing", "no database", "torn", "another's"])
async def test_without_them_all_is_as_it_was(catalogue: Path, damage: str) -> None:
    path = pages_of(catalogue)
    if damage == "missing":
        path.unlink()
    elif damage == "no database":
        path.write_bytes(b"hello" * 100)
    elif damage == "torn":
        path.write_bytes(path.read_bytes()[:5000])
    else:
        path.unlink()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE pages (asked)")
    ds = await served(catalogue)
    url_id, _ = address(catalogue)
    assert "Kept page" not in (await got(ds, f"/catalogue/-/address/{url_id}")).text
    await got(ds, f"/catalogue/-/kept/{url_id}", 404)
    assert "In linked pages" not in (await got(ds, "/catalogue/-/search?q=okapi")).text
    await got(ds, "/catalogue/-/died.atom")


@pytest.mark.parametrize("format_", ["text", "md", "html", "json"])
def test_the_digest_says_where_a_link_died_whose_page_was_kept(catalogue: Path, format_: str) -> None:
    _, url = address(catalogue)

    def told() -> str:
        given = ["digest", "--since", "3650d", "--format", format_, "--db", str(catalogue)]
        return CliRunner().invoke(main, given, catch_exceptions=False).stdout

    kept = '"kept_at": "2026-03-09' if format_ == "json" else "page kept on 9 Mar 2026: joplin-catalogue pages show"
    assert kept in told()
    if format_ == "text":
        assert f"{kept} {quote(url)}" in told()
    pages_of(catalogue).unlink()
    assert "2026" in told()
    assert kept not in told()
    pages_of(catalogue).write_bytes(b"no database")  # which no digest is stopped by
    assert kept not in told()


async def test_the_page_of_the_digest_leads_to_kept_pages(catalogue: Path) -> None:
    url_id, _ = address(catalogue)
    year = (await got(await served(catalogue), "/catalogue/-/digest?since=365d")).text
    assert f'<a class="archived" href="/catalogue/-/kept/{url_id}">kept page</a>' in year
