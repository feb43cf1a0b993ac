"""`check-links --keep` from the command to pages.db: versions, what is no version, requests, bounds, kills."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from catalogues import rows
from test_check_links import FAST, Server, age, catalogue, links, note, run, server
from test_pagetext import FRAME, OTHER, PARAGRAPHS, page

from extractor.catalogue.kept.file import APPLICATION_ID, SCHEMA, pages_of, reading, writing
from extractor.catalogue.kept.pruning import Bounds, forget_pages, prune
from extractor.catalogue.kept.versions import Said, drop, html_of, keep, newest, text_of, versions_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["server"]  # the fixture

KEEP = (*FAST, "--keep", "--recheck")
V1, V2 = page(*PARAGRAPHS), page(PARAGRAPHS[0], OTHER, PARAGRAPHS[2])
COUNTED = page(*PARAGRAPHS, more="<p>7 minutes ago · 3,967 views · 12 comments</p>")
ERROR_FRAME = FRAME.format("<h1>Page not found</h1><p>Sorry.</p>")
QUIET_ERROR = FRAME.format("<h1>Logs and groups</h1><p>Sorry, something is broken.</p>")
LOGIN = '<html><head><title>Sign in</title></head><body><form><input type="password"></form></body></html>'


@pytest.fixture
def db(tmp_path: Path, server: Server) -> Path:
    server.missing = "nothing"
    return catalogue(tmp_path, note("a", "Reading list", links(server, "post")))


def kept(db: Path, path: str = "post") -> list[str]:
    """The texts of all versions of the page that ends so, the oldest first."""
    with reading(pages_of(db)) as connection:
        if connection is None:
            return []
        asked = [one for (one,) in connection.execute("SELECT asked FROM pages") if one.endswith(path)]
        return [text_of(connection, one.id) for one in reversed(versions_of(connection, asked[0]))] if asked else []


def last_check(db: Path) -> tuple[str, str]:
    return rows(db, "SELECT verdict, coalesce(evidence, '') FROM checks ORDER BY id DESC LIMIT 1")[0]


def see(db: Path, server: Server, body: str, *options: str, status: int = 200, **headers: str) -> None:
    """The page is this from now on; a day later it is checked."""
    if rows(db, "SELECT 1 FROM checks"):
        age(db, 1)
        shift(db)
    server.bodies["post"] = body
    server.answers["post"] = (status, {name.replace("_", "-"): value for name, value in headers.items()})
    result = run(db, *KEEP, *options)
    assert result.exit_code == 0, result.output


def shift(db: Path) -> None:
    """Make all that was kept a day older."""
    with contextlib.closing(sqlite3.connect(pages_of(db), isolation_level=None)) as connection:
        connection.execute(
            "UPDATE versions SET kept_at = strftime('%Y-%m-%dT%H:%M:%fZ', kept_at, '-1 days'), "
            "seen_at = strftime('%Y-%m-%dT%H:%M:%fZ', seen_at, '-1 days')"
        )


def test_a_page_over_its_life(db: Path, server: Server) -> None:
    see(db, server, V1)
    assert [PARAGRAPHS[1] in text for text in kept(db)] == [True]
    assert stat.S_IMODE(pages_of(db).stat().st_mode) == 0o600

    see(db, server, COUNTED)
    assert len(kept(db)) == 1
    assert "text changed" not in last_check(db)[1]

    see(db, server, V2)
    assert [OTHER in text for text in kept(db)] == [False, True]
    assert "text changed: it differs from what it was on 20" in last_check(db)[1]

    server.bodies[""] = ERROR_FRAME  # the host says this to everything
    see(db, server, ERROR_FRAME)
    assert last_check(db)[0] == "suspect"
    see(db, server, QUIET_ERROR)
    see(db, server, LOGIN)
    see(db, server, V2, status=403)
    see(db, server, V2, status=404)
    assert last_check(db)[0] == "dead"
    assert [OTHER in text for text in kept(db)] == [False, True]


def test_hardly_any_text_left_is_told_and_not_kept(db: Path, server: Server) -> None:
    see(db, server, V1)
    see(db, server, QUIET_ERROR)
    assert "text changed: hardly any of what it said on 20" in last_check(db)[1]
    assert len(kept(db)) == 1


@pytest.mark.parametrize("format_", ["json", "jsonl", "csv"])
def test_reports_say_what_is_kept_of_what_is_lost(db: Path, server: Server, format_: str) -> None:
    see(db, server, V1)
    server.answers["post"] = (404, {})
    shown = run(db, *FAST, "--recheck", "--format", format_)
    assert shown.exit_code == 0, shown.output
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    assert (f'"kept_at": "{day}' if "json" in format_ else f",{day}") in shown.stdout
    server.answers["post"] = (200, {})
    assert f'"kept_at": "{day}' not in run(db, *FAST, "--recheck", "--format", "json").stdout


def test_what_is_said_of_a_run(db: Path, server: Server) -> None:
    server.bodies["post"] = V1
    assert "1 new, 0 changed, 0 unchanged" in run(db, *KEEP).output
    assert "0 new, 0 changed, 1 unchanged" in run(db, *KEEP).output
    server.bodies["post"] = V2
    output = run(db, *KEEP).output
    assert "0 new, 1 changed, 0 unchanged" in output
    assert f"Changed since last kept:\n  {server.url('post')}\n    in Reading list" in output


@pytest.mark.parametrize(
    ("headers", "body", "is_kept"),
    [
        ({}, V1, True),
        ({"X-Robots-Tag": "noarchive"}, V1, False),
        ({"X-Robots-Tag": "noindex, none"}, V1, False),
        ({"X-Robots-Tag": "noindex"}, V1, True),
        ({}, V1.replace("<head>", '<head><meta name="robots" content="index, NOARCHIVE">'), False),
        ({"Content-Type": "application/pdf"}, V1, False),
        ({"Content-Type": "text/plain"}, V1, False),
    ],
)
def test_what_may_be_kept(db: Path, server: Server, headers: dict[str, str], body: str, is_kept: bool) -> None:
    see(db, server, body, **headers)
    assert last_check(db)[0] == "ok"
    assert bool(kept(db)) is is_kept


def test_robots_and_ignore_are_obeyed(db: Path, server: Server) -> None:
    server.bodies["robots.txt"] = "User-agent: *\nDisallow: /post"
    server.answers["robots.txt"] = (200, {"Content-Type": "text/plain"})
    see(db, server, V1, "--robots")
    assert not kept(db)
    run(db, "post", command="ignore")
    see(db, server, V1)
    assert not kept(db)


def test_no_request_but_those_of_the_check(tmp_path: Path, server: Server) -> None:
    server.missing = "nothing"
    paths = ("one", "two", "three", "doc.pdf")
    db = catalogue(tmp_path, note("a", "Reading list", links(server, *paths)))
    for path in paths[:3]:
        server.bodies[path] = V1
        server.answers[path] = (200, {"ETag": '"1"'})
    server.answers["doc.pdf"] = (200, {"Content-Type": "application/pdf"})

    def asked(*options: str) -> list[tuple[str, str]]:
        server.asked.clear()
        run(db, *FAST, "--recheck", "--per-host", "1", *options)
        return [(method, path) for method, path, _ in server.asked]

    without = asked()
    with contextlib.closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.execute("DELETE FROM checks")
    assert asked("--keep") == without
    # A server that says "not modified" is asked whether it is, once its page is kept.
    for path in paths[:3]:
        server.answers[path] = (304, {"ETag": '"1"'})
    assert sorted(path for _, path in asked("--keep") if path in paths[:3]) == sorted(paths[:3])
    assert len(kept(db, "one")) == 1


def test_a_page_that_was_never_kept_is_asked_for_as_a_whole(db: Path, server: Server) -> None:
    server.bodies["post"] = V1
    server.answers["post"] = (200, {"ETag": '"1"'})
    run(db, *FAST)
    server.asked.clear()
    run(db, *FAST, "--keep", "--recheck")
    assert not any("if-none-match" in headers for _, _, headers in server.asked)
    assert sum(method == "GET" for method, _, _ in server.asked) == 1
    server.asked.clear()
    run(db, *FAST, "--keep", "--recheck")
    assert any("if-none-match" in headers for _, _, headers in server.asked)


def test_bounds(db: Path, server: Server) -> None:
    long = page(*(f"{one} Of {name}." for name in map(str, range(2000)) for one in PARAGRAPHS))
    see(db, server, long, "--keep-page", "50KB")
    assert 20_000 < len(kept(db)[0]) < 50_000
    pages_of(db).unlink()
    server.bodies["post"] = V1
    output = run(db, *KEEP, "--keep-total", "1KB").output
    assert "1 not kept: --keep-total is used up" in output


def test_html_is_kept_where_that_is_asked_for(db: Path, server: Server) -> None:
    see(db, server, V1)
    with reading(pages_of(db)) as connection:
        assert connection is not None
        assert html_of(connection, 1) is None
    see(db, server, V1, "--keep", "html")
    with reading(pages_of(db)) as connection:
        assert connection is not None
        assert (html_of(connection, 1) or b"").decode() == V1
    assert run_pages(db, "show", server.url("post"), "--html") == V1


def run_pages(db: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "extractor", "pages", *arguments, "--db", str(db)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_pages_show(db: Path, server: Server) -> None:
    see(db, server, V1)
    see(db, server, V2)
    assert OTHER in run_pages(db, "show", server.url("post"))
    yesterday = run_pages(db, "show", server.url("post"), "--list").splitlines()[-1][:10]
    assert PARAGRAPHS[1] in run_pages(db, "show", server.url("post"), "--at", yesterday)


@pytest.mark.parametrize(("setting", "is_kept"), [("true", True), ('"html"', True), ("false", False), ('"off"', False)])
def test_the_configuration_file(db: Path, server: Server, tmp_path: Path, setting: str, is_kept: bool) -> None:
    server.bodies["post"] = V1
    config = tmp_path / "config.toml"
    config.write_text(f"[check-links]\nkeep = {setting}\n")
    result = run(db, *FAST, "--config", config)
    assert result.exit_code == 0, result.output
    assert bool(kept(db)) is is_kept


def test_what_only_the_whole_run_tells_is_taken_back(tmp_path: Path, server: Server) -> None:
    """Three old pages that lead to one are not their own pages any more."""
    server.missing = "nothing"
    old = ("old-story", "first-steps", "on-brokers")
    for path in old:
        server.answers[path] = (301, {"Location": server.url("stories")})
    server.bodies["stories"] = V1
    db = catalogue(tmp_path, note("a", "Reading list", links(server, *old, "other")))
    server.bodies["other"] = V2
    assert run(db, *KEEP).exit_code == 0
    assert set(rows(db, "SELECT verdict FROM checks WHERE final_url LIKE '%stories'")) == {"suspect"}
    assert [kept(db, path) for path in old] == [[], [], []]
    assert len(kept(db, "other")) == 1


def test_when_stopped_all_that_was_checked_is_kept(tmp_path: Path, server: Server) -> None:
    db = many(tmp_path, server, 200)
    server.latency = 0.02
    command = [sys.executable, "-m", "extractor", "check-links", "--db", str(db), *KEEP]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(server.asked) < 60:
        time.sleep(0.01)
    server.latency = 5.0
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Stopped." in output
    assert not errors
    assert rows(db, "SELECT count(*) FROM checks WHERE verdict = 'ok'") == [sound(db)]


def test_without_what_reads_pages_nothing_begins(db: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.pagetext.readable.find_spec", lambda _name: None)
    result = run(db, *KEEP)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "joplin-catalogue[keep]" in result.stderr
    assert not server.asked
    assert run(db, *FAST).exit_code == 0


DAMAGES = {
    "another program's": b"SQLite format 3\0" + b"\0" * 84,
    "no database": b"hello " * 100,
}


@pytest.mark.parametrize("data", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_one_line_and_checks_go_on(db: Path, server: Server, data: bytes) -> None:
    server.bodies["post"] = V1
    pages_of(db).write_bytes(data)
    result = run(db, *KEEP)
    assert result.exit_code == 0
    assert result.stderr.count("\n") == 1
    assert "pages.db" in result.stderr
    assert last_check(db)[0] == "ok"
    assert pages_of(db).read_bytes() == data


def test_a_torn_file_is_one_line_and_checks_go_on(db: Path, server: Server) -> None:
    see(db, server, V1)
    data = bytearray(pages_of(db).read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    pages_of(db).write_bytes(data)
    result = run(db, *KEEP)
    assert (result.exit_code, result.stderr.count("\n")) == (0, 1)
    assert "in no backup" in result.stderr
    assert len(rows(db, "SELECT 1 FROM checks")) == 2


def many(db_folder: Path, server: Server, number: int) -> Path:
    server.missing = "nothing"
    paths = [f"page{at}" for at in range(number)]
    for path in paths:
        server.bodies[path] = page(*PARAGRAPHS, f"This is what page {path} has to say beside what all of them say.")
    return catalogue(db_folder, note("a", "Many", links(server, *paths)))


def sound(db: Path) -> int:
    """How many versions there are, in a file that is in order, its index as well; looked at as the commands do."""
    with reading(pages_of(db)) as connection:
        if connection is None:
            return 0
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (count,) = connection.execute("SELECT count(*) FROM versions").fetchone()
        (found,) = connection.execute("SELECT count(*) FROM versions_fts WHERE versions_fts MATCH 'broker'").fetchone()
    assert found == count
    return int(count)


def test_killed_at_any_moment(tmp_path: Path, server: Server) -> None:
    db = many(tmp_path, server, 120)
    command = [sys.executable, "-m", "extractor", "check-links", "--db", str(db), *KEEP]
    counts = []
    for seconds in (0.5, 0.7, 0.9, 1.1, 1.3):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        counts.append(sound(db))
    assert counts == sorted(counts)
    assert run(db, *KEEP).exit_code == 0
    assert sound(db) == 120


@pytest.mark.parametrize("written", [4096, None])
def test_killed_as_it_makes_the_file(tmp_path: Path, written: int | None) -> None:
    """So many bytes of the tables are written, and the journal says that there were none before."""
    path, work = tmp_path / "pages.db", tmp_path / "work.db"
    with contextlib.closing(sqlite3.connect(work, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")  # so that the journal counts before the commit
        db.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA.split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        shutil.copy(f"{work}-journal", f"{path}-journal")
        db.execute("COMMIT")
    path.write_bytes(work.read_bytes()[:written])
    with reading(path) as found:
        assert found is None
    with writing(path) as made:
        assert newest(made, "https://a.example/") is None


def test_two_runs_at_once(tmp_path: Path, server: Server) -> None:
    db = many(tmp_path, server, 100)
    server.latency = 0.01
    command = [sys.executable, "-m", "extractor", "check-links", "--db", str(db), *FAST, "--keep"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0].decode() for process in runs]
    assert [process.returncode for process in runs] == [0, 0], outputs
    assert sound(db) == 100, outputs


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "pages.db"
    with writing(path) as connection:
        for day in range(1, 6):
            keep(connection, Said("https://a.example/", f"2026-01-{day:02}T00:00:00.000Z", "A", f"version {day} of a"))
        keep(connection, Said("https://b.example/", "2026-01-09T00:00:00.000Z", "B", "secretword of b " * 200))
    return path


def days(path: Path, asked: str = "https://a.example/") -> list[int]:
    with reading(path) as connection:
        assert connection is not None
        return [int(one.kept_at[8:10]) for one in reversed(versions_of(connection, asked))]


BOTH = {"https://a.example/", "https://b.example/"}


@pytest.mark.parametrize(
    ("bounds", "wanted", "unlinked", "left"),
    [
        (Bounds(age=100 * 365 * 86_400_000), BOTH, False, ([1, 2, 3, 4, 5], [9])),
        (Bounds(age=0), BOTH, False, ([1, 5], [9])),
        (Bounds(age=0), set(), False, ([1, 5], [9])),
        (Bounds(total=1, age=100 * 365 * 86_400_000), BOTH, False, ([1, 5], [9])),
        (Bounds(total=1, age=100 * 365 * 86_400_000), {"https://a.example/"}, False, ([1, 5], [])),
        (Bounds(age=100 * 365 * 86_400_000), {"https://a.example/"}, True, ([1, 2, 3, 4, 5], [])),
    ],
)
def test_what_goes(
    store: Path, bounds: Bounds, wanted: set[str], unlinked: bool, left: tuple[list[int], list[int]]
) -> None:
    prune(store, bounds, wanted, unlinked=unlinked)
    assert (days(store), days(store, "https://b.example/")) == left
    with contextlib.closing(sqlite3.connect(store)) as connection:
        (found,) = connection.execute("SELECT count(*) FROM versions_fts WHERE versions_fts MATCH 'version'").fetchone()
        assert found == len(left[0])


def test_what_is_forgotten_is_nowhere_in_the_file(store: Path) -> None:
    assert b"secretword" in store.read_bytes()  # in the index, at least
    assert forget_pages(store, ["https://b.example/"]) == 1
    assert b"secretword" not in store.read_bytes()
    assert b"b.example" not in store.read_bytes()
    assert days(store) == [1, 2, 3, 4, 5]


def test_forget_takes_the_pages_that_only_that_note_had(tmp_path: Path, server: Server) -> None:
    server.missing = "nothing"
    server.bodies |= {"own": page("Borborygmus " * 20), "both": V1}
    db = catalogue(
        tmp_path, note("a", "Secret", links(server, "own", "both")), note("b", "Other", links(server, "both"))
    )
    run(db, *KEEP)
    assert kept(db, "own")
    result = run(db, "Secret", "--yes", command="forget")
    assert result.exit_code == 0, result.output
    assert (kept(db, "own"), len(kept(db, "both"))) == ([], 1)
    assert b"borborygmus" not in pages_of(db).read_bytes().lower()
    pages_of(db).write_bytes(b"no database " * 100)
    result = run(db, "Other", "--yes", command="forget")
    assert "pages.db cannot be opened" in result.output


def test_texts_come_back_as_they_were(store: Path) -> None:
    with writing(store) as connection:
        said = Said("https://c.example/", "2026-02-01T00:00:00.000Z", None, "𝗞𝗮𝗳𝗸𝗮 " * 300, b"\xff\0<p>" * 300)
        version = keep(connection, said)
        found = newest(connection, said.asked)
        assert found is not None
        assert (found.text, html_of(connection, version)) == (said.text, said.html)
        (hits,) = connection.execute("SELECT count(*) FROM versions_fts WHERE versions_fts MATCH 'kafka'").fetchone()
        assert hits == 1
        assert drop(connection, [version]) == 1
        connection.execute("INSERT INTO versions_fts (versions_fts) VALUES ('integrity-check')")


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("catalogue.db", "pages.db"),
        ("work.db", "work-pages.db"),
        ("work", "work-pages.db"),
        ("work.sqlite", "work.sqlite-pages.db"),
    ],
)
def test_each_catalogue_has_pages_of_its_own(tmp_path: Path, name: str, pages: str) -> None:
    assert pages_of(tmp_path / name) == tmp_path / pages
