"""A fence around each note: one that takes too much is given up alone, and tried again once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from catalogues import content, make, rows
from joplin_items import serialize

from extractor import timeline, workers
from extractor.joplin.items import Note
from extractor.timeline import NoteRows
from extractor.workers import GivenUp, History, derive, derive_all, derive_alone

if TYPE_CHECKING:
    from pathlib import Path


class Killer(Note):
    """A note that ends the process that takes it up, as the system ends one that takes all memory."""

    def __reduce__(self):
        return os._exit, (9,)


def history(number: int, kind: type[Note] = Note, body: str = "# One\n\nhttps://e.example/") -> History:
    note = kind(id=f"{number:032x}", updated_time=1_700_000_000_000, title=f"Note {number}", body=body)
    return History(note.id, note, [], {}, {}, is_gone=False)


def names(told: list[NoteRows | GivenUp]) -> list[tuple[str, bool]]:
    return [(one.note_id, isinstance(one, NoteRows)) for one in told]


def test_a_note_that_ends_its_process() -> None:
    assert names([derive_alone(history(1))]) == [(f"{1:032x}", True)]
    (given_up,) = [derive_alone(history(1, Killer))]
    assert isinstance(given_up, GivenUp)
    assert "was killed" in given_up.reason


def test_all_others_are_derived() -> None:
    """In a pool, which breaks with it: each note that was under way then has a process of its own."""
    notes = [history(number, Killer if number == 3 else Note) for number in range(6)]
    told = [one for batch in derive_all(iter(notes), 2, parallel_from=1) for one in batch]
    assert sorted(names(told)) == [(f"{number:032x}", number != 3) for number in range(6)]


def test_a_heavy_note_has_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "HEAVY", 1000)
    notes = [history(0), history(1, Killer, "x" * 2000), history(2)]
    told = [one for batch in derive_all(iter(notes), 2) for one in batch]
    assert sorted(names(told)) == [(f"{0:032x}", True), (f"{1:032x}", False), (f"{2:032x}", True)]


@pytest.mark.skipif(os.name != "posix", reason="timers of POSIX")
def test_a_note_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def for_ever(*_: object, **__: object) -> None:
        while True:
            pass

    monkeypatch.setattr(timeline, "derive_rows", for_ever)
    monkeypatch.setattr(workers, "MOST_SECONDS", 0.2)
    assert derive(history(1)) == GivenUp(f"{1:032x}", "it takes more than 0.2 seconds")


def test_what_a_build_makes_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    folder.mkdir()
    derive_rows, tried = timeline.derive_rows, []

    def write(body: str) -> None:
        for number in range(3):
            note = history(number).note
            assert note is not None
            note = Note(id=note.id, updated_time=1_700_000_000_000, title=note.title, body=body)
            (folder / f"{note.id}.md").write_text(serialize(note), encoding="utf-8")
            os.utime(folder / f"{note.id}.md", (1_700_000_000, 1_700_000_000))

    def too_much(note_id: str, *rest: object, **options: object) -> NoteRows:
        if note_id == f"{1:032x}":
            tried.append(note_id)
            raise MemoryError
        return derive_rows(note_id, *rest, **options)  # type: ignore[arg-type]

    def problems() -> list[tuple[str, str]]:
        return rows(db, "SELECT item_id, kind FROM problems")

    write("# One\n\nhttps://e.example/1")
    make(db, folder)
    before = rows(db, f"SELECT url FROM links WHERE note_id = '{1:032x}'")  # noqa: S608 -- a number
    write("# Another\n\nhttps://e.example/other")
    monkeypatch.setattr(timeline, "derive_rows", too_much)
    make(db, folder)
    assert problems() == [(f"{1:032x}", "given up once")]
    assert rows(db, f"SELECT url FROM links WHERE note_id = '{1:032x}'") == before  # noqa: S608 -- likewise
    assert rows(db, "SELECT count(*) FROM sections WHERE title = 'Another'") == [2]
    for _ in range(2):
        make(db, folder)
        assert problems() == [(f"{1:032x}", "given up")]
    assert len(tried) == 2
    monkeypatch.setattr(timeline, "derive_rows", derive_rows)
    write("# Third")
    make(db, folder)
    assert problems() == []
    assert str(content(db)["sections"][1]).count("Third") == 2
