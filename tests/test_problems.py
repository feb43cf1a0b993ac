"""What cannot be read is a row of `problems`: it stops nothing, and goes when it is mended."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from catalogues import EXAMPLE, content, make, rows

if TYPE_CHECKING:
    from pathlib import Path

REVISION, NOTE = "5f79bce7b42841cebec327bf2183a48c", "5d87ebe6d40141fe8605ea5ca1c05e00"


def revision(**fields: str) -> str:
    """A revision that makes a note of nothing, with other fields than Joplin would write."""
    written = {
        "id": REVISION,
        "parent_id": "",
        "item_type": "1",
        "item_id": NOTE,
        "item_updated_time": "1730482444457",
        "title_diff": json.dumps('[{"diffs":[[1,"Title"]],"start1":0,"start2":0,"length1":0,"length2":5}]'),
        "body_diff": json.dumps('[{"diffs":[[1,"Body"]],"start1":0,"start2":0,"length1":0,"length2":4}]'),
        "metadata_diff": json.dumps({"new": {"id": NOTE, "title": "Title"}, "deleted": []}),
        "encryption_applied": "0",
        "updated_time": "2024-11-01T17:37:03.332Z",
        "created_time": "2024-11-01T17:37:03.332Z",
        "type_": "13",
    }
    return "\n" + "\n".join(f"{name}: {value}" for name, value in {**written, **fields}.items())


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        ({"item_updated_time": "99999999999999999999"}, "unreadable item", "item_updated_time is no number"),
        ({"item_type": "1" + "0" * 20}, "unreadable item", "item_type is no number"),
        ({"updated_time": "yesterday"}, "unreadable item", "updated_time is no time"),
        ({"body_diff": '"cut'}, "unreadable item", "body_diff is not the JSON"),
        ({"body_diff": json.dumps("[{")}, "unreadable diff", "The diff is no JSON"),
    ],
)
def test_a_row_for_what_is_damaged(tmp_path: Path, fields: dict[str, str], kind: str, words: str) -> None:
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    shutil.copytree(EXAMPLE, source)
    make(db, source)
    before = content(db)
    item = source / f"{REVISION}.md"
    item.write_text(revision(**fields), encoding="utf-8")
    make(db, source)
    ((*told, detail),) = rows(db, "SELECT item, item_id, kind, detail FROM problems")
    assert (told, words in detail) == ([item.name, REVISION, kind], True), detail
    item.write_text(revision(), encoding="utf-8")
    make(db, source)
    assert rows(db, "SELECT title, state FROM revisions WHERE id = ?", REVISION) == [("Title", "complete")]
    assert content(db)["problems"] == before["problems"] == []


@pytest.mark.parametrize("due", ["1e999", "-1e999", "1e300", "99999999999999999999", '"soon"', "[]"])
def test_times_of_a_note_that_no_calendar_holds_are_none(tmp_path: Path, due: str) -> None:
    """Only its history knows the note, and its to-do's time is whatever JSON can say."""
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    source.mkdir()
    metadata = f'{{"new":{{"id":"{NOTE}","title":"Title","todo_due":{due}}},"deleted":[]}}'
    (source / f"{REVISION}.md").write_text(revision(metadata_diff=metadata), encoding="utf-8")
    make(db, source)
    assert rows(db, "SELECT title, state, due_at FROM notes") == [("Title", "history only", None)]


def test_a_problem_is_told_once_though_its_item_has_gone(tmp_path: Path) -> None:
    source, db = tmp_path / "jürgen", tmp_path / "catalogue.db"
    source.mkdir()
    first, later = "0" * 32, "1" * 32
    (source / f"{first}.md").write_text(revision(id=first), encoding="utf-8")
    (source / f"{REVISION}.md").write_text(revision(body_diff=json.dumps("[{")), encoding="utf-8")
    make(db, source)
    seen = rows(db, "SELECT first_seen_at FROM problems")
    (source / f"{later}.md").write_text(revision(id=later, item_updated_time="1730482544457"), encoding="utf-8")
    make(db, source)
    assert rows(db, "SELECT first_seen_at FROM problems") == seen
    (source / f"{REVISION}.md").unlink()
    (source / f"{'2' * 32}.md").write_text(revision(id="2" * 32, item_updated_time="1730482644457"), encoding="utf-8")
    make(db, source)
    assert rows(db, "SELECT item_id, kind FROM problems") == [(REVISION, "unreadable diff")]
