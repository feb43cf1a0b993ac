"""What counts as writing, and on which day: no echo, no text that Joplin wrote down again, no guess at a day."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from catalogues import catalogue
from joplin_histories import NO_PROPERTIES, PROPERTIES, diff

from extractor.catalogue.queries.writing import days_of_writing, written_notes
from extractor.joplin.items import Note, Revision
from extractor.times import milliseconds

if TYPE_CHECKING:
    from pathlib import Path

A, B = "a" * 32, "b" * 32
HOUR, DAY = 3_600_000, 86_400_000
MADE = milliseconds("2024-03-01T09:00:00.000Z")
LINES = ["one line of the text", "another line of the text", "the third line of it"]
TEXT = "\n".join(LINES) + "\n"


def note(body: str = "", changed: int = MADE, **others: object) -> Note:
    return Note(A, changed, MADE, changed, MADE, title="Log", body=body, **others)  # type: ignore[arg-type]


def revision(name: str, parent: str, old: str, new: str, at: int, *, whole: bool = False, **others: object) -> Revision:
    """`whole` as Joplin's clean-up writes the first one that it keeps: it dates what it writes."""
    return Revision(
        id=name * 32,
        parent_id=parent * 32,
        item_id=A,
        item_updated_time=at,
        created_time=at,
        updated_time=at + (30 * DAY if whole else 0),
        title_diff=diff("", "Log") if whole or not parent else "[]",
        body_diff=diff("" if whole else old, new),
        metadata_diff=PROPERTIES if whole or not parent else NO_PROPERTIES,
        **others,  # type: ignore[arg-type]
    )


def writing(folder: Path, *items: Note | Revision) -> tuple[dict[str, tuple[int, int]], int]:
    """What was added and removed on each day, and how many texts have none."""
    with closing(sqlite3.connect(catalogue(folder, *items))) as connection:
        days, undated = days_of_writing(connection)
    return {day.day[5:]: (day.added, day.removed) for day in days}, undated.changes


MORE = TEXT + "more\n"
STALE = "\n".join([LINES[0], LINES[2]]) + "\n"  # from before a sync, that brought the second line

CASES = {
    "each revision is of its day": (
        [revision("1", "", "", TEXT, MADE + HOUR), revision("2", "1", TEXT, MORE, MADE + 40 * DAY)],
        ({"03-01": (len(TEXT), 0), "04-10": (5, 0)}, 0),
    ),
    "a first text of a note that was made before is on no day": (
        [revision("1", "", "", TEXT, MADE + 5 * DAY), revision("2", "1", TEXT, MORE, MADE + 40 * DAY)],
        ({"04-10": (5, 0)}, 1),
    ),
    "a text that was written down whole after a clean-up is no writing": (
        [
            revision("1", "", "", TEXT, MADE + HOUR),
            revision("2", "9", "", MORE, MADE + 100 * DAY, whole=True),
            revision("3", "2", MORE, MORE + "end\n", MADE + 101 * DAY),
        ],
        ({"03-01": (len(TEXT), 0), "06-10": (4, 0)}, 0),
    ),
    "nor where the one before is known": (
        [revision("1", "", "", TEXT, MADE + HOUR), revision("2", "1", "", MORE, MADE + 100 * DAY, whole=True)],
        ({"03-01": (len(TEXT), 0)}, 0),
    ),
    "what an echo drops was there all along": (
        [
            revision("1", "", "", STALE, MADE + HOUR),
            revision("2", "1", STALE, TEXT, MADE + 2 * DAY),
            revision("3", "2", TEXT, STALE, MADE + 20 * DAY - 1),
            revision("4", "3", STALE, MORE, MADE + 20 * DAY),
        ],
        ({"03-01": (len(STALE), 0), "03-03": (len(LINES[1]) + 1, 0), "03-21": (5, 0)}, 0),
    ),
    "an old state that was kept before an edit has no day": (
        [
            revision("1", "", "", TEXT, MADE + HOUR),
            revision("2", "1", TEXT, MORE, MADE + 20 * DAY - 1),
            revision("3", "2", MORE, MORE + "end\n", MADE + 20 * DAY),
        ],
        ({"03-01": (len(TEXT), 0), "03-21": (4, 0)}, 1),
    ),
    "to move a note is no writing": (
        [
            revision("1", "", "", TEXT, MADE + HOUR),
            revision("2", "1", TEXT, TEXT, MADE + 9 * DAY),
        ],
        ({"03-01": (len(TEXT), 0)}, 0),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_writing(tmp_path: Path, name: str) -> None:
    revisions, expected = CASES[name]
    assert writing(tmp_path, note("as it is now", MADE + 200 * DAY), *revisions) == expected


@pytest.mark.parametrize(
    ("changed", "others", "expected"),
    [
        (MADE + HOUR, {}, ({"03-01": (len(TEXT), 0)}, 0)),
        (MADE + 9 * DAY, {}, ({}, 1)),
        (MADE + HOUR, {"is_conflict": True}, ({}, 0)),
    ],
)
def test_a_note_without_a_revision(
    tmp_path: Path, changed: int, others: dict[str, object], expected: tuple[dict[str, tuple[int, int]], int]
) -> None:
    assert writing(tmp_path, note(TEXT, changed, **others)) == expected


def test_which_notes_were_written_in_some_time(tmp_path: Path) -> None:
    other = Note(B, MADE + 30 * DAY, MADE + 30 * DAY, 0, 0, title="New", body="x" * 90)
    body = MORE + "[a](https://a.example/)\n"
    db = catalogue(
        tmp_path,
        note(body, MADE + 31 * DAY),
        other,
        revision("1", "", "", TEXT, MADE + HOUR),
        revision("2", "1", TEXT, MORE, MADE + 30 * DAY),
        revision("3", "2", MORE, body, MADE + 31 * DAY),
    )
    with closing(sqlite3.connect(db)) as connection:
        found = written_notes(connection, "2024-03-20", "2024-05-01")
        assert written_notes(connection, "2024-05-01", "2024-06-01") == ()
    told = [(one.name, one.changes, one.added, one.removed, one.links_added, one.is_new) for one in found]
    assert told == [("New", 1, 90, 0, 0, True), ("Log", 2, 5 + 24, 0, 1, False)]
    assert json.dumps(found[0].notebook) == "null"
