"""Fixtures for tests in a browser: a catalogue served on the loopback interface, and headless Chromium."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import pytest
import uvicorn
from published import example, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, ViewportSize

HERE = Path(__file__).parent
SIZE: ViewportSize = {"width": 1280, "height": 900}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",
    "--disable-extensions",
    "--in-process-gpu",
    "--no-zygote",
)


@contextmanager
def serving(catalogue: Path) -> Iterator[str]:
    """Serve a catalogue while the block runs; yields the address."""
    listening = socket.create_server(("127.0.0.1", 0))
    ready = threading.Event()
    servers: list[uvicorn.Server] = []

    async def serve() -> None:
        app = (await served(catalogue)).app()
        servers.append(uvicorn.Server(uvicorn.Config(app, log_level="error")))
        ready.set()
        await servers[0].serve([listening])

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        servers[0].should_exit = True
        thread.join(10)


_opened = ExitStack()
_browsers: list[Browser] = []


@pytest.fixture(scope="module")
def chromium() -> Browser:
    """The system's Chromium, for all consecutive tests in this folder; without it, tests that need it are skipped."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("chromium is not installed")
    if not _browsers:
        playwright.expect.set_options(timeout=30_000)
        driver = _opened.enter_context(playwright.sync_playwright())
        _browsers.append(driver.chromium.launch(executable_path=path, args=FLAGS))
        _opened.callback(lambda: _browsers.pop().close())
    return _browsers[0]


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Close Playwright after the last test here: it keeps a loop running, so that no other test can run its own."""
    if nextitem is None or HERE not in nextitem.path.parents:
        _opened.close()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the served example."""
    with serving(example()) as address:
        yield address


class Visitor:
    """A browser that records what goes wrong: console errors, page errors, dialogs, requests to other hosts."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.wrong: list[str] = []
        page.on("console", lambda message: message.type in ("error", "warning") and self.wrong.append(message.text))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (self.wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: self._requested(request.url))

    def _requested(self, url: str) -> None:
        if urlsplit(url).netloc != urlsplit(self.site).netloc and not url.startswith(("data:", "about:")):
            self.wrong.append(f"request to {url}")

    def open(self, path: str) -> Page:
        answer = self.page.goto(self.site + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, path
        assert self.wrong == [], path
        return self.page


@pytest.fixture(scope="module")
def only_visitor(chromium: Browser, site: str) -> Iterator[Visitor]:
    """One visitor for all tests of a module: a separate window costs more than most of them."""
    context = chromium.new_context(viewport=SIZE)
    # Nothing leaves this machine, whatever a page requests.
    context.route(lambda url: not url.startswith(site), lambda route: route.abort())
    yield Visitor(context.new_page(), site)
    context.close()


@pytest.fixture
def visitor(only_visitor: Visitor) -> Iterator[Visitor]:
    """A first-time visitor, with a window of the usual size."""
    page = only_visitor.page
    page.set_viewport_size(SIZE)
    page.emulate_media(color_scheme="no-override")
    if page.url != "about:blank":
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
    page.context.clear_cookies()
    page.context.clear_permissions()
    only_visitor.wrong.clear()
    yield only_visitor
    assert only_visitor.wrong == []


AXE = """([options, left_out]) => axe.run({include: document, exclude: left_out ? [left_out] : []}, options)
    .then((found) => found.violations.flatMap((one) => one.nodes.map(
        (node) => `${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 200)}`)))"""
ASKED = {"resultTypes": ["violations"], "preload": False}  # preloading would request style sheets again
SIZES = {"wide": 1280, "narrow": 390}

# Colours are most of the work, and the rows of a list have the same ones. An element is checked only if style sheets
# can distinguish it from all before it: it or one around it has other attributes, or is first or last, or has text.
REPEATED = "data-is-repeated"
MARK_REPEATED = """(mark) => {
    const seen = new Set(), told = new Set(["align", "class", "rel", "style", "type"]);
    const visit = (element, path) => {
        const attributes = [...element.attributes].map((one) => one.name + (told.has(one.name) ? one.value : ""));
        const hasText = [...element.childNodes].some((one) => one.nodeType === Node.TEXT_NODE && one.data.trim());
        const place = [element.matches(":first-child"), element.matches(":last-child"), hasText];
        const here = `${path}/${element.localName} ${attributes} ${place}`;
        const isRepeated = seen.has(here);
        seen.add(here);
        const children = [...element.children], repeated = children.map((child) => visit(child, here));
        if (isRepeated && repeated.every(Boolean)) return true;
        children.forEach((child, at) => repeated[at] && child.setAttribute(mark, ""));
        return false;
    };
    visit(document.body, "");
}"""


class Axe(NamedTuple):
    """axe-core, which finds accessibility problems of a page."""

    script: str

    def finds_at_each_width(self, page: Page) -> dict[str, list[str]]:
        """The problems of the page on a wide and on a narrow screen; it stays narrow afterwards."""
        return {"wide": self.finds(page), "narrow": self.finds(narrowed(page))}

    def finds(self, page: Page) -> list[str]:
        """The problems of the page in the browser; colours, in both modes, are checked only on a wide screen."""
        size = page.viewport_size
        assert size is not None
        if page.evaluate("typeof axe") == "undefined":
            page.evaluate(self.script)
        # The size of targets (WCAG 2.2) is checked only if that rule is enabled.
        rules = {"target-size": {"enabled": True}, "color-contrast": {"enabled": False}}
        found: list[str] = page.evaluate(AXE, [{**ASKED, "rules": rules}, None])
        if size["width"] > SIZES["narrow"]:
            page.evaluate(MARK_REPEATED, REPEATED)
            for scheme in ("dark", "light"):
                page.emulate_media(color_scheme=scheme)
                found += page.evaluate(AXE, [{**ASKED, "runOnly": ["color-contrast"]}, f"[{REPEATED}]"])
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            found.append("wider than the screen")
        return found


# What scripts look at only once, when a page is loaded: whether its outline is shown, where the strip of its history
# is, and whether its code blocks can be scrolled.
LOADED_BY_WIDTH = ".outline details, .time-strip, .prose pre"


def narrowed(page: Page) -> Page:
    """Show the page on a narrow screen instead of a wide one; it is reloaded only if that makes a difference."""
    assert page.viewport_size == SIZE
    page.set_viewport_size({"width": SIZES["narrow"], "height": SIZE["height"]})
    if page.locator(LOADED_BY_WIDTH).count():
        page.reload()
    return page


@pytest.fixture(scope="session")
def axe() -> Axe:
    """axe-core; without it, tests that need it are skipped."""
    package = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    return Axe(package.Axe().axe_script)
