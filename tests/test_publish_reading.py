"""A page shows what the catalogue reads: the same headings and links, each in its place."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from itertools import count

import nh3
import pytest
from catalogues import NAME, catalogue_of, make
from hypothesis import given, settings
from hypothesis import strategies as st
from published import served
from test_follower import IN_LISTS, LINES
from thorough import examples

from extractor.markdown import parse
from extractor.publish.html.note_parts import KnownLink, Rendered, lookup
from extractor.publish.html.paths import Paths
from extractor.publish.html.rendering import LONGEST, rendered

PATHS = Paths("/catalogue")
BOARD = """```jsoncanvas
{"nodes": [{"type": "text", "text": "# C\\n\\n[a](https://a.b)"}, {"type": "group", "label": "G"},
  {"type": "link", "url": "https://c.d", "y": 2}]}
  ```"""


def shown(body: str, markup: str = "markdown") -> Rendered:
    """The page; each link to the web is known by a number, from 0."""
    numbers = count()
    return rendered(body, markup, PATHS, lambda _kind, _url: KnownLink(next(numbers), 1, "alive"))


def check(body: str, markup: str = "markdown") -> None:
    document, page = parse(body, markup), shown(body, markup)
    assert [(one.level, one.title) for one in page.outline] == [(one.level, one.title) for one in document.headings]
    assert [(one.kind, one.url) for one in page.found] == [(one.kind, one.url) for one in document.links]
    assert all(page.html.count(f'id="{one.anchor}"') == 1 for one in page.outline), body
    placed = set(map(int, re.findall(r'id="link-(\d+)"', page.html)))
    web = [link.href for link in document.links if link.target == "web"]
    assert [href for number, href in enumerate(web) if number not in placed and is_address(href)] == [], body


def is_address(url: str) -> bool:
    """Whether the sanitiser takes it for one: a host that cannot be leads nowhere."""
    return "href" in nh3.clean(f'<a href="{html.escape(url)}">x</a>', link_rel=None)


def test_every_note_of_the_corpora(corpora):
    folder = corpora("truth")
    bodies = {row["id"]: row["body"] for row in map(json.loads, (folder / "notes.bodies.jsonl").open())}
    rows = list(map(json.loads, (folder / "markdown.jsonl").open()))
    assert len(rows) > 50
    for row in rows:
        if len(bodies[row["note_id"]]) <= LONGEST:
            check(bodies[row["note_id"]], "html" if row["markup_language"] == 2 else "markdown")


@pytest.mark.parametrize(
    "body",
    [
        "$$\n# Heading\n\n[a](https://a.example/1)",
        "make [$534 annually](https://a.example/q) up 47%. At [$493 for](https://b.example/q) now",
        "[a](https://a.b) [a](https://a.b)\n\n<p><a href='https://a.b'>a</a></p>\n\n[a](https://a.b)",
        "x[^1] ^[in [i](https://i.j)] y[^1]\n\n[^1]: ## N\n    [n](https://n.m)\n\n[^2]: [no](https://n.o)\n\n# A",
        "- [ ] [a](https://a.b)\n  - [x] [c](https://c.d)\n- # H\n\n> ## Q [e](https://e.f)",
        "| [a](https://a.b) | ![i](https://i.j/k.png) |\n|---|---|\n| https://l.m | <https://n.o> |",
        "---\na: https://b.c\n---\n\n==[a](https://a.b)== ~~x~~ [toc]\n\n[toc]\n\n# T",
        f"{BOARD}\n\n# After\n\n- {BOARD}",
        "# A\n\n# A\n\n<h1>A</h1>\n\n[![p](https://p.q/r.png)](https://s.t)",
        "\u00a0\nA\n---\n\n[a](https://a.b\n'title') x\n[b](https://a.b)",
    ],
)
def test_what_was_read_otherwise(body):
    check(body)


PIECES = [line for line in LINES if "<" not in line] + ["[w](https://w.x)", "https://y.z/1 [v][r]", "![p](//p.q/r)"]


@settings(max_examples=examples(200))
@given(st.lists(st.sampled_from(PIECES + [line for line in IN_LISTS if "<" not in line]), max_size=25))
def test_any_markdown(lines):
    """Raw HTML aside, which may hide from a browser what is behind it."""
    check("\n".join(lines))


@pytest.mark.parametrize(
    ("body", "leads"),
    [
        ("[a](#applications) [b](#applications-2)\n\n## Applications\n\n## Applications", ["line-3", "line-5"]),
        ("[a](#c-c-stdvector)\n\n## C++ / C# — `std::vector`", ["line-3"]),
        ("[a](#%C3%A4hnlich) [b](#ähnlich) [c](#Ähnlich)\n\n## Ähnlich", ["line-3", "line-3", None]),
        ("[a](#-emoji-head) [b](#computer-emoji-head)\n\n## 💻 Emoji head", [None, "line-3"]),
        ("[a](#awesome-rust)\n\n# Awesome Rust ![b](https://b.example/x.svg)", ["line-3"]),
        ("[a](#a-2) [b](#a-3)\n\n# a\n\n# a-2\n\n# a", ["line-5", "line-7"]),
        ('[a](#csharp)\n\n### <a id="csharp"></a>C#', ["in-csharp"]),
        ('[a](#guide)\n\n<a id="guide"></a>\n## Guide lines', ["in-guide"]),
        ('[a](#named) [b](#span)\n\ntext <a name="named"></a> <span id="span">x</span>', ["in-named", "in-span"]),
        ('[a](#b)\n\n<p id="c" name="b">x</p>', [None]),
        ("[a](#fn1) x[^n]\n\n[^n]: y", ["fn1"]),
        ("[a](#h)\n\n<h2>h</h2>", [None]),
        ("[a](#)", [None]),
    ],
)
def test_anchors_lead_where_joplin_leads(body, leads):
    text = str(shown(body).html)
    found = re.findall(r'<a (?:href="#([^"]*)"|class="lost" title="#[^"]*")', text)[: len(leads)]
    assert [one or None for one in found] == leads
    assert all(f'id="{one}"' in text for one in leads if one)


def test_ids_in_html_notes():
    body = '<a href="#s">x</a><h2 id="s">S</h2><h3>T</h3>'
    text = shown(body, "html")
    assert (
        text.html == '<a href="#in-s">x</a><h3 id="in-s" aria-level="2">S</h3><h4 id="heading-2" aria-level="3">T</h4>'
    )
    assert [one.anchor for one in text.outline] == ["in-s", "heading-2"]


def test_many_links_to_one_page_are_soon_told_apart():
    known = [KnownLink(number, 1, "alive", url="https://a.b") for number in range(20_000)]
    find = lookup(known)
    assert [find("link", "https://a.b").link_id for _ in range(20_001)] == [*range(20_000), 19_999]


A, B = "a" * 32, "b" * 32


def item(item_id: str, title: str, body: str) -> str:
    time = "2026-01-01T00:00:00.000Z"
    return (
        f"{title}\n\n{body}\n\nid: {item_id}\nparent_id: \ncreated_time: {time}\nupdated_time: {time}\n"
        "is_conflict: 0\nmarkup_language: 1\nencryption_applied: 0\ntype_: 1"
    )


async def test_links_to_other_notes_lead_to_their_headings(tmp_path):
    for item_id, title, body in (
        (A, "From", f"[one](:/{B}#part-2) [two](joplin://{B}) [three](joplin://x-callback-url/openNote?id={B})"),
        (B, "To", "# Part\n\n## Part\n\nback"),
    ):
        (tmp_path / f"{item_id}.md").write_text(item(item_id, title, body))
    make(tmp_path / NAME, tmp_path)
    ds = await served(tmp_path / NAME)
    page = (await ds.client.get(f"/catalogue/-/note/{A}")).text
    assert f'href="/catalogue/-/id/{B}?heading=part-2">one</a>' in page
    for asked, leads in (("?heading=part-2", "#line-3"), ("?heading=part", "#line-1"), ("?heading=x", ""), ("", "")):
        answer = await ds.client.get(f"/catalogue/-/id/{B}{asked}", follow_redirects=False)
        assert answer.headers["location"] == f"/catalogue/-/note/{B}{leads}"
    assert f'href="/catalogue/-/note/{A}#line-1">From</a>' in (await ds.client.get(f"/catalogue/-/note/{B}")).text


@pytest.mark.parametrize("corpus", ["sync", "sync-broken", "sync-deleted", "profile"])
def test_the_page_of_each_note_has_the_links_and_headings_of_its_rows(corpus):
    connection = sqlite3.connect(catalogue_of(corpus))
    notes = connection.execute(
        "SELECT notes.id, markup, body FROM notes JOIN note_bodies ON note_id = notes.id WHERE state = 'current'"
    ).fetchall()
    assert len(notes) > 50
    for note_id, markup, body in notes:
        links = connection.execute(
            "SELECT kind, url, text FROM links WHERE note_id = ? AND removed_at IS NULL AND syntax <> 'source_url'",
            [note_id],
        ).fetchall()
        sections = connection.execute(
            "SELECT level, title FROM sections WHERE note_id = ? AND removed_at IS NULL", [note_id]
        ).fetchall()
        page = shown(body, markup)
        assert sorted((one.kind, one.url, one.text) for one in page.found) == sorted(
            (kind, url, " ".join(text.split())) for kind, url, text in links
        ), note_id
        assert sorted((one.level, one.title) for one in page.outline) == sorted(sections), note_id
