"""Checks against a real server on the loopback interface, at its worst."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest
from loopback import (
    Behaviour,
    Loopback,
    answers,
    by_method,
    can_bind,
    certificate,
    closes,
    drips,
    hangs,
    in_turn,
    page,
    resets,
    says,
)

from extractor.linkcheck import Check, Options, Summary, Target, Verdict, check_all, hosts, resolve

QUICK = Options(timeout=20, host_delay=0, backoff=0.001, retries=1, allow_private=True)
HASTY = replace(QUICK, timeout=0.2)
ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - 127.0.0.2 and so on, on a port of the moment
many_addresses = pytest.mark.skipif(not can_bind("127.0.0.9"), reason="there is only one loopback address")
LONG_AGO, FAR_AHEAD = 1_000_000_000_000, 4_000_000_000_000


SHARED_CONTEXT = hosts.tls_context()


@pytest.fixture(autouse=True)
def _one_tls_context(request, monkeypatch):
    """Spare each test the 60 ms of loading certificates, except those about certificates."""
    if "tmp_path" not in request.fixturenames:
        monkeypatch.setattr(hosts, "tls_context", lambda: SHARED_CONTEXT)


def to_get(behaviour: Behaviour) -> Behaviour:
    return by_method(HEAD=answers(405), GET=behaviour)


async def run(urls: list[str] | list[Target], options: Options = QUICK, **more) -> tuple[dict[str, Check], Summary]:
    checks: list[Check] = []
    left_out: list[int] = []
    targets = [url if isinstance(url, Target) else Target(key, url) for key, url in enumerate(urls)]
    summary = await check_all(
        targets, options, checks.append, on_left_out=lambda key, _reason: left_out.append(key), **more
    )
    assert sorted([*(check.key for check in checks), *left_out]) == sorted(target.key for target in targets)
    assert (summary.checked, sum(summary.left_out.values())) == (len(checks), len(left_out))
    return {check.url: check for check in checks}, summary


async def check(url: str | Target, options: Options = QUICK, **more) -> Check:
    checks, _ = await run([url], options, **more)
    return next(iter(checks.values()))


BOMB = gzip.compress(b"<title>big</title>" + b"a" * 20_000_000, 9)
PACKED = {"content_type": "text/html", "content_encoding": "gzip"}
HEAD_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"


FILE = answers(200, b"%PDF-", content_type="application/pdf")


@pytest.mark.parametrize(
    ("behaviour", "verdict", "log"),
    [
        # a page is looked at, and for that one request is enough
        (answers(200), Verdict.OK, ["GET"]),
        (page("An article"), Verdict.OK, ["GET"]),
        (FILE, Verdict.OK, ["GET"]),
        # what a page says of itself is held against what its host says of a page that cannot be there
        (page("Page not found"), Verdict.SUSPECT, ["GET", "GET"]),
        (page("Buy this domain"), Verdict.SUSPECT, ["GET", "GET"]),
        (page("Just a moment..."), Verdict.BLOCKED, ["GET"]),
        (answers(404), Verdict.DEAD, ["GET"]),
        (answers(410), Verdict.GONE, ["GET"]),
        (answers(403), Verdict.BLOCKED, ["GET"]),
        (answers(999), Verdict.BLOCKED, ["GET"]),
        (answers(302, location="/none"), Verdict.DEAD, ["GET", "GET"]),
        # what may pass is asked again
        (answers(500), Verdict.SERVER_ERROR, ["GET", "GET"]),
        (answers(503), Verdict.SERVER_ERROR, ["GET", "GET"]),
        (answers(501), Verdict.SERVER_ERROR, ["GET"]),
        (in_turn(answers(503), page("a")), Verdict.OK, ["GET", "GET"]),
        (resets, Verdict.CONNECTION_ERROR, ["GET", "GET"]),
        (in_turn(resets, page("a")), Verdict.OK, ["GET", "GET"]),
        (closes, Verdict.CONNECTION_ERROR, ["GET", "GET"]),
        (says(b"SSH-2.0-OpenSSH\r\n"), Verdict.CONNECTION_ERROR, ["GET", "GET"]),
        (says(b"HTTP/1.1 two hundred\r\n\r\n"), Verdict.CONNECTION_ERROR, ["GET", "GET"]),
        # mercy
        (answers(429), Verdict.RATE_LIMITED, ["GET", "GET"]),
        (in_turn(answers(429, retry_after="0"), page("a")), Verdict.OK, ["GET", "GET"]),
        (in_turn(answers(429, retry_after="3600"), page("a")), Verdict.RATE_LIMITED, ["GET"]),
        (in_turn(answers(429, retry_after="Mon, 01 Jan 2001 00:00:00 GMT"), page("a")), Verdict.OK, ["GET", "GET"]),
        (in_turn(answers(503, retry_after="3600")), Verdict.SERVER_ERROR, ["GET"]),
        # the status stands, whatever becomes of the body
        (says(HEAD_OK % 1000 + b"<title>short</title>"), Verdict.OK, ["GET"]),
        (answers(200, b"not packed", **PACKED), Verdict.OK, ["GET"]),
        (answers(200, BOMB, **PACKED), Verdict.OK, ["GET"]),
        (answers(200, b"x" * 5_000_000, content_type="text/html"), Verdict.OK, ["GET"]),
        (answers(200, b"x" * 5_000_000, content_type="video/mp4"), Verdict.OK, ["GET"]),
        (page("a", ""), Verdict.OK, ["GET"]),
        (answers(200, b"", content_type="text/html"), Verdict.SUSPECT, ["GET", "GET"]),
    ],
)
async def test_answers(behaviour, verdict, log):
    async with Loopback({"/x": behaviour}).serving() as server:
        found = await check(server.url("/x"))
        assert (found.verdict, [method for method, _ in server.log]) == (verdict, log)
        assert (found.error is not None) == (found.status is None)
        assert found.method == log[-1]


@pytest.mark.parametrize(
    ("behaviour", "verdict", "log"),
    [
        # of what looks like a file HEAD tells enough, if it is no page; then its host is asked about such addresses
        (FILE, Verdict.OK, ["HEAD"]),
        (page("An article"), Verdict.OK, ["HEAD", "GET", "GET"]),
        (page("Page not found"), Verdict.SUSPECT, ["HEAD", "GET", "GET"]),
        # any error to HEAD is confirmed by GET
        (answers(404), Verdict.DEAD, ["HEAD", "GET"]),
        (answers(410), Verdict.GONE, ["HEAD", "GET"]),
        (answers(403), Verdict.BLOCKED, ["HEAD", "GET"]),
        (answers(999), Verdict.BLOCKED, ["HEAD", "GET"]),
        *(
            (by_method(HEAD=answers(status), GET=FILE), Verdict.OK, ["HEAD", "GET"])
            for status in (400, 403, 404, 405, 500, 501, 503)
        ),
        (by_method(HEAD=page("a"), GET=answers(404)), Verdict.DEAD, ["HEAD", "GET"]),
        (by_method(HEAD=resets, GET=FILE), Verdict.OK, ["HEAD", "GET"]),
        (by_method(HEAD=closes, GET=FILE), Verdict.OK, ["HEAD", "GET"]),
        # and so is where a redirect ends that only HEAD was given
        (by_method(HEAD=answers(302, location="/no.pdf"), GET=FILE), Verdict.OK, ["HEAD", "HEAD", "GET", "GET"]),
        (by_method(HEAD=answers(302, location="/x.pdf"), GET=FILE), Verdict.OK, ["HEAD", "GET"]),
        (answers(302, location="/no.pdf"), Verdict.DEAD, ["HEAD", "HEAD", "GET", "GET", "GET"]),
        # what may pass is asked again, by GET
        (answers(500), Verdict.SERVER_ERROR, ["HEAD", "GET", "GET"]),
        (answers(501), Verdict.SERVER_ERROR, ["HEAD", "GET"]),
        (in_turn(answers(503), answers(503), FILE), Verdict.OK, ["HEAD", "GET", "GET"]),
        (resets, Verdict.CONNECTION_ERROR, ["HEAD", "GET", "GET"]),
        (in_turn(resets, resets, FILE), Verdict.OK, ["HEAD", "GET", "GET"]),
        (closes, Verdict.CONNECTION_ERROR, ["HEAD", "GET", "GET"]),
        # mercy
        (answers(429), Verdict.RATE_LIMITED, ["HEAD", "GET"]),
        (in_turn(answers(429, retry_after="3600"), FILE), Verdict.RATE_LIMITED, ["HEAD"]),
        (in_turn(answers(503, retry_after="3600")), Verdict.SERVER_ERROR, ["HEAD", "GET"]),
    ],
)
async def test_answers_to_head(behaviour, verdict, log):
    async with Loopback({"/x.pdf": behaviour}).serving() as server:
        found = await check(server.url("/x.pdf"))
        assert (found.verdict, [method for method, _ in server.log]) == (verdict, log)


@pytest.mark.parametrize(
    ("path", "behaviour", "retries", "verdict", "log"),
    [
        ("/x", hangs, 0, Verdict.TIMEOUT, ["GET"]),
        # asked about once more, however many retries there are
        ("/x", hangs, 1, Verdict.TIMEOUT, ["GET", "GET"]),
        ("/x", hangs, 3, Verdict.TIMEOUT, ["GET", "GET"]),
        ("/x", drips(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100), 3, Verdict.TIMEOUT, ["GET", "GET"]),
        # and without any where a HEAD may have caused it
        *(
            ("/x.pdf", behaviour, retries, verdict, ["HEAD", "GET"])
            for behaviour, verdict in ((hangs, Verdict.TIMEOUT), (by_method(HEAD=hangs, GET=FILE), Verdict.OK))
            for retries in (0, 1, 3)
        ),
    ],
)
async def test_silence(path, behaviour, retries, verdict, log):
    async with Loopback({path: behaviour}).serving() as server:
        found = await check(server.url(path), replace(HASTY, retries=retries))
        assert (found.verdict, [method for method, _ in server.log]) == (verdict, log)


async def test_a_status_counts_though_the_body_drips():
    async with Loopback({"/x": drips(HEAD_OK % 5000 + b"x" * 5000, 0.001)}).serving() as server:
        found = await check(server.url("/x"), replace(HASTY, timeout=1.0))
        assert (found.verdict, [method for method, _ in server.log]) == (Verdict.OK, ["GET"])


async def test_a_failure_says_why():
    async with Loopback({"/hang": hangs, "/reset": resets}).serving() as server:
        checks, _ = await run([server.url("/hang"), server.url("/reset")], HASTY)
        assert checks[server.url("/hang")].error == "no answer within 0.2 s"
        assert "reset" in checks[server.url("/reset")].error


async def test_redirects_are_recorded_hop_by_hop():
    pages = {
        "/a": answers(301, location="b?x=1#part"),
        "/b?x=1": to_get(answers(308, location="//127.0.0.1:{port}/c")),
        "/c": page("Arrived"),
    }
    async with Loopback(pages).serving() as server:
        pages["/b?x=1"] = to_get(answers(308, location=f"//127.0.0.1:{server.port}/c"))
        found = await check(server.url("/a"))
        assert found.verdict is Verdict.MOVED
        assert found.permanent
        assert found.final_url == server.url("/c#part")  # RFC 9110 section 10.2.2: it goes along
        assert [(hop.status, hop.url, hop.location) for hop in found.redirects] == [
            (301, server.url("/a"), server.url("/b?x=1")),
            (308, server.url("/b?x=1"), server.url("/c")),
        ]


@pytest.mark.parametrize(
    ("location", "verdict", "evidence"),
    [
        ("/x", Verdict.SUSPECT, "redirects in a loop"),
        ("", Verdict.SUSPECT, "status 302, a redirect without an address"),
        ("mailto:a@example.com", Verdict.SKIPPED, "is neither http nor https"),
        ("file:///etc/passwd", Verdict.SKIPPED, "is neither http nor https"),
        ("http://[::1", Verdict.SKIPPED, "is neither http nor https"),
        ("https://host:port/", Verdict.SKIPPED, "is neither http nor https"),
        ("/" + "a" * 70_000, Verdict.SKIPPED, "URL too long"),
        ("/café", Verdict.OK, None),
        ("/a b", Verdict.OK, None),
    ],
)
async def test_odd_locations(location, verdict, evidence):
    pages = {"/x": answers(302, location=location), "/caf%C3%A9": page("a"), "/a%20b": page("b")}
    async with Loopback(pages).serving() as server:
        found = await check(server.url("/x"))
        assert found.verdict is verdict
        assert found.error is None
        assert (evidence or "") in (found.evidence or "")


@pytest.mark.parametrize(("length", "verdict"), [(9, Verdict.OK), (10, Verdict.OK), (11, Verdict.SUSPECT)])
async def test_ten_redirects_are_enough(length, verdict):
    pages = {f"/{i}": answers(302, location=f"/{i + 1}") for i in range(length)} | {f"/{length}": page("a")}
    async with Loopback(pages).serving() as server:
        found = await check(server.url("/0"))
        assert found.verdict is verdict
        assert len(found.redirects) == min(length, 11)


async def test_no_cookies_no_credentials():
    pages = {
        "/set": answers(302, location="/next", set_cookie="session=1; Path=/"),
        "/next": page("a"),
        "/asks": answers(401, www_authenticate="Basic realm=x"),
    }
    async with Loopback(pages).serving() as server:
        urls = [server.url("/set"), f"http://alice:secret@127.0.0.1:{server.port}/next", server.url("/asks")]
        await run(urls)
        assert server.requests
        for request in server.requests:
            assert not {"cookie", "authorization", "referer", "proxy-authorization"} & request.headers.keys()
            assert "secret" not in request.path


async def test_the_user_agent_offends_no_filter():
    async with Loopback(otherwise=page("a")).serving() as server:
        await check(server.url("/"))
        agent = server.requests[0].headers["user-agent"].lower()
        assert agent.startswith("mozilla/5.0")
        assert not [
            word for word in ("link", "check", "bot", "crawl", "spider", "curl", "python", "httpx") if word in agent
        ]


async def test_a_host_where_head_told_nothing_is_asked_by_get():
    async with Loopback(otherwise=to_get(answers(200))).serving() as server:
        await run([server.url(f"/{i}.pdf") for i in range(5)], replace(QUICK, per_host=1))
        assert [method for method, _ in server.log] == ["HEAD", "GET", "GET", "GET", "GET", "GET"]


async def test_pages_are_looked_at_and_files_are_not():
    async with Loopback(otherwise=page("a")).serving() as server:
        urls = [server.url(path) for path in ("/1", "/2", "/3.pdf")]
        server.pages["/3.pdf"] = answers(200, content_type="application/pdf")
        await run(urls, replace(QUICK, per_host=1))
        assert server.log == [("GET", "/1"), ("GET", "/2"), ("HEAD", "/3.pdf")]
        server.requests.clear()
        await run(urls, replace(QUICK, per_host=1, look=False))
        assert [method for method, _ in server.log] == ["HEAD", "HEAD", "HEAD"]


async def test_conditional_requests():
    def behave(exchange) -> None:
        known = exchange.request.headers.get("if-none-match") == '"1"'
        exchange.answer(
            304 if known else 200, b"" if known else b"<title>a</title>", content_type="text/html", etag='"1"'
        )

    async with Loopback({"/x": behave, "/moved": answers(301, location="/x")}).serving() as server:
        first = await check(server.url("/moved"))
        assert (first.verdict, first.etag, first.final_url) == (Verdict.MOVED, '"1"', server.url("/x"))
        server.requests.clear()
        target = Target(1, server.url("/moved"), etag=first.etag, last_modified="x", validated_url=first.final_url)
        again = await check(target)
        assert (again.verdict, again.status, again.etag, again.last_modified) == (Verdict.MOVED, 304, '"1"', "x")
        assert server.log == [("GET", "/moved"), ("GET", "/x")]
        assert "if-none-match" not in server.requests[0].headers
        assert server.requests[1].headers["if-modified-since"] == "x"
        changed = await check(replace(target, etag='"0"'))
        assert (changed.status, changed.etag) == (200, '"1"')


async def test_addresses_that_differ_in_their_fragments_alone_are_asked_once():
    async with Loopback({"/app": page("App")}).serving() as server:
        urls = [server.url(f"/{path}") for path in ("app#/one", "gone", "app#/two", "gone#json=1", "app")]
        checks, summary = await run(urls, replace(QUICK, per_host=1))
        assert server.log == [("GET", "/app"), ("GET", "/gone")]
    told = {url: (urls[check.key], check.verdict) for url, check in checks.items()}
    assert told == {url: (url, Verdict.DEAD if "gone" in url else Verdict.OK) for url in urls}
    assert summary.verdicts == {Verdict.OK: 3, Verdict.DEAD: 2}


async def test_one_connection_serves_many_and_two_at_most():
    async with Loopback(otherwise=page("a"), latency=0.002).serving() as server:
        await run([server.url(f"/{i}") for i in range(40)])
        assert server.connections == 2
        assert server.most_at_once["127.0.0.1"] == 2


async def test_the_pace_of_a_host():
    async with Loopback(otherwise=answers(200)).serving() as server:
        begun = time.perf_counter()
        await run([server.url(f"/{i}") for i in range(5)], replace(QUICK, host_delay=0.05))
        assert time.perf_counter() - begun >= 0.19


@many_addresses
async def test_one_host_that_asks_to_wait_does_not_hold_up_others():
    order: list[str] = []
    limited = in_turn(answers(429, retry_after="1"), answers(200))
    async with Loopback({"/limited": limited}, otherwise=answers(200)).serving(ALL_ADDRESSES) as server:
        targets = [
            Target(0, server.url("/limited", "127.0.0.2")),
            *(Target(i, server.url(f"/{i}", "127.0.0.3")) for i in range(1, 9)),
        ]
        begun = time.perf_counter()
        await check_all(targets, replace(QUICK, concurrency=1), lambda check: order.append(check.url[-2:]))
        assert order[-1] == "ed"
        assert time.perf_counter() - begun >= 1
        assert [request.path for request in server.requests if request.host == "127.0.0.2"] == ["/limited"] * 2


@many_addresses
async def test_a_host_that_hangs_does_not_hold_up_others_and_is_given_up():
    order: list[Check] = []
    pages = {f"/hang{i}": hangs for i in range(20)}
    async with Loopback(pages, otherwise=answers(200)).serving(ALL_ADDRESSES) as server:
        targets = [Target(i, server.url(f"/hang{i}", "127.0.0.2")) for i in range(20)]
        targets += [Target(20 + i, server.url(f"/{i}", f"127.0.0.{10 + i}")) for i in range(20)]
        await check_all(targets, replace(HASTY, concurrency=2), order.append)
        assert {check.key for check in order[:20]} == set(range(20, 40))
        assert {check.verdict for check in order[20:]} == {Verdict.TIMEOUT}
        assert len([path for _, path in server.log if path.startswith("/hang")]) <= 4
        assert len(order) == 22  # of those that were not asked nothing is said


@pytest.mark.parametrize(
    ("behaviour", "verdict", "asked"),
    [
        (answers(999), Verdict.BLOCKED, 5),
        (answers(429), Verdict.RATE_LIMITED, 2),
        (closes, Verdict.CONNECTION_ERROR, 2),
    ],
)
async def test_a_host_that_turns_all_away_is_left_alone(behaviour, verdict, asked):
    async with Loopback(otherwise=behaviour).serving() as server:
        checks, summary = await run([server.url(f"/{i}") for i in range(20)], replace(QUICK, per_host=1))
        assert {found.verdict for found in checks.values()} == {verdict}
        assert len({path for _, path in server.log}) == len(checks) == asked
        assert summary.left_out == {f"{server.url('')} gave {verdict} {asked} times in a row": 20 - asked}


@many_addresses
async def test_where_a_short_address_leads_does_not_fall_back_on_it():
    async with Loopback(otherwise=page("a")).serving(ALL_ADDRESSES) as server:
        for i in range(12):
            server.pages[f"/to-silence/{i}"] = answers(302, location=server.url(f"/silence/{i}", "127.0.0.2"))
            server.pages[f"/silence/{i}"] = hangs
            server.pages[f"/to-page/{i}"] = answers(302, location=server.url(f"/page/{i}", "127.0.0.3"))
        paths = [f"/to-{where}/{i}" for i in range(12) for where in ("silence", "page")]
        checks, _ = await run([server.url(path) for path in paths], HASTY)
        assert {checks[server.url(path)].verdict for path in paths if "page" in path} == {Verdict.OK}
        silent = [checks[server.url(path)] for path in paths if "silence" in path and server.url(path) in checks]
        assert {found.verdict for found in silent} == {Verdict.TIMEOUT}
        assert len(silent) < 12
        assert len([request for request in server.requests if request.host == "127.0.0.2"]) <= 4
        assert server.most_at_once["127.0.0.3"] <= 2
        assert server.connections <= 2 + 4 + 2  # where redirects lead is kept open


async def test_the_time_an_answer_took_is_not_the_wait_for_a_turn():
    async with Loopback(otherwise=page("a"), latency=0.02).serving() as server:
        checks, _ = await run([server.url(f"/{i}") for i in range(6)], replace(QUICK, per_host=1, host_delay=0.1))
        assert all(found.elapsed_ms >= 20 for found in checks.values())
        assert min(found.elapsed_ms for found in checks.values()) < 90


async def test_an_endpoint_that_hangs_is_not_its_host():
    pages = {f"/{i}": hangs if i % 2 else page("a") for i in range(10)}
    async with Loopback(pages).serving() as server:
        checks, _ = await run([server.url(path) for path in pages], replace(HASTY, timeout=0.3))
        assert [checks[server.url(path)].verdict for path in pages] == [Verdict.OK, Verdict.TIMEOUT] * 5


async def test_a_refused_connection():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        found = await check(f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert (found.verdict, found.error) == (Verdict.CONNECTION_ERROR, "Connection refused")


@pytest.mark.parametrize("expired", [False, True])
async def test_a_certificate_that_nobody_vouches_for(tmp_path, expired):
    async with Loopback(otherwise=page("a")).serving(tls=certificate(tmp_path, expired=expired)) as server:
        found = await check(server.url("/", scheme="https"))
        note = "the certificate was not verified: self-signed certificate"
        assert (found.verdict, found.error, found.evidence) == (Verdict.OK, None, note)


@pytest.mark.parametrize(
    ("name", "host", "expired", "verdict", "evidence"),
    [
        ("127.0.0.1", "127.0.0.1", False, Verdict.OK, None),
        ("127.0.0.1", "127.0.0.1", True, Verdict.OK, "the certificate was not verified: certificate has expired"),
        ("good.example.org", "good.example.org", False, Verdict.OK, None),
        (
            "good.example.org",
            "bad.example.org",
            False,
            Verdict.SUSPECT,
            "the certificate is for another name (Hostname mismatch, certificate is not valid for 'bad.example.org'.)",
        ),
    ],
)
async def test_certificates_that_are_vouched_for(tmp_path, monkeypatch, name, host, expired, verdict, evidence):
    async with Loopback(otherwise=page("a")).serving(tls=certificate(tmp_path, name, expired=expired)) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
        found = await check(server.url("/", host, "https"), lookup=to_loopback)
        assert (found.verdict, found.evidence) == (verdict, evidence)


async def test_tls_to_a_server_that_speaks_none():
    async with Loopback(otherwise=says(b"hello\r\n")).serving() as server:
        server.handle = None  # it never gets a request that it understands
        found = await check(server.url("/", scheme="https"), replace(HASTY, timeout=0.1))
        assert found.verdict in {Verdict.TLS_ERROR, Verdict.TIMEOUT}


async def test_many_requests_over_one_tls_connection(tmp_path, monkeypatch):
    async with Loopback(otherwise=page("a", "x" * 100_000)).serving(tls=certificate(tmp_path)) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
        server.otherwise = page("a", "x" * 10_000)
        checks, _ = await run([server.url(f"/{i}", scheme="https") for i in range(20)])
        assert {found.verdict for found in checks.values()} == {Verdict.OK}
        assert server.connections == 2


@pytest.mark.skipif(not can_bind("::1"), reason="there is no IPv6")
async def test_ipv6():
    async with Loopback(otherwise=page("a")).serving("::1") as server:
        found = await check(server.url("/", "[::1]"))
        assert (found.verdict, found.final_url) == (Verdict.OK, server.url("/", "[::1]"))
        assert server.requests[0].headers["host"] == f"[::1]:{server.port}"


async def to_loopback(host: str, port: int) -> list[resolve.AddrInfo]:
    """Resolve every name to the loopback address, `two.example.org` to two, the first of which nobody serves."""
    addresses = ["127.0.0.1"] if host != "two.example.org" else ["127.0.0.9", "127.0.0.1"]
    if host == "none.example.org":
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if host == "later.example.org":
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)) for address in addresses]


async def test_names_that_do_not_resolve():
    async with Loopback(otherwise=page("a")).serving() as server:
        checks, summary = await run(
            [
                "http://none.example.org/1",
                "http://none.example.org/2",
                "http://later.example.org/",
                server.url("/", "two.example.org"),
            ],
            lookup=to_loopback,
        )
        assert checks["http://none.example.org/1"].verdict is Verdict.DNS_ERROR
        assert checks["http://none.example.org/1"].error == "none.example.org: Name or service not known"
        assert checks["http://later.example.org/"].verdict is Verdict.DNS_ERROR
        assert checks[server.url("/", "two.example.org")].verdict is Verdict.OK
        assert summary.away_since is None


# safety


async def test_loopback_is_skipped_unless_allowed():
    async with Loopback(otherwise=page("a")).serving() as server:
        for host in ("127.0.0.1", "localhost", "internal.example.org"):
            found = await check(server.url("/", host), replace(QUICK, allow_private=False), lookup=to_loopback)
            assert (found.verdict, found.method, found.status, found.error) == (Verdict.SKIPPED, None, None, None)
            assert "127.0.0.1" in found.evidence
        assert server.connections == 0


@pytest.fixture
def one_public_address(monkeypatch):
    """Let 127.0.0.1 pass for an address of the Internet; 127.0.0.9 stays what it is."""
    monkeypatch.setattr(resolve, "is_public", lambda address: address == "127.0.0.1")


@pytest.mark.usefixtures("one_public_address")
@pytest.mark.parametrize(
    "host", ["127.0.0.9", "127.9", "0x7f000009", "[::ffff:127.0.0.9]", "[::1]", "private.example.org"]
)
@many_addresses
async def test_a_redirect_to_a_private_address_is_skipped(host):
    async def lookup(name: str, port: int) -> list[resolve.AddrInfo]:
        return await resolve.look_up("127.0.0.9" if name == "private.example.org" else name, port)

    async with Loopback(otherwise=page("a")).serving(ALL_ADDRESSES) as server:
        server.pages["/x"] = answers(302, location=server.url("/secret", host))
        found = await check(server.url("/x"), replace(QUICK, allow_private=False), lookup=lookup)
        assert found.verdict is Verdict.SKIPPED
        assert [hop.status for hop in found.redirects] == [302]
        assert "/secret" not in [path for _, path in server.log]


@pytest.mark.usefixtures("one_public_address")
@many_addresses
async def test_of_several_addresses_only_the_public_ones_are_connected_to():
    async with Loopback(otherwise=page("a")).serving(ALL_ADDRESSES) as server:
        found = await check(server.url("/", "two.example.org"), replace(QUICK, allow_private=False), lookup=to_loopback)
        assert found.verdict is Verdict.OK
        assert {request.host for request in server.requests} == {"127.0.0.1"}


@pytest.mark.usefixtures("one_public_address")
@many_addresses
async def test_a_second_dns_answer_gets_nowhere():
    given: list[str] = []

    async def lookup(_: str, port: int) -> list[resolve.AddrInfo]:
        given.append("127.0.0.9" if given else "127.0.0.1")
        return await resolve.look_up(given[-1], port)

    def behave(exchange) -> None:  # each request needs a connection of its own
        exchange.answer(200, b"<title>a</title>", content_type="text/html", connection="close")
        exchange.close()

    async with Loopback(otherwise=behave).serving(ALL_ADDRESSES) as server:
        options = replace(QUICK, allow_private=False)
        await run([server.url(f"/{i}", "rebinding.example.org") for i in range(6)], options, lookup=lookup)
        found = await check(server.url("/again", "rebinding.example.org"), options, lookup=lookup)
        assert server.connections == 6
        assert {request.host for request in server.requests} == {"127.0.0.1"}
        assert (found.verdict, given) == (Verdict.SKIPPED, ["127.0.0.1", "127.0.0.9"])


# what is not asked


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        (Target(1, "http://127.0.0.1:1/", expires_at=LONG_AGO), Verdict.EXPIRED),
        (Target(1, "ftp://example.com/"), Verdict.SKIPPED),
        (Target(1, "mailto:a@example.com"), Verdict.SKIPPED),
        (Target(1, "https://"), Verdict.SKIPPED),
        (Target(1, "http://127.0.0.1:0/"), Verdict.SKIPPED),
        (Target(1, ""), Verdict.SKIPPED),
    ],
)
async def test_without_a_request(target, verdict):
    found = await check(target)
    assert (found.verdict, found.method, found.status) == (verdict, None, None)
    assert found.evidence


async def test_a_signed_address_before_its_time_is_asked():
    async with Loopback(otherwise=answers(200)).serving() as server:
        assert (await check(Target(1, server.url("/"), expires_at=FAR_AHEAD))).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("robots", "verdicts"),
    [
        (answers(200, b"User-agent: *\nDisallow: /private"), (Verdict.SKIPPED, Verdict.OK)),
        (
            answers(200, b"User-agent: joplin-catalogue\nDisallow: /pub\n\nUser-agent: *\nDisallow: /"),
            (Verdict.OK, Verdict.SKIPPED),
        ),
        (answers(404), (Verdict.OK, Verdict.OK)),
        (answers(503), (Verdict.SKIPPED, Verdict.SKIPPED)),
        (closes, (Verdict.OK, Verdict.OK)),
        (answers(301, location="/rules.txt"), (Verdict.SKIPPED, Verdict.OK)),
        (answers(301, location="/robots.txt"), (Verdict.OK, Verdict.OK)),
    ],
)
async def test_robots(robots, verdicts):
    rules = answers(200, b"User-agent: *\nDisallow: /private")
    async with Loopback({"/robots.txt": robots, "/rules.txt": rules}, otherwise=answers(200)).serving() as server:
        urls = [server.url("/private"), server.url("/public")]
        checks, _ = await run(urls, replace(QUICK, robots=True))
        assert tuple(checks[url].verdict for url in urls) == verdicts
        server.requests.clear()
        checks, _ = await run(urls)
        assert "/robots.txt" not in [path for _, path in server.log]


# a run as a whole


async def test_results_come_one_by_one_and_cancelling_loses_none():
    checks: list[Check] = []
    async with Loopback({"/hang": hangs}, otherwise=answers(200)).serving() as server:
        enough = asyncio.Event()

        def on_check(found: Check) -> None:
            checks.append(found)
            if len(checks) == 10:
                enough.set()

        targets = [Target(i, server.url(f"/{i}")) for i in range(10)] + [Target(99, server.url("/hang"))]
        task = asyncio.create_task(check_all(targets, replace(QUICK, timeout=60), on_check))
        await asyncio.wait_for(enough.wait(), 60)
        begun = time.perf_counter()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.perf_counter() - begun < 10  # and not 60, as long as it would have waited
        assert sorted(found.key for found in checks) == list(range(10))


async def test_an_exception_of_the_receiver_ends_the_run():
    def on_check(_: Check) -> None:
        raise OSError("disk full")

    async with Loopback(otherwise=answers(200)).serving() as server:
        with pytest.raises(OSError, match="disk full"):
            await check_all([Target(i, server.url(f"/{i}")) for i in range(10)], QUICK, on_check)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_gives_the_summary_of_what_came(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(
            """
            import signal, socket, threading
            from extractor.linkcheck import Options, Target, run_checks

            signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, if the tests run in the background
            quiet = socket.create_server(("127.0.0.1", 0))  # takes connections, never answers
            def slow(host, *_, **__):
                threading.Event().wait()  # a resolver that hangs
            real, socket.getaddrinfo = socket.getaddrinfo, slow
            targets = [Target(1, "ftp://a/"), Target(2, f"http://127.0.0.1:{quiet.getsockname()[1]}/"), Target(3, "http://a.example/")]
            def on_check(check):
                print(check.key, flush=True)
            summary = run_checks(targets, Options(timeout=60, allow_private=True), on_check)
            print(summary.interrupted, summary.checked, flush=True)
            """
        )
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout.readline() == "1\n"
        time.sleep(0.2)  # it is waiting for both by now, or will be interrupted before: the result is the same
        process.send_signal(signal.SIGINT)
        begun = time.perf_counter()
        rest, errors = process.communicate(timeout=60)
        assert (rest, errors) == ("True 1\n", "")
        assert time.perf_counter() - begun < 30  # and not 60


async def nothing_resolves(host: str, _: int) -> list[resolve.AddrInfo]:
    raise socket.gaierror(socket.EAI_NONAME, f"no {host}")


@pytest.mark.parametrize(
    ("asked", "known_alive", "away"),
    [
        (["http://a.example.org/", "http://b.example.org/"], [], True),
        (["http://a.example.org/"], ["http://c.example.org/"], True),
        (["http://a.example.org/"], ["alive"], False),
        (["alive", "http://a.example.org/"], [], False),
        (
            ["http://a.example.org/", "http://b.example.org/", "ftp://c.example.org/"],
            ["http://d.example.org/", "alive"],
            False,
        ),
        (["ftp://c.example.org/"], [], False),
        (["alive"], [], False),
    ],
)
async def test_a_network_that_is_away_is_not_the_links_fault(asked, known_alive, away):
    async def lookup(host: str, port: int) -> list[resolve.AddrInfo]:
        return await (resolve.look_up if host == "127.0.0.1" else nothing_resolves)(host, port)

    async with Loopback(otherwise=answers(200)).serving() as server:
        alive = server.url("/alive")
        _, summary = await run(
            [url.replace("alive", alive) for url in asked],
            known_alive=[url.replace("alive", alive) for url in known_alive],
            lookup=lookup,
        )
        assert summary.away_since == (summary.started_at if away else None)


async def test_a_network_that_goes_away_in_the_middle():
    def behave(exchange) -> None:
        exchange.answer(200, connection="close")
        exchange.close()

    async def lookup(host: str, port: int) -> list[resolve.AddrInfo]:
        return await (resolve.look_up if host == "127.0.0.1" else nothing_resolves)(host, port)

    checks: list[Check] = []
    async with Loopback(otherwise=behave).serving() as server:

        def on_check(found: Check) -> None:
            checks.append(found)
            if len(checks) == 3:
                server.stop()

        targets = [Target(i, server.url(f"/{i}")) for i in range(3)]
        targets += [Target(10 + i, f"http://h{i}.example.org/") for i in range(5)]
        summary = await check_all(targets, replace(QUICK, concurrency=1), on_check, lookup=lookup)
        assert [found.verdict for found in checks] == [Verdict.OK] * 3 + [Verdict.DNS_ERROR] * 5
        assert summary.away_since is not None
        assert checks[2].checked_at <= summary.away_since <= checks[5].checked_at


async def test_a_proxy_gets_everything_and_local_names_stay_here():
    async with Loopback({"secure.example.org:443": answers(502)}, otherwise=page("a")).serving() as proxy:
        options = replace(QUICK, proxy=f"http://me:pw@127.0.0.1:{proxy.port}", allow_private=False)
        checks, _ = await run(
            ["http://www.example.org/a", "http://localhost/x", "http://10.1.2.3/y", "https://secure.example.org"],
            options,
        )
        assert checks["http://www.example.org/a"].verdict is Verdict.OK
        assert checks["http://localhost/x"].verdict is Verdict.SKIPPED
        assert checks["http://10.1.2.3/y"].verdict is Verdict.SKIPPED
        assert checks["https://secure.example.org"].error.startswith("the proxy: 502")
        paths = {path for _, path in proxy.log}
        assert paths == {"http://www.example.org/a", "secure.example.org:443"}
        assert {request.headers.get("proxy-authorization") for request in proxy.requests} == {"Basic bWU6cHc="}


@pytest.mark.parametrize(
    ("sites", "known_alive", "intercepted"),
    [
        (
            ["a.example.com", "b.example.net", "c.example.org"],
            [],
            True,
        ),  # as before one has logged in to a hotel's network
        (["a.example.com", "b.example.com", "c.example.com"], [], False),  # of one owner
        (["a.example.com", "b.example.net"], [], False),
        (["a.example.com", "b.example.net", "c.example.org"], ["good"], False),  # somebody proves who he is
        (["a.example.com", "b.example.net", "c.example.org"], ["d.example.org"], True),
    ],
)
async def test_whoever_answers_for_everybody_is_believed_by_nobody(
    tmp_path, monkeypatch, sites, known_alive, intercepted
):
    (tmp_path / "good").mkdir()
    portal, good = Loopback(otherwise=page("Log in")), Loopback(otherwise=page("a"))
    trusted = certificate(tmp_path / "good", "good.example.org")
    async with portal.serving(tls=certificate(tmp_path, "portal.example")), good.serving(tls=trusted):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "good" / "server.pem"))
        alive = [
            good.url("/", "good.example.org", "https") if name == "good" else portal.url("/", name, "https")
            for name in known_alive
        ]
        urls = [portal.url("/", site, "https") for site in sites]
        checks, summary = await run(urls, known_alive=alive, lookup=to_loopback)
        assert {found.verdict for found in checks.values()} == {Verdict.SUSPECT}
        assert (summary.intercepted, summary.away_since) == (intercepted, summary.started_at if intercepted else None)
