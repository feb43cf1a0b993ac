"""The commands as a user meets them: what they print, how they exit, and what they leave when killed."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from catalogues import CORPORA, EXAMPLE, catalogue, content, make, updated_time
from click.testing import CliRunner, Result

from extractor.catalogue.sqlite_errors import translate_sqlite_errors
from extractor.cli import main
from extractor.errors import CatalogueFileError, CatalogueLocked, NotACatalogue
from extractor.joplin.items import Note

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "catalogue.db"
    assert run("build", EXAMPLE, "--db", path).exit_code == 0
    return path


def test_build_says_what_is_there_and_what_to_do_next(tmp_path: Path) -> None:
    result = run("build", EXAMPLE, "--db", tmp_path / "catalogue.db")
    assert result.exit_code == 0
    for word in ("notes", "revisions", "107 complete", "sections", "links", "images", "problems", "make serve"):
        assert word in result.output
    assert run("build", EXAMPLE, "--db", tmp_path / "catalogue.db", "--quiet").output == ""
    # Without a source: those that the catalogue has.
    assert ": nothing new (165 items)\n" in run("build", "--db", tmp_path / "catalogue.db").output


@pytest.mark.parametrize(
    ("damaged", "more"), [(0, None), (1, None), (3, None), (5, "... and 2 more in the table `problems`")]
)
def test_build_says_what_a_few_problems_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: int, more: str | None
) -> None:
    """Item and reason, a line each that fits the terminal; those of this build first."""
    source, db = tmp_path / "joplin", tmp_path / "catalogue.db"
    shutil.copytree(EXAMPLE, source)
    (source / f"{'f' * 32}.md").write_text("")
    run("build", source, "--db", db)
    for number in range(damaged - 1):
        (source / f"{number:032}.md").write_text("no item at all\n\nid: x")
    if not damaged:
        (source / f"{'f' * 32}.md").unlink()
    monkeypatch.setenv("COLUMNS", "70")
    output = run("build", "--db", db).output
    told = re.search(r"^  problems +(\d+)\n((?: {4}.+\n)*)", output, re.MULTILINE)
    assert told
    assert int(told[1]) == damaged
    lines = [line.strip() for line in told[2].splitlines()]
    assert (lines.pop() if damaged > 3 else None) == more
    new = [f"{number:032}.md: It does not end in a line `t…" for number in range(damaged - 1)]
    old = [f"{'f' * 32}.md: It is empty."] if damaged else []
    assert lines == [*new, *old][:3]


def empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def holding(folder: Path, name: str, text: bytes) -> Path:
    empty(folder)
    (folder / name).write_bytes(text)
    return folder


def unreadable(folder: Path) -> Path:
    empty(folder).chmod(0)
    return folder


NOT_ROOT = pytest.mark.skipif("os.geteuid() == 0", reason="root may read everything")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param(lambda tmp: tmp / "nowhere", "nowhere", id="not there"),
        pytest.param(lambda tmp: empty(tmp / "empty"), "empty", id="empty folder"),
        pytest.param(lambda tmp: holding(tmp / "other", "notes.txt", b"hello"), "other", id="folder without items"),
        pytest.param(
            lambda tmp: holding(tmp / "other", "hello.txt", b"hello") / "hello.txt", "hello.txt", id="no item"
        ),
        pytest.param(
            lambda tmp: holding(tmp / "other", f"{'0' * 32}.md", b"hello"), f"{'0' * 32}.md: It", id="nothing readable"
        ),
        pytest.param(lambda tmp: unreadable(tmp / "locked"), "locked", id="may not be read", marks=NOT_ROOT),
    ],
)
@pytest.mark.parametrize("there", [False, True], ids=["new catalogue", "catalogue that is there"])
def test_a_source_that_cannot_be_read(tmp_path: Path, source: Callable[[Path], Path], words: str, there: bool) -> None:
    path = tmp_path / "catalogue.db"
    if there:
        make(path, CORPORA / "seed.txt")
    before = content(path) if there else None
    result = run("build", source(tmp_path), "--db", path)
    assert result.exit_code == 1
    assert words in result.stderr
    assert result.stderr.startswith("joplin-catalogue: ")
    assert len(result.stderr.splitlines()) == 1
    assert (content(path) if there else path.exists() or None) == before
    assert not list(tmp_path.glob(".*building*"))


@pytest.mark.parametrize("step", ["build.list_sources", "build.Ingest.take", "deriving.finalise"])
@pytest.mark.parametrize("there", [False, True], ids=["new catalogue", "catalogue that is there"])
def test_a_build_that_is_stopped_says_what_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, there: bool
) -> None:
    path = tmp_path / "catalogue.db"
    if there:
        make(path, CORPORA / "seed.txt")
    before = content(path) if there else None

    source = shutil.copytree(EXAMPLE, tmp_path / "joplin")

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"extractor.{step}", stop)
    result = run("build", source, "--db", path)
    stays = f"{path} is unchanged" if there else "no catalogue was created"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"\njoplin-catalogue: Stopped; {stays}.\n")
    assert (content(path) if there else path.exists() or None) == before


@pytest.mark.parametrize(
    ("content_", "words"),
    [
        pytest.param(b"hello, this is a text, no database at all", "not a SQLite file", id="text"),
        pytest.param(b"SQLite format 3\0" + b"\1" * 200, "damaged", id="damaged"),
    ],
)
def test_a_catalogue_that_is_none(tmp_path: Path, content_: bytes, words: str) -> None:
    path = tmp_path / "catalogue.db"
    path.write_bytes(content_)
    for arguments in (("build", EXAMPLE), ("show", "x"), ("export", "revisions")):
        result = run(*arguments, "--db", path)
        assert (result.exit_code, words in result.stderr) == (1, True), result.stderr
        assert path.read_bytes() == content_


def test_a_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    result = run("build", EXAMPLE, "--db", path)
    assert result.exit_code == 1
    assert "another program" in result.stderr


def test_a_catalogue_that_another_process_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.catalogue.store.WAIT_FOR_LOCK", 0.1)
    path = tmp_path / "catalogue.db"
    make(path, CORPORA / "seed.txt")
    before = content(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    result = run("build", EXAMPLE, "--db", path)
    other.execute("ROLLBACK")
    assert result.exit_code == 1
    assert "Another process is writing" in result.stderr
    assert content(path) == before


def full(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA max_page_count = 1")
        db.execute("CREATE TABLE more (x)")


def locked(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    sqlite3.connect(path, timeout=0).execute("SELECT * FROM notes")


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100] + b"damaged" * 1000)
    sqlite3.connect(path).execute("SELECT * FROM notes")


def read_only(path: Path) -> None:
    sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True).execute("DELETE FROM notes")


def mistaken(path: Path) -> None:
    sqlite3.connect(path).execute("SELECT * FROM nothing_of_ours")


@pytest.mark.parametrize(
    ("happen", "error", "words"),
    [
        (full, CatalogueFileError, "No space left for"),
        (locked, CatalogueLocked, "Another process is writing to"),
        (damaged, NotACatalogue, "is damaged"),
        (read_only, NotACatalogue, "Choose another file"),
        (mistaken, sqlite3.OperationalError, "no such table: nothing_of_ours"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_errors_of_the_file_in_words(
    tmp_path: Path, happen: Callable[[Path], None], error: type[Exception], words: str
) -> None:
    """What is a mistake of this program is never blamed on the file."""
    path = tmp_path / "catalogue.db"
    make(path, CORPORA / "seed.txt")
    with pytest.raises(error, match=words), translate_sqlite_errors(path):
        happen(path)


@pytest.mark.parametrize(
    "command", [("show", "Kafka field notes"), ("log", "Kafka field notes"), ("export", "revisions")]
)
def test_a_catalogue_that_is_damaged_within(db: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    path = tmp_path / "catalogue.db"
    content_of = db.read_bytes()
    path.write_bytes(content_of[:20_480] + b"\xff" * (len(content_of) - 20_480))
    result = run(*command, "--db", path)
    assert (result.exit_code, "is damaged" in result.stderr) == (1, True), result.output


def test_no_catalogue_yet(tmp_path: Path) -> None:
    result = run("show", "x", "--db", tmp_path / "catalogue.db")
    assert (result.exit_code, "joplin-catalogue build" in result.stderr) == (1, True)


def test_strict_is_for_scripts(tmp_path: Path) -> None:
    source = tmp_path / "joplin"
    shutil.copytree(EXAMPLE, source)
    (source / f"{'0' * 32}.md").write_text("no item at all\n\nid: x")
    assert run("build", source, "--db", tmp_path / "a.db").exit_code == 0
    assert run("build", source, "--db", tmp_path / "b.db", "--strict").exit_code == 3


@pytest.mark.parametrize("note", ["Kafka field notes", "kafka field notes", "afka fie"])
def test_show(db: Path, note: str) -> None:
    now = run("show", note, "--db", db)
    first = run("show", note, "--db", db, "--at", "1")
    assert now.exit_code == first.exit_code == 0
    assert "# Kafka" in now.stdout or "## " in now.stdout
    assert first.stdout != now.stdout
    by_date = run("show", note, "--db", db, "--at", "2999-01-01")
    assert by_date.stdout == now.stdout


@pytest.mark.parametrize(
    ("moment", "same"),
    [("2024", "2024-12-31"), ("2024-10", "2024-10-31"), ("2024-02", "2024-02-29"), ("#8", "2024-12"), ("20", "now")],
)
def test_show_at_a_time(db: Path, moment: str, same: str) -> None:
    one, other = (run("show", "System design links", "--at", at, "--db", db) for at in (moment, same))
    assert one.exit_code == 0
    assert one.stdout == other.stdout


def test_show_half_an_emoji_of_a_text_known_in_part(tmp_path: Path) -> None:
    text = (CORPORA / "seed.txt").read_text(encoding="utf-8").replace("OAuth2 OAuth Flow", r"\\ud83d")
    (tmp_path / "seed.md").write_text(text, encoding="utf-8")
    assert run("build", tmp_path / "seed.md", "--db", tmp_path / "catalogue.db").exit_code == 0
    result = run("show", "5d87ebe6", "--db", tmp_path / "catalogue.db")
    assert (result.exit_code, "* [\ufffd](https://www" in result.stdout) == (0, True), result.output


def test_log(db: Path, tmp_path: Path) -> None:
    """The numbers are those that the other commands take."""
    lines = run("log", "System design links", "--db", db).stdout.splitlines()
    assert lines[0] == "#20  2026-09-13 10:15  +3 links, +2 images under Databases › PostgreSQL"
    assert lines[-1].startswith(" #1  2024-02-12 19:42  first known text; ")
    assert len(lines) == 20
    never_edited = catalogue(tmp_path, Note("0" * 32, 1, title="Scratch"))
    assert "No revisions of this note are known" in run("log", "Scratch", "--db", never_edited).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "nothing is called so"], "No note"),
        (["show", "e"], "13 notes have 'e' in their title: "),
        (["show", "Kafka field notes", "--at", "999"], "No revision or date"),
        (["show", "Kafka field notes", "--at", "yesterday"], "No revision or date"),
        (["show", "Reading list", "--at", "2024-03-02"], "Nothing is known about this note before 2024-03-02. The"),
        (["diff", "Reading list", "1", "2024-03-02"], "The earliest known text is from 2024-03-03.\n"),
        (["show", "Reading list", "--at", "2024-03-03T10"], "known text is from 2024-03-03T18:40:20.959Z.\n"),
    ],
)
def test_show_what_is_not_there(db: Path, arguments: list[str], words: str) -> None:
    result = run(*arguments, "--db", db)
    assert (result.exit_code, words in result.stderr) == (1, True), result.output


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        ("übersicht straße", "Übersicht Straße"),
        ("UBERSICHT STRASSE", "Übersicht Straße"),
        ("U\u0308bersicht  Straße", "Übersicht Straße"),
        ("kafka", "𝗞𝗮𝗳𝗸𝗮"),
        ("straße", "Übersicht Straße"),
        ("Resume", "Resume"),
        ("résumé", "Résumé"),
    ],
)
@pytest.mark.parametrize("command", ["show", "log", "diff"])
def test_a_note_is_found_however_its_name_is_typed(tmp_path: Path, command: str, wanted: str, title: str) -> None:
    titles = ("Übersicht Straße", "𝗞𝗮𝗳𝗸𝗮", "Résumé", "Resume")
    items = [
        Note(id=str(place) * 32, updated_time=1, title=name, body=f"This is {name}.\n")
        for place, name in enumerate(titles)
    ]
    db = catalogue(tmp_path, *items)
    result = run(command, wanted, "--db", db)
    assert result.exit_code == 0, result.output
    if command == "show":
        assert result.stdout == f"This is {title}.\n"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("kafak", "Did you mean 'Kafka', 'Kafka Streams' or 'Messaging with Kafka'?"),
        ("ubersicht strase", "Did you mean 'Übersicht Straße'?"),
        ("something else", "Give a note's id, the beginning of it, or its title."),
    ],
)
def test_names_that_may_have_been_meant(tmp_path: Path, wanted: str, words: str) -> None:
    titles = ("Übersicht Straße", "Kafka", "Kafka Streams", "Messaging with Kafka", "Cooking")
    items = [Note(id=str(place) * 32, updated_time=1, title=name) for place, name in enumerate(titles)]
    db = catalogue(tmp_path, *items)
    for command in ("show", "log", "diff"):
        result = run(command, wanted, "--db", db)
        assert (result.exit_code, result.stderr) == (
            1,
            f"joplin-catalogue: No note {wanted!r} in the catalogue. {words}\n",
        )


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("Twin", "2 notes are called 'Twin': 11111111 Twin; 22222222 Twin. Give the id instead."),
        ("tWIN", "2 notes are called 'tWIN'"),
        ("win", "3 notes have 'win' in their title"),
        ("abcd", "2 notes have an id that begins with 'abcd': abcdabcd One; abcdabcd Two"),
        ("wins", None),
        ("1111", None),
    ],
)
def test_a_note_is_found_by_what_only_one_has(tmp_path: Path, wanted: str, words: str | None) -> None:
    titles = {"1" * 32: "Twin", "2" * 32: "Twin", "3" * 32: "Wins", "abcd" * 8: "One", "abcd" * 7 + "0000": "Two"}
    items = [Note(id=note_id, updated_time=1, title=title, body="text") for note_id, title in titles.items()]
    result = run("show", wanted, "--db", catalogue(tmp_path, *items))
    assert (result.exit_code, (words or "") in result.stderr) == (1 if words else 0, True), result.output


def test_diff(db: Path) -> None:
    result = run("diff", "Kafka field notes", "1", "2", "--db", db)
    assert result.exit_code == 0
    assert result.stdout.startswith("--- Kafka field notes #1 ")
    assert "\n+++ Kafka field notes #2 " in result.stdout
    assert any(line.startswith("+") for line in result.stdout.splitlines()[2:])
    assert run("diff", "Kafka field notes", "--db", db).stdout != ""


def test_diff_since_before_the_first_text(db: Path) -> None:
    """A year from its beginning: all that stood in the note at its end is new."""
    result = run("diff", "System design links", "2023", "2024", "--db", db)
    assert result.stderr == "Nothing is known about this note before 2023: all of it counts as new.\n"
    head, *lines = result.stdout.splitlines()
    assert head.rstrip() == "--- nothing"
    assert not [line for line in lines[2:] if not line.startswith("+")]
    assert len(lines) > 80


@pytest.mark.parametrize("moments", [["now"], ["now", "now"], ["9", "9"]])
def test_diff_says_where_there_is_none(db: Path, moments: list[str]) -> None:
    result = run("diff", "Kafka field notes", *moments, "--db", db)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("There is no difference between Kafka field notes ")


def test_export_revisions(db: Path, tmp_path: Path) -> None:
    result = run("export", "revisions", "--db", db)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) == 107
    assert [line["captured_at"] for line in lines] == sorted(line["captured_at"] for line in lines)
    assert list(lines[0]) == ["id", "note_id", "parent_id", "number", "captured_at", "state", "title", "body"]
    output = tmp_path / "revisions.jsonl"
    run("export", "revisions", "--db", db, "--output", output)
    assert output.read_text() == result.stdout


def test_export_a_partial_body_as_its_fragments(tmp_path: Path) -> None:
    db = tmp_path / "seed.db"
    make(db, CORPORA / "seed.txt")
    (line,) = [json.loads(line) for line in run("export", "revisions", "--db", db).stdout.splitlines()]
    assert line["state"] == "partial"
    assert len(line["body"]) == 2
    assert line["body"][0].startswith("esktop)\n* [OAuth2 OAuth Flow](")


def test_killed_at_any_point_the_file_is_as_before(corpora: Callable[[str], Path], tmp_path: Path) -> None:
    source, db = tmp_path / "sync", tmp_path / "catalogue.db"
    source.mkdir()
    items = sorted(corpora("sync").glob("*.md"), key=updated_time)
    items = items[: len(items) // 3]  # of which a build takes long enough
    for item in items[: len(items) // 2]:
        shutil.copy2(item, source)
    make(db, source)
    before = content(db)
    for item in items:
        shutil.copy2(item, source)
    command = [sys.executable, "-m", "extractor", "build", str(source), "--db", str(db)]

    spare = tmp_path / "spare.db"
    shutil.copy(db, spare)
    started = time.monotonic()
    subprocess.run([*command[:-1], str(spare)], check=True, capture_output=True)
    whole = time.monotonic() - started
    after = content(spare)

    killed = 0
    for step in (2, 5, 8):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                process.wait(whole * step / 9)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
        now = content(db)
        assert now in (before, after)
        if now == after:
            break
    assert killed
    make(db, source)
    assert content(db) == after
    # A first build that is killed leaves no catalogue at all, and does not stand in the way of the next.
    new = tmp_path / "new.db"
    with subprocess.Popen([*command[:-1], str(new)], stdout=subprocess.DEVNULL) as process:
        time.sleep(whole / 2)
        process.send_signal(signal.SIGKILL)
    assert not new.exists() or content(new) == after
    assert run("build", source, "--db", new).exit_code == 0
    assert content(new) == after
