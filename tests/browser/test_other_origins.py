"""A page of another origin cannot tell, by the time that an answer takes, whether a note's text meets a condition."""

from __future__ import annotations

import threading
from contextlib import closing
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import pytest
from catalogues import NAME, make
from conftest import serving
from joplin_items import serialize
from published import query

from extractor.joplin.items import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

ROUNDS = 16
SURE = 0.85
UNSURE, CLEAR = 0.72, 0.95

# Work that is done only where the condition on a text holds.
SLOW_SQL = (
    "with recursive c(n) as (select 1 union all select n + 1 from c where n < (case when exists "
    "(select 1 from note_bodies where body like '%{}%') then 300000 * {work} else 1 end)) select count(*) from c"
)

FETCHED = """async (url) => {
    const start = performance.now();
    try { await fetch(url, {mode: "no-cors", credentials: "include"}) } catch {}
    return performance.now() - start
}"""
# With Cross-Origin-Opener-Policy the window is cut off as soon as its answer begins, and then counts as closed.
OPENED = """async (url) => {
    const start = performance.now(), opened = window.open(url);
    if (!opened) return -1;
    while (!opened.closed && performance.now() - start < 5000) await new Promise((next) => setTimeout(next, 1));
    return performance.now() - start
}"""


class Evil(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>evil</h1>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def evil() -> Iterator[str]:
    """A page of another origin: another site, by its name, and of the same site, by its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f":{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Notes so long that it takes a while to look through them."""
    folder = tmp_path_factory.mktemp("large") / "joplin"
    folder.mkdir()
    for place in range(90):
        note = Note(id=f"{place:032x}", updated_time=1_700_000_000_000, title=f"Log {place}", body="harbour log")
        (folder / f"{note.id}.md").write_text(serialize(note), encoding="utf-8")
    catalogue = folder.parent / NAME
    make(catalogue, folder)
    query(catalogue, "UPDATE note_bodies SET body = body || replace(hex(zeroblob(200000)), '00', ' weather')")
    with serving(catalogue) as address:
        yield address


def certainty(page: Page, measure: str, true: str, false: str) -> float:
    """How surely time tells which answer is which: from 0.5, by chance, to 1, always.

    It is the share of pairs in which one of the two took longer (Mann and Whitney's U).
    """
    times: dict[str, list[float]] = {true: [], false: []}
    page.evaluate(measure, true)
    found = 0.5
    for round_ in range(1, ROUNDS + 1):
        for url in (true, false):
            times[url].append(page.evaluate(measure, f"{url}&_r={round_}"))
            for other in page.context.pages[1:]:
                other.close()
        share = sum(one > other for one in times[true] for other in times[false]) / round_**2
        found = max(share, 1 - share)
        if round_ >= ROUNDS // 2 and not UNSURE < found < CLEAR:
            break  # more rounds would hardly make another thing of it
    return found


class Question(NamedTuple):
    """What an evil page asks: an address for a word, and words that are and are not in a note."""

    path: str
    true: str
    false: str
    measure: str = FETCHED

    def of(self, site: str, word: str, work: int = 1) -> str:
        return site + self.path.replace("{work}", str(work)).replace("{}", word)


QUESTIONS = {
    "sql": Question(f"/catalogue.json?sql={quote(SLOW_SQL, safe='{}')}", "harbour", "nosuchword"),
    # What is found at once is answered at once; what is nowhere is looked for to the end.
    "contains": Question("/catalogue/note_bodies.json?_size=1&_col=note_id&body__contains={}", "harbour", "nosuchword"),
    "search in a window": Question("/catalogue/-/search?q={}", "harbour", "nosuchword", OPENED),
}


@pytest.fixture(scope="module")
def telling(chromium: Browser, large: str) -> Callable[[Question], tuple[str, str]]:
    """Of a question the two addresses of which a page of the catalogue itself can tell by time which is which."""

    @cache
    def measured(asked: Question) -> tuple[str, str]:
        if asked.measure is not FETCHED:
            return asked.of(large, asked.true), asked.of(large, asked.false)
        with closing(chromium.new_context()) as context:
            page = context.new_page()
            page.goto(large + "/-/static/app.css")
            # Other tests may disturb one measurement, but hardly three, of more and more work.
            for work in (1, 4, 16):
                urls = asked.of(large, asked.true, work), asked.of(large, asked.false, work)
                if certainty(page, asked.measure, *urls) > SURE:
                    return urls
        pytest.fail("else nothing would be measured")

    return measured


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"], ids=["another site", "the same site"])
@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=QUESTIONS)
def test_time_tells_nothing(
    page: Page, telling: Callable[[Question], tuple[str, str]], evil: str, host: str, asked: Question
) -> None:
    urls = telling(asked)
    page.goto(f"http://{host}{evil}")
    assert certainty(page, asked.measure, *urls) < SURE


def test_nothing_is_read_and_no_script_runs(page: Page, site: str, evil: str) -> None:
    page.goto(f"http://localhost{evil}")
    for path in ("/catalogue/notes.json?_shape=array", "/catalogue/-/notes"):
        assert page.evaluate("(url) => fetch(url).then((r) => r.text(), () => 'refused')", site + path) == "refused"
        loaded = page.evaluate(
            "(url) => new Promise((tell) => { const s = document.createElement('script'); s.src = url;"
            "s.onload = () => tell('load'); s.onerror = () => tell('error'); document.body.append(s) })",
            site + path,
        )
        assert loaded == "error"


def test_a_link_from_elsewhere_leads_here(page: Page, site: str, evil: str) -> None:
    """To a page without a query at once, to a search by one more click."""
    page.goto(f"http://localhost{evil}")
    page.evaluate("(url) => { document.body.innerHTML = `<a href='${url}'>there</a>` }", site + "/catalogue/-/notes")
    page.get_by_role("link").click()
    page.wait_for_url("**/-/notes")
    assert page.get_by_role("heading", level=1).count() == 1
    page.goto(f"http://localhost{evil}")
    page.evaluate(
        "(url) => { document.body.innerHTML = `<a href='${url}'>there</a>` }", site + "/catalogue/-/search?q=kafka"
    )
    page.get_by_role("link").click()
    page.get_by_role("link", name="open it").click()
    page.get_by_label("Search for").wait_for()
    assert "kafka" in page.content().lower()
