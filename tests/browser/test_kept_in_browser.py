"""Kept pages in a browser: what strangers wrote runs nowhere, and anybody can use what is shown of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import SIZES, Axe, Visitor, serving
from test_kept_published import address, with_kept_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

PATHS = [
    "kept/{}",
    "kept/{}?version=1",
    "kept/{}?version=2&from=1",
    "address/{}",
    "search?q=okapi",
    "search?q=kind:page",
]


@pytest.fixture(scope="module")
def visits(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Visitor], int]]:
    """A page of each width, and the address whose page was kept."""
    catalogue = with_kept_page(tmp_path_factory.mktemp("kept"))
    with serving(catalogue) as site:
        contexts = {
            name: chromium.new_context(viewport={"width": width, "height": 900}) for name, width in SIZES.items()
        }
        for context in contexts.values():
            context.route(lambda url: not url.startswith(site), lambda route: route.abort())
        yield {name: Visitor(one.new_page(), site) for name, one in contexts.items()}, address(catalogue)[0]
        for context in contexts.values():
            context.close()


@pytest.mark.parametrize("path", PATHS)
def test_a_page(visits: tuple[dict[str, Visitor], int], axe: Axe, path: str) -> None:
    visitors, url_id = visits
    found = {}
    for name, visitor in visitors.items():
        page = visitor.open(f"/catalogue/-/{path.format(url_id)}")
        assert page.locator("main img[onerror], main script").count() == 0
        found[name] = axe.finds(page)
        assert visitor.wrong == []
    assert found == {"wide": [], "narrow": []}
