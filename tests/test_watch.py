"""`watch`: when a source is read, what is told of it, and that nobody is in anybody's way."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from catalogues import CORPORA, EXAMPLE, make, rows
from click.testing import CliRunner
from datasette.database import Database
from joplin_items import serialize
from published import example, served

from extractor.catalogue.store import WAIT_FOR_LOCK, open_to_write
from extractor.cli import main
from extractor.errors import CatalogueLocked, SourceNotFound, WrongPassword
from extractor.joplin.items import Note
from extractor.sources.profile import DATABASE
from extractor.watch import AGAIN, Due, Place, Watch, kind_of, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

LONGEST = 120  # seconds that something is waited for
ITEM = "0123456789abcdef0123456789abcdef.md"


def text_of(number: int, body: str) -> str:
    return serialize(Note(f"{number:032x}", 1_700_000_000_000 + number, title=f"Note {number}", body=body))


# Where a source lies


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("/home/me/Joplin", "local"),
        ("C:\\Users\\me\\Joplin", "local"),
        ("http://127.0.0.1:41184", "api"),
        ("webdavs://cloud.example/Joplin", "remote"),
        ("https://cloud.example/dav/Joplin", "remote"),
        ("s3://bucket/path", "remote"),
    ],
)
def test_how_a_source_is_watched(spec: str, kind: str) -> None:
    assert kind_of(spec) == kind


def test_where_a_source_lies(tmp_path: Path) -> None:
    profile, target, both = (tmp_path / name for name in ("profile", "target", "both"))
    for folder in (profile, target, both):
        folder.mkdir()
    for folder in (profile, both):
        (folder / DATABASE).touch()
    for folder in (target, both):
        (folder / "info.json").touch()
    (tmp_path / "export.jex").touch()
    assert place_of(str(profile)) == Place(str(profile), DATABASE)
    assert place_of(str(profile / DATABASE)) == Place(str(profile), DATABASE)
    assert place_of(str(target)) == Place(str(target))
    assert place_of(str(both)) == Place(str(both))
    assert place_of(str(tmp_path / "export.jex")) == Place(str(tmp_path), "export.jex")
    assert place_of(str(tmp_path / "away")) is None


@pytest.mark.parametrize(
    ("file", "path", "concerns"),
    [
        ("", f"/notes/{ITEM}", True),
        ("", "/notes/info.json", True),
        ("", f"/notes/.{ITEM}.tmp", False),
        ("", f"/notes/.resource/{ITEM}", False),
        ("", "/notes/locks/sync_desktop_1.json", False),
        (DATABASE, f"/notes/{DATABASE}", True),
        (DATABASE, f"/notes/{DATABASE}-wal", True),
        (DATABASE, "/notes/log.txt", False),
        (DATABASE, f"/notes/{ITEM}", False),
    ],
)
def test_which_changes_concern_a_source(file: str, path: str, concerns: bool) -> None:
    assert Place("/notes", file).concerns(path) is concerns


# When it is read


def read_at(changes: Sequence[float], until: float, took: float = 0.2, every: float = 900.0) -> list[float]:
    """When builds begin that take so many seconds each, of a source that changes at these times; in steps of 0.1 s."""
    due, waiting, found = Due(every), sorted(changes), []
    now = 0.0
    while now < until:
        while waiting and waiting[0] <= now:
            due.changed(waiting.pop(0))
        if due.at() <= now:
            found.append(round(now, 1))
            began, now = now, now + took
            while waiting and waiting[0] <= now:
                due.changed(waiting.pop(0))
            due.read(began, now)
        now = round(now + 0.1, 6)
    return found


def steadily(first: float, count: int, apart: float) -> list[float]:
    return [first + place * apart for place in range(count)]


@pytest.mark.parametrize(
    ("changes", "took", "builds"),
    [
        ([], 0.2, [0.0]),  # at first, and then after 900 s
        ([100], 0.2, [0.0, 100.3]),  # a lone change
        ([100, 100.2, 100.3], 0.2, [0.0, 100.6]),  # what belongs together
        ([100, 110], 0.2, [0.0, 100.3, 110.3]),
        ([100, 100.5], 1.0, [0.0, 100.3, 103.3]),  # what comes while it is read; after a rest
        (steadily(100, 1000, 0.01), 0.5, [0.0, 101.0, 111.0]),  # a thousand files in ten seconds
        (steadily(100, 1000, 0.06), 0.5, [0.0, 101.0, 121.0, 141.0, 161.0]),  # in a minute
        (steadily(100, 100, 0.8), 0.3, [0.0, 100.3, 120.8, 141.6, 162.4, 180.2]),  # now and then one
    ],
)
def test_when_a_source_is_read(changes: list[float], took: float, builds: list[float]) -> None:
    assert read_at(changes, 300, took) == builds


@pytest.mark.parametrize("apart", [0.05, 0.5, 1, 3])
@pytest.mark.parametrize("took", [0.1, 1, 10])
def test_builds_never_take_more_than_a_third_of_the_time(apart: float, took: float) -> None:
    builds = read_at(steadily(10, int(200 / apart), apart), 200, took)
    assert len(builds) * took <= 200 / 3 + 2 * took


def test_what_tells_nothing_is_read_from_time_to_time() -> None:
    assert read_at([], 2000, took=0.0, every=900) == [0.0, 900.0, 1800.0]


class Trial:
    """A watch of sources that may fail, with a clock that is set."""

    def __init__(self, *specs: str) -> None:
        self.now, self.fails, self.builds, self.told = 1000.0, dict[str, Exception](), list[list[str]](), list[str]()
        self.watch = Watch(
            specs, self.read, self.told.append, {"local": 900.0, "api": 300.0, "remote": 60.0}.get, self.clock
        )  # type: ignore[arg-type]

    def clock(self) -> float:
        return self.now

    def read(self, specs: Sequence[str]) -> None:
        for spec in specs:
            if spec in self.fails:
                raise self.fails[spec]
        self.builds.append(list(specs))

    def after(self, seconds: float) -> list[list[str]]:
        self.now += seconds
        self.builds.clear()
        self.watch.turn()
        return self.builds


def test_each_source_has_its_interval() -> None:
    trial = Trial("/a", "http://127.0.0.1:41184", "s3://bucket")
    assert trial.after(0) == [["/a", "http://127.0.0.1:41184", "s3://bucket"]]
    assert trial.after(59) == []
    assert trial.after(1) == [["s3://bucket"]]
    assert trial.after(240) == [["http://127.0.0.1:41184", "s3://bucket"]]
    assert trial.after(600) == [["/a", "http://127.0.0.1:41184", "s3://bucket"]]


def test_one_that_is_away_stops_no_other_and_is_told_once() -> None:
    trial = Trial("/a", "/b")
    trial.fails["/a"] = SourceNotFound("/a is not there.")
    assert trial.after(0) == [["/b"]]
    assert trial.told == ["/a is not there."]
    assert trial.after(AGAIN) == []
    assert trial.told == ["/a is not there."]
    trial.fails["/a"] = WrongPassword("The password opens no key.")
    trial.after(AGAIN)
    del trial.fails["/a"]
    assert trial.after(AGAIN) == [["/a"]]
    trial.fails["/a"] = OSError(5, "Input/output error", "/a/x.md")
    trial.after(900)
    assert trial.told[1:] == ["The password opens no key.", "/a/x.md: Input/output error."]


def test_a_catalogue_that_cannot_be_written_is_tried_once_for_all() -> None:
    trial = Trial("/a", "/b")
    trial.fails["/a"] = trial.fails["/b"] = CatalogueLocked("Another process is writing to c.db.")
    assert trial.after(0) == []
    assert trial.told == ["Another process is writing to c.db."]
    trial.fails.clear()
    assert trial.after(AGAIN) == [["/a", "/b"]]


# The command


@contextmanager
def watching(log: Path, *arguments: object) -> Iterator[Callable[[int], list[str]]]:
    """Run it; gives what waits until it has printed so many lines, and returns them."""
    command = [sys.executable, "-m", "extractor", "watch", *map(str, arguments)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:

        def lines(count: int) -> list[str]:
            deadline = time.monotonic() + LONGEST
            while len(found := log.read_text(encoding="utf-8").splitlines()) < count:
                assert time.monotonic() < deadline, found
                assert process.poll() is None, found
                time.sleep(0.02)
            return found

        try:
            yield lines
            process.send_signal(signal.SIGTERM)
            assert process.wait(LONGEST) == 0, log.read_text(encoding="utf-8")
        finally:
            process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "joplin"
    found.mkdir()
    (found / f"{1:032x}.md").write_text(text_of(1, "[one](https://one.example/)"), encoding="utf-8")
    return found


def test_a_change_is_there_within_two_seconds(folder: Path, tmp_path: Path) -> None:
    db = tmp_path / "catalogue.db"
    with watching(tmp_path / "log", folder, "--db", db) as lines:
        assert "1 of 1 items read; now 1 notes, 0 revisions, 1 links" in lines(1)[0]
        in_time = 0
        # Others may disturb one measurement, but hardly three.
        for number in range(2, 7):
            time.sleep(3)  # a lone change
            changed = time.time()
            (folder / f"{number:032x}.md").write_text(text_of(number, "[more](https://more.example/)"), "utf-8")
            lines(number)
            (seen,) = rows(db, "SELECT max(finished_at) FROM builds")
            assert rows(db, "SELECT count(*) FROM notes") == [number]
            built = time.mktime(time.strptime(seen[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
            in_time += built - changed < 2 * (1 + os.getloadavg()[0] / (os.cpu_count() or 1))
            if in_time == 2:
                break
        assert in_time == 2


def test_a_profile_is_followed(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    profile, db = tmp_path / "joplin-desktop", tmp_path / "catalogue.db"
    profile.mkdir()
    with closing(sqlite3.connect(next(corpora("profile").rglob(DATABASE)))) as known:
        known.execute("VACUUM INTO ?", [str(profile / DATABASE)])
    with closing(sqlite3.connect(profile / DATABASE)) as joplin, joplin:
        joplin.execute("DELETE FROM revisions")  # a history takes longer, and is followed likewise
    with watching(tmp_path / "log", profile, "--db", db) as lines:
        lines(1)
        with closing(sqlite3.connect(profile / DATABASE)) as joplin, joplin:
            joplin.execute(
                "UPDATE notes SET title = 'Watched', updated_time = updated_time + 1 "
                "WHERE id = (SELECT min(id) FROM notes)"
            )
        assert f"{profile}/{DATABASE}: 1 of " in lines(2)[1]
    assert rows(db, "SELECT count(*) FROM notes WHERE title = 'Watched'") == [1]


def test_it_is_calm_while_a_sync_writes(folder: Path, tmp_path: Path) -> None:
    db = tmp_path / "catalogue.db"
    with watching(tmp_path / "log", folder, "--db", db) as lines:
        lines(1)
        began = time.monotonic()
        for number in range(2, 1001):
            (folder / f"{number:032x}.md").write_text(text_of(number, "x"), "utf-8")
            time.sleep(0.003)
        deadline = time.monotonic() + LONGEST
        while rows(db, "SELECT count(*) FROM notes") != [1000]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert len(lines(2)) <= 5 + (time.monotonic() - began) // 20


def test_a_disk_that_goes_and_comes_back(folder: Path, tmp_path: Path) -> None:
    away, db = tmp_path / "away", tmp_path / "catalogue.db"
    make(db, folder)
    with watching(tmp_path / "log", "--db", db) as lines:
        lines(1)
        folder.rename(away)
        time.sleep(1)
        (away / f"{2:032x}.md").write_text(text_of(2, "x"), "utf-8")
        away.rename(folder)
        assert "now 2 notes" in lines(2)[1]
    assert rows(db, "SELECT state FROM notes") == ["current"] * 2


def test_a_disk_that_is_away_at_first(folder: Path, tmp_path: Path) -> None:
    away, db = tmp_path / "away", tmp_path / "catalogue.db"
    make(db, folder)
    folder.rename(away)
    with watching(tmp_path / "log", "--db", db) as lines:
        assert f"{folder} does not exist." in lines(1)[0]
        away.rename(folder)
        assert "1 items" in lines(2)[1]


def test_a_catalogue_whose_disk_is_away_is_not_begun_anew(folder: Path, tmp_path: Path) -> None:
    db = tmp_path / "catalogue.db"
    with watching(tmp_path / "log", folder, "--db", db) as lines:
        lines(1)
        db.unlink()
        (folder / f"{2:032x}.md").write_text(text_of(2, "x"), "utf-8")
        assert "catalogue.db no longer exists. Waiting for it." in lines(2)[1]
    assert not db.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["/nowhere/at/all"], 1, "/nowhere/at/all does not exist."),
        (["x", "--profile-name", "y"], 2, "Give SOURCE or --profile-name, not both."),
        (["--every", "soon"], 2, "'soon' is not a duration"),
        ([str(EXAMPLE), "--password-file", "/nowhere"], 1, "/nowhere cannot be read: No such file or directory."),
    ],
)
def test_what_is_mistyped_is_told_at_once(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    result = CliRunner().invoke(main, ["watch", *arguments, "--db", str(tmp_path / "catalogue.db")])
    assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
    assert list(tmp_path.iterdir()) == []


# Several at once


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    db = tmp_path / "catalogue.db"
    make(db, CORPORA / "seed.txt")
    began = time.monotonic()
    with closing(sqlite3.connect(db, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.7, other.execute, ["COMMIT"])
        timer.start()
        with open_to_write(db):
            assert time.monotonic() - began >= 0.7
        timer.join()


async def test_pages_wait_for_writers_and_those_of_other_databases_as_ever(tmp_path: Path) -> None:
    plain = tmp_path / "plain.db"
    with closing(sqlite3.connect(plain)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    datasette = await served(example())
    datasette.add_database(Database(datasette, path=str(plain)))

    def patience(connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA busy_timeout").fetchone()[0])

    assert await datasette.get_database("catalogue").execute_fn(patience) == WAIT_FOR_LOCK * 1000
    assert await datasette.get_database("plain").execute_fn(patience) < WAIT_FOR_LOCK * 1000


def test_two_first_builds_of_one_catalogue(tmp_path: Path) -> None:
    db, source = tmp_path / "catalogue.db", tmp_path / "joplin"
    shutil.copytree(EXAMPLE, source)
    command = [sys.executable, "-m", "extractor", "build", str(source), "-q", "--db", str(db)]
    at_once = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = {(one.communicate()[1], one.returncode) for one in at_once}
    waited = f"joplin-catalogue: {db}: waiting for another process that is writing to it.\n"  # on a busy machine
    assert said <= {("", 0), (waited, 0)}
    assert rows(db, "SELECT count(*) FROM builds") == [3]
    assert {path.name for path in tmp_path.iterdir()} == {"catalogue.db", "joplin"}


def test_watch_build_and_checks_at_once(folder: Path, tmp_path: Path) -> None:
    db, other = tmp_path / "catalogue.db", tmp_path / "other"
    shutil.copytree(EXAMPLE, other)
    make(db, folder, other)
    base = [sys.executable, "-m", "extractor"]
    offline = ["check-links", "--db", str(db), "-q", "--recheck", "--proxy", "http://127.0.0.1:9", "--retries", "0"]
    with watching(tmp_path / "log", folder, "--db", db) as lines:
        lines(1)
        at_work = [
            subprocess.Popen([*base, *words], stderr=subprocess.PIPE, text=True)
            for words in (["build", str(other), "-q", "--db", str(db)], offline)
        ]
        read = 0
        for number in range(2, 1000):
            (folder / f"{number:032x}.md").write_text(text_of(number, "x"), "utf-8")
            with closing(sqlite3.connect(f"{db.as_uri()}?mode=ro", uri=True)) as reader:  # as Datasette reads
                read += reader.execute("SELECT count(*) FROM notes").fetchone()[0] > 0
            if all(one.poll() is not None for one in at_work):
                break
            time.sleep(0.05)
        assert [(one.communicate()[1], one.returncode) for one in at_work] == [("", 0)] * 2
        deadline = time.monotonic() + LONGEST
        while rows(db, "SELECT count(*) FROM notes WHERE title LIKE 'Note %'") != [number]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert read == number - 1
    assert not [line for line in (tmp_path / "log").read_text().splitlines() if "items" not in line]
    assert rows(db, "SELECT count(*) FROM checks")[0] > 0
