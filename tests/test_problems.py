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
        ({"item_updated_time": "99999999999999999999"}, "unreadable item", "item_updated_time is not a number"),
        ({"item_type": "1" + "0" * 20}, "unreadable item", "item_type is not a number"),
        ({"updated_time": "yesterday"}, "unreadable item", "updated_time is not a time"),
        ({"created_time": "yesterday"}, "odd field", "created_time is not a time"),
        ({"body_diff": '"cut'}, "unreadable item", "body_diff is not the JSON"),
        ({"body_diff": json.dumps("[{")}, "unreadable diff", "The diff is not JSON"),
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
    assert rows(db, "SELECT title, state, due_at FROM notes") == [("Title", "gone", None)]


# Odd values as they were found in sync targets: a note, the fields that are odd, and what a row in `problems` says.
ODD_NOTES = {
    "01": ({"is_conflict": "1", "conflict_original_id": "02" * 16}, None),  # Joplin 3.8 synchronises conflicts
    "02": ({}, None),
    "03": ({"is_shared": "1", "share_id": "s" * 22}, None),
    "04": ({"user_updated_time": "Invalid date"}, "user_updated_time is not a time"),
    "05": ({"updated_time": "Invalid date"}, "updated_time is not a time"),
    "06": ({"user_created_time": "20210-01-01T00:00:00.000Z"}, "user_created_time is not a time"),
    "07": ({"user_created_time": "-000001-12-31T00:00:00.000Z"}, "user_created_time is not a time"),
    "09": ({"todo_due": "NaN", "is_todo": "1"}, "todo_due is not a number"),
    "0b": ({"user_data": '{"com.example.plugin":{"k":{"v":1,"t":2}}}'}, None),
    "0c": ({"markup_language": "0"}, None),
}


def odd_note(id_: str, **fields: str) -> str:
    written = {
        "id": id_,
        "parent_id": "",
        "created_time": "2026-01-01T00:00:00.000Z",
        "updated_time": "2026-02-01T00:00:00.000Z",
        "user_created_time": "2026-01-01T00:00:00.000Z",
        "user_updated_time": "2026-02-01T00:00:00.000Z",
        "markup_language": "1",
        **fields,
        "type_": "1",
    }
    lines = "\n".join(f"{name}: {value}" for name, value in written.items())
    return f"Title\n\n[link](https://{id_[:2]}.example/)\n\n{lines}"


def test_odd_values_in_minor_fields_never_cost_the_note(tmp_path: Path) -> None:
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    source.mkdir()
    for name, (fields, _) in ODD_NOTES.items():
        (source / f"{name * 16}.md").write_text(odd_note(name * 16, **fields), encoding="utf-8")
    others = {
        "20": "A new thing\n\nid: {id}\nupdated_time: 2026-01-01T00:00:00.000Z\ntype_: 21",
        "30": "id: {id}\nitem_id: \nencryption_applied: 1\nencryption_cipher_text: x\ntype_: 13" * 2,
        "31": "id: {id}\nparent_id: \nencryption_cipher_text: JED01xx\nencr",
        "40": "id: {id}\ntype_: 5",
    }
    for name, text in others.items():
        (source / f"{name * 16}.md").write_text(text.format(id=name * 16), encoding="utf-8")
    make(db, source)
    links = [f"https://{name}.example/" for name in ODD_NOTES]
    assert rows(db, "SELECT url FROM links WHERE removed_at IS NULL ORDER BY url") == links
    assert set(rows(db, "SELECT first_seen_at FROM links")) == {"2026-02-01T00:00:00.000Z"}
    assert set(rows(db, "SELECT state FROM notes WHERE substr(id, 1, 2) <> '01'")) == {"current"}
    told = dict(rows(db, "SELECT substr(item_id, 1, 2), detail FROM problems WHERE kind = 'odd field'"))
    expected = {name: words for name, (_, words) in ODD_NOTES.items() if words} | {"40": "It has no title."}
    assert told.keys() == expected.keys()
    assert all(words in told[name] for name, words in expected.items()), told
    unreadable = rows(db, "SELECT substr(item_id, 1, 2) FROM problems WHERE kind = 'unreadable item' ORDER BY 1")
    assert unreadable == ["30", "31"]
    mended = ODD_NOTES["04"][0] | {"user_updated_time": "2026-02-01T00:00:00.000Z"}
    (source / f"{'04' * 16}.md").write_text(odd_note("04" * 16, **mended), encoding="utf-8")
    make(db, source)
    assert rows(db, "SELECT count(*) FROM problems WHERE item_id = ?", "04" * 16) == [0]


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


def test_a_row_for_what_is_read_in_part(tmp_path: Path) -> None:
    """Where in the note it is, as long as it is so."""
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    source.mkdir()
    time = "2026-01-01T00:00:00.000Z"
    for body, expected in (
        (
            "one\n\n<p>\n" + "<i>" * 600 + "<a href='https://a.example/'>x</a>",
            [("partly read", NOTE, "from line 3 on")],
        ),
        ("one", []),
    ):
        (source / f"{NOTE}.md").write_text(
            f"Title\n\n{body}\n\nid: {NOTE}\nparent_id: \ncreated_time: {time}\nupdated_time: {time}\n"
            "is_conflict: 0\nmarkup_language: 1\nencryption_applied: 0\ntype_: 1",
            encoding="utf-8",
        )
        make(db, source)
        found = rows(db, "SELECT kind, item_id, detail FROM problems")
        assert [(kind, item, detail[:14]) for kind, item, detail in found] == expected
