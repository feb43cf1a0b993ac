"""Datasette's own pages, as the plugin dresses them, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Visitor

PAGES = [
    "/catalogue",
    "/catalogue/links",
    "/catalogue/revisions",
    "/catalogue/new_links",
    "/catalogue/saved_links?_facet=site",
    "/catalogue/links_of_site?site=github.com",
    "/catalogue?sql=select+*+from+saved_links",
    "/catalogue/notes?_search=kafka",
]
MOST_LINES = 5


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_without_an_error(visitor: Visitor, path: str) -> None:
    page = visitor.open(path)
    assert page.title()
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize(
    "path", ["/catalogue/links", "/catalogue/revisions", "/catalogue/saved_links", "/catalogue/notes"]
)
def test_no_row_is_taller_than_a_few_lines(visitor: Visitor, path: str) -> None:
    page = visitor.open(path)
    heights = page.eval_on_selector_all("tbody tr", "rows => rows.map(row => row.offsetHeight)")
    assert max(heights) <= MOST_LINES * 22
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize("path", ["/catalogue", "/catalogue/links", "/catalogue/revisions", "/catalogue/new_links"])
def test_a_page_fits_a_telephone(visitor: Visitor, path: str) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    assert visitor.open(path).evaluate("document.documentElement.scrollWidth") <= 390


def test_a_column_has_its_menu(visitor: Visitor) -> None:
    page = visitor.open("/catalogue/links")
    page.locator("th[data-column=kind]").hover()
    page.locator("th[data-column=kind] svg").click()
    page.locator(".dropdown-hide-column").click()
    page.wait_for_load_state("networkidle")
    assert "_nocol=kind" in page.url


def test_a_remote_picture_is_asked_for_only_when_clicked_on(visitor: Visitor) -> None:
    page = visitor.open("/catalogue/images?target=web")
    with page.expect_event("requestfailed", lambda request: not request.url.startswith(visitor.site)) as asked:
        page.locator("a[data-picture]").first.click()
    assert asked.value.resource_type == "image"
    assert "referer" not in asked.value.headers
    visitor.wrong.clear()
