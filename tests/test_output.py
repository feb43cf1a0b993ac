"""Files for others: whole or not at all, and never in the place of a database or a folder."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from published import checked

from extractor.catalogue.shared_schema import SHARED_APPLICATION_ID
from extractor.cli import main
from extractor.errors import OutputError
from extractor.output import hold, placing, sweep, writing
from extractor.output_folder import placing_folder, sweep_folders

if TYPE_CHECKING:
    from collections.abc import Callable

FULL = Path("/dev/full")
linux = pytest.mark.skipif(not FULL.exists(), reason="/dev/full is of Linux")
posix = pytest.mark.skipif(os.name != "posix", reason="of POSIX")
EXPORTS = [
    ("export", "revisions"),
    ("export", "bookmarks", "--with-tokens"),  # without, they are listed on standard error
    ("export", "markdown", "--with-tokens"),
]
SMALL = 4096  # bytes; less than any export of the sample


HOLD = """
import sys, time
from pathlib import Path
from extractor.output import writing
with writing(Path(sys.argv[1])) as file:
    print(flush=True)
    time.sleep(60)
"""


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "extractor", *map(str, command), "--db", str(checked())]
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "check": False, "timeout": 120}
    return subprocess.run(words, **given | options)  # type: ignore[call-overload, no-any-return] # noqa: PLW1510


def run_here(*command: object) -> Result:
    """The same within this process, for what has to do with files alone."""
    return CliRunner().invoke(main, [*map(str, command), "--db", str(checked())])


def few_blocks() -> None:
    """Let no file of this process grow further, as on a full disk."""
    import resource  # noqa: PLC0415 -- of POSIX

    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # Python would keep compiled modules that are cut off
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))


def a_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")


def a_catalogue(path: Path) -> None:
    shutil.copy(checked(), path)


def a_link_to_a_catalogue(path: Path) -> None:
    a_catalogue(path.with_name("private.db"))
    path.symlink_to(path.with_name("private.db"))


def a_journal(path: Path) -> None:
    path.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))


def a_write_ahead_log(path: Path) -> None:
    path.write_bytes(b"\x37\x7f\x06\x82" + bytes(28))


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    "there", [a_database, a_catalogue, a_link_to_a_catalogue, a_journal, a_write_ahead_log, a_folder]
)
@pytest.mark.parametrize("command", EXPORTS, ids=" ".join)
def test_what_is_never_replaced(tmp_path: Path, there, command: tuple[str, ...]) -> None:
    output = tmp_path / "out"
    there(output)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    result = run_here(*command, "-o", output)
    assert result.exit_code > 0
    assert str(output) in result.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_an_empty_journal_beside_a_database_is_not_replaced(tmp_path: Path) -> None:
    a_catalogue(tmp_path / "private.db")
    (tmp_path / "private.db-journal").touch()
    result = run_here("export", "markdown", "-o", tmp_path / "private.db-journal")
    assert (result.exit_code, "SQLite" in result.stderr) == (1, True)


@pytest.mark.parametrize(("id_", "code"), [(SHARED_APPLICATION_ID, 0), (0, 1), (1234, 1)])
def test_sharing_replaces_of_databases_only_what_was_shared(tmp_path: Path, id_: int, code: int) -> None:
    output = tmp_path / "out.db"
    a_database(output)
    with closing(sqlite3.connect(output)) as db:
        db.execute(f"PRAGMA application_id = {id_}")
    before = output.read_bytes()
    result = run_here("share", output, "--force", "--tag", "kafka")
    assert (result.exit_code, output.read_bytes() != before) == (code, code == 0), result.stderr


@posix
@pytest.mark.parametrize("command", [*EXPORTS, ("share", "--force", "--tag", "kafka", "--with-tokens")], ids=" ".join)
def test_a_full_disk(tmp_path: Path, command: tuple[str, ...]) -> None:
    output = tmp_path / "out"
    output.write_text("the last good one\n")
    to = [output] if command[0] == "share" else ["-o", output]
    # The notes of revisions wait in a temporary file, which is then the one that has no room.
    result = run(*command, *to, preexec_fn=few_blocks)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert str(output) in result.stderr or command[1] == "revisions", result.stderr
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("out", "the last good one\n")]


@linux
@pytest.mark.parametrize(
    "command", [*EXPORTS, ("show", "Kafka field notes"), ("log", "Kafka field notes"), ("ignore", "--help")],
    ids=" ".join,
)  # fmt: skip
def test_standard_output_that_is_full(command: tuple[str, ...]) -> None:
    with FULL.open("w") as full:
        result = run(*command, stdout=full)
    said = "joplin-catalogue: Standard output cannot be written: No space left on device.\n"
    assert (result.returncode, result.stderr) == (1, said)


@linux
@pytest.mark.parametrize("command", EXPORTS, ids=" ".join)
def test_a_device_that_is_full(command: tuple[str, ...]) -> None:
    result = run_here(*command, "-o", FULL)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"joplin-catalogue: {FULL} cannot be written: No space left on device.")
    assert len(result.stderr.splitlines()) == 1


@posix
def test_standard_output_by_its_name(tmp_path: Path) -> None:
    """What the shell has opened is written to as it was opened: here, to the end of a file."""
    there = tmp_path / "log.md"
    there.write_text("before\n")
    with there.open("a") as file:
        result = run("export", "markdown", "-o", "/dev/stdout", stdout=file)
    assert result.returncode == 0, result.stderr
    whole = run_here("export", "markdown").stdout
    assert there.read_text(encoding="utf-8") == f"before\n{whole}"
    assert run("export", "markdown", "-o", "/dev/stdout").stdout == whole


@posix
def test_the_file_behind_a_symbolic_link_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "bookmarks.html", tmp_path / "out.html"
    target.write_text("before")
    target.chmod(0o644)
    link.symlink_to(Path("there") / "bookmarks.html")
    assert run_here("export", "bookmarks", "-o", link).exit_code == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == run_here("export", "bookmarks").stdout
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["bookmarks.html"]


@posix
def test_a_circle_of_symbolic_links(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "out")
    result = run_here("export", "bookmarks", "--with-tokens", "-o", tmp_path / "out")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1), result.stderr


@posix
def test_who_reads_never_sees_half_of_it(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.write_text("before")
    with writing(output) as file:
        file.write(b"half")
        file.flush()
        assert output.read_text() == "before"
    assert output.read_text() == "half"
    with pytest.raises(ZeroDivisionError), writing(output) as file:
        file.write(b"more" * (1 // 0))
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("out", "half")]


@posix
def test_what_a_killed_writer_left_goes_and_nothing_else(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", HOLD, tmp_path / "out"], stdout=subprocess.PIPE) for _ in "12"]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    writers[0].kill()
    writers[0].wait()
    (tmp_path / ".joplin-catalogue-mine.part").touch()
    assert len(list(tmp_path.iterdir())) == 3
    with writing(tmp_path / "other") as file:
        file.write(b"whole")
    left = {path.name for path in tmp_path.iterdir()}
    assert {"other", ".joplin-catalogue-mine.part"} < left
    assert len(left) == 3  # that of the one at work is still there
    writers[1].kill()
    writers[1].communicate()


def write_file(out: Path) -> Path:
    with writing(out) as file:
        file.write(b"whole")
    return out


def write_folder(out: Path) -> Path:
    with placing_folder(out) as folder:
        (folder / "page").write_bytes(b"whole")
    return out / "page"


@posix
@pytest.mark.parametrize(
    ("module", "remove_left_over", "write"),
    [("output", sweep, write_file), ("output_folder", sweep_folders, write_folder)],
)
def test_what_another_writer_takes_for_left_over_is_begun_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    remove_left_over: Callable[[Path], None],
    write: Callable[[Path], Path],
) -> None:
    """It is not held at the moment at which it is made."""
    made = []

    def late(descriptor: int) -> bool:
        made.append(descriptor)
        if len(made) == 1:
            monkeypatch.setattr(f"extractor.{module}.hold", hold)
            remove_left_over(tmp_path)
        return hold(descriptor)

    monkeypatch.setattr(f"extractor.{module}.hold", late)
    assert write(tmp_path / "out").read_bytes() == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert made


@posix
def test_no_other_writer_takes_the_old_folder_for_left_over_before_the_new_one_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path, target: Path) -> Path:
        if target != tmp_path / "out" or not (path / "page").exists() or (path / "page").read_text() != "new":
            return rename(path, target)
        sweep_folders(tmp_path)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with placing_folder(tmp_path / "out") as folder:
        (folder / "page").write_text("old")
    rename = Path.rename
    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OutputError), placing_folder(tmp_path / "out", overwrite=True) as folder:
        (folder / "page").write_text("new")
    assert (tmp_path / "out" / "page").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_is_placed_where_there_are_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.output_folder.hold", lambda _: False)
    with placing_folder(tmp_path / "out") as folder:
        (folder / "page").write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_disk_has_it_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: happened.append("sync"))
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda *paths: (happened.append("replace"), replace(*paths)))
    with writing(tmp_path / "out") as file:
        file.write(b"whole")
    assert happened[:2] == ["sync", "replace"]


def test_an_error_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    (tmp_path / "out").write_text("before")
    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OutputError, match="Input/output error"), placing(tmp_path / "out"):
        pass
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("out", "before")]
