"""Copies of the catalogue: when they are taken, which are kept, and how one is put back."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from catalogues import content, make, rows
from click.testing import CliRunner
from joplin_items import serialize

from extractor.catalogue.backups import NAME, Backup, backups_of, expand, folder_of, needless, take
from extractor.cli import main
from extractor.errors import NotACatalogue
from extractor.joplin.items import Note

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = timedelta(days=1)


def run(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


def write(folder: Path, letter: str, body: str = "text") -> None:
    folder.mkdir(exist_ok=True)
    note = Note(id=letter * 32, updated_time=1_700_000_000_000, title=f"Note {letter}", body=body)
    (folder / f"{note.id}.md").write_text(serialize(note), encoding="utf-8")
    os.utime(folder / f"{note.id}.md", (1_700_000_000, 1_700_000_000))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write(tmp_path / "joplin", "a")
    return tmp_path / "joplin"


@pytest.fixture
def db(tmp_path: Path, source: Path) -> Path:
    make(tmp_path / "catalogue.db", source)
    return tmp_path / "catalogue.db"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[datetime]]:
    """The day that a build takes it to be; changed by changing the one entry."""
    now = [datetime(2026, 11, 27, 7, tzinfo=UTC)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            assert tz is UTC
            return now[0]

    monkeypatch.setattr("extractor.build.datetime", Clock)
    monkeypatch.setattr("extractor.catalogue.store.datetime", Clock)
    return iter([now])  # type: ignore[return-value]


def held(backup: Backup, folder: Path) -> dict[str, list[str]]:
    assert expand(backup.path, folder / "expanded.db")
    return content(folder / "expanded.db")


def test_the_first_change_of_a_day(tmp_path: Path, source: Path, clock: Iterator[list[datetime]]) -> None:
    (now,) = clock
    db = tmp_path / "catalogue.db"
    make(db, source)
    assert backups_of(db) == []  # there was nothing to keep
    make(db, source)
    assert backups_of(db) == []  # nothing changed
    before = content(db)
    write(source, "b")
    make(db, source)
    (first,) = backups_of(db)
    assert held(first, tmp_path) == before
    write(source, "c")
    make(db, source)
    assert backups_of(db) == [first]
    before = content(db)
    now[0] += DAY
    make(db, source)
    assert backups_of(db) == [first]
    write(source, "d")
    make(db, source)
    (second, *_) = backups_of(db)
    assert held(second, tmp_path) == before
    assert stat.S_IMODE(second.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(second.path.parent.stat().st_mode) == 0o700


def test_none_is_taken_where_none_is_wanted(db: Path, source: Path) -> None:
    write(source, "b")
    assert run("build", "--no-backup", source, "--db", db).exit_code == 0
    assert not folder_of(db).exists()


def test_one_is_taken_before_other_rules(db: Path, source: Path) -> None:
    write(source, "b")
    make(db, source)
    assert len(backups_of(db)) == 1
    (before,) = backups_of(db)
    earlier = before.taken_at - timedelta(minutes=1)
    before.path.rename(before.path.with_name(earlier.strftime(NAME)))
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("UPDATE derivation SET digest = 'of another version'")
        connection.commit()
    make(db, source)
    assert backups_of(db)[0].taken_at > earlier


def test_the_file_is_kept_as_it_was_when_a_build_began(
    db: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not as it is in the transaction, and not as the change left it."""
    before = content(db)
    write(source, "a", "another text")
    write(source, "b")
    copies: list[dict[str, list[str]]] = []

    def look(path: Path, _since: datetime, now: datetime) -> None:
        backup = take(path, now)
        assert backup is not None
        copies.append(held(backup, tmp_path))

    monkeypatch.setattr("extractor.build.take_after", look)
    make(db, source)
    assert copies == [before]
    assert content(db) != before


def a_backup(folder: Path, day: datetime, size: int = 10) -> Backup:
    path = folder / day.strftime(NAME)
    path.write_bytes(bytes(size))
    return Backup(day, path)


def test_a_year_of_days(tmp_path: Path) -> None:
    """There are three at most: of the last day, of an earlier week, of an earlier month."""
    catalogue = tmp_path / "catalogue.db"
    catalogue.write_bytes(bytes(1000))
    folder = folder_of(catalogue)
    folder.mkdir()
    start = datetime(2026, 1, 5, 7, tzinfo=UTC)
    for place in range(365):
        today = start + place * DAY
        a_backup(folder, today)
        for one in needless(backups_of(catalogue), catalogue):
            one.path.unlink()
        ages = [(today - one.taken_at).days for one in backups_of(catalogue)]
        assert ages[0] == 0
        assert len(ages) <= 3
        if place > 7:
            assert any(1 <= age <= 7 for age in ages), ages
        if place > 31:
            assert 1 <= ages[-1] <= 31, ages


def test_all_together_are_not_too_large(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.db"
    catalogue.write_bytes(bytes(1000))
    folder = folder_of(catalogue)
    folder.mkdir()
    today = datetime(2026, 11, 27, tzinfo=UTC)
    known = [a_backup(folder, today - days * DAY, 800) for days in (0, 10, 40)]
    assert needless(known, catalogue) == known[1:]
    known = [a_backup(folder, today - days * DAY, 600) for days in (0, 10, 40)]
    assert needless(known, catalogue) == known[2:]
    known = [a_backup(folder, today, 5000)]
    assert needless(known, catalogue) == []


def spoil(db: Path) -> None:
    """Overwrite the middle of the file."""
    whole = db.read_bytes()
    third = len(whole) // 4096 // 3 * 4096
    db.write_bytes(whole[:third] + b"\xa5" * third + whole[2 * third :])


def test_a_damaged_file_takes_the_place_of_no_good_copy(db: Path, source: Path) -> None:
    good = take(db, datetime.now(UTC) - DAY)
    assert good is not None
    spoil(db)
    write(source, "b")
    before = db.read_bytes()
    for words in (("build", source), ("export", "revisions")):
        result = run(*words, "--db", db)
        assert result.exit_code == 1, result.output
        assert "is damaged" in result.stderr
        assert f"Restore the backup of {good.taken_at:%Y-%m-%d %H:%M} UTC: joplin-catalogue restore" in result.stderr
    assert backups_of(db) == [Backup(good.taken_at.replace(microsecond=0), good.path)]
    assert db.read_bytes() == before
    with pytest.raises(NotACatalogue, match="is damaged"):
        take(db, datetime.now(UTC))


@pytest.mark.parametrize("how", [spoil, lambda db: db.write_bytes(b"no database"), Path.unlink, lambda _: None])
def test_restoring(db: Path, tmp_path: Path, how) -> None:
    before = content(db)
    take(db, datetime.now(UTC))
    how(db)
    there = db.read_bytes() if db.exists() else None
    if there is None:
        Path(f"{db}-journal").write_bytes(b"of the lost one")
    result = run("restore", "--db", db)
    assert result.exit_code == 0, result.output
    assert content(db) == before
    assert stat.S_IMODE(db.stat().st_mode) == 0o600
    aside = sorted(tmp_path.glob("catalogue.db.before-*"))
    assert [path.read_bytes() for path in aside] == [b"of the lost one" if there is None else there]
    assert aside[-1].name.endswith("Z-journal") is (there is None)
    assert not Path(f"{db}-journal").exists()
    for path in aside:
        assert str(path) in result.output


def test_a_damaged_backup_is_passed_over(db: Path) -> None:
    before = content(db)
    now = datetime.now(UTC)
    good, bad = take(db, now - 14 * DAY), take(db, now)
    assert good is not None
    assert bad is not None
    bad.path.write_bytes(bad.path.read_bytes()[:-100] + bytes(100))
    db.unlink()
    result = run("restore", "--db", db)
    assert result.exit_code == 0, result.output
    assert str(bad.path) in result.stderr
    assert content(db) == before
    good.path.write_bytes(b"")
    result = run("restore", "--db", db)
    assert (result.exit_code, "is damaged; nothing was changed" in result.stderr) == (1, True)
    assert content(db) == before


def test_a_backup_by_its_name(db: Path, source: Path) -> None:
    before = content(db)
    old = take(db, datetime.now(UTC) - 14 * DAY)
    assert old is not None
    write(source, "b")
    make(db, source)
    assert content(db) != before
    result = run("restore", "--from", old.path, "--db", db)
    assert result.exit_code == 0, result.output
    assert content(db) == before
    listed = run("restore", "--list", "--db", db).stdout
    assert [str(one.path) in listed for one in backups_of(db)] == [True, True]


def test_none_to_restore(tmp_path: Path) -> None:
    for options in ([], ["--list"]):
        result = run("restore", *options, "--db", tmp_path / "catalogue.db")
        assert "has no backups" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_not_while_a_build_is_at_work(db: Path) -> None:
    take(db, datetime.now(UTC))
    with closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = run("restore", "--db", db)
    assert (result.exit_code, "Another process is writing" in result.stderr) == (1, True)


def test_no_build_stops_where_no_copy_can_be_written(db: Path, source: Path) -> None:
    folder_of(db).write_text("in the way")
    write(source, "b")
    result = run("build", source, "--db", db)
    assert result.exit_code == 0, result.output
    assert "no backup was taken" in result.stderr
    assert rows(db, "SELECT count(*) FROM notes") == [2]


def test_a_journal_of_a_catalogue_that_is_gone_is_never_played_into_a_new_one(db: Path, source: Path) -> None:
    Path(f"{db}-journal").write_bytes(b"half a change")
    db.unlink()
    result = run("build", source, "--db", db)
    assert (result.exit_code, f"{db}-journal belongs to" in result.stderr) == (1, True)
    assert not db.exists()


def test_what_a_kill_left_of_a_copy_goes(db: Path) -> None:
    killed = "import os, sys\nfrom datetime import UTC, datetime\nfrom pathlib import Path\n" \
             "from extractor.catalogue import backups\nbackups._compress = lambda *_: os._exit(9)\n" \
             "backups.take(Path(sys.argv[1]), datetime.now(UTC))"  # fmt: skip # noqa: ISC002
    subprocess.run([sys.executable, "-c", killed, db], check=False)
    assert backups_of(db) == []
    assert len(list(folder_of(db).iterdir())) == 2
    take(db, datetime.now(UTC))
    assert [path.name for path in folder_of(db).iterdir()] == [backups_of(db)[0].path.name]
