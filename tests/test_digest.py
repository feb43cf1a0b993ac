"""The digest: what it tells of a time, in each form, without a day that nobody knows and without secrets."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from catalogues import catalogue, copy_of
from click.testing import CliRunner, Result
from joplin_histories import NO_PROPERTIES, PROPERTIES, diff
from published import checked, served

from extractor.catalogue.queries.digest import Digest, digest, years_before
from extractor.catalogue.queries.fates import fates
from extractor.cli import main
from extractor.digest import FORMATS, sections
from extractor.joplin.items import Note, Revision
from extractor.publish.html.over_years import level_of, levels

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
A = "a" * 32
SIGNED = (
    "https://bucket.s3.amazonaws.com/pic.png?X-Amz-Date=20260610T120000Z&X-Amz-Expires=604800&X-Amz-Signature=abc123"
)
BASE = "# Shelf\n\nText.\n"


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def revision(name: str, parent: str, old: str, new: str, at: datetime) -> Revision:
    return Revision(
        id=name * 32,
        parent_id=parent * 32,
        item_id=A,
        item_updated_time=ms(at),
        created_time=ms(at),
        updated_time=ms(at),
        title_diff="[]" if parent else diff("", "Shelf *one*"),
        body_diff=diff(old, new),
        metadata_diff=NO_PROPERTIES if parent else PROPERTIES,
    )


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A note that was written on for years, another of which nothing but the present is known."""
    texts = [BASE]
    for words in ("five", "two", "one", "lately"):
        texts.append(f"{texts[-1]}- [{words} &lt;b>](https://{words}.example/?token=s3cretvalue)\n")
    texts[-1] += f"![pic]({SIGNED})\n"
    times = [datetime(2020, 6, 15, 9, tzinfo=UTC)]
    times += [datetime(2026 - years, 6, 15, 9, tzinfo=UTC) for years in (5, 2, 1)] + [NOW - timedelta(2)]
    revisions = [
        revision(
            str(place), str(place - 1) if place > 1 else "", texts[place - 2] if place > 1 else "", texts[place - 1], at
        )
        for place, at in enumerate(times, 1)
    ]
    made = ms(times[0]) - 3_600_000
    changed = ms(NOW - timedelta(3))
    found = "[older](https://older.example/)\n"
    return catalogue(
        tmp_path_factory.mktemp("digest"),
        Note(A, ms(times[-1]), made, ms(times[-1]), made, title="Shelf *one*", body=texts[-1]),
        *revisions,
        Note("b" * 32, changed, made, changed, made, title="Old note", body=found),
        Note(
            "c" * 32,
            changed,
            changed - 1000,
            changed,
            changed - 1000,
            title="New note",
            body="[new](https://new.example/)",
        ),
    )


def read(db: Path, days: float = 7) -> Digest:
    with closing(sqlite3.connect(db)) as connection:
        return digest(connection, iso(NOW - timedelta(days)), iso(NOW))


def test_what_it_tells(db: Path) -> None:
    found = read(db)
    assert [(link.text, link.is_dated) for link in found.saved] == [("lately <b>", True), ("new", True)]
    assert (found.all_saved, found.maybe_older) == (2, 1)  # of the third, nobody knows since when it was there
    assert [(note.name, note.is_new) for note in found.written] == [("Shelf *one*", False), ("New note", True)]
    assert [link.text for link in found.expiring] == ["pic"]
    assert [(day.years, day.day, [link.text for link in day.saved], len(day.written)) for day in found.days] == [
        (1, "2025-06-15", ["one <b>"], 1),
        (2, "2024-06-15", ["two <b>"], 1),
        (5, "2021-06-15", ["five <b>"], 1),
    ]


def test_what_has_no_day_but_came_in_this_time_for_sure(db: Path) -> None:
    found = read(db, days=3000)
    assert found.maybe_older == 0
    assert [(link.text, link.is_dated) for link in found.saved if not link.is_dated] == [("older", False)]
    text = FORMATS["text"](found)
    assert "Old note, by 12 Jun 2026" in text


def test_nothing_at_all(db: Path) -> None:
    with closing(sqlite3.connect(db)) as connection:
        found = digest(connection, "2026-01-01", "2026-01-02T00:00:00.000Z")
    assert found.is_empty
    assert sections(found) == []


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [(date(2026, 6, 15), 5, "2021-06-15"), (date(2028, 2, 29), 1, "2027-02-28"), (date(2028, 2, 29), 4, "2024-02-29")],
)
def test_the_same_day_years_ago(day: date, years: int, expected: str) -> None:
    assert str(years_before(day, years)) == expected


# What became of links


def checks(db: Path, folder: Path, *given: tuple[str, int, str]) -> Path:
    """The catalogue with checks: host, days ago, verdict."""
    path = folder / "catalogue.db"
    shutil.copy(db, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO checks (url_id, checked_at, verdict, final_url) "
            "SELECT id, ?, ?, iif(?2 = 'moved', 'https://new.place/', NULL) FROM urls WHERE host = ?",
            [(iso(NOW - timedelta(days)), verdict, host) for host, days, verdict in given],
        )
    return path


TIMEOUTS = [("one.example", days, "timeout") for days in (12, 9, 3)]


@pytest.mark.parametrize(
    ("given", "became"),
    [
        ([("one.example", 20, "ok"), ("one.example", 2, "dead")], "died"),
        ([("one.example", 2, "dead")], "died"),  # found so by its first check
        ([("one.example", 20, "ok"), *TIMEOUTS], "died"),  # it failed before, but not for long enough
        ([("one.example", 20, "dead"), ("one.example", 2, "dead")], None),  # it was
        ([("one.example", 20, "ok"), ("one.example", 2, "timeout")], None),  # that may pass
        ([("one.example", 20, "ok"), ("one.example", 2, "moved")], "moved"),
        ([("one.example", 20, "moved"), ("one.example", 2, "moved")], None),
        ([("one.example", 20, "dead"), ("one.example", 2, "ok")], "came_back"),
        ([("one.example", 20, "dead"), ("one.example", 2, "moved")], "came_back"),
        ([("one.example", 20, "ok"), ("one.example", 2, "ok")], None),
        ([("one.example", 2, "ok")], None),
        (
            [
                ("one.example", 20, "ok"),
                ("one.example", 10, "dead"),
                ("one.example", 8, "ok"),
                ("one.example", 2, "ok"),
            ],
            None,
        ),
    ],
)
def test_what_became_of_links(db: Path, tmp_path: Path, given: list[tuple[str, int, str]], became: str | None) -> None:
    with closing(sqlite3.connect(checks(db, tmp_path, *given))) as connection:
        found = fates(connection, iso(NOW - timedelta(7)))
    told = {name: [fate.link.text for fate in getattr(found, name)] for name in ("died", "moved", "came_back")}
    assert told == {name: ["one <b>"] if name == became else [] for name in told}
    assert all(fate.is_first == (len(given) == 1) for fate in found.died)
    assert all(fate.final_url == "https://new.place/" for fate in found.moved)


# Its forms


@pytest.fixture
def full(db: Path, tmp_path: Path) -> Digest:
    died = [("one.example", 20, "ok"), ("one.example", 2, "dead"), ("two.example", 2, "moved")]
    return read(checks(db, tmp_path, *died, ("five.example", 20, "dead"), ("five.example", 1, "ok")))


TITLES = [
    *("2 links saved", "2 notes written, most changed first", "1 link died", "1 link moved", "1 link came back"),
    *("1 address expires within a week", "One year ago, on 15 Jun 2025", "Two years ago, on 15 Jun 2024"),
    "Five years ago, on 15 Jun 2021",
]


def test_what_one_note_got(full: Digest) -> None:
    note = replace(full.written[0], name="Note", is_new=False, changes=1, added=3, removed=0)
    for added, removed, told in [(1, 0, "+1 link"), (2, 1, "+2 links, −1 link"), (0, 1_000, "−1,000 links")]:
        written = replace(note, links_added=added, links_removed=removed)
        text = FORMATS["text"](replace(full, written=(written,)))
        assert f"  +3 characters, {told}\n" in text


def test_each_form_tells_all_of_it(full: Digest) -> None:
    assert [section.title for section in sections(full)] == TITLES
    text, html, markdown = (FORMATS[form](full) for form in ("text", "html", "md"))
    for title in TITLES:
        assert title.upper() in text
        assert f"<h2>{title}</h2>" in html
        assert f"## {title}\n" in markdown
    told = json.loads(FORMATS["json"](full))
    assert told["all_saved"] == 2
    assert told["fates"]["died"][0]["link"]["text"] == "one <b>"


def test_no_form_is_led_astray_or_tells_a_secret(full: Digest) -> None:
    for form, write in FORMATS.items():
        written = write(full)
        assert "s3cretvalue" not in written, form
        assert "abc123" not in written, form
    html = FORMATS["html"](full)
    assert "<b>" not in html
    assert not re.search(r"<(script|img|link|style)|src=", html)
    ET.fromstring(html.partition("\n")[2].replace('<meta charset="utf-8">', "").replace("<br>", ""))  # noqa: S314 -- ours; well-formed
    assert "[lately \\<b\\>](<https://lately.example/?token=…>)" in FORMATS["md"](full)
    assert "- Shelf \\*one\\*: " in FORMATS["md"](full)


# The command and the pages


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["digest", *map(str, arguments)])


def test_the_command(db: Path) -> None:
    days = (datetime.now(UTC) - NOW).days + 8
    found = run("--db", db, "--since", f"{days}d")
    assert (found.exit_code, found.stderr) == (0, "")
    assert "LINKS SAVED" in found.stdout
    assert run("--db", db, "--since", f"{days}d", "--format", "html").stdout.startswith("<!DOCTYPE html>")


def test_cron_sends_no_mail_where_there_is_nothing_to_tell(tmp_path: Path) -> None:
    made = ms(datetime(2020, 2, 2, tzinfo=UTC))
    path = catalogue(tmp_path, Note(A, made, made, made, made, title="Old", body="x"))
    found = run("--db", path, "--since", "1m")
    assert (found.exit_code, found.stdout) == (0, "")
    assert json.loads(run("--db", path, "--since", "1m", "--format", "json").stdout)["all_saved"] == 0


async def page(db: Path, path: str) -> str:
    answer = await (await served(db)).client.get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


async def test_the_page_and_what_leads_to_it(tmp_path: Path) -> None:
    db = copy_of(checked(), tmp_path)
    today = datetime.now(UTC)
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute(
            "UPDATE urls SET expires_at = ? WHERE id = (SELECT min(url_id) FROM saved_links)",
            [iso(today + timedelta(2))],
        )
    shown = await page(db, "/catalogue/-/digest?since=365d")
    for words in ("links</a>", "links saved", "notes written", "1 address expires within a week"):
        assert words in shown or words == "links</a>", words
    assert "links saved" not in await page(db, "/catalogue/-/digest?since=no")
    for place in ("/catalogue", "/catalogue/-/looking-back"):
        assert 'href="/catalogue/-/digest"' in await page(db, place)
    for feed in ("new-links", "died"):
        found = ET.fromstring(await page(db, f"/catalogue/-/{feed}.atom"))  # noqa: S314 -- our own
        related = found.find("{http://www.w3.org/2005/Atom}link[@rel='related']")
        assert related is not None
        assert related.get("href", "").endswith("/catalogue/-/digest")


async def test_looking_back(db: Path) -> None:
    shown = await page(db, "/catalogue/-/looking-back")
    assert re.findall(r"<h3>(\d{4})", shown) == ["2026", "2025", "2024", "2021", "2020"]
    assert "15 Jun 2025: 1 change in 1 note, +" in shown
    assert "earlier, day not known" in shown
    assert re.search(
        r'<th scope="row">older.example</th>(<td[^>]*></td>)+<td class="number"><a [^>]*>1</a></td>', shown
    )
    day = re.search(r'href="([^"]*changes_of_a_day[^"]*)"', shown)
    assert day is not None
    assert "Shelf" in await page(db, day[1].replace("&amp;", "&"))


def test_levels_have_as_many_days_each() -> None:
    least = levels(range(1, 9))
    assert [level_of(value, least) for value in range(9)] == [0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert level_of(7, levels([7])) == 4
    assert levels([]) == []
