"""The text that Joplin reads in pictures and PDFs is kept, and found."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from catalogues import content, make, rows
from joplin_items import serialize
from published import served

from extractor.joplin.items import Note, Resource

if TYPE_CHECKING:
    from pathlib import Path

    from datasette.app import Datasette

NOTE, OTHER, PLAN, LOOSE = "1b" * 16, "2b" * 16, "3d" * 16, "4d" * 16
NOON = 1_757_505_600_000
QUAY = Note(NOTE, NOON, NOON, title="Quay notes", body=f"First line\n\nSee ![plan](:/{PLAN})")
SHED = Note(OTHER, NOON, NOON, title="Shed", body="No attachment")
PICTURE = Resource(PLAN, NOON, title="quay-plan.png", mime="image/png", ocr_status=2)
TEXT = "Berth 7 loads gantry bolts\non Tuesdays"
FORGOTTEN = Resource(LOOSE, NOON, title="old.pdf", mime="application/pdf", ocr_text="𝗚𝗮𝗻𝘁𝗿𝘆 manual", ocr_status=2)


def target(folder: Path, *items: Note | Resource) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "info.json").write_text('{"version": 3}')
    for item in items:
        (folder / f"{item.id}.md").write_text(serialize(item), encoding="utf-8")
    return folder


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """Built before Joplin had read the picture, and after."""
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    make(db, target(source, QUAY, SHED, PICTURE, FORGOTTEN))
    make(db, target(source, replace(PICTURE, updated_time=NOON + 1, ocr_text=TEXT)))
    return db


def test_the_text_is_kept(catalogue: Path, tmp_path: Path) -> None:
    once = tmp_path / "once.db"
    make(once, tmp_path / "joplin")
    assert content(once) == content(catalogue)
    assert rows(catalogue, "SELECT ocr_text FROM resources WHERE id = ?", PLAN) == [TEXT]
    found = "SELECT resources.title FROM resources_fts JOIN resources ON resources.rowid = resources_fts.rowid "
    for words, titles in {
        "gantry": ["old.pdf", "quay-plan.png"],
        "berth tuesday": ["quay-plan.png"],
        "plan": ["quay-plan.png"],
    }.items():
        assert rows(catalogue, f"{found} WHERE resources_fts MATCH ? ORDER BY 1", words) == titles
    (tmp_path / "joplin" / f"{PLAN}.md").write_text(serialize(replace(PICTURE, updated_time=NOON + 2)))
    make(catalogue, tmp_path / "joplin")
    assert rows(catalogue, f"{found} WHERE resources_fts MATCH 'gantry'") == ["old.pdf"]


async def shown(catalogue: Path, path: str) -> str:
    datasette: Datasette = await served(catalogue)
    response = await datasette.client.get(f"/catalogue/{path}")
    assert response.status_code == 200, response.text
    return response.text.partition("<main")[2]


async def test_a_search_finds_it_and_leads_to_the_notes_that_hold_it(catalogue: Path) -> None:
    page = await shown(catalogue, "-/search?q=gantry")
    assert re.findall(r"<h2[^>]*>([^<]+?) <", page) == ["In attachments"]
    first, second = re.findall(r"<li>.*?</li>", page.partition('id="g-attachment"')[2], re.DOTALL)
    assert f'href="/catalogue/-/note/{NOTE}#line-3">Quay notes</a>' in first
    assert f'href="/catalogue/resources/{PLAN}"' in first
    assert "Berth 7 loads <mark>gantry</mark> bolts" in first
    assert "in no note now" in second
    alone = await shown(catalogue, "-/search?q=gantry+kind:attachment")
    assert "Quay notes" in alone


@pytest.mark.parametrize(
    ("query", "is_found"), [("gantry -notebook:none", True), ("tuesdays", True), ("wednesday", False)]
)
async def test_a_search_within_some_notes(catalogue: Path, query: str, is_found: bool) -> None:
    page = await shown(catalogue, f"-/search?q={query.replace(' ', '+')}")
    assert ("In attachments" in page) is is_found


async def test_the_row_of_an_attachment_shows_it(catalogue: Path) -> None:
    page = await shown(catalogue, f"resources/{PLAN}")
    assert "recognised text" in page
    assert "Berth 7 loads gantry bolts" in page
