"""The folder of `share --html`, opened from disk: searched without a server, by keyboard, with nothing asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from catalogues import catalogue as make_catalogue
from click.testing import CliRunner
from conftest import SIZE, Axe, Visitor
from published import checked, query

from extractor.cli import main
from extractor.joplin.items import Note
from extractor.publish.shared_site import index_files
from extractor.publish.shared_site.site_paths import topic_file

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

NOTE = "b388f35bf3f75883a2e73f6aafee8a79"
PAGES = [
    *("index.html", "topics.html", "notes.html", f"notes/{NOTE}.html", topic_file("Messaging")),
    *("search.html?q=kafka", "search.html?q=nothing-has-this"),
]
PLACES = """
SELECT links.*, urls.site, link_health.health, notes.name AS note
FROM links JOIN urls ON urls.id = links.url_id JOIN notes ON notes.id = links.note_id
     LEFT JOIN link_health ON link_health.url_id = links.url_id
"""
IS_WHOLE = re.compile(r"^[\d,]+ links? to [\d,]+ address(es)?$")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """With an index of several files, as a large catalogue has."""
    out = tmp_path_factory.mktemp("shared") / "out"
    given = ["share", "--html", str(out), "--db", str(checked()), "--notebook", "Engineering", "--with-tags"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_files, "SHARD", 25)
        assert CliRunner().invoke(main, given).exit_code == 0
    assert (out / "index" / "3.js").is_file()
    return out


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, shared as a file."""
    out = tmp_path_factory.mktemp("shared") / "out.db"
    given = ["share", str(out), "--db", str(checked()), "--notebook", "Engineering", "--with-tags"]
    assert CliRunner().invoke(main, given).exit_code == 0
    return out


@pytest.fixture(scope="module")
def reader(chromium: Browser, folder: Path) -> Iterator[Visitor]:
    """A page from disk; nothing but the folder is asked for."""
    context = chromium.new_context(viewport=SIZE, timezone_id="Asia/Tokyo")
    visitor = Visitor(context.new_page(), folder.as_uri())
    context.on("request", lambda asked: asked.url.startswith(folder.as_uri()) or visitor.wrong.append(asked.url))
    yield visitor
    assert visitor.wrong == []
    context.close()


def opened(reader: Visitor, name: str) -> Page:
    reader.page.goto("about:blank")
    reader.page.goto(f"{reader.site}/{name}")
    if name.startswith("search"):
        expect(reader.page.locator("#tally")).to_have_text(IS_WHOLE)
    assert reader.wrong == []
    return reader.page


def test_from_the_start_to_a_link_by_a_search(reader: Visitor) -> None:
    page = opened(reader, "index.html")
    page.get_by_role("searchbox").fill("saga")
    page.keyboard.press("Enter")
    row = page.locator("#found > .links > li").first
    row.wait_for()
    assert (
        row.get_by_role("link", name="Saga").get_attribute("href") == "https://microservices.io/patterns/data/saga.html"
    )
    row.get_by_role("link", name="System design links").click()
    page.wait_for_url("**/notes/*.html#link-*")
    assert page.locator(":target").get_by_role("link", name="Saga").is_visible()
    page.get_by_role("link", name="Delivery guarantees").first.click()
    page.wait_for_url("**/topics/messaging-*.html#t-*")
    assert page.get_by_role("heading", level=1).inner_text() == "Messaging"


WORDS = "lower(text || ' ' || url || ' ' || ifnull(section, '')) LIKE '%{}%'"
LETTERS = "(text || ' ' || ifnull(section, '')) LIKE '%𝗞𝗮𝗳𝗸𝗮%'"


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ("kafka site:apache.org", f"({WORDS.format('kafka')} OR {LETTERS}) AND site = 'apache.org'"),
        ("𝗞𝗮𝗳𝗸𝗮 site:apache.org", f"({WORDS.format('kafka')} OR {LETTERS}) AND site = 'apache.org'"),
        ("health:dead", "health = 'dead'"),
        ("health:dead -site:github.com", "health = 'dead' AND site <> 'github.com'"),
        ('"delivery semantics"', WORDS.format("delivery semantics")),
        ("section:messaging/kafka", "section || ' › ' LIKE 'Messaging › Kafka › %'"),
        ("tag:LINKS notebook:engineering/backend", "note = 'System design links'"),
        ("after:2024-07 before:2024-09", "is_dated AND first_seen_at BETWEEN '2024-07' AND '2024-09'"),
        ("before:2024-04", "first_seen_at < '2024-04'"),
        ("-before:2024-04", "is_dated AND first_seen_at >= '2024-04'"),
        ("in:2024", "is_dated AND first_seen_at LIKE '2024-%'"),
        ("rabbitmq OR nats", f"({WORDS.format('rabbitmq')} OR {WORDS.format('nats')})"),
        ("kind:image", "kind = 'image'"),
        ("note:nothing-is-called-so", "0"),
    ],
)
def test_the_qualifiers_of_the_finder(reader: Visitor, file: Path, typed: str, where: str) -> None:
    page = opened(reader, "search.html")
    page.locator("#q").fill(typed)
    page.keyboard.press("Enter")
    page.wait_for_url("**#q=*")
    ((places,),) = query(file, f"SELECT count(*) FROM ({PLACES}) WHERE {where}")  # noqa: S608 -- of the table above
    assert (places > 0) == (where != "0")
    expect(page.locator("#tally")).to_have_text(re.compile(f"^{places} links? to "))
    assert page.locator("#problem").is_hidden()


@pytest.mark.parametrize("typed", ["site:bücher.example", "site:BUCHER", "site:www.bücher.example", "bücher"])
def test_a_site_is_named_in_its_own_letters(chromium: Browser, tmp_path: Path, typed: str) -> None:
    note = Note(id="a" * 32, updated_time=1, title="N", body="[x](https://www.bücher.example/a) [y](https://y.example)")
    out = tmp_path / "out"
    given = ["share", "--html", str(out), "--db", str(make_catalogue(tmp_path, note)), "--note", "N"]
    assert CliRunner().invoke(main, given).exit_code == 0
    page = chromium.new_page()
    page.goto(f"{out.as_uri()}/search.html")
    sites = page.get_by_role("list", name="Sites")
    expect(sites.get_by_role("link")).to_have_text(["bücher.example 1", "y.example 1"])
    page.locator("#q").fill(typed)
    expect(page.locator("#tally")).to_have_text("1 link to 1 address")
    page.close()


def test_what_may_be_of_a_time_is_counted(reader: Visitor, file: Path) -> None:
    page = opened(reader, "search.html")
    page.locator("#q").fill("in:2024-02")
    ((certain, perhaps),) = query(
        file,
        "SELECT sum(is_dated AND first_seen_at LIKE '2024-02%'), sum(NOT is_dated AND first_seen_at >= '2024-02') "
        "FROM links WHERE url_id NOT NULL",
    )
    assert perhaps > 0
    says = rf"^{certain} links? to .*, and perhaps {perhaps} more: their day is not known$"
    expect(page.locator("#tally")).to_have_text(re.compile(says))


def test_what_is_no_qualifier_is_named(reader: Visitor) -> None:
    page = opened(reader, "search.html?q=author:x+after:soon")
    assert "There is no qualifier author:" in page.locator("#problem").inner_text()
    assert "not by “soon”" in page.locator("#problem").inner_text()


def test_a_chip_writes_into_the_box_and_takes_out_again(reader: Visitor) -> None:
    page = opened(reader, "search.html?q=kafka")
    page.get_by_role("list", name="Sites").get_by_role("link", name="apache.org").press("Enter")
    expect(page.locator("#q")).to_have_value("kafka site:apache.org")
    page.get_by_role("list", name="Sites").get_by_role("link", name="apache.org").press("Enter")
    expect(page.locator("#q")).to_have_value("kafka")
    page.go_back()
    expect(page.locator("#q")).to_have_value("kafka site:apache.org")


def test_all_can_be_reached_by_keyboard(reader: Visitor) -> None:
    page = opened(reader, "search.html")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#found .links > li")).to_have_count(50)
    page.locator("#more").press("Enter")
    assert page.locator("#found .links > li").count() > 50
    focused = (
        "[...document.querySelectorAll('#found .links > li')].findIndex((one) => one.contains(document.activeElement))"
    )
    assert page.evaluate(focused) == 50


def test_times_are_those_of_the_reader(reader: Visitor) -> None:
    page = opened(reader, f"notes/{NOTE}.html")
    time = page.locator("time[datetime='2025-05-18T16:44:11.145Z']").first
    assert (time.inner_text(), time.get_attribute("title")) == ("19 May 2025", "2025-05-18 16:44:11.145 UTC")
    assert "Asia/Tokyo" in page.get_by_role("contentinfo").inner_text()


@pytest.mark.parametrize("name", PAGES)
def test_anybody_can_use_it(reader: Visitor, axe: Axe, name: str) -> None:
    found = axe.finds_at_each_width(opened(reader, name))
    reader.page.set_viewport_size(SIZE)
    assert found == {"wide": [], "narrow": []}
