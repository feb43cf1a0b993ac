"""Only this computer may ask, nothing in a page runs, and `allow` rules hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from datasette.app import Datasette
from published import ASKED, example, query, served, served_to_all

from extractor.publish.plugin.safety import OWN_POLICY, POLICY, POLICY_OF_DATASETTE

if TYPE_CHECKING:
    from collections.abc import Mapping


async def asked(
    host: str, path: str = "/catalogue.json", more: Mapping[str, str] | None = None, **metadata: Any
) -> httpx.Response:
    datasette = await served_to_all(example(), metadata)
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get(path, headers={"host": host, **(more or {})})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8001", 200),
        ("127.0.0.1:8001", 200),
        ("[::1]:8001", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.nip.io:8001", 421),
        ("127.0.0.1@evil.example", 421),
        ("192.168.1.5", 421),
        ("[::1]evil.example", 200),  # no browser sends it
        ("", 421),
    ],
)
async def test_hosts(host: str, status: int) -> None:
    answer = await asked(host)
    assert answer.status_code == status
    assert ("Joplin" in answer.text) is False or status == 200


async def test_another_host_can_be_named() -> None:
    named = {"plugins": {"joplin-catalogue": {"hosts": ["notes.example"]}}}
    assert (await asked("Notes.example:443", **named)).status_code == 200
    assert (await asked("evil.example", **named)).status_code == 421
    anyone = {"plugins": {"joplin-catalogue": {"hosts": ["*"]}}}
    assert (await asked("evil.example", **anyone)).status_code == 200


async def test_a_refused_host_learns_how_to_be_named() -> None:
    answer = await asked("notes.example")
    assert "hosts: [notes.example]" in answer.text


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        *[(path, POLICY) for path in ("/", "/catalogue?_show_hidden=1", "/catalogue/links", "/catalogue/links.json")],
        ("/nothing", POLICY),
        # What Datasette has for all databases: its own pages have scripts in them.
        *[(path, POLICY_OF_DATASETTE) for path in ("/-/static/app.css", "/-/plugins", "/-/allow-debug")],
    ],
)
async def test_each_answer_has_its_headers(path: str, policy: str) -> None:
    headers = (await asked("localhost", path)).headers
    assert headers["content-security-policy"] == policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


def test_no_policy_lets_a_page_run_what_it_says() -> None:
    for policy in (POLICY, OWN_POLICY):
        script = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert script == "script-src 'self'"
        assert "http" not in policy
    assert "unsafe" not in OWN_POLICY


@pytest.mark.parametrize(
    "path", ["/catalogue", "/catalogue/links", "/catalogue/new_links", f"{ASKED.format('')}sql=select+1", "/nothing"]
)
async def test_no_page_has_a_script_of_its_own(path: str) -> None:
    text = (await asked("localhost", path)).text
    assert "<script>" not in text
    assert " onclick" not in text


async def test_a_picture_alone_may_load_from_elsewhere() -> None:
    ((link, url),) = query(example(), "SELECT id, url FROM links WHERE kind = 'image' AND target = 'web' LIMIT 1")
    answer = await asked("localhost", f"/catalogue/-/picture/{link}")
    assert answer.status_code == 200
    assert "img-src http: https:" in answer.headers["content-security-policy"]
    assert "script" not in answer.headers["content-security-policy"]
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert url.replace("&", "&amp;") in answer.text
    ((other,),) = query(example(), "SELECT id FROM links WHERE kind = 'link' LIMIT 1")
    assert (await asked("localhost", f"/catalogue/-/picture/{other}")).status_code == 404


def allowing_nobody(table: str) -> dict[str, Any]:
    return {"databases": {"catalogue": {"tables": {table: {"allow": {"id": "owner"}}}}}}


async def test_allow_rules_hold_for_a_picture() -> None:
    ((link,),) = query(example(), "SELECT id FROM links WHERE kind = 'image' AND target = 'web' LIMIT 1")
    assert (await asked("localhost", f"/catalogue/-/picture/{link}", **allowing_nobody("links"))).status_code == 403


async def test_a_statement_that_takes_too_long_is_stopped() -> None:
    endless = "with recursive n(x) as (select 1 union all select x+1 from n) select count(*) from n"
    answer = await asked("localhost", f"{ASKED.format('.json')}_timelimit=20&sql={endless.replace('+', '%2B')}")
    assert answer.status_code == 400
    assert "too long" in answer.text or "interrupted" in answer.text


# --- requests of other origins ----------------------------------------------------------------------------------------


SQL = ASKED.format(".json") + "sql=select+1"
SEARCH = "/catalogue/-/search?q=kafka"
FILTER = "/catalogue/note_bodies.json?body__contains=kafka"
TABLE = "/catalogue/notes"
LINK = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
FETCH = {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty"}
FRAME = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
CHROMIUM = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"}


def from_(site: str) -> dict[str, str]:
    return {"sec-fetch-site": site}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        # What the browser says of them.
        *[(path, from_("same-origin") | FETCH, 200) for path in (SQL, SEARCH, FILTER, TABLE)],
        *[(path, from_("none") | LINK, 200) for path in (SQL, SEARCH, FILTER, TABLE)],
        *[(path, from_(site) | LINK, 403) for path in (SQL, SEARCH, FILTER) for site in ("cross-site", "same-site")],
        *[(path, from_("cross-site") | FETCH, 403) for path in (SQL, SEARCH, FILTER, TABLE, "/-/static/app.css")],
        (TABLE, from_("cross-site") | LINK, 200),
        (TABLE, from_("same-site") | LINK, 200),
        (TABLE, from_("cross-site") | FRAME, 403),
        (TABLE, from_("cross-site") | LINK | {"sec-purpose": "prefetch;prerender"}, 403),
        (TABLE + ".csv", from_("cross-site") | LINK, 403),
        (TABLE + ".csv?_stream=1", from_("same-origin") | LINK, 200),
        (TABLE, from_("of a later standard") | FETCH, 403),
        # What Origin and Referer say, where it says nothing.
        (SQL, {"origin": "http://localhost:8001"}, 200),
        (SQL, {"origin": "http://localhost:8960"}, 403),
        (SQL, {"origin": "null"}, 403),
        (SQL, {"referer": "http://localhost:8001/catalogue"}, 200),
        (SQL, {"referer": "http://evil.example/"}, 403),
        (FILTER, {"referer": "http://evil.example/"}, 403),
        (TABLE, {"referer": "http://evil.example/"}, 200),
        (TABLE, {"origin": "http://evil.example"}, 403),
        (SQL, {"origin": "http://[bad"}, 403),
        # Neither: a program, or a browser that an evil page told to say nothing.
        (SQL, {}, 200),
        (SQL, CHROMIUM, 403),
        ("/catalogue/notes.json?_where=1", CHROMIUM, 403),
        (SEARCH, CHROMIUM, 200),
    ],
)
async def test_requests_of_other_origins(path: str, headers: dict[str, str], status: int) -> None:
    answer = await asked("localhost:8001", path, more=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


async def test_only_a_link_that_is_followed_is_answered_at_all() -> None:
    datasette = await served(example())
    for method in ("POST", "HEAD", "OPTIONS"):
        answer = await datasette.client.request(method, TABLE, headers=from_("cross-site") | LINK)
        assert (answer.status_code, "kafka" in answer.text.lower()) == (403, False)


async def test_a_person_can_open_it_all_the_same() -> None:
    path = '/catalogue/-/search?q=a&b="><script>'
    answer = await asked("localhost:8001", path, more=from_("cross-site") | LINK | CHROMIUM)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="?q=a&amp;b=%22%3E%3Cscript%3E"' in answer.text
    answer = await asked("localhost:8001", "/catalogue/links.csv", more=from_("cross-site") | LINK | CHROMIUM)
    assert 'href="./links.csv"' in answer.text


async def test_our_own_pages_are_known_by_their_referrer_where_nothing_else_tells() -> None:
    told = (await asked("localhost", more=CHROMIUM | from_("none"))).headers["referrer-policy"]
    assert told == "no-referrer"
    assert (await asked("localhost", TABLE, more=CHROMIUM)).headers["referrer-policy"] == "same-origin"


async def test_who_told_datasette_to_answer_all_is_answered() -> None:
    datasette = Datasette([str(example())], cors=True)
    assert (await datasette.client.get(SQL, headers=from_("cross-site") | FETCH)).status_code == 200
