"""A writer that is killed inside COMMIT is no event: whatever opens the catalogue next has SQLite roll it back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from datasette.app import Datasette
from datasette.utils import StartupError
from published import checked, served

from extractor.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

SAID = "a change was interrupted; it was rolled back"
NOBODY = 65534


def half_changed(folder: Path, catalogue: Path | None = None) -> Path:
    """What a kill inside COMMIT leaves: a file with half of a change in it, and the journal that takes it back."""
    out, work = folder / "catalogue.db", folder / "work.db"
    shutil.copy(catalogue or checked(), work)
    with closing(sqlite3.connect(work, isolation_level=None)) as db:
        db.execute("PRAGMA cache_size = 10")  # so that changed pages go into the file before the commit
        db.execute("BEGIN IMMEDIATE")
        table = "revisions" if catalogue is None else "theirs"
        column = "summary" if catalogue is None else "x"
        db.execute(f"UPDATE {table} SET {column} = {column} || 'half a change'")  # noqa: S608 -- names from here
        shutil.copy(work, out)
        shutil.copy(f"{work}-journal", f"{out}-journal")
        db.execute("ROLLBACK")
    work.unlink()
    assert out.read_bytes() != (catalogue or checked()).read_bytes()
    return out


def run(*command: object) -> Result:
    """The command itself: a connection of the test's would put the file in order."""
    return CliRunner().invoke(main, [str(word) for word in command])


def python(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", timeout=120)


@pytest.mark.parametrize(
    "command",
    [
        ("log", "Kafka field notes"),
        ("show", "Kafka field notes"),
        ("diff", "Kafka field notes"),
        ("ignore",),
        ("export", "revisions"),
        ("export", "bookmarks"),
        ("export", "markdown"),
        ("share", "{folder}/shared.db", "--tag", "kafka"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_command_that_reads(tmp_path: Path, command: tuple[str, ...]) -> None:
    catalogue = half_changed(tmp_path)
    command = tuple(word.format(folder=tmp_path) for word in command)
    result = run(*command, "--db", catalogue)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.count(SAID) == 1, result.stderr
    assert catalogue.read_bytes() == checked().read_bytes()
    assert SAID not in run(*command, "--db", catalogue).stderr


@pytest.mark.parametrize("command", [("build",), ("check-links", "--exclude", "."), ("ignore", "x.example")])
def test_a_command_that_writes(tmp_path: Path, command: tuple[str, ...]) -> None:
    """It writes what it writes into a catalogue that was never cut off."""
    catalogue, sound = half_changed(tmp_path), Path(shutil.copy(checked(), tmp_path / "sound.db"))
    first, second = (run(*command, "--db", path) for path in (catalogue, sound))
    assert (first.exit_code, second.exit_code) == (0, 0), first.stderr
    assert (first.stderr.count(SAID), second.stderr.count(SAID)) == (1, 0), first.stderr
    text = "SELECT id, summary, state, label FROM revisions ORDER BY id"
    with closing(sqlite3.connect(catalogue)) as one, closing(sqlite3.connect(sound)) as other:
        assert one.execute(text).fetchall() == other.execute(text).fetchall()


def test_a_change_of_another_program_is_its_own_affair(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs.db"
    with closing(sqlite3.connect(theirs)) as db:
        db.execute("CREATE TABLE theirs (x)")
        db.executemany("INSERT INTO theirs VALUES (?)", [(os.urandom(3000),)] * 200)
        db.commit()
    (tmp_path / "half").mkdir()
    catalogue = half_changed(tmp_path / "half", theirs)
    before = {path.name: path.read_bytes() for path in catalogue.parent.iterdir()}
    for command in (("log", "x"), ("build", "nothing.jex"), ("ignore", "x")):
        result = run(*command, "--db", catalogue)
        assert (result.exit_code, "another program's" in result.stderr) == (1, True), result.stderr
    assert {path.name: path.read_bytes() for path in catalogue.parent.iterdir()} == before


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="killed-"))
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize(("file", "folder"), [(0o444, 0o755), (0o644, 0o555)], ids=["file", "folder"])
def test_where_nothing_may_be_written(locked_folder: Path, file: int, folder: int) -> None:
    """The line says what to do; the journal stays where it is."""
    catalogue = half_changed(locked_folder)
    journal = Path(f"{catalogue}-journal")
    journal.chmod(0o644)
    catalogue.chmod(file)
    locked_folder.chmod(folder)
    # Root may write everywhere; and what a user may not read of the interpreter is loaded before.
    as_user = f"import os; os.geteuid() or os.setgid({NOBODY}) or os.setuid({NOBODY})"
    modules = "extractor.cli.showing", "extractor.cli.warnings", "extractor.cli.reading", "extractor.catalogue.reader"
    loaded = f"import urllib.request, {', '.join(modules)}"
    code = f"from extractor.cli import main; {loaded}; {as_user}; main()"
    result = python("-c", code, "log", "Kafka", "--db", catalogue)
    assert result.returncode == 1, result.stderr
    assert "cannot be rolled back here" in result.stderr
    assert f"copy {catalogue} together with {journal}" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert journal.stat().st_size
    locked_folder.chmod(0o755)
    catalogue.chmod(0o644)
    assert run("log", "Kafka field notes", "--db", catalogue).exit_code == 0
    assert catalogue.read_bytes() == checked().read_bytes()


def same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


async def test_datasette_starts(tmp_path: Path) -> None:
    catalogue = half_changed(tmp_path)
    datasette = await served(catalogue)
    assert (await datasette.client.get("/catalogue")).status_code == 200
    assert same(catalogue, checked())


async def test_datasette_starts_with_a_file_that_never_changes(tmp_path: Path) -> None:
    """Served with -i, SQLite would look for no journal, and show the half change."""
    catalogue = half_changed(tmp_path)
    await Datasette(immutables=[str(catalogue)]).invoke_startup()
    assert same(catalogue, checked())


async def test_datasette_says_why_it_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = half_changed(tmp_path)
    monkeypatch.setattr("extractor.catalogue.journal._read", lambda _: _write_only())
    with pytest.raises(StartupError, match="cannot be rolled back here"):
        await served(catalogue)


def _write_only() -> None:
    error = sqlite3.OperationalError("attempt to write a readonly database")
    error.sqlite_errorcode = sqlite3.SQLITE_READONLY_ROLLBACK
    raise error


async def test_a_writer_that_is_killed_while_datasette_runs(tmp_path: Path) -> None:
    catalogue = Path(shutil.copy(checked(), tmp_path / "catalogue.db"))
    datasette = await served(catalogue)
    assert (await datasette.client.get("/catalogue/-/notes")).status_code == 200
    (tmp_path / "half").mkdir()
    half = half_changed(tmp_path / "half")
    shutil.copyfile(half, catalogue)
    shutil.copy(f"{half}-journal", f"{catalogue}-journal")
    answer = await datasette.client.get("/catalogue/revisions.json?_shape=array&_size=max")
    assert answer.status_code == 200, answer.text
    assert "half a change" not in answer.text
    assert same(catalogue, checked())
