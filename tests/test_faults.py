"""Every file operation of every command fails once: one line says so, and no content is lost or half there.

Python tells an audit hook of each file that it opens, lists, renames or removes, and of each database that it connects
to; an error that the hook raises is the error of that operation.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sqlite3
import sys
import tarfile
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from catalogues import CORPORA, content, corpus, make
from click.testing import CliRunner

from extractor.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

EVENTS = {
    "open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.truncate",
    "shutil.copyfile", "tempfile.mkstemp", "tempfile.mkdtemp", "sqlite3.connect",
}  # fmt: skip
KINDS = (errno.EIO, errno.ENOSPC, errno.EACCES)
MOST = 200  # operations of one command; more would mean that they are not counted right


class _Plan:
    """Which operation fails: the `at`th of those in `folders`; `seen` counts them."""

    at: int | None = None
    kind = errno.EIO
    seen = 0
    folders: tuple[str, ...] = ()


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _Plan.at is None or event not in EVENTS:
        return
    place = next((str(one) for one in arguments if isinstance(one, (str, Path, bytes))), "")
    if not any(folder in place for folder in _Plan.folders):
        return
    _Plan.seen += 1
    if _Plan.seen == _Plan.at:
        _fail(event, place)


def _fail(event: str, place: str) -> None:
    if event == "sqlite3.connect":
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        error.sqlite_errorname = "SQLITE_CANTOPEN"
        raise error
    raise OSError(_Plan.kind, os.strerror(_Plan.kind), place)


@cache
def install() -> None:
    """Have Python tell of file operations, for good: nothing is done while none is to fail."""
    sys.addaudithook(_hook)


@pytest.fixture(scope="module", autouse=True)
def hooked() -> None:
    install()


@contextmanager
def failing(at: int, kind: int, *folders: Path) -> Iterator[None]:
    _Plan.kind, _Plan.seen, _Plan.folders = kind, 0, tuple(map(str, folders))
    _Plan.at = at
    try:
        yield
    finally:
        _Plan.at = None


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """No file grows beyond so many bytes; nor are modules kept compiled, which Python would keep cut off there."""
    known, is_kept = resource.getrlimit(resource.RLIMIT_FSIZE), not sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, known[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, known)
        sys.dont_write_bytecode = not is_kept


class Case(NamedTuple):
    """A command, with {folder} for where it works."""

    words: str
    prepare: Callable[[Path], object] = lambda _: None


def changed(folder: Path) -> None:
    """A note that the catalogue does not know yet."""
    shutil.copy(folder / "more.md", folder / "joplin" / f"{'e' * 32}.md")


ITEM = """Log

# Harbour

https://harbour.example/{0}

id: {0}
parent_id:{1}
updated_time: 2024-01-02T00:00:00.000Z
markup_language: 1
type_: 1"""
BUILD = "build --db {folder}/catalogue.db "
CASES = {
    "build": Case(f"{BUILD} {{folder}}/joplin", changed),
    "build again": Case(BUILD),
    "build new": Case("build --db {folder}/new.db {folder}/joplin"),
    "build export": Case("build --db {folder}/new.db {folder}/export.jex"),
    "build profile": Case("build --db {folder}/new.db {folder}/joplin-desktop"),
    "build file": Case("build --db {folder}/new.db {folder}/seed.txt"),
    "show": Case("show Log --db {folder}/catalogue.db"),
    "log": Case("log Log --db {folder}/catalogue.db"),
    "diff": Case("diff Log --db {folder}/catalogue.db"),
    "export revisions": Case("export revisions --db {folder}/catalogue.db -o {folder}/out"),
    "export bookmarks": Case("export bookmarks --db {folder}/catalogue.db -o {folder}/out"),
    "export markdown": Case("export markdown --db {folder}/catalogue.db -o {folder}/out"),
    "share": Case("share {folder}/out --force --note Log --db {folder}/catalogue.db"),
    "check-links": Case("check-links --exclude . --db {folder}/catalogue.db"),
    "ignore": Case("ignore x.example --db {folder}/catalogue.db"),
}


def originals(folder: Path) -> Path:
    """A folder with a catalogue, its source, other sources and an earlier export."""
    folder /= "original"
    (folder / "joplin").mkdir(parents=True)
    for letter in "ab":
        text = ITEM.format(letter * 32, " ")
        (folder / "joplin" / f"{letter * 32}.md").write_text(text if letter == "a" else text.replace("Log", "Other"))
    (folder / "more.md").write_text(ITEM.format("e" * 32, " ").replace("Log", "More"))
    shutil.copy(CORPORA / "seed.txt", folder / "seed.txt")
    shutil.copytree(corpus("profile"), folder / "joplin-desktop")
    few_notes(folder / "joplin-desktop" / "database.sqlite")
    with tarfile.open(folder / "export.jex", "w") as archive:
        for path in sorted((corpus("exports") / "raw").glob("*.md"))[:20]:
            archive.add(path, path.name)
    for path in (folder / "joplin").iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    make(folder / "catalogue.db", folder / "joplin")
    (folder / "out").write_text("before")
    return folder


def few_notes(profile: Path) -> None:
    """What is copied and read again for each operation need not be large."""
    with closing(sqlite3.connect(profile, isolation_level=None)) as db:
        db.execute("DELETE FROM notes WHERE id NOT IN (SELECT id FROM notes ORDER BY id LIMIT 5)")
        db.execute("DELETE FROM revisions WHERE item_id NOT IN (SELECT id FROM notes)")
        db.execute("VACUUM")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return originals(tmp_path_factory.mktemp("faults"))


def run(words: str, folder: Path) -> Result:
    return CliRunner().invoke(main, [word.format(folder=folder) for word in words.split()])


def fresh(original: Path, folder: Path, case: Case) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(original, folder)
    case.prepare(folder)
    return folder


def state(folder: Path) -> dict[str, object]:
    """What a command may have changed; what it left beside does not belong there."""
    known = {path.name for path in folder.iterdir()}
    told: dict[str, object] = {"files": sorted(known - {"catalogue.db.backups"})}
    for name in ("catalogue.db", "new.db"):
        if name in known:
            told[name] = content(folder / name)
    out = folder / "out"
    is_database = out.read_bytes().startswith(b"SQLite")
    told["out"] = content(out) if is_database else out.read_bytes()
    return told


@pytest.mark.parametrize("name", CASES)
def test_each_operation_fails_once(original: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.sources.folder._RETRY_SECONDS", 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    case, folder = CASES[name], tmp_path / "work"
    before = state(fresh(original, folder, case))
    assert run(case.words, folder).exit_code == 0
    after = state(folder)
    for at in (*range(1, 16), *range(16, MOST, 4)):  # builds have many of a kind; `make torture` takes any
        fresh(original, folder, case)
        with failing(at, KINDS[at % len(KINDS)], folder, tmp_path / "tmp"):
            result = run(case.words, folder)
        if _Plan.seen < at:
            break
        check(result, f"{name}, operation {at}")
        found = state(folder)
        if result.exit_code == 1:
            assert found == before, f"{name}, operation {at}: {result.stderr}"
        else:
            assert {**found, "new.db": 0, "catalogue.db": 0} == {**after, "new.db": 0, "catalogue.db": 0}
    assert 1 < at < MOST


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", [0, 600, 8192, 50_000, 200_000])
def test_a_disk_that_is_full_after_so_many_bytes(original: Path, tmp_path: Path, name: str, size: int) -> None:
    case = CASES[name]
    folder = fresh(original, tmp_path / "work", case)
    before = state(folder)
    with full_after(size):
        result = run(case.words, folder)
    check(result, f"{name}, {size}")
    if result.exit_code == 1:
        run("log Log --db {folder}/catalogue.db", folder)  # which rolls back what could not be rolled back then
        assert state(folder) == before, result.stderr


def check(result: Result, what: str) -> None:
    """No traceback: an error is one line for people."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise AssertionError(what) from result.exception
    assert result.exit_code in {0, 1}, f"{what}: {result.output}"
    if result.exit_code == 1:
        # On a full disk, there is no room for the day's backup, either.
        lines = [line for line in result.stderr.splitlines() if line.strip() and "no backup was taken" not in line]
        assert len(lines) == 1, f"{what}: {result.stderr}"
        assert lines[0].startswith("joplin-catalogue: "), lines
        assert len(lines[0]) > len("joplin-catalogue: None."), lines
        assert "None" not in lines[0], lines
        assert "[Errno" not in lines[0], lines
