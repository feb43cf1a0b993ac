"""Notes that try to run something, opened in a real browser: nothing runs, nothing is asked for elsewhere."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from conftest import Visitor, serving
from hostile import HTML, VECTORS
from published import NAME, query

from extractor.build import build
from extractor.joplin.items import Note, Notebook, Revision, Tag
from extractor.sources.protocol import Entry, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from extractor.joplin.items import Item, MasterKey

IN_A_NOTE = 16
NOW = 1_700_000_000_000
CALLED = "window.__called = window.__called || []; for (const name of ['alert', 'confirm', 'prompt', 'open']) window[name] = said => window.__called.push(name + said);"  # noqa: E501
RUN = (
    "for (const element of document.querySelectorAll('main *'))"
    " for (const kind of ['mouseover', 'mouseenter', 'pointerenter', 'focus', 'toggle', 'error', 'load'])"
    " element.dispatchEvent(new Event(kind));"
)


class Written:
    """A source of items that the test writes."""

    kind = "folder"
    location = "/hostile"
    has_history = True
    history_days = None

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = {item.id: item for item in items}

    def entries(self) -> list[Entry]:
        return [Entry(f"{name}.md", name, "1") for name in self.items]

    def read(self, entries: Sequence[Entry]) -> Iterator[Reading]:
        for entry in entries:
            yield Reading(entry, item=self.items[str(entry.item_id)])

    def master_keys(self) -> tuple[MasterKey, ...]:
        return ()

    def blob(self, resource_id: str, extension: str = "") -> None:  # noqa: ARG002 -- the protocol's
        return None

    def close(self) -> None:
        pass


def hostile_items() -> list[Item]:
    """Every vector in a body, a title, a heading, a link's text, address and title, a picture's text and address."""
    items: list[Item] = [
        Notebook(id="b" * 32, updated_time=NOW, title=HTML[5]),
        Tag(id="c" * 32, updated_time=NOW, title=HTML[5]),
    ]
    number = 0
    for markup, vectors in ((1, VECTORS), (2, HTML)):
        for at in range(0, len(vectors), IN_A_NOTE):
            some = vectors[at : at + IN_A_NOTE]
            body = "\n\n".join(
                [
                    *some,
                    *(f"## {vector}" for vector in some),
                    *(f"[{vector}](https://ok.example/{place} '{vector}')" for place, vector in enumerate(some)),
                    *(f"[a](https://ok.example/?q={vector})" for vector in some),
                    *(f"![{vector}](https://pictures.example/{place}.png)" for place, vector in enumerate(some)),
                    *(f"![{vector}](:/{number:032x})" for vector in some),
                ]
            )
            number += 1
            note_id = f"{number:032x}"
            items.append(
                Note(
                    id=note_id,
                    updated_time=NOW,
                    title=some[number % len(some)],
                    body=body,
                    parent_id="b" * 32,
                    markup_language=markup,
                    source_url=some[0],
                    author=some[-1],
                )
            )
            for place, text in enumerate((body[: len(body) // 2], body)):
                inserted = text if place == 0 else body[len(body) // 2 :]
                start = 0 if place == 0 else len(body[: len(body) // 2].encode("utf-16-le")) // 2
                length = len(inserted.encode("utf-16-le")) // 2
                diff = [{"diffs": [[1, inserted]], "start1": start, "start2": start, "length1": 0, "length2": length}]
                items.append(
                    Revision(
                        id=f"{number:030x}{place + 1:02x}"[::-1],
                        updated_time=NOW + place,
                        created_time=NOW + place,
                        parent_id="" if place == 0 else f"{number:030x}01"[::-1],
                        item_type=1,
                        item_id=note_id,
                        item_updated_time=NOW + place,
                        title_diff="",
                        body_diff=json.dumps(diff),
                        metadata_diff='{"new":{},"deleted":[]}',
                    )
                )
    return items


@pytest.fixture(scope="module")
def hostile() -> Iterator[tuple[str, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Path(folder) / NAME
        build([Written(hostile_items())], catalogue, workers=1)
        with serving(catalogue) as address:
            yield address, catalogue


def test_nothing_runs_on_any_page(chromium: object, hostile: tuple[str, Path]) -> None:
    site, catalogue = hostile
    notes = [row[0] for row in query(catalogue, "SELECT id FROM notes ORDER BY id")]
    revisions = [row[0] for row in query(catalogue, "SELECT id FROM revisions ORDER BY note_id, number")]
    links = [
        row[0] for row in query(catalogue, "SELECT min(id) FROM links GROUP BY length(url), target ORDER BY 1 LIMIT 6")
    ]
    sections = [row[0] for row in query(catalogue, "SELECT path FROM sections ORDER BY id LIMIT 6")]
    assert len(notes) > 12
    assert len(revisions) == 2 * len(notes)
    paths = [
        "/catalogue",
        *(f"/catalogue/-/note/{note}" for note in notes),
        *(f"/catalogue/-/note/{note}?at=1" for note in notes[::5]),
        *(f"/catalogue/-/note/{note}/blame" for note in notes[::4]),
        *(f"/catalogue/-/note/{note}/changes?from=1&to=now" for note in notes[::4]),
        *(f"/catalogue/-/revision/{revision}" for revision in revisions[::7]),
        *(f"/catalogue/-/link/{link}" for link in links),
        *("/catalogue/-/topic?" + urlencode({"path": path}) for path in sections),
        *("/catalogue/-/search?" + urlencode({"q": text}) for text in ("alert", "onerror script", HTML[0], HTML[10])),
        *("/catalogue/-/topics", "/catalogue/-/images", "/catalogue/-/images?page=2"),
        *(
            f"/catalogue/{name}?_all=on"
            for name in ("notes", "links", "sections", "revisions", "saved_links", "link_history")
        ),
        *(
            "/catalogue/new_links",
            "/catalogue/links_by_section",
            f"/catalogue/notes/{notes[0]}",
            f"/catalogue/links/{links[0]}",
        ),
    ]
    context = chromium.new_context()  # type: ignore[attr-defined]
    context.add_init_script(CALLED)
    context.route(lambda url: not url.startswith(site), lambda route: route.abort())
    visitor = Visitor(context.new_page(), site)
    for path in paths:
        answer = visitor.page.goto(site + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, path
        visitor.page.evaluate(RUN)
        assert visitor.page.evaluate("window.__called") == [], path
        assert visitor.page.evaluate("document.scripts.length") <= 5, path
        assert visitor.page.url == site + path
        # A policy that stopped something would mean that only the policy did.
        wrong = [said for said in visitor.wrong if "404" not in said]
        assert wrong == [], path
    context.close()
