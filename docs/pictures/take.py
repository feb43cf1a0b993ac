"""Take the pictures of the README anew.

    python docs/pictures/take.py [NAME ...]

Builds a catalogue of the sample notes in a temporary folder, serves it as `make serve` does, and looks at it with
Chromium (Playwright drives the one of the system). The sample notes were never checked for dead links: the checks that
the pictures show are made up here.
"""

# ruff: noqa: INP001 -- a script beside its pictures

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import sync_playwright

from extractor.build import build
from extractor.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
TOP = HERE.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--font-render-hinting=none")
NOTE = "b388f35bf3f75883a2e73f6aafee8a79"
WIDE, NARROW = (1280, 860), (390, 844)


class Picture(NamedTuple):
    """A page as it is to be seen."""

    name: str
    path: str
    size: tuple[int, int] = WIDE
    scheme: str = "light"


PICTURES = (
    Picture("start", "/catalogue"),
    Picture("note", f"/catalogue/-/note/{NOTE}"),
    Picture("changes", f"/catalogue/-/note/{NOTE}/changes?from=17&to=19"),
    Picture("topic", "/catalogue/-/topic?path=Messaging"),
    Picture("search", "/catalogue/-/search?q=idempotent"),
    Picture("table", "/catalogue/links"),
    Picture("dark", f"/catalogue/-/note/{NOTE}", scheme="dark"),
    Picture("telephone", "/catalogue/-/links", NARROW),
)


def main() -> None:
    """Take them all, or those named on the command line."""
    wanted = [picture for picture in PICTURES if picture.name in sys.argv[1:]] or PICTURES
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser_path is None:
        raise SystemExit("Chromium is not installed.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        catalogue = Path(folder) / "catalogue.db"
        build([open_source(str(TOP / "examples" / "joplin"))], catalogue)
        make_up_checks(catalogue)
        browser = driver.chromium.launch(executable_path=browser_path, args=FLAGS)
        with serving(catalogue) as site:
            for picture in wanted:
                page = browser.new_page(
                    viewport={"width": picture.size[0], "height": picture.size[1]},
                    color_scheme=picture.scheme,
                    device_scale_factor=1.25,
                )
                page.goto(site + picture.path, wait_until="networkidle")
                page.screenshot(path=HERE / f"{picture.name}.png")
                page.close()
                print(f"{picture.name}.png")  # noqa: T201 -- a script for a terminal
        browser.close()


@contextlib.contextmanager
def serving(catalogue: Path) -> Iterator[str]:
    """Serve a catalogue as `joplin-catalogue serve` does while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "extractor", "serve", "--db", str(catalogue), "--port", str(port)]
    site = f"http://127.0.0.1:{port}"
    with subprocess.Popen(  # noqa: S603 -- our own command
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    ) as server:
        for _ in range(100):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{site}/-/versions.json"):  # noqa: S310 -- loopback
                break
            time.sleep(0.2)
        yield site
        server.terminate()


def make_up_checks(catalogue: Path) -> None:
    """Five months of checks: most addresses answer, a few move, die, or keep programs out."""
    connection = sqlite3.connect(catalogue)
    urls = [row[0] for row in connection.execute("SELECT id FROM urls ORDER BY canonical")]
    rows = []
    for place, url_id in enumerate(urls):
        fate = {3: "moved", 8: "dead", 14: "blocked", 17: "timeout"}.get(place % 19, "ok")
        begins = place % 5
        for month in range(5):
            verdict = fate if fate in {"moved", "blocked"} or month >= begins else "ok"
            status = {"ok": 200, "moved": 301, "dead": 404, "blocked": 403}.get(verdict)
            rows.append((url_id, f"2026-{5 + month:02d}-{2 + place % 20:02d}T06:00:00.000Z", verdict, status, "HEAD"))
    connection.executemany(
        "INSERT INTO checks (url_id, checked_at, verdict, status, method) VALUES (?, ?, ?, ?, ?)", rows
    )
    connection.commit()
    connection.close()


if __name__ == "__main__":
    main()
