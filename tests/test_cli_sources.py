"""`build` from each kind of source, as a user meets it: what is asked for, what is said, what is refused."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from catalogues import CORPORA, EXAMPLE, catalogue_of, content, make, rows
from click.testing import CliRunner, Result
from joplin_service import TOKEN, JoplinService, error, good

from extractor.cli import main, secrets
from extractor.sources import api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PASSWORD = "correct horse"  # noqa: S105 -- of data made for tests
TOP = Path(__file__).parent.parent


WRONG = {"JOPLIN_CATALOGUE_PASSWORD": "not this one", "JOPLIN_CATALOGUE_TOKEN": "s3cret"}


def run(*arguments: object, typed: str | None = None, **environment: str | None) -> Result:
    return CliRunner(env=environment).invoke(main, [str(argument) for argument in arguments], input=typed)


@pytest.fixture(autouse=True)
def _nobody(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a profile, and without anything of ours in the environment."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    for name in os.environ:
        if name.startswith(("JOPLIN_CATALOGUE", "PORTABLE_EXECUTABLE_DIR")):
            monkeypatch.delenv(name)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.db"


def one_line(result: Result) -> str:
    """What an error says: one line, with exit code 1."""
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith("joplin-catalogue: ")
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


@pytest.fixture(scope="module")
def database(corpora: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database.sqlite of Joplin's with a few of the notes, which is quickly read."""
    path = tmp_path_factory.mktemp("profile") / "database.sqlite"
    shutil.copyfile(corpora("profile") / "database.sqlite", path)
    with closing(sqlite3.connect(path, isolation_level=None)) as joplin:
        joplin.execute("DELETE FROM notes WHERE id NOT IN (SELECT id FROM notes ORDER BY id LIMIT 5)")
        joplin.execute("DELETE FROM revisions WHERE item_id NOT IN (SELECT id FROM notes)")
        joplin.execute("DELETE FROM resources")
        joplin.execute("VACUUM")
    return path


def all_read(result: Result) -> bool:
    return re.search(r" (\d+) of \1 items read", result.stdout) is not None


# the profile of this user


@pytest.fixture
def profiles(database: Path) -> Callable[..., None]:
    def lay_out(*folders: str, named: str | None = None) -> None:
        home = Path(os.environ["HOME"])
        for folder in folders:
            (home / folder).mkdir(parents=True)
            shutil.copyfile(database, home / folder / "database.sqlite")
        if named:
            config = {"version": 2, "currentProfileId": "default", "profiles": [{"id": "work", "name": named}]}
            (home / folders[0] / "profiles.json").write_text(json.dumps(config))

    return lay_out


DESKTOP, TERMINAL = ".config/joplin-desktop", ".config/joplin"


@pytest.mark.parametrize("empty", [False, True], ids=["no catalogue", "an empty one"])
def test_without_a_source_the_profile_is_found(profiles: Callable[..., None], db: Path, empty: bool) -> None:
    profiles(DESKTOP)
    if empty:
        db.touch()
    result = run("build", "--db", db)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"Joplin's profile “desktop: Default”: {Path.home() / DESKTOP}\n")
    assert all_read(result)
    # From then on, it is a source that the catalogue has.
    again = run("build", "--db", db)
    assert (again.exit_code, "Joplin's profile" in again.stdout, ": nothing new (" in again.stdout) == (0, False, True)
    assert run("build", "--db", db, "--quiet").output == ""


def test_of_several_profiles_one_is_named(profiles: Callable[..., None], db: Path) -> None:
    profiles(DESKTOP, f"{DESKTOP}/profile-work", TERMINAL, named="Work")
    said = one_line(run("build", "--db", db))
    for word in ('"desktop: Default"', '"desktop: Work"', '"terminal: Default"', "--profile-name"):
        assert word in said
    assert not db.exists()
    result = run("build", "--db", db, "--profile-name", "work")
    assert result.exit_code == 0, result.output
    assert rows(db, "SELECT location FROM sources") == [str(Path.home() / DESKTOP / "profile-work/database.sqlite")]
    # A second one joins it.
    assert run("build", "--db", db, "--profile-name", "terminal").exit_code == 0
    assert rows(db, "SELECT count(*) FROM sources") == [2]
    assert "play" in one_line(run("build", "--db", db, "--profile-name", "play"))


def test_where_it_looked(db: Path) -> None:
    said = one_line(run("build", "--db", db))
    for place in (DESKTOP, TERMINAL):
        assert str(Path.home() / place) in said
    assert not db.exists()


def test_a_source_or_a_profile(db: Path) -> None:
    result = run("build", CORPORA / "seed.txt", "--profile-name", "x", "--db", db)
    assert (result.exit_code, "not both" in result.stderr) == (2, True)


# what people should know of a source


def test_how_long_joplin_keeps_its_history(database: Path, tmp_path: Path, db: Path) -> None:
    source = tmp_path / "target"
    source.mkdir()
    shutil.copy(CORPORA / "seed.txt", source / "5f79bce7b42841cebec327bf2183a48c.md")

    def said(enabled: bool, days: int) -> str:
        info = {"revisionServiceEnabled": {"value": enabled}, "revisionServiceTtlDays": {"value": days}}
        (source / "info.json").write_text(json.dumps(info))
        return run("build", source, "--db", db).stdout

    assert f"Joplin deletes history after 90 days ({source})" in said(enabled=True, days=90)
    assert f"Note history is off in Joplin ({source})" in said(enabled=False, days=90)
    assert "Joplin deletes history" not in said(enabled=True, days=3650)
    assert "deletes history after 90 days" in run("build", database, "--db", db).stdout


def test_an_export_has_no_history_and_that_is_said_once(corpora: Callable[[str], Path], db: Path) -> None:
    jex, raw = corpora("exports") / "export.jex", corpora("exports") / "raw"
    result = run("build", jex, raw, "--db", db)
    assert result.exit_code == 0
    for export in (jex, raw):
        assert result.stdout.count(f"{export} is an export and has no history") == 1
    assert "note history" not in result.stdout  # it is not for want of a setting


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sync", None),
        ("sync-broken", "121 could be rebuilt from later ones, 48 can be read only in part"),
        ("sync-odd", "3 can be read only in part"),
    ],
)
def test_what_is_lost_is_said(db: Path, name: str, said: str | None) -> None:
    """In one line, and only where something is."""
    shutil.copy(catalogue_of(name), db)
    lines = [line.strip() for line in run("build", "--db", db).stdout.splitlines() if "Parts" in line]
    assert lines == ([f"Parts of the history are lost: of the revisions, {said}."] if said else [])


def test_a_source_that_is_not_there_now(corpora: Callable[[str], Path], tmp_path: Path, db: Path) -> None:
    disk = shutil.copytree(corpora("e2ee-sjcl"), tmp_path / "disk")
    assert run("build", disk, CORPORA / "seed.txt", "--db", db).exit_code == 0
    before = content(db)
    disk.rename(tmp_path / "unplugged")
    result = run("build", "--db", db)
    assert result.exit_code == 0
    assert result.stderr == f"joplin-catalogue: {disk} does not exist. It was skipped; what is known from it is kept.\n"
    assert content(db) == before
    # One that is named has to be there, and so has one at least.
    assert str(disk) in one_line(run("build", disk, CORPORA / "seed.txt", "--db", db))
    run("build", tmp_path / "unplugged", "--db", tmp_path / "other.db")
    (tmp_path / "unplugged").rename(disk)
    assert "unplugged" in one_line(run("build", "--db", tmp_path / "other.db"))


def test_a_server_that_does_not_answer_now(corpora: Callable[[str], Path], tmp_path: Path, db: Path) -> None:
    """It is passed over like a disk that is not there; a script that wants to know is told by its exit code."""
    folder = shutil.copytree(corpora("e2ee-sjcl"), tmp_path / "folder")
    assert run("build", folder, CORPORA / "seed.txt", "--db", db).exit_code == 0
    before = content(db)
    folder.joinpath("info.json").unlink()
    with closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE sources SET location = 'http://127.0.0.1:9' WHERE location = ?", [str(folder)])
    result = run("build", "--db", db, JOPLIN_CATALOGUE_TOKEN=TOKEN)
    assert (result.exit_code, "skipped" in result.stderr) == (0, True), result.output
    assert content(db) == before
    assert run("build", "--db", db, "--strict", JOPLIN_CATALOGUE_TOKEN=TOKEN).exit_code == 3


def test_a_source_that_has_moved(tmp_path: Path, db: Path) -> None:
    """Until the old place is forgotten, nothing that it held counts as gone."""
    old = shutil.copytree(EXAMPLE, tmp_path / "old")
    assert run("build", old, "--db", db).exit_code == 0
    new = old.rename(tmp_path / "new")
    (deleted,) = rows(db, "SELECT id FROM notes WHERE state = 'current' AND revisions > 3 ORDER BY id LIMIT 1")
    (new / f"{deleted}.md").unlink()
    state = f"SELECT state FROM notes WHERE id = '{deleted}'"  # noqa: S608 -- an id
    assert run("build", new, "--db", db).exit_code == 0
    assert rows(db, state) == ["current"]
    # Without the new place nothing would be left; and what is no source cannot be forgotten.
    assert "is not a source" in one_line(run("build", new, "--forget", tmp_path, "--db", db))
    alone = tmp_path / "alone.db"
    run("build", new, "--db", alone)
    assert run("build", "--forget", new, "--db", alone).exit_code == 2
    result = run("build", new, "--forget", old, "--db", db)
    assert result.exit_code == 0, result.output
    assert rows(db, state) == ["gone"]
    assert rows(db, "SELECT count(*) FROM notes WHERE state = 'current'") == rows(
        alone, "SELECT count(*) FROM notes WHERE state = 'current'"
    )
    # It is not asked for again, unless it is named.
    assert run("build", "--db", db).stderr == ""
    shutil.copytree(new, old)
    assert run("build", old, "--db", db).exit_code == 0
    assert rows(db, "SELECT count(*) FROM sources WHERE forgotten_at IS NULL") == [2]


def test_what_to_do_next_can_be_typed(tmp_path: Path) -> None:
    """From the project, by the path of the command, and in any other folder."""
    source = TOP / "examples" / "joplin"
    command = Path(sys.executable).with_name("joplin-catalogue")
    if not command.exists():
        pytest.skip("the command is not installed")

    def steps(called: Path, folder: Path, *arguments: object) -> list[list[str]]:
        result = subprocess.run(
            [called, "build", source, *arguments], cwd=folder, capture_output=True, text=True, check=True
        )
        lines = result.stdout.partition("\nNext:\n")[2].splitlines()
        return [shlex.split(re.split(r"  +", line.strip())[0]) for line in lines]

    there = steps(command, tmp_path)
    assert there[0] == [str(command), "serve"]
    assert there[1][:2] == [str(command), "show"]
    assert subprocess.run(there[1], cwd=tmp_path, capture_output=True, check=True).stdout
    db = tmp_path / "my notes.db"
    here = steps(command, TOP, "--db", db)
    assert here[0] == ["make", "serve", f"DB={db}"]
    assert subprocess.run(here[1], cwd=TOP, capture_output=True, check=True).stdout


# passwords


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "passwords"
    path.write_bytes(f"\ufeffan older one\r\n\r\n{PASSWORD}\r\n".encode())
    return path


def test_a_password_from_the_environment_or_a_file(
    corpora: Callable[[str], Path], tmp_path: Path, password_file: Path
) -> None:
    target, db = corpora("e2ee-sjcl"), tmp_path / "a.db"
    results = [
        run("build", target, "--db", db, JOPLIN_CATALOGUE_PASSWORD=PASSWORD),
        run("build", target, "--db", tmp_path / "b.db", "--password-file", password_file),
        run("build", target, "--db", tmp_path / "c.db", JOPLIN_CATALOGUE_PASSWORD_FILE=str(password_file)),
    ]
    for result, name in zip(results, "abc", strict=True):
        assert result.exit_code == 0, result.output
        assert "encrypted" not in result.output
        assert PASSWORD not in result.output
        assert content(tmp_path / f"{name}.db") == content(db)
        assert PASSWORD.encode() not in (tmp_path / f"{name}.db").read_bytes()


def test_without_a_password_it_says_how_many_and_what_to_do(corpora: Callable[[str], Path], db: Path) -> None:
    result = run("build", corpora("e2ee-sjcl"), "--db", db)
    assert result.exit_code == 0
    for words in ("166 items are encrypted", "JOPLIN_CATALOGUE_PASSWORD", "--password-file"):
        assert words in result.stdout
    result = run("build", "--db", db, JOPLIN_CATALOGUE_PASSWORD=PASSWORD)
    assert "166 of 166 items read" in result.stdout
    assert "encrypted" not in result.stdout


def test_without_the_keys_it_says_where_they_are(corpora: Callable[[str], Path], tmp_path: Path, db: Path) -> None:
    (tmp_path / "some").mkdir()
    for item in corpora("e2ee-sjcl").glob("*.md"):
        shutil.copy(item, tmp_path / "some")
    assert "info.json" in run("build", tmp_path / "some", "--db", db).stdout
    result = run("build", tmp_path / "some", "--db", tmp_path / "b.db", JOPLIN_CATALOGUE_PASSWORD=PASSWORD)
    assert "166 items stay encrypted: see the table `problems`" in result.stdout


@pytest.mark.parametrize("there", [False, True], ids=["new catalogue", "catalogue that is there"])
def test_a_wrong_password_is_one_line_and_changes_nothing(
    corpora: Callable[[str], Path], db: Path, there: bool
) -> None:
    if there:
        run("build", corpora("e2ee-sjcl"), "--db", db)
    before = db.read_bytes() if there else None
    said = one_line(run("build", corpora("e2ee-sjcl"), "--db", db, **WRONG))
    assert "password does not open" in said
    assert "not this one" not in said
    assert (db.read_bytes() if there else db.exists() or None) == before
    assert not list(db.parent.glob(".*building*"))


def test_a_password_file_that_cannot_be_read(corpora: Callable[[str], Path], tmp_path: Path, db: Path) -> None:
    (tmp_path / "key.bin").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "nowhere", tmp_path / "key.bin", tmp_path):
        assert str(path) in one_line(run("build", corpora("e2ee-sjcl"), "--db", db, "--password-file", path))


@pytest.mark.parametrize("option", ["--password", "--token"])
def test_a_secret_is_never_an_argument(db: Path, option: str) -> None:
    result = run("build", CORPORA / "seed.txt", option, "secret", "--db", db)
    assert result.exit_code == 2
    assert not db.exists()


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_at_terminal", lambda: True)


@pytest.mark.usefixtures("at_terminal")
def test_at_a_terminal_it_is_asked_for(corpora: Callable[[str], Path], tmp_path: Path, db: Path) -> None:
    result = run("build", corpora("e2ee-sjcl"), "--db", db, typed=f"{PASSWORD}\n")
    assert (result.exit_code, "encryption password" in result.stderr) == (0, True), result.output
    assert PASSWORD not in result.output
    assert "stay encrypted" not in result.stdout
    # Not where it is given, not where nothing is encrypted, and not again when everything is open.
    for arguments in (("build", "--db", db), ("build", CORPORA / "seed.txt", "--db", tmp_path / "clear.db")):
        assert "password" not in run(*arguments, typed="").stderr
    given = run("build", corpora("e2ee-sjcl"), "--db", tmp_path / "b.db", JOPLIN_CATALOGUE_PASSWORD=PASSWORD)
    assert given.stderr == ""
    # Enter goes on without.
    result = run("build", corpora("e2ee-sjcl"), "--db", tmp_path / "c.db", typed="\n")
    assert (result.exit_code, "166 items are encrypted" in result.stdout) == (0, True)


TERMINAL_SESSION = """
import os, pty, sys
pty.spawn(sys.argv[1:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_what_is_typed_at_a_real_terminal_is_not_shown(corpora: Callable[[str], Path], db: Path) -> None:
    words = [sys.executable, "-m", "extractor", "build", str(corpora("e2ee-sjcl")), "--db", str(db)]
    with subprocess.Popen(
        [sys.executable, "-c", TERMINAL_SESSION, *words], cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as session:
        assert session.stdin
        assert session.stdout
        shown = b""
        while b"without):" not in shown:  # as long as it has not asked, the terminal would show what is typed
            byte = session.stdout.read(1)
            assert byte, shown.decode()
            shown += byte
        session.stdin.write(f"{PASSWORD}\n".encode())
        session.stdin.flush()
        shown += session.stdout.read()
    assert PASSWORD.encode() not in shown
    assert b"166 of 166 items read" in shown
    assert rows(db, "SELECT count(*) FROM notes WHERE state = 'encrypted'") == [0]


# a running Joplin, and its token


@pytest.fixture
def service(database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[JoplinService, str]]:
    monkeypatch.setattr(api, "ApiSource", partial(api.ApiSource, patience=0.3))
    joplin = JoplinService(database)
    with joplin.running() as address:
        yield joplin, address


def test_the_token_from_the_environment_or_a_file(service: tuple[JoplinService, str], tmp_path: Path) -> None:
    _, address = service
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    first = run("build", address, "--db", tmp_path / "a.db", JOPLIN_CATALOGUE_TOKEN=TOKEN)
    second = run("build", address, "--db", tmp_path / "b.db", "--token-file", file)
    third = run("build", address, "--db", tmp_path / "c.db", JOPLIN_CATALOGUE_TOKEN_FILE=str(file))
    again = run("build", "--db", tmp_path / "c.db", "--token-file", file)
    for result in (first, second, third, again):
        assert (result.exit_code, TOKEN in result.output) == (0, False), result.output
    assert ": nothing new (" in again.stdout
    for name in "abc":
        assert TOKEN.encode() not in (tmp_path / f"{name}.db").read_bytes()
    assert "nowhere" in one_line(run("build", address, "--token-file", tmp_path / "nowhere", "--db", tmp_path / "d.db"))


def test_a_wrong_token(service: tuple[JoplinService, str], db: Path) -> None:
    _, address = service
    said = one_line(run("build", address, "--db", db, **WRONG))
    assert "does not accept this token" in said
    assert "s3cret" not in said
    assert "wants a token" in one_line(run("build", address, "--db", db))
    said = one_line(run("build", f"{address}?token=s3cret", "--db", db))
    assert ("in the address" in said, "s3cret" in said) == (True, False)
    assert not db.exists()


@pytest.mark.usefixtures("at_terminal")
def test_the_token_is_asked_for(service: tuple[JoplinService, str], db: Path) -> None:
    _, address = service
    result = run("build", address, "--db", db, typed=f"{TOKEN}\n")
    assert (result.exit_code, TOKEN in result.output) == (0, False), result.output
    assert address in result.stderr


def test_a_joplin_that_is_not_running(service: tuple[JoplinService, str], db: Path) -> None:
    _, address = service
    arguments = ("build", address, CORPORA / "seed.txt", "--db", db)
    assert run(*arguments, JOPLIN_CATALOGUE_TOKEN=TOKEN).exit_code == 0
    joplin, _ = service
    joplin.before = lambda *_: (404, "text/html", b"another program")
    assert "not Joplin" in one_line(run(*arguments, JOPLIN_CATALOGUE_TOKEN=TOKEN))
    later = run("build", "--db", db, JOPLIN_CATALOGUE_TOKEN=TOKEN)
    assert (later.exit_code, "skipped" in later.stderr) == (0, True)


# hostile input: a clear line each, in bounded time and memory, and the catalogue as before

OTHER = "b" * 32
ZEROS = 10 * 1024**3


def jex(path: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def member(name: str, type_: bytes = tarfile.REGTYPE, size: int = 0, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = type_, size, link
    return info


def with_zeros(path: Path, *, first: tarfile.TarInfo) -> Path:
    """An archive that begins with 10 GB of zeros, which take no room on the disk."""
    first.size = ZEROS
    with path.open("wb") as file:
        file.write(first.tobuf(tarfile.GNU_FORMAT))
        file.truncate(file.tell() + ZEROS + 1024)
    return path


def cut_off(path: Path, source: Path) -> Path:
    shutil.copyfile(source, path)
    os.truncate(path, path.stat().st_size // 2)
    return path


def with_keys(folder: Path, target: Path, **fields: object) -> Path:
    """An encrypted target whose master keys are other than Joplin made them."""
    shutil.copytree(target, folder)
    info = json.loads((folder / "info.json").read_text())
    for key in info["masterKeys"]:
        key.update(fields)
    (folder / "info.json").write_text(json.dumps(info))
    return folder


SJCL = {"iv": "A" * 22, "v": 1, "ks": 256, "ts": 64, "mode": "ccm", "adata": "", "cipher": "aes", "salt": "AAAA"}
HOSTILE_FILES = {
    "a jex that leads out of its folder": (
        lambda tmp, _: jex(tmp / "a.jex", member(f"../{OTHER}.md", size=9), member(f"/{OTHER}.md", size=9)),
        "no Joplin item",
    ),
    "a jex of links": (
        lambda tmp, _: jex(
            tmp / "a.jex",
            member(f"{OTHER}.md", tarfile.SYMTYPE, link="/etc/passwd"),
            member(f"{OTHER}.md", tarfile.LNKTYPE, link=f"{OTHER}.md"),
        ),
        "no Joplin item",
    ),
    "a jex of 10 GB of zeros": (
        lambda tmp, _: with_zeros(tmp / "a.jex", first=member("zeros.bin")),
        "no Joplin item",
    ),
    "a jex with a name of 10 GB": (
        lambda tmp, _: with_zeros(tmp / "a.jex", first=member("././@LongLink", tarfile.GNUTYPE_LONGNAME)),
        "damaged",
    ),
    "a jex that is cut off": (
        lambda tmp, corpora: cut_off(tmp / "a.jex", corpora("exports") / "export.jex"),
        "cut off",
    ),
    "a database that is cut off": (
        lambda tmp, corpora: cut_off(tmp / "database.sqlite", corpora("profile") / "database.sqlite"),
        "cut off",
    ),
    "a key with a billion iterations": (
        lambda tmp, corpora: with_keys(
            tmp / "target",
            corpora("e2ee-sjcl"),
            encryption_method=4,
            content=json.dumps({**SJCL, "iter": 10**9, "ct": "A" * 32}),
        ),
        "1,000,000,000 iterations",
    ),
    "a key that is cut off": (
        lambda tmp, corpora: with_keys(tmp / "target", corpora("e2ee-sjcl"), content='{"salt": "'),
        "No master key can be read",
    ),
    "a key of an unknown method": (
        lambda tmp, corpora: with_keys(tmp / "target", corpora("e2ee-sjcl"), encryption_method=99),
        "method 99 is unknown",
    ),
}


@pytest.fixture
def built(db: Path) -> tuple[Path, bytes]:
    make(db, CORPORA / "seed.txt")
    return db, db.read_bytes()


@pytest.mark.parametrize("case", HOSTILE_FILES)
def test_hostile_files(corpora: Callable[[str], Path], tmp_path: Path, built: tuple[Path, bytes], case: str) -> None:
    hostile, words = HOSTILE_FILES[case]
    source, (db, before) = hostile(tmp_path, corpora), built
    started, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert words in one_line(run("build", source, "--db", db, JOPLIN_CATALOGUE_PASSWORD=PASSWORD))
    assert time.process_time() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100_000
    assert db.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"catalogue.db", source.name}


def endless(path: str, query: dict[str, str]) -> object:
    if path == "/ping":
        return None
    page = int(query.get("page", 1))
    return good({"items": [{"id": f"{page * 100 + n:032x}", "updated_time": 1} for n in range(100)], "has_more": True})


def hang(handler: object) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")  # type: ignore[attr-defined]
    handler.wfile.flush()  # type: ignore[attr-defined]
    time.sleep(0.6)


def answering(answer: object) -> Callable[..., object]:
    return lambda path, _query: None if path == "/ping" else answer


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        pytest.param(answering((200, "text/html", b"<!doctype html><p>Hello")), "not Joplin's Data API", id="HTML"),
        pytest.param(answering(hang), "does not answer", id="hangs"),
        pytest.param(endless, "pages without end", id="pages without end"),
        pytest.param(answering(good({"items": [], "has_more": True})), "without end", id="empty pages without end"),
        pytest.param(answering(error(500, "out of order")), "an error (500)", id="errors"),
        pytest.param(lambda *_: (200, "text/html", b"<html>"), "is not Joplin", id="another program"),
    ],
)
def test_hostile_services(
    service: tuple[JoplinService, str],
    built: tuple[Path, bytes],
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Callable[..., object],
    words: str,
) -> None:
    monkeypatch.setattr(api, "MAX_ROWS", 3000)
    (joplin, address), (db, before) = service, built
    joplin.before = behaviour
    started = time.perf_counter()
    assert words in one_line(run("build", address, "--db", db, JOPLIN_CATALOGUE_TOKEN=TOKEN))
    assert time.perf_counter() - started < 60  # and not for ever
    assert db.read_bytes() == before


def test_hostile_items_are_problems_of_their_own(corpora: Callable[[str], Path], tmp_path: Path, db: Path) -> None:
    """They stop nothing; where that is asked for, the exit code tells."""
    source = shutil.copytree(corpora("e2ee-sjcl"), tmp_path / "target")
    names = sorted(item.name for item in source.glob("*.md"))
    texts = {name: (source / name).read_text(encoding="utf-8") for name in names[:4]}
    key_id = re.search(r"JED01000022..(\w{32})", texts[names[0]])
    assert key_id
    chunk = json.dumps({**SJCL, "iter": 10**9, "ct": "A" * 32})
    for name, cipher_text in zip(
        names,
        [
            f"JED0100002204{key_id[1]}{len(chunk):06x}{chunk}",
            f"JED01000022{'0a'}{key_id[1]}ffffff" + "{}",
            f"JED01000022{'0a'}{key_id[1]}{100_000:06x}" + "{" * 100_000,
            "JED01" + "0" * 1000,
        ],
        strict=False,
    ):
        text = re.sub(r"JED01.*", cipher_text, texts[name])
        (source / name).write_text(text, encoding="utf-8")
    started = time.process_time()
    arguments = ("build", source, "--db", db, "--strict")
    result = run(*arguments, JOPLIN_CATALOGUE_PASSWORD=PASSWORD)
    assert time.process_time() - started < 10
    assert (result.exit_code, "4 items stay encrypted" in result.stdout) == (3, True), result.output
    details = rows(db, "SELECT detail FROM problems ORDER BY item")
    for words, detail in zip(("iterations", "Cut off", "not JSON", "header"), details, strict=True):
        assert words in detail


def test_a_database_that_is_damaged_or_another_programs(
    corpora: Callable[[str], Path], tmp_path: Path, built: tuple[Path, bytes]
) -> None:
    """Either it does not matter, or it is a clear error."""
    db, before = built
    path = tmp_path / "database.sqlite"
    shutil.copyfile(corpora("profile") / "database.sqlite", path)
    with path.open("r+b") as file:
        file.seek(4096 * 2)
        file.write(b"\xa5" * 4096 * 3)
    assert "damaged" in one_line(run("build", path, "--db", db))
    assert db.read_bytes() == before
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as other:
        other.execute("CREATE TABLE theirs (x)")
    assert "not Joplin's" in one_line(run("build", tmp_path / "other.sqlite", "--db", db))
