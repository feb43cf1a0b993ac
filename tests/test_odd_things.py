"""One odd thing never stops the rest: it is a row in `problems`, or one line that says what to do."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from catalogues import make, rows
from click.testing import CliRunner
from joplin_items import serialize
from joplin_service import TOKEN, JoplinService

from extractor.cli import main
from extractor.errors import SourceUnreadable
from extractor.joplin.items import Note, Tag
from extractor.sources import open_source, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

A, B, C = (letter * 32 for letter in "abc")
LONG_AGO = (1_700_000_000, 1_700_000_000)


def run(*words: object, **environment: str):
    return CliRunner().invoke(main, [str(word) for word in words], env=environment)


def notes_in(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        text = serialize(Note(id=name, updated_time=1_700_000_000_000, title=f"Note {name[0]}", body="text"))
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def test_a_tag_in_two_files_of_which_one_is_cut_off(tmp_path: Path) -> None:
    folder, db = notes_in(tmp_path / "joplin", C), tmp_path / "catalogue.db"
    for name in (A, B):
        (folder / f"{name}.md").write_text(serialize(Tag(id=B, updated_time=1, title="harbour")), encoding="utf-8")
    for path in folder.iterdir():
        os.utime(path, LONG_AGO)
    make(db, folder)
    (folder / f"{A}.md").write_bytes((folder / f"{B}.md").read_bytes()[:40])
    for _ in range(2):
        make(db, folder)
        assert rows(db, "SELECT id, title FROM tags") == [(B, "harbour")]
        assert rows(db, "SELECT item FROM problems") == [f"{A}.md"]
    shutil.copy(folder / f"{B}.md", folder / f"{A}.md")
    make(db, folder)
    assert rows(db, "SELECT id FROM tags") == [B]
    assert rows(db, "SELECT count(*) FROM problems") == [0]


@pytest.mark.skipif(os.name != "posix", reason="names on other systems are text")
def test_a_folder_whose_name_is_no_text(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/notes\xff"))
    try:
        notes_in(folder, A)
    except OSError:
        pytest.skip("this file system takes no such name")
    for source in (folder, folder / f"{A}.md"):
        result = run("build", source, "--db", tmp_path / "catalogue.db")
        assert (result.exit_code, "not valid UTF-8" in result.stderr) == (1, True), result.output
        assert "\\udcff" in result.stderr
        assert not (tmp_path / "catalogue.db").exists()


@pytest.mark.skipif(os.name != "posix", reason="names on other systems are text")
def test_a_catalogue_whose_name_is_no_text(tmp_path: Path) -> None:
    folder = notes_in(tmp_path / "joplin", A)
    db = Path(os.fsdecode(os.fsencode(tmp_path) + b"/notes\xff.db"))
    for command in (["build", folder], ["show", "Note a"]):
        words = [sys.executable, "-m", "extractor", *command, "--db", os.fspath(db)]
        result = subprocess.run(words, check=False, capture_output=True, timeout=120)
        assert result.returncode == 0, result.stderr
    assert result.stdout == b"text\n"


ODD = ["a/b", "../../etc", "\ud800", "x" * 500, "a\0b", "a\nb", "%2e%2e", "?token="]


def test_odd_ids_from_the_data_api(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    """All else is there; of each odd one that cannot be taken as it is, a row in `problems` tells."""
    service = JoplinService(corpora("profile") / "database.sqlite")
    page, db = service.page, tmp_path / "catalogue.db"
    known = dict.fromkeys(("notes", "tags", "folders", "resources"), 0)
    for table in known:
        ((known[table],),) = service.db.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 -- from above

    def with_odd(table, query):
        status, kind, body = page(table, query)
        answer = json.loads(body)
        if query.get("page") == "1":
            answer["items"] += [{"id": odd, "parent_id": odd, "title": odd, "updated_time": 1} for odd in ODD]
        return status, kind, json.dumps(answer).encode()

    service.page = with_odd
    with service.running() as address:
        for _ in range(2):
            result = run("build", address, "--db", db, JOPLIN_CATALOGUE_TOKEN=TOKEN)
            assert result.exit_code == 0, result.output or result.exception
    for table in ("notes", "tags", "resources"):
        assert rows(db, f"SELECT count(*) FROM {table}")[0] >= known[table]  # noqa: S608 -- likewise
    refused = [odd for odd in ODD if "/" in odd or not odd.isprintable() or len(odd) > 200]
    told = rows(db, "SELECT count(*) FROM problems WHERE detail = 'Its id is not a Joplin id.'")
    assert told == [len(refused) * 5]  # of notes, notebooks, tags, resources and revisions


def test_a_setting_of_thousands_of_digits(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    db = shutil.copyfile(corpora("profile") / "database.sqlite", tmp_path / "database.sqlite")
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("DELETE FROM settings WHERE key IN ('revisionService.ttlDays', 'syncInfoCache')")
        connection.execute("INSERT INTO settings (key, value) VALUES ('revisionService.ttlDays', ?)", ["9" * 5000])
        connection.commit()
    source = open_source(str(db))
    assert source.history_days is None
    source.close()


NINES = "9" * 5000


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"limit = {NINES}", "is not a TOML file"),
        ("timeout = nan", "'--timeout'"),
        ("timeout = inf", "'--timeout'"),
        ("host-delay = nan", "'--host-delay'"),
        ("limit = 99999999999999999999", "'--limit'"),
        ("concurrency = 99999999999999999999", "'--concurrency'"),
        (f"max-age = '{NINES}d'", "'--max-age'"),
        ("max-age = 99999999999999999999", "'--max-age'"),
        ("proxy = 'http://[::'", "'--proxy'"),
        ("proxy = 'nonsense'", "'--proxy'"),
        ("proxy = 'http://user:secret@h:99999999'", "'--proxy'"),
        ("proxy = 'socks5://h'", "'--proxy'"),
        ('proxy = "http://h\\u00e4"', "'--proxy'"),
        (r"proxy = 'http://h\n'", "'--proxy'"),
        ("x = " + "[" * 5000 + "]" * 5000, "is not a TOML file"),
    ],
    ids=lambda value: value[:30],
)  # fmt: skip
def test_an_odd_setting(example_db: Path, tmp_path: Path, line: str, said: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[check-links]\n{line}\n", encoding="utf-8")
    result = run("check-links", "--config", config, "--exclude", ".", "--db", example_db)
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code > 0, said in result.stderr) == (True, True), result.stderr
    assert "secret" not in result.stderr
    assert max(map(len, result.stderr.splitlines())) < 500


@pytest.fixture
def written_to(corpora: Callable[[str], Path], tmp_path: Path) -> Iterator[Path]:
    """A profile with changes in a write-ahead log, which is copied with it into a folder for temporary files."""
    db = Path(shutil.copyfile(corpora("profile") / "database.sqlite", tmp_path / "database.sqlite"))
    with closing(sqlite3.connect(db, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE notes SET title = 'changed'")
        yield db


def test_no_room_for_the_copy_of_a_profile(written_to: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is to blame, and the folder that it was to lie in, not the profile."""

    def full(_source: str, copy: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), copy)

    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("extractor.sources.snapshot.shutil.copyfile", full)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with pytest.raises(SourceUnreadable) as raised:
        snapshot.snapshot(written_to)
    assert f"No space in {tmp_path / 'tmp'} for a temporary copy of {written_to}" in str(raised.value)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_copy_that_a_killed_build_left_goes(
    written_to: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tmp"
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    ended = 2**22 + 7  # the numbers of processes do not go so far
    for name in (f"joplin-catalogue-{ended}-abc", f"joplin-catalogue-{os.getppid()}-abc", "joplin-catalogue-mine"):
        (folder / name).mkdir(parents=True)
    snapshot.snapshot(written_to).close()
    left = {path.name for path in folder.iterdir()}
    assert left == {f"joplin-catalogue-{os.getppid()}-abc", "joplin-catalogue-mine"}
