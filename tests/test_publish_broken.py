"""Histories with holes: every page of every note and revision answers."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from catalogues import catalogue_of, rows, truth
from published import served
from thorough import some

from extractor.catalogue.reader import note_history
from extractor.catalogue.store import open_to_read
from extractor.publish.html.blame import blame
from extractor.publish.pages.blame_page import written
from extractor.textdiff import changes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from extractor.catalogue.reader import NoteHistory


@pytest.mark.parametrize("name", ["sync-broken", "sync-odd"])
async def test_every_page_answers(name: str) -> None:
    """Stretches with half an emoji, revisions that are lost but known, circles of parents."""
    db = catalogue_of(name)
    datasette = await served(db)
    unsure = "SELECT id FROM revisions WHERE number NOT NULL AND state <> 'complete'"
    lost = rows(db, "SELECT id FROM revisions WHERE number IS NULL")
    addresses = [f"/catalogue/-/note/{note}" for note in rows(db, "SELECT id FROM notes")]
    addresses += [f"/catalogue/-/revision/{one}" for one in [*rows(db, unsure), *lost]]
    for address in some(addresses, 2):
        answer = await datasette.client.get(address)
        assert answer.status_code == 200, address
        is_lost = address.rpartition("/")[2] in lost
        assert ("This revision is lost." in answer.text) == is_lost
    assert len(addresses) > 10


@pytest.fixture(scope="module")
def broken_db() -> Path:
    return catalogue_of("sync-broken")


async def test_a_revision_on_a_lost_one_shows_what_it_changed(corpora: Callable[[str], Path], broken_db: Path) -> None:
    """The text of the lost one is known by it: only what differs from that is new."""
    bodies = {one["id"]: one["body"] for one in truth(corpora("truth"), "profile.bodies.jsonl")}
    datasette = await served(broken_db)
    children = "SELECT id, parent_id FROM revisions WHERE parent_id IN (SELECT id FROM revisions WHERE number IS NULL)"
    found = rows(broken_db, children)
    assert len(found) == 18
    for child, lost in found:
        page = (await datasette.client.get(f"/catalogue/-/revision/{child}")).text
        assert "revision before it</a> is lost; its text is known" in page
        expected = changes(bodies[lost], bodies[child])
        assert page.count('<tr class="added">') == expected.added
        assert page.count('<tr class="removed">') == expected.removed


def test_lines_keep_their_age_over_a_hole(sync_db: Path, broken_db: Path) -> None:
    """Who knows less dates lines as who knows all does; what came with a lost revision has no date."""
    seen: Counter[str] = Counter()
    with closing(open_to_read(sync_db)) as whole, closing(open_to_read(broken_db)) as broken:
        for (note_id,) in whole.execute("SELECT id FROM notes").fetchall():
            (all_known, _), (known, is_sure) = (aged(note_history(db, note_id)) for db in (whole, broken))
            assert [line for _, line in known] == [line for _, line in all_known]
            for (true, line), (told, _) in zip(all_known, known, strict=True):
                seen["same" if told == true else "lost" if told == 0 else "other" if line else "blank"] += 1
                assert told == true or not is_sure
    assert seen["same"] > 7000
    assert 0 < seen["lost"] < 200
    assert seen["other"] < 60  # all in the one note of which an echo is lost
    assert seen["blank"] < 10  # which of two blank lines is the new one, a diff cannot tell


def aged(history: NoteHistory) -> tuple[list[tuple[int, str]], bool]:
    """Each line of a note with the time (ms) that it came, as the page tells it."""
    all_written = written(history)
    times = {text.id: text.captured_at for text in history.texts} | {
        "": history.note.updated_time if history.note else 0
    }
    return [(times[id_], line) for id_, line in blame(all_written.texts, all_written.bases)], all_written.is_sure
