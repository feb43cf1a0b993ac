"""Pages show the times of a note that Joplin shows: those of its user, not those of a synchronisation or a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from catalogues import make
from joplin_items import serialize
from published import served

from extractor.joplin.items import Note

if TYPE_CHECKING:
    from pathlib import Path

NOTE, OTHER = "1b" * 16, "2b" * 16
YEAR = 31_556_952_000  # ms


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (f"note/{NOTE}", ["changed", "2005", "created", "2001"]),
        ("notes", ["Other", "2010", "Old", "2005"]),
        ("search?q=paragraph", ["Old"]),
        ("topic?path=Heading", ["Old", "2005"]),
        ("", ["Other", "2010", "Old", "2005"]),
    ],
)
async def test_the_times_that_the_user_sees(tmp_path: Path, path: str, shown: list[str]) -> None:
    source = tmp_path / "joplin"
    source.mkdir()
    (source / "info.json").write_text('{"version": 3}')
    at = {year: round((year - 1970 + 0.5) * YEAR) for year in (2001, 2005, 2010, 2015, 2020)}
    for note in (
        Note(NOTE, at[2020], at[2015], at[2005], at[2001], title="Old", body="# Heading\n\nparagraph\n"),
        Note(OTHER, at[2015], at[2015], at[2010], at[2010], title="Other", body="text"),
    ):
        (source / f"{note.id}.md").write_text(serialize(note))
    db = tmp_path / "catalogue.db"
    make(db, source)
    datasette = await served(db)
    response = await datasette.client.get(f"/catalogue/-/{path}" if path else "/catalogue")
    assert response.status_code == 200
    page = response.text.partition("<main")[2]
    places = [page.find(words) for words in shown]
    assert -1 not in places
    assert places == sorted(places), places
    assert "2020" not in page
