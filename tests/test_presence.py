"""Which notes are there now: told of each by what its sources hold and ever held, whichever way that came."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from catalogues import make, rows
from joplin_histories import PROPERTIES, diff, revision
from joplin_items import serialize
from joplin_service import TOKEN, JoplinService, error, good

from extractor.build import build
from extractor.catalogue.presence import PRESENT, WITHOUT_ITEM
from extractor.joplin.items import Note, Notebook
from extractor.keys import Keys
from extractor.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

A, B, BOX = "a" * 32, "b" * 32, "f" * 32
NOON = 1_700_000_000_000
READ_LATER = "correct horse"

Target = dict[str, str]
"""A sync target: the texts of its items by their ids."""


def note(id_: str, at: int = 0, **fields: object) -> Target:
    body = f"# Heading\n\n[link](https://{id_[0]}.example/)\n"
    return {id_: serialize(Note(id_, NOON + at, NOON, parent_id=BOX, **{"title": "Title", "body": body, **fields}))}  # type: ignore[arg-type]


def encrypted(id_: str, deleted_time: int = 0) -> Target:
    fields = {
        "id": id_,
        "parent_id": BOX,
        "updated_time": "2030-01-01T00:00:00.000Z",
        "deleted_time": str(deleted_time or ""),
        "encryption_cipher_text": "JED0100002205" + "0" * 34,
        "encryption_applied": "1",
        "type_": "1",
    }
    return {id_: "\n".join(f"{name}: {value}" for name, value in fields.items())}


def history(id_: str) -> Target:
    """A revision of a note, as Joplin leaves it where the note was deleted for good."""
    body = f"# Old\n\n[old](https://{id_[0]}.example/)\n"
    one = revision(f"{id_[0]}7" * 16, "", diff("", body), at=NOON, metadata_diff=PROPERTIES, title_diff=diff("", "Old"))
    return {one.id: serialize(replace(one, item_id=id_))}


def box() -> Target:
    return {BOX: serialize(Notebook(BOX, NOON, title="Box"))}


def write(folder: Path, target: Target) -> Path:
    """Bring a folder into a state; a file that stays as it is keeps its time."""
    folder.mkdir(exist_ok=True)
    (folder / "info.json").write_text('{"version": 3}')
    for path in folder.glob("*.md"):
        if path.stem not in target:
            path.unlink()
    for id_, text in target.items():
        (folder / f"{id_}.md").write_text(text)
    return folder


def states(db: Path) -> dict[str, str]:
    return dict(rows(db, "SELECT id, state FROM notes"))


DAMAGED = {A: ""}

# The states of one target after another, and what the note is after the last of them.
ONE_TARGET: dict[str, tuple[Sequence[Target], str]] = {
    "there": ([note(A)], "current"),
    "in the trash": ([note(A), note(A, deleted_time=NOON)], "trashed"),
    "a conflict": ([note(A, is_conflict=True)], "conflict"),
    "a conflict in the trash": ([note(A, is_conflict=True, deleted_time=NOON)], "conflict"),
    "deleted, its history is left": ([note(A) | history(A), history(A)], "gone"),
    "deleted, and its history too": ([note(A) | history(A), history(A), {}], "gone"),
    "deleted before the first build": ([history(A)], "gone"),
    "deleted before, and its history since": ([history(A), {}], "gone"),
    "from the trash for good": ([note(A, deleted_time=NOON) | history(A), history(A)], "gone"),
    "a conflict that was resolved": ([note(A, is_conflict=True), {}], "gone"),
    "back again": ([note(A), history(A), note(A, 1)], "current"),
    "encrypted": ([encrypted(A)], "encrypted"),
    "encrypted over what was read": ([note(A), encrypted(A)], "encrypted"),
    "encrypted over its history": ([history(A), history(A) | encrypted(A)], "encrypted"),
    "encrypted in the trash": ([note(A), encrypted(A, deleted_time=NOON)], "trashed"),
    "encrypted in the trash at once": ([encrypted(A, deleted_time=NOON)], "trashed"),
    "encrypted and gone": ([note(A), encrypted(A), history(A)], "gone"),
    "in clear again": ([encrypted(A), note(A, 1)], "current"),
    "damaged": ([note(A), DAMAGED], "current"),
    "damaged, and known by its history": ([history(A) | DAMAGED], "history only"),
    "damaged, then gone": ([history(A) | DAMAGED, history(A)], "gone"),
}


@pytest.mark.parametrize(("targets", "expected"), ONE_TARGET.values(), ids=ONE_TARGET)
def test_the_state_of_a_note(tmp_path: Path, targets: Sequence[Target], expected: str) -> None:
    """State by state, and, where the last one still tells of the note, at once."""
    folder, db = tmp_path / "target", tmp_path / "catalogue.db"
    for target in targets:
        make(db, write(folder, box() | note(B) | target))
    assert states(db) == {A: expected, B: "current"}
    make(tmp_path / "at once.db", folder)
    at_once = states(tmp_path / "at once.db")
    assert at_once == {id_: state for id_, state in states(db).items() if id_ in at_once}
    assert rows(db, "SELECT DISTINCT is_present FROM notes WHERE id = ?", A) == [int(expected in PRESENT)]
    assert rows(db, "SELECT count(*) FROM saved_links WHERE note_id = ?", A) == [
        int(expected in PRESENT and targets != [encrypted(A)])
    ]


@pytest.mark.parametrize("targets", [targets for targets, _ in ONE_TARGET.values() if len(targets) > 1])
def test_several_folders_one_after_another_or_together(tmp_path: Path, targets: Sequence[Target]) -> None:
    """Copies of a target from several days: none of them says that what another has is gone."""
    folders = [write(tmp_path / f"day {day}", note(B) | target) for day, target in enumerate(targets)]
    for folder in folders:
        make(tmp_path / "one by one.db", folder)
    make(tmp_path / "together.db", *folders)
    one_by_one, together = (tmp_path / f"{name}.db" for name in ("one by one", "together"))
    assert states(one_by_one) == states(together)
    assert (states(together)[A] == "gone") == (not any(A in target for target in targets))
    saved = "SELECT * FROM saved_links ORDER BY id"
    assert rows(one_by_one, saved) == rows(together, saved)


def test_what_was_read_stands_until_it_can_be_read_again(tmp_path: Path) -> None:
    """An item that comes encrypted takes nothing away from the note."""
    folder, db = tmp_path / "target", tmp_path / "catalogue.db"
    make(db, write(folder, note(A)))
    told = (
        "SELECT id, removed_at, first_seen_at, section FROM links UNION SELECT id, removed_at, line, path FROM sections"
    )
    before = rows(db, told)
    make(db, write(folder, encrypted(A)))
    assert rows(db, told) == before
    assert rows(db, "SELECT note, note_state FROM saved_links") == [("Title", "encrypted")]


def single(folder: Path, target: Target) -> Iterator[Path]:
    for id_, text in target.items():
        path = folder / f"{id_}.txt"
        path.write_text(text)
        yield path


def test_what_only_single_files_told_is_known_by_its_history(tmp_path: Path) -> None:
    """Nothing is known of what lies beside such a file; a source that is read whole knows better."""
    db, folder = tmp_path / "catalogue.db", tmp_path / "target"
    make(db, *single(tmp_path, history(A)), write(folder, note(B)))
    assert states(db) == {A: "history only", B: "current"}
    make(db, write(folder, note(B) | history(A)))
    assert states(db) == {A: "gone", B: "current"}
    make(db, *single(tmp_path, note(A)))
    assert states(db) == {A: "current", B: "current"}


@pytest.mark.parametrize("order", [1, -1])
def test_a_note_of_which_one_source_has_an_entry_is_not_gone(tmp_path: Path, order: int) -> None:
    one, two, db = tmp_path / "one", tmp_path / "two", tmp_path / "catalogue.db"
    make(db, *[write(one, note(A) | history(A) | note(B)), write(two, history(A) | DAMAGED | note(B))][::order])
    assert states(db)[A] == "current"
    make(db, write(one, history(A) | note(B)), two)
    assert states(db)[A] == "current"  # as it was last read: the other has an item of its id
    make(db, one, write(two, note(B)))
    assert states(db)[A] == "gone"


@pytest.mark.parametrize("order", [1, -1])
def test_what_one_source_has_in_clear_is_not_encrypted(tmp_path: Path, order: int) -> None:
    one, two, db = tmp_path / "one", tmp_path / "two", tmp_path / "catalogue.db"
    make(db, *[write(one, note(A)), write(two, encrypted(A) | note(B))][::order])
    assert states(db)[A] == "current"
    make(db, write(one, note(B)))
    assert states(db)[A] == "encrypted"
    make(db, write(two, note(B)))
    assert states(db)[A] == "gone"


def test_a_forgotten_source_changes_no_state_by_itself(tmp_path: Path) -> None:
    """What else is known says so: of a note that the other source ever told, that decides."""
    old, new, db = tmp_path / "old", tmp_path / "new", tmp_path / "catalogue.db"
    make(db, write(old, box() | note(A) | encrypted(B)), write(new, note("c" * 32)))
    before = states(db)
    tables = ("notebooks", "notes", "links", "problems")
    told = {table: rows(db, f"SELECT * FROM {table}") for table in tables}  # noqa: S608 -- names above
    make(db, new, forget=[str(old)])
    assert states(db) == before == {A: "current", B: "encrypted", "c" * 32: "current"}
    assert {table: rows(db, f"SELECT * FROM {table}") for table in tables} == told  # noqa: S608 -- likewise
    make(db, write(new, note("c" * 32) | history(A)))
    assert states(db)[A] == "gone"
    make(db, write(new, note(A, 1)))
    assert states(db)[A] == "current"


def test_a_source_that_is_no_longer_forgotten_is_read_again(tmp_path: Path) -> None:
    old, new, db = tmp_path / "old", tmp_path / "new", tmp_path / "catalogue.db"
    make(db, write(old, note(A) | note(B)), write(new, note(A) | note(B)))
    make(db, write(new, note(B)), forget=[str(old)])
    assert states(db) == {A: "gone", B: "current"}
    make(db, old)
    assert states(db) == {A: "current", B: "current"}
    make(db, write(old, note(B)))
    assert states(db) == {A: "gone", B: "current"}


def test_a_revision_that_can_be_read_only_later(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    """The target told it, though it was encrypted and has been deleted when the password comes."""
    folder, db = shutil.copytree(corpora("e2ee-native"), tmp_path / "target"), tmp_path / "catalogue.db"
    make(tmp_path / "clear.db", folder, keys=Keys([READ_LATER]))
    ((note_id, revision_id),) = rows(
        tmp_path / "clear.db",
        "SELECT note_id, min(revisions.id) FROM revisions JOIN notes ON notes.id = note_id WHERE revisions = 1 "
        "AND notes.state = 'current' GROUP BY note_id LIMIT 1",
    )
    make(db, folder)
    for id_ in (note_id, revision_id):
        (folder / f"{id_}.md").unlink()
    make(db, folder)
    make(db, folder, keys=Keys([READ_LATER]))
    assert rows(db, "SELECT count(*) FROM revisions WHERE note_id = ?", note_id) == [1]
    assert states(db)[note_id] == "gone"


def test_state_by_state_as_at_once(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    """A target whose notes come, go, come back and leave their history behind."""
    whole = {path.stem: path.read_bytes() for path in corpora("sync-broken").glob("*.md")}
    every = sorted(id_ for id_, text in whole.items() if text.endswith(b"type_: 1"))
    history_of = {id_: {r for r, text in whole.items() if f"\nitem_id: {id_}\n".encode() in text} for id_ in every}
    notes = every[::3]
    for id_ in set(every) - set(notes):  # a third of the notes come and go as all would
        for one in {id_} | history_of[id_]:
            del whole[one]
    steps: list[set[str]] = [
        set(whole) - set(notes[::3]),
        set(whole) - set(notes[1::3]),
        set(whole) - set(notes[2::5]) - history_of[notes[2]],
        set(whole) - set(notes[2::7]) - history_of[notes[0]],
    ]
    folder, db = tmp_path / "target", tmp_path / "catalogue.db"
    folder.mkdir()
    for before, there in pairwise([set(), *steps]):
        for id_ in before - there:
            (folder / f"{id_}.md").unlink()
        for id_ in there - before:
            (folder / f"{id_}.md").write_bytes(whole[id_])
        make(db, folder)
    make(tmp_path / "at once.db", folder)
    at_once, told = states(tmp_path / "at once.db"), states(db)
    assert {id_: told[id_] for id_ in at_once} == at_once
    assert {told[id_] for id_ in told.keys() - at_once.keys()} <= {"gone"}
    assert set(at_once.values()) >= {"current", "gone"}
    saved = "SELECT * FROM saved_links ORDER BY id"
    assert [row[:9] for row in rows(db, saved)] == [row[:9] for row in rows(tmp_path / "at once.db", saved)]


# The Data API


@pytest.fixture
def service(corpora: Callable[[str], Path]) -> JoplinService:
    made = JoplinService(corpora("profile") / "database.sqlite")
    for table in ("notes", "revisions", "note_tags", "folders", "tags", "resources"):
        made.db.execute(f"DELETE FROM {table}")  # noqa: S608 -- names above
    return made


def add_note(service: JoplinService, id_: str, **fields: object) -> None:
    columns = {"id": id_, "parent_id": BOX, "title": "Title", "body": "[link](https://x.example/)", **fields}
    columns |= {"updated_time": NOON, "created_time": NOON, "markup_language": 1}
    names = ", ".join(columns)
    service.db.execute(
        f"INSERT INTO notes ({names}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 -- names above
        list(columns.values()),
    )


def add_revision(service: JoplinService, id_: str) -> None:
    service.db.execute(
        "INSERT INTO revisions (id, parent_id, item_type, item_id, item_updated_time, title_diff, body_diff, "
        "metadata_diff, encryption_applied, updated_time, created_time) VALUES (?, '', 1, ?, ?, '[]', ?, ?, 0, ?, ?)",
        [
            f"{id_[0]}7" * 16,
            id_,
            NOON,
            diff("", "# Old\n"),
            json.dumps({"new": {"id": id_}, "deleted": []}),
            NOON,
            NOON,
        ],
    )


def read_api(address: str, db: Path) -> None:
    with closing(open_source(address, token=TOKEN)) as source:
        build([source], db, workers=1)


def asked_for(service: JoplinService) -> list[str]:
    """The notes that were asked for by their ids since the last time, as far as a stamp needs them."""
    asked = [
        path.removeprefix("/notes/")
        for path, query in service.asked
        if path.startswith("/notes/") and "body" not in query["fields"]
    ]
    service.asked.clear()
    return asked


def test_the_data_api_is_asked_once_for_each_note_that_is_missing(service: JoplinService, tmp_path: Path) -> None:
    db = tmp_path / "catalogue.db"
    add_note(service, A)
    add_note(service, B)
    add_revision(service, A)
    add_revision(service, "c" * 32)
    with service.running() as address:
        read_api(address, db)
        assert states(db) == {A: "current", B: "current", "c" * 32: "gone"}
        assert asked_for(service) == ["c" * 32]
        service.db.execute("DELETE FROM notes WHERE id = ?", [A])
        read_api(address, db)
        assert states(db) == {A: "gone", B: "current", "c" * 32: "gone"}
        assert asked_for(service) == [A]
        read_api(address, db)
        assert asked_for(service) == []
        # What an earlier version knew to be gone, it had not asked for.
        with closing(sqlite3.connect(db)) as connection, connection:
            connection.execute("UPDATE source_items SET name = item_id WHERE removed_at NOT NULL")
        read_api(address, db)
        assert sorted(asked_for(service)) == [A, "c" * 32]
        read_api(address, db)
        assert asked_for(service) == []
        add_note(service, A)
        read_api(address, db)
        assert (states(db)[A], asked_for(service)) == ("current", [])


def test_a_note_that_the_data_api_still_knows_is_not_gone(service: JoplinService, tmp_path: Path) -> None:
    """A list may leave out what is in the trash; and what another source told and lost."""
    db, folder = tmp_path / "catalogue.db", tmp_path / "target"
    hidden: set[str] = set()

    def without(path: str, query: dict[str, str]) -> tuple[int, str, bytes] | None:
        if path != "/notes":
            return None
        _, _, body = service.page("notes", query)
        answer = json.loads(body)
        return good(answer | {"items": [row for row in answer["items"] if row["id"] not in hidden]})

    service.before = without
    add_note(service, A)
    add_note(service, B)
    with service.running() as address:
        read_api(address, db)
        hidden.add(A)
        read_api(address, db)
        assert states(db)[A] == "current"
        service.db.execute("UPDATE notes SET deleted_time = ? WHERE id = ?", [NOON, A])
        read_api(address, db)
        assert states(db)[A] == "trashed"
        hidden.add("c" * 32)
        add_note(service, "c" * 32)
        make(db, write(folder, note("c" * 32)))
        make(db, write(folder, box()))
        assert states(db)["c" * 32] == "gone"
        read_api(address, db)
        assert states(db)["c" * 32] == "current"


def test_a_data_api_that_answers_otherwise_says_of_nothing_that_it_is_gone(
    service: JoplinService, tmp_path: Path
) -> None:
    db = tmp_path / "catalogue.db"
    add_note(service, A)
    add_note(service, B)
    with service.running() as address:
        read_api(address, db)
        service.db.execute("DELETE FROM notes WHERE id = ?", [A])
        service.before = lambda path, _query: error(500, "Internal Server Error: ") if path == f"/notes/{A}" else None
        with pytest.raises(Exception, match="answered with an error"):
            read_api(address, db)
    assert states(db)[A] == "current"


def test_the_states_are_told_apart() -> None:
    assert set(PRESENT) & set(WITHOUT_ITEM) == {"history only"}
