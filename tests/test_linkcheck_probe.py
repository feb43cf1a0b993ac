"""What a host says to everything: a page that is in doubt is held against a nonsense neighbour."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest
from loopback import Behaviour, Exchange, Loopback, answers, page
from test_linkcheck_answers import OPTIONS, SHARED_CONTEXT, answering
from test_linkcheck_loopback import QUICK, check, run

from extractor.linkcheck import Doubt, Target, Verdict, check_all, hosts
from extractor.linkcheck.landing import is_home, many_to_one
from extractor.linkcheck.probe import neighbour

LONG = "an article of many different words about how such things came to be and what became of them later on " * 60
ELSEWHERE = "https://new-owner.example.com/"


def article(title: str) -> Behaviour:
    return page(title, LONG)


def echo(title: str) -> Behaviour:
    """The same page for any address, with the address and the time in it."""

    def behave(exchange: Exchange) -> None:
        path = exchange.request.path
        page(f"{title} {path}", f"You asked for {path} on 27 November 2026 at 08:22. {LONG}")(exchange)

    return behave


NONE = answers(404, b"<title>Not Found</title>", content_type="text/html")


@pytest.mark.parametrize(
    ("here", "elsewhere", "verdict", "confirmed"),
    [
        # real pages, whatever they are called: the host has a true 404 for what is not there
        *(
            (article(title), gone, Verdict.OK, False)
            for title in (
                *("CAPTCHA - Wikipedia", "It works! | Diary", "Access denied - Fixing SSH permissions", "Not found"),
                *("Domain parking - Wikipedia", "Link missing | Zelda wiki", "Just a moment...", "404 - Wikipedia"),
            )
            for gone in (NONE, answers(410))
        ),
        # the same to everything: soft 404, in any language; parking; a wall; consent
        (article("Page not found"), article("Page not found"), Verdict.SUSPECT, True),
        (page("Page not found"), page("Page not found"), Verdict.SUSPECT, True),
        (echo("Page not found"), echo("Page not found"), Verdict.SUSPECT, True),
        (article("Error 404 (Not Found)!!1"), article("Error 404 (Not Found)!!1"), Verdict.SUSPECT, True),
        (article("Oops, something lost"), article("Oops, something lost"), Verdict.SUSPECT, True),
        (
            article("お探しのページは見つかりませんでした"),
            article("お探しのページは見つかりませんでした"),
            Verdict.SUSPECT,
            True,
        ),
        (page("example.com is for sale"), page("example.com is for sale"), Verdict.SUSPECT, True),
        (answers(302, location="/"), answers(302, location="/"), Verdict.SUSPECT, True),
        (answers(302, location="/404"), answers(302, location="/404"), Verdict.SUSPECT, True),
        (answers(200, content_type="text/html"), answers(200, content_type="text/html"), Verdict.SUSPECT, True),
        (article("Verifying your browser..."), article("Verifying your browser..."), Verdict.BLOCKED, True),
        # no word: it stays a doubt
        (article("Page not found"), answers(500), Verdict.SUSPECT, False),
        (article("Page not found"), article("A search for what you meant"), Verdict.SUSPECT, False),
        (article("Just a moment..."), answers(403), Verdict.BLOCKED, False),
        (article("Lost in translation"), article("Welcome"), Verdict.OK, False),
        # so little text that there is nothing beside the title
        (page("Page not found"), NONE, Verdict.SUSPECT, False),
        (page("Just a moment..."), NONE, Verdict.BLOCKED, False),
        # a home page's neighbours say nothing of what leads to it
        (answers(302, location="/"), NONE, Verdict.SUSPECT, False),
    ],
)
async def test_what_the_host_says_to_everything(here, elsewhere, verdict, confirmed):
    pages = {"/": page("Home"), "/404": page("Oh")}
    async with Loopback({"/posts/a-story": here, **pages}, otherwise=elsewhere).serving() as server:
        found = await check(server.url("/posts/a-story"))
        assert (found.verdict, found.confirmed) == (verdict, confirmed)


async def test_one_probe_a_segment_and_three_a_host():
    paths = [f"/{segment}/{i}" for segment in "abcde" for i in range(3)]
    async with Loopback(otherwise=page("Page not found")).serving() as server:
        checks, _ = await run([server.url(path) for path in paths], replace(QUICK, per_host=1))
        assert len([path for _, path in server.log if path not in paths]) == 3
        assert sum(found.confirmed for found in checks.values()) == 9
        assert {found.verdict for found in checks.values()} == {Verdict.SUSPECT}


async def test_pages_that_nobody_doubts_are_probed_on_request():
    async with Loopback(otherwise=article("Shop")).serving() as server:
        assert (await check(server.url("/posts/1"))).verdict is Verdict.OK
        found = await check(server.url("/posts/1"), replace(QUICK, probe_all=True))
        assert (found.verdict, found.kind, found.confirmed) == (Verdict.SUSPECT, Doubt.SOFT_404, True)
        assert (await check(server.url("/"), replace(QUICK, probe_all=True))).verdict is Verdict.OK


async def test_a_shell_that_a_script_fills_says_nothing():
    shell = page("App", "<div id=root></div><script src=/app.js></script>")
    async with Loopback(otherwise=shell).serving() as server:
        assert (await check(server.url("/posts/1"), replace(QUICK, probe_all=True))).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://example.com/posts/a-story", ("/posts/", "")),
        ("https://example.com/posts/a-story/", ("/posts/", "/")),
        ("https://example.com/posts/a.html", ("/posts/", ".html")),
        ("https://example.com/story?x=1", ("/", "")),
        ("https://example.com/a/index.php?id=3", ("/a/index.php?id=", "")),
        ("https://example.com/?p=3", ("/?p=", "")),
    ],
)
def test_a_neighbour_is_like_the_address_and_another(url, same):
    parts = urlsplit(found := neighbour(url))
    shown = parts.path + (f"?{parts.query}" if parts.query else "")
    assert shown.startswith(same[0])
    assert shown.endswith(same[1])
    assert found != url
    assert neighbour(url) == found


@pytest.mark.parametrize(
    ("url", "home"),
    [
        *((f"https://example.com{path}", True) for path in ("", "/", "/en/", "/en-us", "/index.html", "/?from=404")),
        *((f"https://example.com{path}", False) for path in ("/10", "/a", "/?p=1", "/#/docs", "/#!x", "/en/a")),
        ("https://example.com/#top", True),
    ],
)
def test_home_pages(url, home):
    assert is_home(url) is home


@pytest.mark.parametrize(
    ("moved", "doubted"),
    [
        (
            {
                1: ("https://a.example/x", "https://a.example/archive"),
                2: ("https://a.example/y", "https://a.example/archive"),
            },
            set(),
        ),
        ({i: (f"https://a.example/{i}", "https://a.example/archive") for i in range(3)}, {0, 1, 2}),
        ({i: (f"https://a.example/{i}", f"http{'s' * (i % 2)}://www.a.example/archive/") for i in range(3)}, {0, 1, 2}),
        ({i: (f"http://{'www.' * i}a.example/x{'/' * i}", "https://a.example/x") for i in range(3)}, set()),
        ({i: (f"https://a.example/{i}", f"https://a.example/new/{i}") for i in range(3)}, set()),
    ],
)
def test_many_old_pages_did_not_all_become_one(moved, doubted):
    assert set(many_to_one(moved)) == doubted


# hosts of their own names, and what tells more of their pages than the pages do


@pytest.fixture(autouse=True)
def _one_tls_context(monkeypatch):
    monkeypatch.setattr(hosts, "tls_context", lambda: SHARED_CONTEXT)


def html(title: str, body: str = LONG, status: int = 200) -> httpx.Response:
    return httpx.Response(status, html=f"<title>{title}</title><p>{body}</p>")


def to(location: str, status: int = 301) -> httpx.Response:
    return httpx.Response(status, headers={"location": location})


OEMBED, THUMB = "https://www.youtube.com/oembed", "https://img.youtube.com/vi/abcdefghijk/0.jpg"
WATCH = "https://www.youtube.com/watch?v=abcdefghijk"
HANDLE = "https://doi.org/api/handles/10.1000/x.1"
REPOSITORY = "https://api.github.com/repos/me/notes"
INTERSTITIAL = '<a data-tracking-control-name="external_url_click" href="https://there.example.org/{}">there</a>'.format


@pytest.mark.parametrize(
    ("url", "answers_", "verdict"),
    [
        # another site's home page, for good: moved if the host tells what is not there, as short links do
        ("https://old.example.org/a/b", {"https://old.example.org/a/b": to(ELSEWHERE)}, Verdict.MOVED),
        ("https://old.example.org/a/b", {"https://old.example.org/": to(ELSEWHERE)}, Verdict.SUSPECT),
        ("https://old.example.org/a/b", {"https://old.example.org/a/b": to(ELSEWHERE, 302)}, Verdict.OK),
        # videos
        (WATCH, {WATCH: html(" - YouTube"), OEMBED: httpx.Response(404)}, Verdict.DEAD),
        (WATCH, {WATCH: html("A talk - YouTube"), OEMBED: httpx.Response(200, json={})}, Verdict.OK),
        (WATCH, {WATCH: html(" - YouTube"), OEMBED: httpx.Response(401), THUMB: httpx.Response(404)}, Verdict.DEAD),
        (WATCH, {WATCH: html("A talk"), OEMBED: httpx.Response(401), THUMB: httpx.Response(200)}, Verdict.OK),
        (WATCH, {WATCH: html("A talk"), OEMBED: httpx.Response(503), THUMB: httpx.Response(503)}, Verdict.OK),
        ("https://youtu.be/abcdefghijk", {"https://youtu.be/": html("x"), OEMBED: httpx.Response(404)}, Verdict.DEAD),
        # DOIs
        (
            "https://doi.org/10.1000/x.1",
            {HANDLE: httpx.Response(200, json={"responseCode": 1}), "https://doi.org/10": httpx.Response(403)},
            Verdict.OK,
        ),
        (
            "https://doi.org/10.1000/x.1",
            {HANDLE: httpx.Response(404, json={"responseCode": 100}), "https://doi.org/10": httpx.Response(403)},
            Verdict.DEAD,
        ),
        (
            "https://doi.org/10.1000/x.1",
            {HANDLE: httpx.Response(500), "https://doi.org/10": httpx.Response(403)},
            Verdict.BLOCKED,
        ),
        # interstitials
        ("https://lnkd.in/eAbC", {"https://lnkd.in/": html("LinkedIn", INTERSTITIAL("gone"))}, Verdict.DEAD),
        (
            "https://lnkd.in/eAbC",
            {"https://lnkd.in/": html("LinkedIn", INTERSTITIAL("a")), "https://there.example.org/a": html("A post")},
            Verdict.MOVED,
        ),
        (
            "https://t.co/AbC",
            {
                "https://t.co/": html(
                    "x", '<noscript><META http-equiv="refresh" content="0;URL=https://e.example.org/">'
                )
            },
            Verdict.DEAD,
        ),
        # repositories
        ("https://github.com/me/notes", {REPOSITORY: httpx.Response(200, json={"private": True})}, Verdict.BLOCKED),
        (
            "https://github.com/me/notes/issues/4",
            {REPOSITORY: httpx.Response(200, json={"private": False})},
            Verdict.DEAD,
        ),
        ("https://github.com/me/notes", {REPOSITORY: httpx.Response(404)}, Verdict.DEAD),
    ],
)
async def test_oracles(monkeypatch, url, answers_, verdict):
    router = answering(monkeypatch)
    for begins, answer in answers_.items():
        router.route(url__startswith=begins).mock(return_value=answer)
    router.route(url__startswith=ELSEWHERE).mock(return_value=html("Home"))
    router.route().mock(return_value=httpx.Response(404))
    checks = []
    await check_all([Target(1, url)], replace(OPTIONS, github_token="of-mine"), checks.append)  # noqa: S106 -- of nobody
    assert [found.verdict for found in checks] == [verdict]
    told = {str(call.request.url.host) for call in router.calls if "authorization" in call.request.headers}
    assert told <= {"api.github.com"}
