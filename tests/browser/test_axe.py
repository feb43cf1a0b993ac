"""axe-core finds nothing on any page, on a wide and on a narrow screen, in both modes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import Axe, Visitor, serving
from published import checked, query

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = "b388f35bf3f75883a2e73f6aafee8a79"
((GONE,),) = query(checked(), "SELECT id FROM links WHERE removed_at NOT NULL AND kind = 'image' ORDER BY id LIMIT 1")
((REVISION,),) = query(checked(), "SELECT id FROM revisions WHERE note_id = ? AND number = 12", NOTE)
((LINK,),) = query(checked(), "SELECT id FROM links WHERE text = 'Saga'")
PAGES = [
    "/catalogue",
    f"/catalogue/-/note/{NOTE}",
    f"/catalogue/-/note/{NOTE}?at=8",
    f"/catalogue/-/note/{NOTE}/blame",
    f"/catalogue/-/note/{NOTE}/changes?from=3&to=12",
    f"/catalogue/-/revision/{REVISION}",
    "/catalogue/-/search",
    "/catalogue/-/search?q=kafka",
    "/catalogue/-/search?q=kafka&by=date",
    "/catalogue/-/search?q=kafka+after:2025+author:x+tag:lnks",
    "/catalogue/-/search?q=nothing-has-this",
    "/catalogue/-/search?q=section:Messaging+in:2024",
    "/catalogue/-/notes?notebook=Engineering&show=trash",
    "/catalogue/-/topics",
    "/catalogue/-/topics?q=k",
    "/catalogue/-/topic?path=Messaging",
    "/catalogue/-/topic?path=Microservices",
    f"/catalogue/-/link/{LINK}",
    f"/catalogue/-/link/{GONE}",
    "/catalogue/-/digest?since=3650d",
    "/catalogue/-/looking-back",
    "/catalogue/-/images",
    "/catalogue/-/images?show=past",
    "/catalogue/links",
    "/catalogue/links_by_text?text=kafka",
    f"/catalogue/notes/{NOTE}",
]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The example with checks of every verdict."""
    with serving(checked()) as address:
        yield address


@pytest.mark.parametrize("path", PAGES)
def test_a_page(visitor: Visitor, axe: Axe, path: str) -> None:
    assert axe.finds_at_each_width(visitor.open(path)) == {"wide": [], "narrow": []}
