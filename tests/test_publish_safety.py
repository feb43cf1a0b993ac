"""Only this computer may ask, nothing in a page runs, and `allow` rules hold."""

from __future__ import annotations

import copy
from typing import Any

import httpx
import pytest
from published import METADATA, example, query, served

from extractor.publish.safety import OWN_POLICY, POLICY


async def asked(host: str, path: str = "/catalogue.json", **metadata: Any) -> httpx.Response:
    datasette = await served(example(), {**METADATA, **metadata})
    transport = httpx.ASGITransport(app=datasette.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.get(path, headers={"host": host})


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
    "path",
    ["/", "/catalogue?_show_hidden=1", "/catalogue/links", "/catalogue/links.json", "/nothing", "/-/static/app.css"],
)
async def test_each_answer_has_its_headers(path: str) -> None:
    headers = (await asked("localhost", path)).headers
    assert headers["content-security-policy"] == POLICY
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
    "path", ["/catalogue", "/catalogue/links", "/catalogue/new_links", "/catalogue?sql=select+1", "/nothing"]
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
    metadata: dict[str, Any] = copy.deepcopy(dict(METADATA))
    metadata["databases"]["catalogue"]["tables"].setdefault(table, {})["allow"] = {"id": "owner"}
    return metadata


async def test_allow_rules_hold_for_a_picture() -> None:
    ((link,),) = query(example(), "SELECT id FROM links WHERE kind = 'image' AND target = 'web' LIMIT 1")
    assert (await asked("localhost", f"/catalogue/-/picture/{link}", **allowing_nobody("links"))).status_code == 403


async def test_a_statement_that_takes_too_long_is_stopped() -> None:
    endless = "with recursive n(x) as (select 1 union all select x+1 from n) select count(*) from n"
    answer = await asked("localhost", f"/catalogue.json?_timelimit=20&sql={endless.replace('+', '%2B')}")
    assert answer.status_code == 400
    assert "too long" in answer.text or "interrupted" in answer.text
