"""A long note in a browser: the next part comes when the end of one is in sight, and every place in it is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from catalogues import NAME, make
from conftest import SIZES, Axe, Visitor, serving
from published import query

from bench.long_note import NOTE, write

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = f"/catalogue/-/note/{NOTE}"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    write(folder / "joplin", 3, 120_000)
    make(folder / NAME, folder / "joplin", backup=False)
    return folder / NAME


@pytest.fixture(scope="module")
def site(catalogue: Path) -> Iterator[str]:
    """The note, served."""
    with serving(catalogue) as address:
        yield address


def test_the_next_part_comes_by_itself(visitor: Visitor) -> None:
    page = visitor.open(PAGE)
    parts = page.locator(".prose .part")
    expect(parts).to_have_count(1)
    links = page.locator('[data-of-part="links"] > li')
    before = links.count()
    page.locator("a[data-part]").scroll_into_view_if_needed()
    expect(parts).not_to_have_count(1)
    assert links.count() > before
    assert int(page.locator(".link-list[data-of-part=links]").locator("xpath=..").locator(".n").inner_text()) == (
        links.count()
    )
    # No id is there twice.
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


def test_a_line_in_another_part_is_led_to(visitor: Visitor) -> None:
    page = visitor.open(PAGE)
    line = page.locator(".parts a").last.get_attribute("data-first")
    page.evaluate("(line) => { location.hash = `line-${line}`; }", line)
    page.wait_for_url(lambda url: url.endswith(f"?line={line}#line-{line}"))
    expect(page.locator(f".prose #line-{line}")).to_be_in_viewport()


def test_a_link_in_another_part_is_fetched(visitor: Visitor, catalogue: Path) -> None:
    (last,) = query(catalogue, "SELECT id FROM links WHERE url_id NOT NULL ORDER BY line DESC LIMIT 1")[0]
    page = visitor.open(f"{PAGE}#link-{last}")
    expect(page.locator(f"#link-{last}")).to_be_in_viewport(timeout=15_000)


@pytest.mark.parametrize("width", SIZES.values())
def test_everybody_can_use_it(visitor: Visitor, axe: Axe, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 900})
    assert axe.finds(visitor.open(PAGE)) == []
