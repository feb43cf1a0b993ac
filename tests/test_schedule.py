"""`schedule`: what it tells the system, which finds that well-formed; what it writes, runs and removes."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from catalogues import CORPORA, make
from click.testing import CliRunner, Result

from extractor import schedule_launchd, schedule_systemd, schedule_windows
from extractor.cli import main
from extractor.schedule import Job, jobs

if TYPE_CHECKING:
    from collections.abc import Callable

ODD = 'my $HOME\'s 100% "notes" \\ é ;.db'
EVERY = {"build": "hourly", "check-links": "weekly"}
SECRET = "correct horse"  # noqa: S105 -- of files made for tests


def some_jobs(db: Path, **secrets: Path) -> list[Job]:
    return jobs((sys.executable, "-P", "-m", "extractor"), db, EVERY, **secrets)  # type: ignore[arg-type]


def test_what_runs() -> None:
    build, check = some_jobs(Path("/n/c.db"), password_file=Path("/s/pass word"), token_file=Path("/s/token"))
    assert build.command[4:] == (
        *("build", "--quiet", "--db", "/n/c.db", "--password-file", "/s/pass word", "--token-file", "/s/token"),
    )
    assert check.command[4:] == ("check-links", "--quiet", "--db", "/n/c.db")
    assert (build.every, check.every) == ("hourly", "weekly")


# What the system is told


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_the_units_well_formed(tmp_path: Path) -> None:
    odd = tmp_path / "bin of $me 50%"
    odd.mkdir()
    program = odd / "joplin-catalogue"
    program.symlink_to(sys.executable)
    for every in ("hourly", "daily", "weekly"):
        given = jobs((str(program),), tmp_path / ODD, dict.fromkeys(EVERY, every), password_file=tmp_path / "a b")  # type: ignore[arg-type, arg-type]
        plan = schedule_systemd.plan(given, "joplin-catalogue", tmp_path)
        for path, content in plan.files.items():
            path.write_bytes(content)
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *plan.files], capture_output=True, text=True, check=False
        )
        ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "joplin-catalogue" in line]
        assert (done.returncode, ours) == (0, [])


def test_words_of_a_unit() -> None:
    plan = schedule_systemd.plan([Job("build", ("/bin/x y", ODD, "a\nb"), "daily", "build of 5%\n")], "n", Path("/u"))
    service = plan.files[Path("/u/n-build.service")].decode()
    assert 'ExecStart=:"/bin/x y" "my $HOME\'s 100%% \\"notes\\" \\\\ é ;.db" "a\\x0ab"\n' in service
    assert "Description=joplin-catalogue: build of 5%%?\n" in service
    timer = plan.files[Path("/u/n-build.timer")].decode()
    assert "OnCalendar=daily\n" in timer
    assert "Persistent=true\n" in timer


def test_launchd() -> None:
    given = some_jobs(Path("/n") / ODD, password_file=Path("/s/p"))
    plan = schedule_launchd.plan(given, "joplin-catalogue", Path("/Users/me"), 501)
    agents = {path.name: plistlib.loads(content) for path, content in plan.files.items()}
    build = agents["joplin-catalogue.build.plist"]
    assert build["ProgramArguments"] == list(given[0].command)
    assert build["Label"] == "joplin-catalogue.build"
    assert build["StartCalendarInterval"] == {"Minute": 17}
    assert build["StandardErrorPath"] == "/Users/me/Library/Logs/joplin-catalogue.log"
    assert agents["joplin-catalogue.check-links.plist"]["StartCalendarInterval"]["Weekday"] == 1
    assert plan.start[0] == (
        *("launchctl", "bootstrap", "gui/501"),
        "/Users/me/Library/LaunchAgents/joplin-catalogue.build.plist",
    )


def test_the_task_scheduler_of_windows() -> None:
    plan = schedule_windows.plan(some_jobs(Path("/n") / ODD), "joplin-catalogue", Path("/t"))
    ns = {"t": schedule_windows.SCHEMA}
    build, check = (ET.fromstring(content.decode("utf-16").split("\n", 1)[1]) for content in plan.files.values())  # noqa: S314 -- ours
    command, words = (build.findtext(f"t:Actions/t:Exec/t:{name}", namespaces=ns) for name in ("Command", "Arguments"))
    assert command == sys.executable
    assert words is not None
    assert words.startswith('-P -m extractor build --quiet --db "/n/my $HOME')
    assert build.findtext("t:Triggers/t:TimeTrigger/t:Repetition/t:Interval", namespaces=ns) == "PT1H"
    assert check.find("t:Triggers/t:CalendarTrigger/t:ScheduleByWeek/t:DaysOfWeek/t:Monday", ns) is not None
    assert [element.tag.partition("}")[2] for element in build] == [
        "RegistrationInfo",
        "Triggers",
        "Settings",
        "Actions",
    ]


# The command


@pytest.fixture
def db(tmp_path: Path) -> Path:
    make(tmp_path / ODD, CORPORA / "seed.txt")
    return tmp_path / ODD


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where units are written; systemctl only notes how it was called."""
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "systemctl").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/called\n')
    (commands / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path / "config" / "systemd" / "user"


@pytest.fixture
def called(tmp_path: Path) -> Callable[[], list[str]]:
    def lines() -> list[str]:
        found = (tmp_path / "called").read_text().splitlines()
        (tmp_path / "called").unlink()
        return found

    return lines


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(SECRET)
    file.chmod(0o600)
    return file


def run(*arguments: object, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(main, ["schedule", *map(str, arguments)])


def test_it_shows_writes_and_removes(units: Path, db: Path, password: Path, called: Callable[[], list[str]]) -> None:
    shown = run("show", "--db", db, "--password-file", password)
    assert "Nothing is installed" in shown.stderr
    assert not units.exists()
    installed = run("install", "--db", db, "--password-file", password)
    assert (installed.exit_code, installed.stdout) == (0, shown.stdout)  # printed before it is written
    names = {f"joplin-catalogue-{kind}.{end}" for kind in EVERY for end in ("service", "timer")}
    assert {path.name for path in units.iterdir()} == names
    assert called() == [
        "--user daemon-reload",
        "--user enable --now joplin-catalogue-build.timer joplin-catalogue-check-links.timer",
    ]
    for path in units.iterdir():
        assert str(path) in shown.stdout
        assert SECRET not in path.read_text()
    assert str(password) in (units / "joplin-catalogue-build.service").read_text()
    run("install", "--db", db, "--check-links", "never", "--build", "daily")
    assert {path.name for path in units.iterdir()} == {name for name in names if "build" in name}
    assert called()[-1] == "--user enable --now joplin-catalogue-build.timer"
    again = run("show", "--db", db)
    assert "OnCalendar=daily" in again.stdout
    assert again.stderr == ""
    removed = run("remove")
    assert removed.stdout.count("Removed ") == 2
    assert list(units.iterdir()) == []
    assert called()[0] == "--user disable --now joplin-catalogue-build.timer"
    assert run("remove").stderr == "There is no schedule named joplin-catalogue.\n"


def test_one_for_each_catalogue(units: Path, db: Path) -> None:
    for name in ("one", "two"):
        assert run("install", "--db", db, "--name", name).exit_code == 0
    run("remove", "--name", "one")
    assert {path.name.partition("-")[0] for path in units.iterdir()} == {"two"}


def test_where_the_system_says_no(units: Path, db: Path, tmp_path: Path) -> None:
    (tmp_path / "bin" / "systemctl").write_text("#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n")
    result = run("install", "--db", db)
    assert result.exit_code == 0
    assert "Run it yourself: systemctl --user daemon-reload (Failed to connect to bus)" in result.stderr
    assert len(list(units.iterdir())) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--db", "/nowhere/c.db"], 1, "There is no catalogue at /nowhere/c.db."),
        (["--password-file", "/nowhere"], 1, "/nowhere cannot be read: No such file or directory."),
        (["--password-file", "{open}"], 1, "Others can read {open}. Make it readable only by you: chmod 600 {open}"),
        (["--token-file", "{open}"], 1, "Others can read {open}."),
        (["--name", "../x"], 1, "'../x' is not a valid name for a schedule."),
        (["--build", "never", "--check-links", "never"], 2, "Nothing would run"),
        (["--build", "sometimes"], 2, "'sometimes' is not one of"),
    ],
)
def test_what_is_refused(units: Path, db: Path, tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    readable = tmp_path / "open"
    readable.write_text(SECRET)
    readable.chmod(0o644)
    for command in ("install", "show"):
        result = run(command, "--db", db, *(word.format(open=readable) for word in arguments))
        assert (result.exit_code, said.format(open=readable) in result.stderr) == (code, True), result.stderr
    assert not units.exists()


def test_what_the_schedule_will_not_have(units: Path, db: Path, password: Path) -> None:
    environment = {"JOPLIN_CATALOGUE_PASSWORD": SECRET, "JOPLIN_CATALOGUE_WEBDAV_PASSWORD": SECRET}
    said = run("install", "--db", db, **environment).stderr
    assert "JOPLIN_CATALOGUE_PASSWORD is set here, but a schedule does not see it: put it in a file" in said
    assert "JOPLIN_CATALOGUE_WEBDAV_PASSWORD is set here, but a schedule does not see it: put name" in said
    assert (
        "PASSWORD is set here, but a schedule"
        not in run("install", "--db", db, "--password-file", password, JOPLIN_CATALOGUE_PASSWORD=SECRET).stderr
    )
    assert not [path for path in units.iterdir() if SECRET in path.read_text()]


def test_a_missing_password_file_is_one_line_in_the_log(db: Path, password: Path) -> None:
    """What the unit runs, when the file has gone."""
    (build, _) = some_jobs(db, password_file=password)
    password.unlink()
    done = subprocess.run(build.command, capture_output=True, text=True, check=False, cwd=db.parent)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr == f"joplin-catalogue: {password} cannot be read: No such file or directory. It was given with "
        "--password-file.\n"
    )


def test_the_command_that_is_scheduled_runs_anywhere(db: Path, tmp_path: Path) -> None:
    (tmp_path / "extractor").mkdir()  # a folder of that name is none of ours
    (build, _) = some_jobs(db)
    done = subprocess.run(build.command, capture_output=True, text=True, check=False, cwd=tmp_path, env={"PATH": ""})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
