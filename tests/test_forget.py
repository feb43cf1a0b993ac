"""`forget` takes a note out for good: no word of it is in any file that is left, and no later build brings it back."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from catalogues import make, rows
from click.testing import CliRunner
from joplin_histories import chain
from joplin_items import serialize

from extractor.catalogue.backups import backups_of, expand, take
from extractor.cli import main
from extractor.joplin.items import Note, Notebook, NoteTag, Resource, Revision, Tag

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

SECRET, OTHER, BOX, TAG, PLAN = "5e" * 16, "0d" * 16, "b0" * 16, "7a" * 16, "9c" * 16
NOON = 1_757_505_600_000
BODIES = (
    "# Quixotic heading\n\n[zymurgy link](https://flummox.example/gobbledygook)\n\nborborygmus paragraph\n",
    "# Quixotic heading\n\n## Widdershins 𝗯𝘂𝗺𝗯𝗹𝗲𝗱𝗼𝗺\n\n[shared](https://both.example/page)\n\nkerfuffle\n"
    f"![plan](:/{PLAN})\n" + "taradiddle " * 30,
)
WORDS = {word.lower() for word in re.findall(r"[A-Za-z]{7,}", " ".join((*BODIES, "Xylophone Lollygag collywobbles")))}
WORDS |= {"bumbledom", "𝗯𝘂𝗺𝗯𝗹𝗲𝗱𝗼𝗺"}
WORDS -= {"heading", "example", "paragraph"}  # of the other note, too
KEPT = "# Other heading\n\n[shared](https://both.example/page) and [own](https://own.example/)\n\nexample paragraph\n"
NOTES = {
    SECRET: Note(SECRET, NOON + 9, NOON, parent_id=BOX, title="Xylophone Lollygag", body=BODIES[1]),
    OTHER: Note(OTHER, NOON, NOON, parent_id=BOX, title="Other note", body=KEPT + f"[to it](:/{SECRET})\n"),
}


def history(note_id: str, *bodies: str) -> list[Revision]:
    number = note_id[:2]
    ids = {f"r{place}": f"{number}{place}" * 11 for place in range(1, len(bodies) + 1)}
    titled = json.dumps({"new": {"id": note_id, "author": "collywobbles"}, "deleted": []})
    return [
        replace(
            one,
            id=ids[one.id][:32],
            parent_id=ids.get(one.parent_id, "")[:32],
            item_id=note_id,
            item_updated_time=NOON + place,
            metadata_diff=titled if note_id == SECRET and place == 0 else one.metadata_diff,
        )
        for place, one in enumerate(chain(*bodies))
    ]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "joplin"
    folder.mkdir()
    (folder / "info.json").write_text('{"version": 3}')
    items = (
        *NOTES.values(),
        *history(SECRET, *BODIES),
        *history(OTHER, KEPT),
        Notebook(BOX, NOON, title="Box"),
        Tag(TAG, NOON, title="everyday"),
        NoteTag("3e" * 16, NOON, note_id=SECRET, tag_id=TAG),
        NoteTag("3f" * 16, NOON, note_id=OTHER, tag_id=TAG),
        Resource(PLAN, NOON, title="plan.png", mime="image/png"),
    )
    for item in items:
        (folder / f"{item.id}.md").write_text(serialize(item))
    # A revision that cannot be read: its problem names it.
    (folder / f"{SECRET[:30]}ff.md").write_text(
        f"id: {SECRET[:30]}ff\nitem_id: {SECRET}\nitem_type: 1\nparent_id: \nitem_updated_time: {NOON}\n"
        'title_diff: \nbody_diff: "[{\\"collywobbles"\nmetadata_diff: {}\ncreated_time: \nupdated_time: \ntype_: 13'
    )
    return folder


@pytest.fixture
def db(tmp_path: Path, source: Path) -> Path:
    """A catalogue with checks of its addresses, two backups, and one that `restore` kept aside."""
    path = tmp_path / "held" / "catalogue.db"
    path.parent.mkdir()
    make(path, source)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO checks (url_id, asked, checked_at, verdict, final_url, evidence) "
            "SELECT id, url, '2026-01-01', 'ok', url, 'seen' FROM urls"
        )
        connection.execute(
            "INSERT INTO snapshots (url_id, asked, snapshot_url, looked_up_at) SELECT id, url, url, '2026' FROM urls"
        )
    for days in (9, 1):
        assert take(path, datetime.now(UTC) - timedelta(days=days))
    assert expand(backups_of(path)[0].path, path.with_name(f"{path.name}.before-2026-11-01T000000Z"))
    return path


def forget(db: Path, *arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(main, ["forget", *arguments, "--db", str(db)], input=answer)


def words_in(folder: Path, tmp_path: Path) -> dict[str, set[str]]:
    """The words of the note in every file under a folder, backups unpacked; of a database also as SQLite has them."""
    found: dict[str, set[str]] = {}
    for file in (path for path in folder.rglob("*") if path.is_file()):
        plain = file
        if file.suffix == ".zst":
            plain = tmp_path / "unpacked"
            assert expand(file, plain)
        content = plain.read_bytes().lower()
        here = {
            word
            for word in WORDS
            if word.encode() in content or word.encode("utf-16-le") in content or word.encode("utf-16-be") in content
        }
        here |= {f"{word} in an index" for word in WORDS if indexed(plain, word)}
        if here:
            found[file.name] = here
    return found


def indexed(database: Path, word: str) -> bool:
    with closing(sqlite3.connect(database)) as connection:
        indexes = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'")
        return any(
            connection.execute(f"SELECT 1 FROM {name} WHERE {name} MATCH ? LIMIT 1", [word]).fetchone()  # noqa: S608
            for (name,) in indexes.fetchall()
        )


def test_no_word_of_it_is_left(db: Path, tmp_path: Path) -> None:
    before = words_in(db.parent, tmp_path)
    assert len(before) == 4
    assert all(words >= WORDS for words in before.values()), before
    done = forget(db, "xylophone lollygag", answer="y\n")
    assert done.exit_code == 0, done.output
    assert words_in(db.parent, tmp_path) == {}
    for said in (
        f"({SECRET}): 3 revisions, 3 links,",
        "1 address that no other note has",
        "removed from 3 older copies",
        "the text of 1 other note that link to it",
        "1 attachment that only this note had",
        "the note in Joplin itself",
    ):
        assert said in done.output, done.output


def test_what_others_have_stays(db: Path) -> None:
    tables = {
        table: rows(db, f"SELECT count(*) FROM {table} WHERE note_id = ?", OTHER)  # noqa: S608
        for table in ("links", "sections", "revisions", "revision_diffs", "note_bodies", "note_tags")
    }
    assert forget(db, SECRET, "--yes").exit_code == 0
    for table, count in tables.items():
        assert rows(db, f"SELECT count(*) FROM {table} WHERE note_id = ?", OTHER) == count, table  # noqa: S608
        assert rows(db, f"SELECT count(*) FROM {table} WHERE note_id = ?", SECRET) == [0], table  # noqa: S608
    assert rows(db, "SELECT url FROM urls ORDER BY url") == ["https://both.example/page", "https://own.example/"]
    assert rows(db, "SELECT DISTINCT asked FROM checks ORDER BY 1") == [
        "https://both.example/page",
        "https://own.example/",
    ]
    assert rows(db, "SELECT first_seen_at FROM urls WHERE host = 'both.example'") == ["2025-09-10T12:00:00.000Z"]
    found = "SELECT name FROM note_bodies_fts JOIN notes ON notes.rowid = note_bodies_fts.rowid"
    assert rows(db, f"{found} WHERE note_bodies_fts MATCH 'paragraph'") == ["Other note"]
    assert rows(db, "PRAGMA integrity_check") == ["ok"]
    assert rows(db, "PRAGMA foreign_key_check") == []


def test_no_later_build_takes_it_in_again(db: Path, source: Path, tmp_path: Path) -> None:
    assert forget(db, SECRET, "--yes").exit_code == 0
    for path in source.glob("*.md"):
        path.write_text(path.read_text())  # the same with another time
    for _ in range(2):
        make(db, source)
        assert rows(db, "SELECT id FROM notes") == [OTHER]
        held = {name for words in words_in(db.parent, tmp_path).values() for name in words}
        assert held == set()


def test_no_backup_brings_it_back(db: Path, source: Path, tmp_path: Path) -> None:
    kept = backups_of(db)[0].path.read_bytes()
    assert forget(db, SECRET, "--yes").exit_code == 0
    for aside in db.parent.glob("*.before-*"):
        aside.unlink()
    copy = tmp_path / "elsewhere.db.zst"
    copy.write_bytes(kept)  # one that `forget` could not know of
    for arguments in ([], ["--from", str(copy)]):
        done = CliRunner().invoke(main, ["restore", "--db", str(db), *arguments])
        assert done.exit_code == 0, done.output
        assert rows(db, "SELECT id FROM notes") == [OTHER]
        make(db, source)
        assert rows(db, "SELECT id FROM notes") == [OTHER]
        assert words_in(db.parent, tmp_path) == {}


def test_a_copy_that_cannot_be_opened_is_named(db: Path) -> None:
    broken = backups_of(db)[0].path
    broken.write_bytes(b"no archive")
    done = forget(db, SECRET, "--yes")
    assert done.exit_code == 0, done.output
    assert f"Not reached: {broken} cannot be opened." in done.output.replace("\n", " ")


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_it_asks_first(db: Path, answer: str) -> None:
    before = db.read_bytes()
    done = forget(db, SECRET, answer=answer)
    assert done.exit_code == 1
    assert db.read_bytes() == before


def test_what_is_not_there(db: Path) -> None:
    done = forget(db, "no such note", "--yes")
    assert done.exit_code == 1
    assert "No note 'no such note'" in done.output
