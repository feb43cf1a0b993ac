"""What a browser bears, a check bears: heads that parsers refuse, all redirects, a second way before a death."""

from __future__ import annotations

import gzip
import zlib

import pytest
from loopback import Behaviour, Exchange, Loopback, answers, by_method, closes, in_turn, page, resets, says
from test_linkcheck_loopback import QUICK, check, run

from extractor.linkcheck import Target, Verdict
from extractor.linkcheck.body import unpack
from extractor.linkcheck.head import mend_head
from extractor.linkcheck.redirects import join

BODY = b"<title>Fine</title><p>words"
KIND = b"Content-Type: text/html\r\n"


def raw(head: bytes, body: bytes = BODY) -> Behaviour:
    """This head, then the body, then the end."""
    return by_method(HEAD=says(head), GET=says(head + body))


def head(line: bytes = b"", status: bytes = b"HTTP/1.1 200 OK", length: bytes = b"%d" % len(BODY)) -> bytes:
    return (
        status + b"\r\n" + KIND + line + (b"Content-Length: " + length + b"\r\n" if length != b"-" else b"") + b"\r\n"
    )


CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


@pytest.mark.parametrize(
    ("behaviour", "verdict"),
    [
        (raw(head()), Verdict.OK),
        # lines that name nothing
        (raw(head(b"garbage line here\r\n")), Verdict.OK),
        (raw(head(b"X-Foo : bar\r\n")), Verdict.OK),
        (raw(head(b"get-ban/forum.php: userdata not support\r\n")), Verdict.OK),
        (raw(head(b"X-Foo[bar]: baz\r\n")), Verdict.OK),
        (raw(head(b"X-Foo(1)@a: baz\r\n")), Verdict.OK),
        (raw(head(b": baz\r\n")), Verdict.OK),
        (raw(b"HTTP/1.1 200 OK\r\n folded: x\r\n" + head()[17:]), Verdict.OK),
        (raw(head(b"X-Foo: a\r\n  b\r\n")), Verdict.OK),
        (raw(head(b"X-Foo: a\x00b\r\n")), Verdict.OK),
        (raw(head(b"X-Big: " + b"a" * 128_000 + b"\r\n")), Verdict.OK),
        # status lines
        (raw(head(status=b"HTTP 200 OK", length=b"-")), Verdict.OK),
        (raw(head(status=b"HTTP/1.1  200 OK")), Verdict.OK),
        (raw(head(status=b"http/1.1 200 OK")), Verdict.OK),
        (raw(head(status=b"HTTP/2.0 200 OK")), Verdict.OK),
        (raw(head(status=b"ICY 200 OK", length=b"-")), Verdict.OK),
        (raw(b"\r\n\r\n" + head()), Verdict.OK),
        (raw(head(status=b"HTTP/1.1 200")), Verdict.OK),
        (raw(head(status="HTTP/1.1 200 ÖK".encode())), Verdict.OK),
        (raw(head(status=b"HTTP/1.1 404 Nope")), Verdict.DEAD),
        # how long the body is
        (raw(head(length=b"")), Verdict.OK),
        (raw(head(length=b"-1")), Verdict.OK),
        (raw(head(length=b"1,234")), Verdict.OK),
        (raw(head(length=b"27, 27")), Verdict.OK),
        (raw(head(b"Content-Length: 31\r\n")), Verdict.OK),
        (raw(head(b"Transfer-Encoding: identity\r\n", length=b"-")), Verdict.OK),
        (raw(head(b"Transfer-Encoding: gzip, chunked\r\n", length=b"-"), CHUNKED), Verdict.OK),
        (raw(head(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", length=b"-"), CHUNKED), Verdict.OK),
        # the status stands, whatever the body is; so it does where both come in one piece
        (raw(head(b"Transfer-Encoding: chunked\r\n", length=b"-"), b"zz\r\njunk\r\n"), Verdict.OK),
        # an interim answer first
        (raw(b"HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n" + head()), Verdict.OK),
        # what no browser takes for HTTP
        (raw(b"HTTP/1.1 099 Odd\r\nContent-Length: 4\r\n\r\n"), Verdict.CONNECTION_ERROR),
        (raw(b"RTSP/1.0 200 OK\r\nContent-Length: 4\r\n\r\n"), Verdict.CONNECTION_ERROR),
        (says(b"SSH-2.0-OpenSSH\r\n"), Verdict.CONNECTION_ERROR),
        (says(b"HTTP/1.1 two hundred\r\n\r\n"), Verdict.CONNECTION_ERROR),
        (says(b"220 mail.example.org ESMTP\r\n"), Verdict.CONNECTION_ERROR),
    ],
)
async def test_heads(behaviour, verdict):
    async with Loopback({"/x": behaviour}).serving() as server:
        assert (await check(server.url("/x"))).verdict is verdict


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "piece", [b"\r\n", b"a: b\r\n", b" \r\n", b": \r\n", b"content-length: 1\r\n", b"\x00", b"a" * 99]
)
def test_odd_heads_take_linear_time(piece):
    mend_head(b"HTTP/1.1 200 OK\r\n" + piece * (200_000 // len(piece)) + b"\r\n\r\n")


@pytest.mark.parametrize(
    ("body", "encoding", "expected"),
    [
        (BODY, None, BODY),
        (BODY, "none", BODY),
        (BODY, "UTF-8", BODY),
        (gzip.compress(BODY, mtime=0), "gzip", BODY),
        (gzip.compress(gzip.compress(BODY, mtime=0), mtime=0), "gzip, gzip", BODY),
        (zlib.compress(BODY)[2:-4], "deflate", BODY),
        (gzip.compress(BODY, mtime=0)[:-8], "x-gzip", BODY),
        (BODY, "gzip", None),
        (BODY, "br", None),
        (gzip.compress(b"a" * 50_000_000, mtime=0), "gzip", b"a" * 1_000),
        (b"", "gzip", b""),
    ],
)
def test_unpacking(body, encoding, expected):
    assert unpack(body, encoding, 1_000) == expected


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/new", "https://example.com/new"),
        ("\\new", "https://example.com/new"),
        ("https:\\\\example.org\\new", "https://example.org/new"),
        ("https:/new", "https://example.com/new"),
        ("\\\\example.org/new", "https://example.org/new"),
        ("/ne\tw", "https://example.com/new"),
        ("?a=b\\c", "https://example.com/a/page?a=b\\c"),
        ("/x?u=c:\\d", "https://example.com/x?u=c:\\d"),
        ("mailto:a\\b", "mailto:a\\b"),
    ],
)
def test_references_are_resolved_as_browsers_do(location, expected):
    assert join("https://example.com/a/page", location) == expected


def once_the_cookie_is_back(cookie: str, where: str) -> Behaviour:
    def behave(exchange: Exchange) -> None:
        if cookie in exchange.request.headers.get("cookie", ""):
            page("Fine")(exchange)
        else:
            exchange.answer(302, location=where, set_cookie=f"{cookie}; Path=/")

    return behave


def refresh(where: str, before: str = "", delay: int = 0) -> Behaviour:
    return page(f"Redirecting</title>{before}<meta http-equiv='refresh' content='{delay}; url={where}'>")


LOGINS = (
    *("/sso?x", "/authorize?client_id=1", "/session/new", "/idp/profile/SAML2/Redirect/SSO", "/auth"),
    *("/accounts/signin/v2/identifier", "/zustimmung?url=x", "/door?next=%2Fx", "/members/login-page"),
)


@pytest.mark.parametrize(
    ("pages", "verdict", "final"),
    [
        # cookies, within one chain
        ({"/x": once_the_cookie_is_back("seen=1", "/x")}, Verdict.OK, "/x"),
        ({"/x": once_the_cookie_is_back("c=1", "/check"), "/check": answers(302, location="/x")}, Verdict.OK, "/x"),
        ({"/x": answers(302, location="/x", set_cookie="a=1")}, Verdict.SUSPECT, "/x"),
        # refresh
        ({"/x": refresh("/gone")}, Verdict.DEAD, "/gone"),
        ({"/x": refresh("/new"), "/new": page("Fine")}, Verdict.MOVED, "/new"),
        ({"/x": refresh("/new", delay=3), "/new": page("Fine")}, Verdict.OK, "/new"),
        ({"/x": refresh("/new", delay=60)}, Verdict.OK, "/x"),
        ({"/x": refresh("/")}, Verdict.SUSPECT, "/"),
        ({"/x": refresh("app://open")}, Verdict.OK, "/x"),
        ({"/x": answers(200, b"<p>moving", content_type="text/html", refresh="0; url=/gone")}, Verdict.DEAD, "/gone"),
        ({"/x": page("A</title><noscript><meta http-equiv=refresh content='0;url=/gone'>")}, Verdict.OK, "/x"),
        # a route is no home page, and what is like a home page is one
        ({"/x": answers(301, location="/#/docs/page")}, Verdict.MOVED, "/#/docs/page"),
        ({"/x": answers(301, location="/new#sec"), "/new": page("Fine")}, Verdict.MOVED, "/new#sec"),
        *(
            ({"/x": answers(301, location=where), where: page("Home")}, Verdict.SUSPECT, where)
            for where in ("/en/", "/en-us", "/index.html", "/home", "/?from=404", "/?utm_source=x")
        ),
        ({"/x": answers(301, location="/?p=12"), "/?p=12": page("Fine")}, Verdict.MOVED, "/?p=12"),
        # logins and consent
        *(
            ({"/x": answers(302, location=where), where: page("Log in")}, Verdict.BLOCKED, where)
            for where in LOGINS
        ),
    ],
)  # fmt: skip
async def test_redirects(pages, verdict, final):
    pages = {"/": page("Home"), "/login": page("Log in")} | pages
    async with Loopback(pages).serving() as server:
        found = await check(server.url("/x"))
        assert (found.verdict, found.final_url) == (verdict, server.url(final))


@pytest.mark.parametrize(
    ("status", "where"), [(302, "/"), (301, "/login"), (301, "/elsewhere"), (302, "/x.pdf"), (301, "/broken")]
)
async def test_get_is_asked_for_whatever_head_said(status, where):
    file = answers(200, b"%PDF-", content_type="application/pdf")
    pages = {
        "/": page("Home"),
        "/login": page("Log in"),
        "/elsewhere": page("a"),
        "/broken": answers(500),
        "/x.pdf": by_method(HEAD=answers(status, location=where), GET=file),
    }
    async with Loopback(pages).serving() as server:
        found = await check(server.url("/x.pdf"))
        assert (found.verdict, found.final_url) == (Verdict.OK, server.url("/x.pdf"))


async def test_cookies_are_kept_for_one_chain_alone():
    async with Loopback({"/x": once_the_cookie_is_back("seen=1", "/x")}, otherwise=page("a")).serving() as server:
        await run([server.url("/x"), server.url("/y")])
        assert {request.path for request in server.requests if "cookie" in request.headers} == {"/x"}


@pytest.mark.parametrize(
    ("by_http", "by_https", "verdict"),
    [
        (answers(404), page("Fine"), Verdict.MOVED),
        (answers(410), page("Fine"), Verdict.MOVED),
        (resets, page("Fine"), Verdict.MOVED),
        (answers(503), page("Fine"), Verdict.MOVED),
        (answers(404), answers(403), Verdict.BLOCKED),
        (answers(404), answers(404), Verdict.DEAD),
        (answers(404), closes, Verdict.DEAD),
        (answers(404), page("Page not found"), Verdict.DEAD),
        (closes, answers(500), Verdict.CONNECTION_ERROR),
    ],
)
async def test_https_is_asked_for_what_http_does_not_give(monkeypatch, by_http, by_https, verdict):
    async with Loopback({"/x": by_http}).serving() as http, Loopback({"/x": by_https}).serving() as https:
        monkeypatch.setattr(
            "extractor.linkcheck.ways._secure", lambda url: url.replace(str(http.port), str(https.port))
        )
        found = await check(http.url("/x"))
        assert found.verdict is verdict
        assert found.final_url == (https if verdict in {Verdict.MOVED, Verdict.BLOCKED} else http).url("/x")


async def test_a_page_that_a_port_was_named_for_is_not_asked_for_elsewhere():
    async with Loopback().serving() as server:
        assert (await check(server.url("/x"))).verdict is Verdict.DEAD
        assert server.connections <= 2


async def test_validators_that_no_header_may_hold_are_left_out():
    """A server may send bytes that are no text; the next check asks without them, and is no skip."""
    validators = b'ETag: "\xfc\xe9"\r\nLast-Modified: x\xfcy\r\n'
    said = b"HTTP/1.1 200 OK\r\n" + validators + b"Content-Type: image/png\r\nContent-Length: 0\r\n\r\n"
    async with Loopback({"/x": says(said)}).serving() as server:
        first = await check(server.url("/x"))
        target = Target(1, server.url("/x"), None, first.etag, first.last_modified, first.final_url)
        assert (await check(target)).verdict is Verdict.OK


async def test_what_is_raw_in_a_path_goes_out_as_browsers_send_it():
    async with Loopback(otherwise=page("a")).serving() as server:
        await check(server.url("/x|y^z?q=a|b"))
        assert {path for _, path in server.log} == {"/x%7Cy%5Ez?q=a|b"}


async def test_a_flaky_connection_is_not_the_pages_fault():
    async with Loopback({"/x": in_turn(closes, page("a"))}).serving() as server:
        assert (await check(server.url("/x"), QUICK)).verdict is Verdict.OK
