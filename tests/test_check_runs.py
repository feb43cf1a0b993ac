"""What becomes of an address over several runs and days, from what its server does to what the tables hold."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest
import yaml
from catalogues import rows
from click.testing import CliRunner
from test_check_links import FAST, Server, age, catalogue, links, note, run, server

from extractor.cli import main

METADATA = yaml.safe_load((Path(__file__).parent.parent / "metadata.yml").read_text())
__all__ = ["server"]

LONG = "words of an article that goes on about one thing and another for quite a while until it ends " * 20


def page(title: str, text: str = LONG, head: str = "") -> str:
    body = f"<body><h1>{title}</h1><p>{text}</p></body>"
    return f"<!doctype html><html><head><title>{title}</title>{head}</head>{body}</html>"


NOT_FOUND = (404, {})
GONE_HOME = (301, {"Location": "/home"})


@pytest.mark.parametrize(
    ("answers", "bodies", "verdict", "healths"),
    [
        # what the server says to the address, and to all others (""); the verdict of each run; the health after each
        ({"a/b": (200, {})}, {"": page("A page")}, "ok", ["alive"] * 4),
        ({"a/b": (404, {})}, {}, "dead", ["dead"] * 4),
        ({"a/b": (500, {})}, {}, "server_error", ["failing", "failing", "dead", "dead"]),
        ({"a/b": (403, {})}, {}, "blocked", ["blocked"] * 4),
        ({"a/b": (429, {"Retry-After": "9999"})}, {}, "rate_limited", ["unknown"] * 4),
        # a soft 404 that the host says to everything ends as a death, and the verdict of each check stays what it is
        ({}, {"": page("Page not found")}, "suspect", ["suspect", "suspect", "dead", "dead"]),
        ({}, {"": page("example.com is for sale")}, "suspect", ["suspect", "suspect", "dead", "dead"]),
        # one that nothing confirms stays in doubt
        ({"a/b": GONE_HOME, "": NOT_FOUND}, {"home": page("Home")}, "suspect", ["suspect"] * 4),
        ({"": NOT_FOUND}, {"a/b": page("Page not found", "x")}, "suspect", ["suspect"] * 4),
        # a real page of such a name: the host has a true 404 for others
        ({"": NOT_FOUND}, {"a/b": page("CAPTCHA - Wikipedia")}, "ok", ["alive"] * 4),
        # a host in maintenance is in doubt, and never dead for it
        ({}, {"": page("Down for maintenance")}, "suspect", ["suspect"] * 4),
        # walls
        ({}, {"": page("Robot or human?")}, "blocked", ["blocked"] * 4),
        ({"a/b": (202, {})}, {"a/b": ""}, "blocked", ["blocked"] * 4),
    ],
)
def test_health_over_days(tmp_path: Path, server: Server, answers, bodies, verdict, healths) -> None:
    known = {name: (200, {}) for name in bodies if name}
    server.answers = {**known, **{name: answer for name, answer in answers.items() if name}}
    server.missing = "" if "" in answers else None
    server.bodies = bodies
    db = catalogue(tmp_path, note("1", "Links", links(server, "a/b")))
    found = []
    for _ in healths:
        age(db, 4)
        run(db, *FAST, "--recheck")
        found += rows(db, "SELECT health FROM link_health")
    assert set(rows(db, "SELECT verdict FROM checks")) == {verdict}
    assert found == healths


def test_a_page_is_kept_as_first_and_as_last_seen(tmp_path: Path, server: Server) -> None:
    head = (
        '<meta property="og:site_name" content="A site"><meta name="description" content="About  it">'
        '<link rel="canonical" href="/a?b=1"><meta property="article:published_time" content="2024-11-01T10:00:00Z">'
    )
    server.bodies = {"a": page("One \u202etitle", head=head)}
    db = catalogue(tmp_path, note("1", "Links", links(server, "a")))
    run(db, *FAST)
    assert rows(db, "SELECT seen, title, description, site_name, published_at, changed FROM pages ORDER BY seen") == [
        (seen, "One title", "About it", "A site", "2024-11-01T10:00:00.000Z", 0) for seen in ("first", "last")
    ]
    # The same page under another title, then another page.
    for title, text, changed in (("A better title", LONG, 0), ("Best casino", "bonus and spins " * 50, 1)):
        server.bodies = {"a": page(title, text)}
        age(db, 8)
        run(db, *FAST)
        assert rows(db, "SELECT changed FROM pages WHERE seen = 'last'") == [changed]
    assert rows(db, "SELECT health FROM link_health") == ["alive"]
    assert rows(db, "SELECT evidence FROM checks ORDER BY id DESC LIMIT 1") == [
        "changed: the title was 'One title' and is 'Best casino'"
    ]


def test_titles_of_walls_and_error_pages_are_not_kept(tmp_path: Path, server: Server) -> None:
    server.answers = {"gone/1": (404, {})}
    server.bodies = {
        "wall/1": page("Just a moment...", "x"),
        "soft/1": page("Page not found", "x"),
        "gone/1": page("Oh"),
    }
    db = catalogue(tmp_path, note("1", "Links", links(server, *server.bodies)))
    run(db, *FAST)
    assert rows(db, "SELECT count(*) FROM pages") == [0]


def test_addresses_that_lead_to_one_page(tmp_path: Path, server: Server) -> None:
    server.answers = {"old": (302, {"Location": "/new/"})}
    server.bodies = {"new": page("A"), "new/": page("A"), "amp": page("A", head='<link rel=canonical href="/new">')}
    db = catalogue(tmp_path, note("1", "Links", links(server, "old", "new", "amp")))
    run(db, *FAST)
    assert len(set(rows(db, "SELECT leads_to FROM pages WHERE seen = 'last'"))) == 1
    assert rows(db, "SELECT count(*) FROM urls") == [3]


def test_anchors_that_are_not_there_are_evidence_and_no_verdict(tmp_path: Path, server: Server) -> None:
    body = '<h2 id="there">A</h2><a name="named">B</a><h2 id="user-content-git">C</h2>' + LONG
    server.bodies = {"a": page("A manual", body)}
    anchors = ("there", "named", "git", "gone", "top", ":~:text=x", "L10=2")
    db = catalogue(tmp_path, note("1", "Links", links(server, *(f"a#{anchor}" for anchor in anchors))))
    run(db, *FAST)
    told = rows(
        db, "SELECT DISTINCT verdict, evidence FROM checks JOIN links USING (url_id) WHERE links.url LIKE '%#gone'"
    )
    assert told == [("ok", "anchor_missing: #gone")]
    assert set(rows(db, "SELECT health FROM link_health")) == {"alive"}


def test_a_link_that_says_nothing_leaves_with_the_title_of_its_page(tmp_path: Path, server: Server) -> None:
    server.bodies = {"": page("A queue")}
    body = f"[post]({server.url('a')}) [Kafka]({server.url('b')}) <{server.url('c')}>"
    db = catalogue(tmp_path, note("1", "Links", body))
    run(db, *FAST)
    exported = CliRunner().invoke(main, ["export", "bookmarks", "--db", str(db)]).stdout
    assert re.findall(r">([^<>]*)</A>", exported) == [
        "post: A queue (title of the page)",
        "Kafka",
        "A queue (title of the page)",
    ]


def test_the_part_of_a_page_moves_with_it(tmp_path: Path, server: Server) -> None:
    server.answers = {"old": (301, {"Location": "/new"}), "to-part": (301, {"Location": "/new#other"})}
    server.bodies = {"new": page("A", '<i id="part">')}
    db = catalogue(tmp_path, note("1", "Links", links(server, "old#part", "to-part#part", "old")))
    run(db, *FAST)
    queries = METADATA["databases"]["catalogue"]["queries"]
    with contextlib.closing(sqlite3.connect(db)) as connection:
        connection.row_factory = sqlite3.Row
        told = {row["link"]: row["final_url"] for row in connection.execute(queries["moved_links"]["sql"])}
    assert told == {
        "old#part": server.url("new#part"),
        "to-part#part": server.url("new#other"),
        "old": server.url("new"),
    }
