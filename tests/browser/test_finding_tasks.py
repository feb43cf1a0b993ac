"""What people look for is found in at most three clicks, and by typing once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from catalogues import copy_of
from conftest import SIZE, Visitor, serving
from finding_tasks import MOST_CLICKS, MOST_TYPINGS, TASKS, Task, draw, walk
from made_up_pages import with_pages
from published import checked, query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with checks, with pages kept and changed, and with what was read in an attachment."""
    path = copy_of(checked(), tmp_path_factory.mktemp("tasks"))
    query(path, "UPDATE resources SET ocr_text = 'a receipt for rubber boots' WHERE rowid = 1")
    with_pages(path, 60)
    return path


@pytest.fixture(scope="module")
def site(catalogue: Path) -> Iterator[str]:
    with serving(catalogue) as address:
        yield address


@pytest.fixture(scope="module")
def page(chromium: Browser, site: str) -> Iterator[Page]:
    context = chromium.new_context(viewport=SIZE)
    context.route(lambda url: not url.startswith(site), lambda route: route.abort())
    visitor = Visitor(context.new_page(), site)
    visitor.page.set_default_timeout(60_000)
    yield visitor.page
    assert visitor.wrong == []
    context.close()


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_task(page: Page, site: str, catalogue: Path, task: Task) -> None:
    (target,) = draw(catalogue, task, 1)
    took = walk(page, site, task, target)
    assert took.lacks == ""
    assert took.clicks <= MOST_CLICKS
    assert took.typings <= MOST_TYPINGS
