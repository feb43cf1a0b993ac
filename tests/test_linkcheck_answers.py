"""What servers say and what is made of it, as tables: the rows of "what an answer means", and the odd ones."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx

from extractor.linkcheck import Check, Options, Target, Verdict, check_all, hosts, http11
from extractor.linkcheck.network import Unanswered
from extractor.linkcheck.request import Requests, target_of
from extractor.linkcheck.verdict import Failure

URL = "https://example.com/a/page"
BOMB = gzip.compress(b"<title>Not found</title>" + b" " * 30_000_000, mtime=0)
TARGET = Target(1, URL)
OPTIONS = Options(host_delay=0, backoff=0.001, retries=1)
SHARED_CONTEXT = hosts.tls_context()


@pytest.fixture(autouse=True)
def _one_tls_context(monkeypatch):
    monkeypatch.setattr(hosts, "tls_context", lambda: SHARED_CONTEXT)


async def check(router: respx.Router, *answers: object, target: Target = TARGET, options: Options = OPTIONS) -> Check:
    """Check one address: one answer is that to every request, several are those to one request after the other."""
    route = router.route(url=target.url)
    if len(answers) == 1 and isinstance(answers[0], httpx.Response):
        route.mock(return_value=answers[0])
    else:
        route.mock(side_effect=answers[0] if len(answers) == 1 else list(answers))
    checks: list[Check] = []
    await check_all([target], options, checks.append)
    assert len(checks) == 1
    return checks[0]


def answering(monkeypatch: pytest.MonkeyPatch) -> respx.Router:
    """A router that answers instead of all hosts."""
    router = respx.Router(assert_all_called=False)

    async def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.copy_with(raw_path=target_of(request))
        return await router.async_handler(httpx.Request(request.method, asked, headers=request.headers))

    monkeypatch.setattr(hosts, "transport", lambda *_: httpx.MockTransport(answer))
    return router


@pytest.fixture
def router(monkeypatch):
    return answering(monkeypatch)


def html(title: str = "An article", status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(
        status,
        html=f"<title>{title}</title>",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def to(location: str, status: int = 301) -> httpx.Response:
    return httpx.Response(status, headers={"location": location})


def said(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (html(), Verdict.OK),
        (said(204), Verdict.OK),
        (said(401, www_authenticate="Basic"), Verdict.BLOCKED),
        (said(403), Verdict.BLOCKED),
        (said(999), Verdict.BLOCKED),
        (html("Just a moment...", 403, cf_mitigated="challenge"), Verdict.BLOCKED),
        (html("Just a moment...", 503), Verdict.BLOCKED),
        (said(404), Verdict.DEAD),
        (said(410), Verdict.GONE),
        (said(429), Verdict.RATE_LIMITED),
        *((said(status), Verdict.SERVER_ERROR) for status in (500, 501, 502, 503, 504, 520, 530)),
        (html("Page not found"), Verdict.SUSPECT),
        (html("example.com is for sale"), Verdict.SUSPECT),
        # no answer
        (httpx.ReadTimeout("slow"), Verdict.TIMEOUT),
        (httpx.ConnectTimeout("slow"), Verdict.TIMEOUT),
        (Unanswered(Failure.NO_SUCH_HOST, "no such host"), Verdict.DNS_ERROR),
        (Unanswered(Failure.NAME_SERVER, "try again"), Verdict.DNS_ERROR),
        (httpx.ConnectError("refused"), Verdict.CONNECTION_ERROR),
        (httpx.ReadError("reset"), Verdict.CONNECTION_ERROR),
        (httpx.RemoteProtocolError("no HTTP"), Verdict.CONNECTION_ERROR),
        (httpx.ProxyError("502"), Verdict.CONNECTION_ERROR),
        (Unanswered(Failure.TLS, "certificate has expired"), Verdict.TLS_ERROR),
        (Unanswered(Failure.NOT_PUBLIC, "it is 10.0.0.1"), Verdict.SKIPPED),
    ],
)
async def test_each_row(router, answer, verdict):
    assert (await check(router, answer)).verdict is verdict


@pytest.mark.parametrize("status", [400, 403, 404, 405, 406, 410, 500, 501, 502, 503, 999])
@pytest.mark.parametrize(
    ("get", "verdict"),
    [(said(200, content_type="application/pdf"), Verdict.OK), (said(404), Verdict.DEAD), (said(410), Verdict.GONE)],
)
async def test_any_error_to_head_is_decided_by_get(router, status, get, verdict):
    found = await check(router, said(status), get, target=Target(1, URL + ".pdf"))
    assert (found.verdict, found.method, len(router.calls)) == (verdict, "GET", 2)


@pytest.mark.parametrize(
    ("pages", "verdict", "final", "permanent"),
    [
        ({URL: to("https://example.org/b")}, Verdict.MOVED, "https://example.org/b", True),
        ({URL: to("https://example.org/b", 308)}, Verdict.MOVED, "https://example.org/b", True),
        ({URL: to("https://example.org/b", 302)}, Verdict.OK, "https://example.org/b", False),
        ({URL: to("https://example.org/b", 303)}, Verdict.OK, "https://example.org/b", False),
        ({URL: to("https://example.org/b", 307)}, Verdict.OK, "https://example.org/b", False),
        (
            {URL: to("https://example.org/b"), "https://example.org/b": to("/c", 302)},
            Verdict.OK,
            "https://example.org/c",
            False,
        ),
        (
            {URL: to("https://example.org/b"), "https://example.org/b": said(404)},
            Verdict.DEAD,
            "https://example.org/b",
            True,
        ),
        (
            {URL: to("https://example.org/b"), "https://example.org/b": said(503)},
            Verdict.SERVER_ERROR,
            "https://example.org/b",
            True,
        ),
        # relative
        ({URL: to("b")}, Verdict.MOVED, "https://example.com/a/b", True),
        ({URL: to("../b?c#d")}, Verdict.MOVED, "https://example.com/b?c#d", True),
        ({URL: to("/b")}, Verdict.MOVED, "https://example.com/b", True),
        ({URL: to("//example.org/b")}, Verdict.MOVED, "https://example.org/b", True),
        ({URL + "?b": html(), URL: to("?b")}, Verdict.MOVED, "https://example.com/a/page?b", True),
        ({URL: to("HTTPS://EXAMPLE.ORG:443/b")}, Verdict.MOVED, "https://example.org/b", True),
        ({URL: to("https://me:pw@example.org/b")}, Verdict.MOVED, "https://example.org/b", True),
        # to nowhere
        ({URL: to("#top")}, Verdict.SUSPECT, URL, True),
        ({URL: to("https://example.com/a/page")}, Verdict.SUSPECT, URL, True),
        ({URL: to("/b"), "https://example.com/b": to("/a/page")}, Verdict.SUSPECT, URL, True),
        ({URL: to("mailto:a@example.com")}, Verdict.SKIPPED, "mailto:a@example.com", True),
        ({URL: to("itms-apps://example.com/app", 302)}, Verdict.SKIPPED, "itms-apps://example.com/app", False),
        ({URL: to("ftp://example.com/a")}, Verdict.SKIPPED, "ftp://example.com/a", True),
        ({URL: to("javascript:alert(1)")}, Verdict.SKIPPED, "javascript:alert(1)", True),
        ({URL: to("https://exa mple.com/")}, Verdict.SKIPPED, "https://exa mple.com/", True),
    ],
)
async def test_redirects(router, pages, verdict, final, permanent):
    for url, answer in pages.items():
        router.route(url=url).mock(return_value=answer)
    router.route().mock(return_value=html())
    found = await check(router, pages[URL])
    assert (found.verdict, found.final_url, found.permanent) == (verdict, final, permanent)
    assert found.redirects[0].url == URL


def in_an_hour(minutes: float = 60) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)


@pytest.mark.parametrize(
    ("status", "retry_after", "verdict", "asked"),
    [
        (429, "0", Verdict.OK, 2),
        pytest.param(429, in_an_hour(-60), Verdict.OK, 2, id="an hour ago"),
        (429, "soon", Verdict.OK, 2),
        (429, "3600", Verdict.RATE_LIMITED, 1),
        pytest.param(429, in_an_hour(), Verdict.RATE_LIMITED, 1, id="in an hour"),
        (503, "0", Verdict.OK, 2),
    ],
)
async def test_retry_after(router, status, retry_after, verdict, asked):
    found = await check(router, said(status, retry_after=retry_after), html())
    assert (found.verdict, len(router.calls)) == (verdict, asked)


async def test_a_wait_is_waited_for(router):
    begun = datetime.now(UTC)
    assert (await check(router, said(429, retry_after="1"), html())).verdict is Verdict.OK
    assert datetime.now(UTC) - begun >= timedelta(seconds=1)


async def test_no_more_is_waited_than_allowed(router):
    found = await check(router, said(429, retry_after="2"), html(), options=replace(OPTIONS, max_wait=1))
    assert found.verdict is Verdict.RATE_LIMITED


def body(content: bytes, **headers: str) -> httpx.Response:
    fields = {"content-type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, headers=fields, content=content)


NOT_FOUND = "says it was not found: 'Not found'"


@pytest.mark.parametrize(
    ("answer", "verdict", "evidence"),
    [
        (body(b"<title>longer</title>", content_length="9"), Verdict.OK, None),
        (body(b"<title>shorter</title>", content_length="99"), Verdict.OK, None),
        (body(b"<title>a</title>", content_length="many"), Verdict.OK, None),
        (
            body(gzip.compress(b"<title>Not found</title>", mtime=0), content_encoding="gzip"),
            Verdict.SUSPECT,
            NOT_FOUND,
        ),
        (body(BOMB, content_encoding="gzip"), Verdict.SUSPECT, NOT_FOUND),
        (body(b"<title>Not found</title>" + b"x" * 5_000_000), Verdict.SUSPECT, NOT_FOUND),
        (body(b"x" * 70_000 + b"<title>Not found</title>"), Verdict.OK, None),  # beyond what is read
        (body(b""), Verdict.SUSPECT, "an empty page"),
        (body("<title>Käse</title>".encode(), content_type="text/html; charset=utf-99"), Verdict.OK, None),
    ],
)
async def test_odd_bodies(router, answer, verdict, evidence):
    found = await check(router, answer)
    assert (found.verdict, found.evidence) == (verdict, evidence)


async def test_nothing_is_sent_that_was_set(router):
    router.get("https://example.com/b").mock(return_value=html())
    router.head("https://example.com/b").mock(return_value=html())
    await check(router, httpx.Response(302, headers={"location": "/b", "set-cookie": "a=1"}))
    for call in router.calls:
        assert not {"cookie", "authorization", "referer"} & set(call.request.headers)


async def test_of_two_locations_the_first_counts(router):
    router.route(url="https://example.com/b").mock(return_value=html())
    found = await check(router, httpx.Response(301, headers=[("location", "/b"), ("location", "/c")]))
    assert found.final_url == "https://example.com/b"


@pytest.mark.parametrize("retries", [0, 1, 3])
async def test_what_may_pass_is_asked_again(router, retries):
    found = await check(router, said(502), options=replace(OPTIONS, retries=retries))
    assert (found.verdict, len(router.calls)) == (Verdict.SERVER_ERROR, 1 + retries)


async def test_a_row_holds_what_there_is_to_know(router):
    headers = {"etag": 'W/"1"', "last-modified": "Fri, 01 Nov 2024 12:00:00 GMT"}
    router.route(url="https://example.com/b").mock(return_value=html(**headers))
    found = await check(router, to("/b"), target=Target(42, URL))
    assert (found.key, found.url, found.verdict, found.status, found.method) == (42, URL, Verdict.MOVED, 200, "GET")
    assert (found.etag, found.last_modified) == (headers["etag"], headers["last-modified"])
    assert (found.error, found.evidence) == (None, "moved permanently to https://example.com/b")
    assert found.elapsed_ms >= 0
    assert abs(found.checked_at - datetime.now(UTC).timestamp() * 1000) < 60_000


async def test_a_failure_keeps_no_validators(router):
    found = await check(router, html("Page not found", etag='"1"'))
    assert (found.verdict, found.etag) == (Verdict.SUSPECT, None)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "http://example.com:8080/a/b.html?x=1&y=%20z",
        "https://example.com/a/../b",
        "https://example.com/.well-known/a/./b",
        "https://example.com/100%/%zz",
        "https://example.com/a b?c=[d]|e^f",
        "https://example.com/a|b^c?d|e",
        "https://example.com?q='1'",
        "https://example.com/%C3%BC/ü",
        "https://[2001:db8::1]:81/a",
        "https://example.com/a?",
        "https://example.com/a?b?c/../d#e",
    ],
)
def test_requests_are_those_that_httpx_makes(url):
    made, origin = Requests("agent").make("GET", url, {"cookie": "a=1"})
    path, mark, query = url.partition("?")
    whole = httpx.URL(path.replace("|", "%7C").replace("^", "%5E") + mark + query)
    assert target_of(made) == whole.raw_path
    assert made.headers.raw[0] == (b"Host", whole.netloc)
    assert (made.headers["user-agent"], made.headers["cookie"]) == ("agent", "a=1")
    assert origin == f"{whole.scheme}://{whole.netloc.decode()}"


@pytest.mark.parametrize("url", ["https://example.com:0/", "https://example.com:x/"])
def test_what_cannot_be_put_into_a_request(url):
    with pytest.raises(Unanswered) as raised:
        Requests("agent").make("GET", url, None)
    assert raised.value.failure is Failure.NOT_ADDRESS


@pytest.mark.parametrize(
    ("sent", "whole", "keeps", "broken"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab", b"ab", True, False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n", b"ab", False, False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nab", b"ab", False, False),
        (b"HTTP/1.0 200 OK\r\n\r\nab", b"ab", False, False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", b"ab", False, True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2 \r\nab\r\n0\r\n\r\n", b"ab", True, False),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\nzz\r\n", b"ab", False, True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n", b"ab", False, True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True, False),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b"", True, False),
        (b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nab", b"", False, False),
        (b"RTSP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", b"", False, True),
        (b"HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n", b"", False, True),
        (b"SSH-2.0-OpenSSH_9.6\r\n", b"", False, True),
    ],
)
def test_answers_as_they_come(sent, whole, keeps, broken):
    """At once, and byte by byte behind the head: the body, whether the connection can be used again, or broke off."""
    begin = sent.find(b"\r\n\r\n") + 4
    for pieces in ([sent], [sent[:begin], *(sent[i : i + 1] for i in range(begin, len(sent)))]):
        answer = http11.Answer(head_only=False)
        for piece in pieces:
            answer.feed(piece)
            if answer.broken or (answer.is_whole and keeps):
                break
        keeps_alive = answer.is_whole and answer.keeps_alive
        answer.feed(b"")
        assert (b"".join(answer.chunks), keeps_alive, answer.broken is not None) == (whole, keeps, broken)


def test_an_answer_to_head_has_no_body():
    answer = http11.Answer(head_only=True)
    answer.feed(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
    assert (answer.is_whole, answer.keeps_alive) == (True, True)
    answer.feed(b"ab")
    assert (list(answer.chunks), answer.keeps_alive) == ([], False)
