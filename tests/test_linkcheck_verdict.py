"""The table of what an answer means, row by row."""

from __future__ import annotations

import gzip
import zlib

import pytest

from extractor.linkcheck.page import Page, is_file, read_page
from extractor.linkcheck.phrases import doubts
from extractor.linkcheck.verdict import SOFT_FAILURES, Answer, Failure, Hop, Verdict, judge
from extractor.linkcheck.walls import is_bot_wall

ASKED = "https://example.com/articles/1"


def page(title: str = "An article", heading: str = "", body: str = "some words") -> Page:
    markup = f"<html><title>{title}</title><body><h1>{heading}</h1>{body}</body></html>".encode()
    found = read_page(markup, "text/html", None, 65_536)
    assert found is not None
    return found


def through(*hops: tuple[int, str]) -> tuple[Hop, ...]:
    urls = [ASKED, *(url for _, url in hops)]
    return tuple(Hop(status, urls[i], url) for i, (status, url) in enumerate(hops))


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, Verdict.OK) for status in (200, 201, 202, 203, 204, 205, 206, 300, 304)),
        *((status, Verdict.BLOCKED) for status in (401, 402, 403, 405, 406, 418, 423, 428, 451, 999)),
        *((status, Verdict.SERVER_ERROR) for status in (500, 501, 502, 503, 504, 507, 520, 530, 599, 425)),
        *((status, Verdict.RATE_LIMITED) for status in (429, 420)),
        *((status, Verdict.SUSPECT) for status in (400, 409, 414, 422, 301, 302, 305, 306, 100, 600, 0)),
        (404, Verdict.DEAD),
        (410, Verdict.GONE),
        (408, Verdict.TIMEOUT),
        (407, Verdict.CONNECTION_ERROR),
    ],
)
def test_status(status, verdict):
    assert judge(Answer(ASKED, ASKED, status=status)).verdict is verdict


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        (Failure.TIMEOUT, Verdict.TIMEOUT),
        (Failure.NO_SUCH_HOST, Verdict.DNS_ERROR),
        (Failure.NAME_SERVER, Verdict.DNS_ERROR),
        (Failure.CONNECTION, Verdict.CONNECTION_ERROR),
        (Failure.TLS, Verdict.TLS_ERROR),
        (Failure.CERTIFICATE_WANTED, Verdict.BLOCKED),
        (Failure.LOOP, Verdict.SUSPECT),
        (Failure.TOO_MANY_REDIRECTS, Verdict.SUSPECT),
        (Failure.NOT_PUBLIC, Verdict.SKIPPED),
        (Failure.NOT_WEB, Verdict.SKIPPED),
        (Failure.NOT_ADDRESS, Verdict.SKIPPED),
        (Failure.ROBOTS, Verdict.SKIPPED),
    ],
)
def test_failure(failure, verdict):
    judgement = judge(Answer(ASKED, ASKED, failure=failure, detail="why"))
    assert (judgement.verdict, judgement.evidence) == (verdict, "why")


def test_every_failure_has_a_verdict():
    assert {judge(Answer(ASKED, ASKED, failure=failure)).verdict for failure in Failure} == {
        *SOFT_FAILURES - {Verdict.SERVER_ERROR},
        Verdict.BLOCKED,
        Verdict.SUSPECT,
        Verdict.SKIPPED,
    }


@pytest.mark.parametrize(
    ("hops", "verdict", "evidence"),
    [
        (through((301, "https://example.com/new")), Verdict.MOVED, "moved permanently to https://example.com/new"),
        (through((308, "https://example.org/new")), Verdict.MOVED, "moved permanently to https://example.org/new"),
        (
            through((301, "https://a.example/"), (308, "https://b.example/x")),
            Verdict.MOVED,
            "moved permanently to https://b.example/x",
        ),
        (through((302, "https://example.com/new")), Verdict.OK, None),
        (through((303, "https://example.com/new")), Verdict.OK, None),
        (through((307, "https://example.com/new")), Verdict.OK, None),
        (through((301, "https://a.example/"), (302, "https://b.example/x")), Verdict.OK, None),
        (through((302, "https://a.example/"), (301, "https://b.example/x")), Verdict.OK, None),
        # sent on to what stands for "not found"
        (through((301, "https://example.com/")), Verdict.SUSPECT, "redirects to the home page: https://example.com/"),
        (
            through((302, "https://www.example.com/")),
            Verdict.SUSPECT,
            "redirects to the home page: https://www.example.com/",
        ),
        (through((302, "https://example.org/")), Verdict.OK, None),  # a short address may stand for a home page
        (through((302, "https://example.com/?q=1")), Verdict.OK, None),
        (
            through((302, "https://example.com/404")),
            Verdict.SUSPECT,
            "redirects to an error page: https://example.com/404",
        ),
        (
            through((302, "https://example.com/de/not-found.html")),
            Verdict.SUSPECT,
            "redirects to an error page: https://example.com/de/not-found.html",
        ),
        (
            through((302, "https://www.hugedomains.com/x?d=1")),
            Verdict.SUSPECT,
            "the domain is for sale: https://www.hugedomains.com/x?d=1",
        ),
        # sent on to whoever asks who is there
        (
            through((302, "https://example.com/login?next=/a")),
            Verdict.BLOCKED,
            "asks to log in: https://example.com/login?next=/a",
        ),
        (
            through((302, "https://example.com/users/sign_in")),
            Verdict.BLOCKED,
            "asks to log in: https://example.com/users/sign_in",
        ),
        (
            through((303, "https://www.linkedin.com/authwall?x")),
            Verdict.BLOCKED,
            "asks to log in: https://www.linkedin.com/authwall?x",
        ),
        (
            through((302, "https://consent.youtube.com/m?x")),
            Verdict.BLOCKED,
            "asks for a login or consent first: https://consent.youtube.com/m?x",
        ),
    ],
)
def test_redirects(hops, verdict, evidence):
    answer = Answer(ASKED, hops[-1].location, status=200, hops=hops)
    assert (judge(answer).verdict, judge(answer).evidence) == (verdict, evidence)


@pytest.mark.parametrize(
    "asked", ["https://example.com/", "https://example.com/index.html", "https://example.com/en-us/"]
)
def test_a_home_page_may_send_on_to_the_home_page(asked):
    hops = (Hop(301, asked, "https://www.example.com/"),)
    assert judge(Answer(asked, hops[-1].location, status=200, hops=hops)).verdict is Verdict.MOVED


def test_a_saved_login_page_is_not_blocked():
    asked, final = "https://example.com/login", "https://www.example.com/login"
    assert judge(Answer(asked, final, status=200, hops=(Hop(301, asked, final),))).verdict is Verdict.MOVED


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"cf-mitigated": "challenge"}),
        (503, {"cf-mitigated": "challenge"}),
        (200, {"cf-mitigated": "challenge"}),
        (429, {"cf-mitigated": "challenge"}),
        (202, {"x-amzn-waf-action": "challenge"}),
        (403, {"x-datadome": "protected"}),
    ],
)
def test_walls_by_header(status, headers):
    assert judge(Answer(ASKED, ASKED, status=status, headers=headers)).verdict is Verdict.BLOCKED


@pytest.mark.parametrize(
    "title", ["Just a moment...", "Attention Required! | Cloudflare", "Access Denied", "Are you a robot?"]
)
@pytest.mark.parametrize("status", [200, 403, 503])
def test_walls_by_title(status, title):
    assert is_bot_wall(page(title))
    assert judge(Answer(ASKED, ASKED, status=status, page=page(title))).verdict is Verdict.BLOCKED


@pytest.mark.parametrize(
    ("title", "heading", "body"),
    [
        ("Page not found", "", "x"),
        ("404 Not Found", "", "x"),
        ("Page not found | Example", "", "x"),
        ("Example - 404 - Page Not Found", "", "x"),
        ("Error 404: Not Found", "", "x"),
        ("We couldn't find that page", "", "x"),
        ("Oops! That page can’t be found.", "", "x"),
        ("Sorry, this page isn't available. | X", "", "x"),
        ("This page doesn't exist", "", "x"),
        ("Example", "The page you are looking for could not be found", "x"),
        ("Example", "<span>Page</span> <b>not</b> found", "x"),
        ("Seite nicht gefunden – Beispiel", "", "x"),
        ("Página no encontrada", "", "x"),
        ("Page introuvable | Exemple", "", "x"),
        ("ページが見つかりませんでした", "", "x"),
        ("404", "", "we looked: it does not exist"),
        ("Error 404 - Example", "", "not found"),
        ("&#52;04 not found", "", "x"),
    ],
)
def test_soft_404(title, heading, body):
    evidence = doubts(page(title, heading, body), ASKED)
    assert evidence is not None
    assert evidence.startswith("says it was not found")
    assert judge(Answer(ASKED, ASKED, status=200, page=page(title, heading, body))).verdict is Verdict.SUSPECT


@pytest.mark.parametrize(
    ("title", "heading", "body"),
    [
        ("An article", "", "page not found"),
        ("How to build a better 404 page", "Page not found pages we love", "x"),
        ("404 - Wikipedia", "404", "The year 404 was a leap year"),
        ("Page found", "", "x"),
        ("Lost and found", "", "x"),
        ("Nothing lasts | A blog", "", "x"),
        ("", "", "x"),
        ("The domain name system", "", "x"),
        ("Access control", "", "x"),
        ("Domain-driven design is for everyone", "", "x"),
        ("Security check lists for teams", "", "x"),
    ],
)
def test_no_doubt(title, heading, body):
    assert doubts(page(title, heading, body), ASKED) is None
    assert is_bot_wall(page(title, heading, body)) is None


def test_a_saved_page_about_404_is_not_one():
    assert (
        doubts(page("HTTP 404 - Wikipedia", "HTTP 404", "not found"), "https://en.wikipedia.org/wiki/HTTP_404") is None
    )


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("example.com is for sale", "x"),
        ("This domain is for sale!", "x"),
        ("The domain name example.com is parked", "x"),
        ("Buy this domain", "x"),
        ("Account Suspended", "x"),
        ("example", '<script src="//img.sedoparking.com/x.js"></script>'),
        ("", '<script>window.onload=function(){window.location.href="/lander"}</script>'),
        ("Welcome to nginx!", "x"),
        ("Apache2 Ubuntu Default Page: It works", "x"),
    ],
)
def test_parked(title, body):
    assert judge(Answer(ASKED, ASKED, status=200, page=page(title, "", body))).verdict is Verdict.SUSPECT


def test_an_empty_page_is_suspect():
    assert judge(Answer(ASKED, ASKED, status=200, page=Page("", "", " \n"))).evidence == "an empty page"


def test_what_is_not_found_stays_so_whatever_the_page_says():
    assert judge(Answer(ASKED, ASKED, status=404, page=page("Just a moment..."))).verdict is Verdict.DEAD


RAW = b"<html><head><title>K\xc3\xa4se</title></head></html>"


@pytest.mark.parametrize(
    ("body", "kind", "encoding", "title"),
    [
        (RAW, "text/html", None, "Käse"),
        (RAW, None, None, "Käse"),
        (RAW, "text/html; charset=UTF-8", "identity", "Käse"),
        (RAW, "TEXT/HTML; charset=no-such-charset", None, "Käse"),
        (RAW, "text/html; charset=base64", None, "Käse"),
        ("<title>Käse</title>".encode("latin-1"), "text/html; charset=iso-8859-1", None, "Käse"),
        ("<meta charset='windows-1251'><title>Сыр</title>".encode("cp1251"), "text/html", None, "Сыр"),
        (b"<TITLE\n lang=en> a\n b </TITLE>", "text/html", None, "a b"),
        (b"<titles>no</titles><title>yes</title>", "text/html", None, "yes"),
        (b"<title>never closed", "text/html", None, "never closed"),
        (b"<title", "text/html", None, ""),
        ("<title>İİİ</title>".encode(), "text/html", None, "İİİ"),
        (gzip.compress(RAW, mtime=0), "text/html", "gzip", "Käse"),
        (gzip.compress(RAW, mtime=0)[:-12], "text/html", "GZIP", "Käse"),  # cut off
        (zlib.compress(RAW), "text/html", "deflate", "Käse"),
        (zlib.compressobj(wbits=-15).compress(RAW) + b"", "text/html", "deflate", ""),  # nothing of it flushed yet
    ],
)
def test_read_page(body, kind, encoding, title):
    found = read_page(body, kind, encoding, 65_536)
    assert found is not None
    assert found.title == title


@pytest.mark.parametrize(
    ("body", "kind", "encoding"),
    [
        (RAW, "image/png", None),
        (RAW, "application/json", None),
        (RAW, "text/html", "br"),
        (RAW, "text/html", "gzip"),
        (RAW, "text/html", "gzip, gzip"),
    ],
)
def test_read_no_page(body, kind, encoding):
    assert read_page(body, kind, encoding, 65_536) is None


def test_a_body_packed_to_explode_is_cut():
    bomb = gzip.compress(b"a" * 50_000_000, 9, mtime=0)
    found = read_page(bomb[:65_536], "text/html", "gzip", 65_536)
    assert found is not None
    assert len(found.markup) == 65_536


@pytest.mark.timeout(5)
@pytest.mark.parametrize("piece", [b"<title", b"<title>", b"<h1 ", b"<", b"</title", b"<title><h1>", "İ".encode()])
def test_broken_markup_takes_linear_time(piece):
    found = read_page(piece * (65_536 // len(piece)), "text/html", None, 65_536)
    assert found is not None
    doubts(found, ASKED)


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "words",
    ["oops " * 60, "domain a b c " * 20, "404 " * 70, "the page you are looking for " * 10, "is for sale " * 20],
)
def test_odd_titles_take_linear_time(words):
    doubts(page(words), ASKED)
    is_bot_wall(page(words))


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("https://example.com/a.png", True),
        ("https://example.com/a.PDF?x=1", True),
        ("https://media.licdn.com/dms/image/v2/D4/x/y?e=1", True),
        ("https://example.com/", False),
        ("https://example.com/a.html", False),
        ("https://example.com/?file=a.png", False),
    ],
)
def test_is_file(url, file):
    assert is_file(url) is file
