"""No place claims a day that is not known: what pages, tables, questions, the feed, exports and shared files say."""

from __future__ import annotations

import contextlib
import html
import json
import re
import sqlite3
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from catalogues import catalogue, rows
from click.testing import CliRunner, Result
from joplin_histories import diff
from published import METADATA, served

from extractor.catalogue.addresses import Span
from extractor.catalogue.export_tree import ExportedLink, ExportedPlace
from extractor.cli import main
from extractor.joplin.items import Note, Revision
from extractor.publish.html.formats import came, known_date, until
from extractor.times import milliseconds

if TYPE_CHECKING:
    from pathlib import Path

MADE, FIRST, LATER, LAST = (
    milliseconds(f"{day}T09:00:00.000Z") for day in ("2019-03-02", "2026-10-01", "2026-10-15", "2026-11-20")
)
SHELF, LOG = "a" * 32, "c" * 32
LINKS = "- [Old page](https://broker.example/old)\n- [Another](https://broker.example/two)\n"
GONE = "- [Once](https://broker.example/gone)\n"
POST = "- [Post](https://www.linkedin.com/posts/someone_topic-activity-6508000000000000000-abcd)\n"
IMAGE = "- ![Plan](https://broker.example/plan.png)\n"
WRITTEN, REWRITTEN = "https://dated.example/Foo_%28bar%29", "https://dated.example/Foo_(bar)"


def revision(note_id: str, name: str, parent: str, old: str, new: str, at: int) -> Revision:
    return Revision(
        id=name * 32,
        parent_id=parent * 32,
        item_id=note_id,
        item_updated_time=at,
        created_time=at,
        updated_time=at,
        title_diff="[]" if parent else diff("", "Log" if note_id == LOG else "Broker shelf"),
        body_diff=diff(old, new),
        metadata_diff=json.dumps({"new": {}, "deleted": []}),
    )


def items() -> list[Note | Revision]:
    """Two notes of 2019, of each of which Joplin's clean-up has left what was written since October 2026.

    Of the first only the text of that day is known, and that of November; the second was written on, step by step.
    """
    shelf = f"## Brokers\n\n{LINKS}{GONE}{POST}{IMAGE}\n## Old heading\n\nx\n"
    log = ["# Log\n\nx\n", f"# Log\n\nx\n\n[dated]({WRITTEN})\n", f"# Log\n\nx\n\n[dated]({REWRITTEN})\n"]
    return [
        Note(SHELF, LAST, MADE, LAST, MADE, title="Broker shelf", body=f"## Brokers\n\n{LINKS}{POST}{IMAGE}\nMore.\n"),
        revision(SHELF, "b", "", "", shelf, FIRST),
        Note(LOG, LATER + 1000, MADE, LATER, MADE, title="Log", body=log[-1]),
        revision(LOG, "d", "", "", log[0], FIRST),
        revision(LOG, "e", "d", log[0], log[1], FIRST + 3_600_000 * 50),
        revision(LOG, "f", "e", log[1], log[2], LATER),
    ]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return catalogue(tmp_path_factory.mktemp("old"), *items())


@pytest.fixture(scope="module")
def unread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first note without any revision: there is nothing but the note as it is."""
    return catalogue(tmp_path_factory.mktemp("unread"), items()[0])


async def page(db: Path, path: str) -> str:
    answer = await (await served(db)).client.get(path, follow_redirects=True)
    assert answer.status_code == 200, (path, answer.text[:300])
    return answer.text


def words(page: str) -> str:
    """What people read of a page, in one line."""
    body = re.sub(r"(?s)<(script|style|head|select|svg)\b.*?</\1>", " ", page)
    body = re.sub(r"</(?:p|li|t[dhr]|d[dt]|h\d|div|small|span)>|<small>", " ", body)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", body)).split())


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def changed(db: Path, folder: Path, statements: str) -> Path:
    path = folder / "catalogue.db"
    path.write_bytes(db.read_bytes())
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements)
    return path


def one(db: Path, sql: str, *values: object) -> Any:
    (found,) = rows(db, sql, *values)
    return found


# How a date is said


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (known_date("2026-10-01T09:00:00.000Z", 1), "1 Oct 2026"),
        (known_date("2026-10-01T09:00:00.000Z", 0), "by 1 Oct 2026"),
        (known_date(None, 0), ""),
        (came("2019-03-02", "2026-10-01", 1), "1 Oct 2026"),
        (came("2019-03-02", "2026-10-01", 0), "by 1 Oct 2026 (between 2 Mar 2019 and 1 Oct 2026)"),
        (came(None, "2026-10-01", 0), "by 1 Oct 2026, start date unknown"),
        (came(None, None, 0), ""),
        (until("2026-11-20", 1, "2026-10-01"), "until 20 Nov 2026"),
        (until("2026-11-20", 0), "gone by 20 Nov 2026"),
        (until("2026-11-20", 0, "2026-10-01"), "gone by 20 Nov 2026 (between 1 Oct 2026 and 20 Nov 2026)"),
        (until(None, 0), ""),
    ],
)
def test_how_a_date_is_said(shown: Any, expected: str) -> None:
    assert shown.striptags() == expected
    assert "&lt;" not in shown


# No place claims a day


def test_what_is_known(db: Path) -> None:
    bounds = rows(db, "SELECT substr(absent_at, 1, 10), substr(first_seen_at, 1, 10), is_dated FROM links ORDER BY url")
    assert bounds == [("2019-03-02", "2026-10-01", 0)] * 4 + [("2026-10-01", "2026-10-03", 1)] + bounds[5:]
    assert rows(db, "SELECT url, is_dated FROM saved_links WHERE first_seen_month NOT NULL") == [(REWRITTEN, 1)]
    assert rows(db, "SELECT url, removal_is_dated FROM links WHERE removed_at NOT NULL") == [
        ("https://broker.example/gone", 0)
    ]


QUESTIONS = METADATA["databases"]["catalogue"]["queries"]
TABLES = ("links", "sections", "urls", "saved_links", "images", "linkedin_posts", "link_history")
GIVEN = {"site": "broker.example", "since": "2000-01-01", "until": "", "text": "old", "note": "shelf", "tag": "x"}


def places() -> list[str]:
    """Every page of a catalogue that shows or sorts links or sections by date."""
    asked = [
        f"/catalogue/{name}?" + urlencode({key: GIVEN.get(key, "2026-10-01") for key in about.get("params", [])})
        for name, about in QUESTIONS.items()
        if name not in {"changes_of_a_day", "notes_that_changed_most", "notes_of_tag"}  # which are about notes
    ]
    listed = ["", "?dated=0", "?site=broker.example", "?topic=Brokers"]
    tables = [f"/catalogue/{name}{more}" for name in TABLES for more in ("", "?_all=on", "?_col=first_seen_at")]
    return [
        "/catalogue",
        *(f"/catalogue/-/links{more}" for more in listed),
        "/catalogue/-/topic?path=Brokers",
        "/catalogue/-/topic?path=Brokers&past=1",
        "/catalogue/-/topic?path=Old+heading",
        "/catalogue/-/topics?q=old",
        "/catalogue/-/images",
        "/catalogue/-/images?show=past",
        "/catalogue/-/search?q=broker",
        "/catalogue/-/search?q=heading+kind:section",
        "/catalogue/-/search?q=is:removed",
        "/catalogue/-/search?q=in:2026-10+is:perhaps",
        f"/catalogue/-/note/{SHELF}",
        f"/catalogue/-/note/{SHELF}/blame",
        *(path for path in tables if not path.startswith("/catalogue/link_history?_col")),
        *asked,
    ]


# A bound, what stands between two of them, or a revision, whose time is its own.
SAID = re.compile(r"(?:\bby |\(between |\band |#\d+ of |#\d+ \()$")
DAYS = re.compile(r"(?<!\d{4} )\b(?:1 Oct 2026|2026-10-01|20 Nov 2026|2026-11-20)")
# When a note was changed, and when something was last there, or not there yet, is known.
OF_NOTES = re.compile(r"(?:changed|revisions since) \d+ \w+ \d{4}|(?:Broker shelf|Log) #\d \(\d{4}-\d\d-\d\d\)")
OTHER_TIMES = re.compile(
    r'(?s)<section class="time".*?</section>|<section aria-labelledby="s-changed">.*?</section>'
    r'|<td class="col-(?:absent|last_seen)_at\b.*?</td>'
)


@pytest.mark.parametrize("path", places())
async def test_no_place_claims_a_day(db: Path, path: str) -> None:
    text = OF_NOTES.sub("", words(OTHER_TIMES.sub("", await page(db, path))))
    for day in DAYS.finditer(text):
        assert SAID.search(text[: day.start()]), text[max(day.start() - 60, 0) : day.end()]


async def test_without_any_revision(unread: Path) -> None:
    for path in ("/catalogue/-/links", "/catalogue/saved_links"):
        assert re.findall(r"(\w+) (?:20 Nov 2026|2026-11-20)", words(await page(unread, path))) == ["by"] * 3
    start = words(await page(unread, "/catalogue"))
    assert "No saved link has a known date." in start
    assert "earlier, day not known 3" in start


# Both bounds on the page of a link


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://broker.example/old", "In notes by 1 Oct 2026 (between 2 Mar 2019 and 1 Oct 2026)"),
        (
            "https://broker.example/old",
            "there by 1 Oct 2026 (between 2 Mar 2019 and 1 Oct 2026), first seen in Broker shelf #1 (1 Oct 2026)",
        ),
        (
            "https://broker.example/gone",
            (
                "once, by 1 Oct 2026 (between 2 Mar 2019 and 1 Oct 2026), "
                "gone by 20 Nov 2026 (between 1 Oct 2026 and 20 Nov 2026)"
            ),
        ),
        (REWRITTEN, "In notes since 3 Oct 2026"),
        (REWRITTEN, "added by Log #2 (3 Oct 2026)"),
        (REWRITTEN, f"15 Oct 2026 respelled {WRITTEN} → {REWRITTEN} Log #3"),
        (REWRITTEN, "3 Oct 2026 added Log #2"),
    ],
)
async def test_the_page_of_a_link(db: Path, url: str, says: str) -> None:
    link = one(db, "SELECT id FROM links WHERE url = ?", url)
    assert says in words(await page(db, f"/catalogue/-/link/{link}"))


async def test_not_known_since_when(db: Path, tmp_path: Path) -> None:
    path = changed(db, tmp_path, "UPDATE links SET absent_at = NULL; UPDATE urls SET absent_at = NULL")
    link = one(path, "SELECT id FROM links WHERE url = 'https://broker.example/old'")
    text = words(await page(path, f"/catalogue/-/link/{link}"))
    assert text.count("by 1 Oct 2026, start date unknown") == 2


async def test_where_an_archive_is_asked_from(db: Path, tmp_path: Path) -> None:
    """What was saved may be any copy after the time at which the link was not there yet, and none from before."""
    path = changed(
        db,
        tmp_path,
        "INSERT INTO checks (url_id, asked, checked_at, verdict, status) "
        "SELECT id, url, '2026-11-25T09:00:00.000Z', 'dead', 404 FROM urls",
    )
    links = dict(rows(path, "SELECT url, id FROM links"))
    for url, day in (("https://broker.example/old", "20190302"), (REWRITTEN, "20261003")):
        for place in (f"link/{links[url]}", "died.atom"):
            assert f"https://web.archive.org/web/{day}/{url[:30]}" in await page(path, f"/catalogue/-/{place}"), place


# Charts, chips, lists and the feed count what is dated; the rest is one bar or chip


async def test_what_came_earlier_is_one_chip(db: Path) -> None:
    undated = 3  # Old page, Another, Post
    start = await page(db, "/catalogue")
    assert re.findall(r"<title>(\w+ \d+): (\d+)</title>", start) == [("Oct 2026", "1")]
    chip = f'<a href="/catalogue/-/search?q=is%3Aundated">earlier, day not known <span class="n">{undated}</span></a>'
    assert chip in start
    latest = start.partition("Latest links")[2].partition("</ul>")[0]
    assert re.findall(r'class="title"[^>]*>([^<]+)', latest) == ["dated"]
    links = await page(db, "/catalogue/-/links")
    assert chip in links
    bars = re.findall(r'<a href="([^"]*)" aria-label="(\w+ \d+): (\d+)"', links)
    assert [(label, number) for _, label, number in bars] == [("Oct 2026", "1")]
    for href, number in ((bars[0][0], 1), ("/catalogue/-/search?q=is%3Aundated", undated)):
        shown = await page(db, html.unescape(href))
        assert f'<span class="tally">{number} link' in shown
        assert len(re.findall(r'<a class="title"', shown)) == number
    assert re.findall(r'<h3 class="group">([^<]+)', links) == ["Oct 2026", "Earlier, day not known"]


async def test_what_has_perhaps_come_then_is_counted_and_one_click_away(db: Path) -> None:
    """The chip writes into the box; what it includes is said with the day by which it was there."""
    shown = await page(db, "/catalogue/-/search?q=in:2020")
    assert 'class="title"' not in shown
    ((href, number),) = re.findall(r'href="([^"]*)">perhaps \(day not known\) <span class="n">(\d+)', shown)
    more = await page(db, html.unescape(href))
    assert 'name="q" value="in:2020 is:perhaps"' in more
    assert len(re.findall(r'<a class="title"', more)) == int(number) > 0
    assert words(more).count("by 1 Oct 2026") == int(number)


async def test_facets_by_month_have_what_is_dated(db: Path) -> None:
    answer = json.loads(await page(db, "/catalogue/saved_links.json?_facet=first_seen_month"))
    results = answer["facet_results"]
    results = results.get("results", results)["first_seen_month"]["results"]
    assert [(one["value"], one["count"]) for one in results] == [("2026-10", 1)]


async def test_the_feed_has_what_is_dated(db: Path, unread: Path) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    for path, expected in ((db, ["dated"]), (unread, [])):
        feed = ET.fromstring(await page(path, "/catalogue/-/new-links.atom"))  # noqa: S314 -- our own
        assert [entry.findtext(f"{atom}title") for entry in feed.iter(f"{atom}entry")] == expected


@pytest.mark.parametrize(
    ("question", "given", "expected"),
    [
        ("new_links", {}, ["dated"]),
        ("links_of_a_time", {"since": "2000-01-01", "until": ""}, ["dated"]),
        ("links_of_a_time", {"since": "2026-10-01", "until": "2026-10-01"}, []),
    ],
)
async def test_questions_about_a_time(db: Path, question: str, given: dict[str, str], expected: list[str]) -> None:
    found = json.loads(await page(db, f"/catalogue/{question}.json?_shape=array&{urlencode(given)}"))
    assert [row["link"] for row in found] == expected


async def test_json_carries_the_columns(db: Path) -> None:
    (row,) = json.loads(await page(db, "/catalogue/links.json?_shape=array&url=https://broker.example/old"))
    assert [row[name][:10] for name in ("absent_at", "first_seen_at", "last_seen_at")] == [
        "2019-03-02",
        "2026-10-01",
        "2026-11-20",
    ]
    assert (row["is_dated"], row["removal_is_dated"], row["first_seen_month"]) == (0, 0, None)


# What a revision did


@pytest.mark.parametrize(
    ("path", "expected", "not_expected"),
    [
        ("revision/" + "b" * 32, ["5 links and images there by then"], ["+ "]),
        ("revision/" + "e" * 32, ["+ 1 link or image not checked dated"], ["there by then", "respelled"]),
        (
            "revision/" + "f" * 32,
            ["1 address respelled", f"1 link or image respelled not checked dated {WRITTEN} → {REWRITTEN}"],
            ["+ 1", "− 1"],
        ),
        (
            f"note/{LOG}/changes?from=2&to=3",
            [f"1 link or image respelled not checked dated {WRITTEN} → {REWRITTEN}"],
            ["+ 1", "− 1"],
        ),
        (f"note/{LOG}/changes?from=1&to=3", ["+ 1 link or image not checked dated"], ["respelled"]),
    ],
)
async def test_what_a_revision_did(db: Path, path: str, expected: list[str], not_expected: list[str]) -> None:
    whole = await page(db, f"/catalogue/-/{path}")
    beside = words(whole.partition('<aside class="beside"')[2].partition("</aside>")[0])
    for text in expected:
        assert text in words(whole), text
    for text in not_expected:
        assert text not in beside, text


async def test_a_respelling_in_the_history_of_links(db: Path) -> None:
    (row,) = json.loads(await page(db, "/catalogue/link_history.json?_shape=array&change=respelled"))
    assert (row["url_before"], row["url"]) == (WRITTEN, REWRITTEN)
    text = words(await page(db, "/catalogue/link_history?change=respelled"))
    assert WRITTEN in text
    assert REWRITTEN in text


async def test_lines_are_as_old_as_is_known(db: Path) -> None:
    lines = re.findall(
        r"<time[^>]*>([^<]+)</time> <span class=\"n\">(#\d)", await page(db, f"/catalogue/-/note/{LOG}/blame")
    )
    assert lines == [("1 Oct 2026", "#1"), ("15 Oct 2026", "#3"), ("3 Oct 2026", "#2")]
    assert re.findall(r"(by )?<time", await page(db, f"/catalogue/-/note/{LOG}/blame")) == ["by ", "", ""]


# Exports and shared files


def test_exports(db: Path) -> None:
    text = run("export", "markdown", "--db", db).stdout
    assert "- [Old page](https://broker.example/old) — by 2026-10-01\n" in text
    assert f"- [dated](<{REWRITTEN}>) — 2026-10-03\n" in text
    dates = re.findall(r'HREF="([^"]+)" ADD_DATE="(\d+)"', run("export", "bookmarks", "--db", db).stdout)
    assert dict(dates)["https://broker.example/old"] == str(FIRST // 1000)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([("2026-01-01", "2026-03-01", 1), ("2026-01-01", "2026-02-01", 1)], ("2026-02-01", 1)),
        ([("2026-01-01", "2026-03-01", 1), ("2019-01-01", "2026-04-01", 0)], ("2026-03-01", 0)),
        ([("2026-01-01", "2026-03-01", 1), ("2026-03-15", "2026-04-01", 0)], ("2026-03-01", 1)),
        ([(None, None, 0), ("2026-03-15", "2026-04-01", 0)], ("2026-04-01", 0)),
    ],
)
def test_an_address_that_stands_twice_in_a_section(places: list[Any], expected: tuple[str, int]) -> None:
    place = ExportedPlace("Section", "section")
    for absent_at, first_seen_at, is_dated in places:
        bounds = [at and f"{at}T09:00:00.000Z" for at in (absent_at, first_seen_at)]
        place.save(ExportedLink("https://x.example/", "", Span(*bounds, is_dated, None)))
    came_then = place.links["https://x.example/"].came
    assert ((came_then.first_seen_at or "")[:10], came_then.is_dated) == expected


def test_a_shared_file(db: Path, tmp_path: Path) -> None:
    out = tmp_path / "shared.db"
    assert run("share", out, "--db", db, "--note", "Broker shelf", "--note", "Log").exit_code == 0
    saved = rows(out, "SELECT url, is_dated, first_seen_month FROM saved_links ORDER BY is_dated, url")
    assert saved[-1] == (REWRITTEN, 1, "2026-10")
    assert {row[1:] for row in saved[:-1]} == {(0, None)}
    assert set(rows(out, "SELECT is_dated FROM sections")) == {0}
    assert rows(out, "SELECT url, is_dated FROM urls WHERE is_dated") == [(REWRITTEN, 1)]
    for table in ("links", "sections", "urls"):
        assert "absent_at" not in rows(out, "SELECT name FROM pragma_table_xinfo(?)", table)
    assert b"2019-03-02" not in out.read_bytes().replace(b"2019-03-02T09:00:00.000Z", b"", 2)  # of the two notes


# Derived by an earlier version


@pytest.mark.parametrize(
    "command",
    [
        ["show", "Log"],
        ["log", "Log"],
        ["diff", "Log"],
        ["export", "revisions"],
        ["export", "bookmarks"],
        ["export", "markdown"],
        ["share", "OUT", "--note", "Log"],
    ],
)
@pytest.mark.parametrize("is_older", [True, False])
async def test_what_an_earlier_version_derived(db: Path, tmp_path: Path, command: list[str], is_older: bool) -> None:
    path = changed(db, tmp_path, "UPDATE derivation SET digest = 'other rules'" if is_older else "")
    result = run(*[str(tmp_path / "out.db") if word == "OUT" else word for word in command], "--db", path)
    said = "built by an earlier version of joplin-catalogue; `joplin-catalogue build` brings it up to date"
    assert result.exit_code == 0, result.output
    assert result.stderr.count(said) == int(is_older)
    assert said not in result.stdout
    assert rows(path, "SELECT digest = 'other rules' FROM derivation") == [int(is_older)]
    if command == ["show", "Log"]:
        start = words(await page(path, "/catalogue"))
        assert ("built by an earlier version of joplin-catalogue; joplin-catalogue build" in start) == is_older
