"""A walk through the example as the installed wheel serves it."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from installed import installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Visitor


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    package = installed()
    command = [package.command("joplin-catalogue"), "serve", "--example", "--port", "0"]
    with subprocess.Popen(command, cwd=package.folder, env={}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://[\d.:]+", process.stdout.readline())
        assert found
        yield found[0]
        process.terminate()


def test_from_the_start_page_through_a_note_a_question_and_a_table(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.get_by_role("link", name="System design links", exact=True).first.click()
    page.get_by_role("heading", level=1, name="System design links").wait_for()
    page.get_by_role("link", name="Queries").click()
    page.get_by_role("link", name="Links by section").click()
    page.get_by_role("heading", level=1, name="Links by section").wait_for()
    assert page.locator("tbody tr").count() > 5
    page = visitor.open("/example/notes")
    assert page.locator("#facet-state").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('header.top')).display") == "flex"
