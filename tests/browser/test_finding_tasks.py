"""What people look for is found in at most three clicks, and by typing once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest
from catalogues import copy_of
from conftest import Visitor, serving
from published import checked, query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

MOST_CLICKS = 3
NOTE = "b388f35bf3f75883a2e73f6aafee8a79"


class Task(NamedTuple):
    """What is typed into the box of the first page ('' for nothing), where is clicked, and what must then be seen.

    A click is on a link, by its name, in a part of the page.
    """

    typed: str
    clicks: tuple[tuple[str, str], ...]
    seen: str


FACETS = "nav.facets"
CONTENT = "main"
TASKS = {
    "saved in July 2024 about Kafka": Task(
        "kafka", ((f"{FACETS} .chart", "Jul 2024"), ("main .links", "compacted")), "added by .*3 Jul 2024"
    ),
    "what died in the notebook Backend": Task(
        "", ((".legend", "dead"), (FACETS, "Backend")), r"(?s)\d+ links? to .*System design links"
    ),
    "all that was ever under Kafka": Task(
        "kafka", (("section:has(#g-section)", "Messaging › Kafka"), (CONTENT, "Show 1 past link")), "until 2|gone by"
    ),
    "what was under a heading that is no more": Task(
        "microservices", (("section:has(#g-section)", "Microservices"),), "only in the past.*until"
    ),
    "who wrote the post about Kafka, RabbitMQ or NATS": Task(
        '"Kafka, RabbitMQ or NATS"', (("main .links", "post"),), "By\\s+sample-platform-team"
    ),
    "the page that no longer is what I saved": Task(
        "", ((".places", "Queries"), ("#tables", "Pages that have changed"), ("tbody", "Saga")), "both changed since"
    ),
    "what a note said at its fifth revision": Task(
        "System design links",
        (("section:has(#g-note)", "System design links"), (".timeline", "#5")),
        r"#5 of 20(?s:.*)As it was",
    ),
    "when a line came into a note": Task(
        "System design links", (("section:has(#g-note)", "System design links"), (".meta", "Line by line")), "Messaging"
    ),
    "pictures whose address has expired": Task(
        "", ((".places", "Images"), (".chips", "Expired")), "look in the archive"
    ),
    "links to GitHub in notes with the tag homelab": Task(
        "site:github.com", ((FACETS, "homelab"),), r"3 links to \d address(?s:.*)Home lab inventory"
    ),
    "where else an address is": Task("saga", (("main .links", "Saga"),), "Where it is"),
    "what was once written and is no more": Task(
        "microservices", (("section:has(#g-revision)", "#1"),), "What changed|removed|added"
    ),
    "what was saved in a year, and what became of links": Task(
        "", ((".actions", "Digest"), (".chips", "A year")), "links saved"
    ),
    "a note of which only the title is known": Task(
        "", ((".places", "Notes"), ("main", "Kafka field notes")), "Producers"
    ),
}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with checks, and one page that has changed."""
    path = copy_of(checked(), tmp_path_factory.mktemp("tasks"))
    ((url_id,),) = query(path, "SELECT url_id FROM links WHERE text = 'Saga'")
    for seen, title, changed in (("first", "Pattern: Saga", 0), ("last", "Buy shoes", 1)):
        query(
            path,
            "INSERT INTO pages (url_id, seen, asked, seen_at, title, leads_to, changed) "
            "SELECT id, ?, url, ?, ?, url, ? FROM urls WHERE id = ?",
            *(seen, f"2026-0{4 + changed}-01T00:00:00.000Z", title, changed, url_id),
        )
    return path


@pytest.fixture(scope="module")
def site(catalogue: Path) -> Iterator[str]:
    with serving(catalogue) as address:
        yield address


@pytest.fixture(scope="module")
def page(chromium: Browser, site: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.route(lambda url: not url.startswith(site), lambda route: route.abort())
    visitor = Visitor(context.new_page(), site)
    visitor.page.set_default_timeout(60_000)
    yield visitor.page
    assert visitor.wrong == []
    context.close()


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_task(page: Page, site: str, task: Task) -> None:
    assert len(task.clicks) <= MOST_CLICKS
    page.goto(site)
    if task.typed:
        page.get_by_role("searchbox").fill(task.typed)
        page.keyboard.press("Enter")
        page.wait_for_url("**/-/search?q=*")
    for part, name in task.clicks:
        page.locator(part).get_by_role("link", name=name).first.click()
        page.wait_for_load_state()
    assert re.search(task.seen, page.locator("body").inner_text())
