"""`schedule`: run build and check-links automatically, with the scheduler of this system."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from extractor.cli.build_summary import COMMAND
from extractor.cli.given_sources import known_sources
from extractor.cli.options import DB
from extractor.errors import CatalogueMissing, ConfigError
from extractor.keys import PASSWORD
from extractor.output import ANYBODY, writing
from extractor.schedule import EVERY, KINDS, Plan, jobs, refuse_name, refuse_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NEVER = "never"
ENDING = 30  # seconds until a hanging system command is given up
# Environment variables of `build` that a schedule does not see, and what to do instead.
LOST = {
    PASSWORD: "put it in a file and give that with --password-file",
    "JOPLIN_CATALOGUE_TOKEN": "put it in a file and give that with --token-file",
    "JOPLIN_CATALOGUE_WEBDAV_PASSWORD": "put name and password in ~/.netrc",
}
NAMED = click.option(
    "--name", default="joplin-catalogue", show_default=True, help="Name of the schedule; use one per catalogue."
)


def _what(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what to run."""
    file = click.Path(path_type=Path, dir_okay=False, exists=False)
    how_often = click.Choice([*EVERY, NEVER])
    for option in (
        NAMED,
        click.option("--token-file", type=file, metavar="FILE", help="Your file with Joplin's token."),
        click.option("--password-file", type=file, metavar="FILE", help="Your file with Joplin's password."),
        click.option(
            "--check-links", type=how_often, default="daily", show_default=True, help="How often to check links."
        ),
        click.option("--build", type=how_often, default="hourly", show_default=True, help="How often to build."),
        DB,
    ):
        command = option(command)
    return command


@click.group()
def schedule() -> None:
    """Run build and check-links on a schedule.

    Uses systemd, launchd or the Windows Task Scheduler, for your user only and with your rights.
    """


@schedule.command()
@_what
@click.option("-y", "--yes", is_flag=True, help="Write the files without asking.")
def install(*, yes: bool, name: str, **options: Any) -> None:  # noqa: ANN401 -- one for each option above
    """Show the files of a schedule, write them, and start it.

    The catalogue is built from its known sources. Give a password or a token as a file that only you can read
    (chmod 600); it is not written anywhere else.

    \b
    joplin-catalogue schedule install
    joplin-catalogue schedule install --build daily --check-links weekly --db ~/notes/catalogue.db
    """  # noqa: D301 -- \b keeps click from rewrapping
    plan = _plan(name, **options)
    _print(plan.files)
    for warning in _missed(options["db"], options["password_file"], options["token_file"]):
        click.echo(warning, err=True)
    if sys.stdin.isatty() and not yes:
        click.confirm("Write these files and start the schedule?", default=True, abort=True, err=True)
    _run(plan.stop if any(path.exists() for path in plan.others) else (), quietly=True)
    for path in plan.others:
        if path not in plan.files:
            path.unlink(missing_ok=True)
    for path, content in plan.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path, ANYBODY & 0o644) as file:
            file.write(content)
    _run(plan.start)
    click.echo(plan.hint, err=True)


@schedule.command()
@_what
def show(*, name: str, **options: Any) -> None:  # noqa: ANN401 -- as above
    """Print the files of the schedule; if there are none, those that `install` would write."""
    plan = _plan(name, **options)
    found = {path: path.read_bytes() for path in plan.others if path.exists()}
    _print(found or plan.files)
    if not found:
        click.echo("Nothing is installed: `schedule install` would write these files.", err=True)


@schedule.command()
@NAMED
def remove(name: str) -> None:
    """Stop the schedule and remove its files."""
    refuse_name(name)
    plan = _system([], name)
    found = [path for path in plan.others if path.exists()]
    _run(plan.stop, quietly=not found)
    for path in found:
        path.unlink()
        click.echo(f"Removed {path}")
    if not found:
        click.echo(f"There is no schedule named {name}.", err=True)


def _plan(
    name: str, *, db: Path, build: str, check_links: str, password_file: Path | None, token_file: Path | None
) -> Plan:
    """The plan; raises CatalogueMissing and ConfigError."""
    refuse_name(name)
    db = db.expanduser().absolute()
    if not known_sources(db, backup=True):
        raise CatalogueMissing(f"There is no catalogue at {db}.", "Build one first: joplin-catalogue build SOURCE")
    secrets: dict[str, Path] = {}
    for option, file in (("--password-file", password_file), ("--token-file", token_file)):
        if file is not None:
            secrets[option] = file.expanduser().absolute()
            refuse_secret(secrets[option], option)
    every = {kind: how for kind, how in zip(KINDS, (build, check_links), strict=True) if how != NEVER}
    if not every:
        raise click.UsageError("Nothing would run: give --build or --check-links.")
    wanted = jobs(
        _program(),
        db,
        every,  # type: ignore[arg-type] # click's choice
        password_file=secrets.get("--password-file"),
        token_file=secrets.get("--token-file"),
    )
    return _system(wanted, name)


def _system(wanted: Sequence[Any], name: str) -> Plan:
    """The plan for this system; raises ConfigError if its scheduler is not supported."""
    if sys.platform == "win32":
        from extractor import schedule_windows  # noqa: PLC0415 -- one of three

        home = Path(os.environ.get("LOCALAPPDATA") or Path.home())
        return schedule_windows.plan(wanted, name, home / COMMAND)
    if sys.platform == "darwin":
        from extractor import schedule_launchd  # noqa: PLC0415

        return schedule_launchd.plan(wanted, name, Path.home(), os.getuid())
    if shutil.which("systemctl") is None:
        raise ConfigError(
            "This system has no systemd.",
            f"Use its own scheduler to run `{shlex.join(_program())} build --quiet --db ...`.",
        )
    from extractor import schedule_systemd  # noqa: PLC0415

    return schedule_systemd.plan(wanted, name, schedule_systemd.folder(os.environ))


def _program() -> tuple[str, ...]:
    """This program with its absolute path."""
    called = shutil.which(sys.argv[0]) or sys.argv[0]
    path = Path(called).absolute()
    # -P keeps Python from importing modules from the working directory.
    return (str(path),) if path.stem == COMMAND and path.is_file() else (sys.executable, "-P", "-m", "extractor")


def _missed(db: Path, password_file: Path | None, token_file: Path | None) -> Iterator[str]:
    """What is set here but missing when the schedule runs."""
    given = {PASSWORD: password_file, "JOPLIN_CATALOGUE_TOKEN": token_file}
    for variable, instead in LOST.items():
        if os.environ.get(variable) and not given.get(variable):
            yield f"{variable} is set here, but a schedule does not see it: {instead}."
    if token_file is None and any(source.startswith("http://") for source in known_sources(db, backup=True)):
        yield "One of the sources is a running Joplin: put its token in a file and give that with --token-file."


def _print(files: dict[Path, bytes] | Any) -> None:  # noqa: ANN401 -- any mapping of them
    for path, content in files.items():
        is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        click.echo(f"# {path}\n{content.decode('utf-16' if is_wide else 'utf-8')}")


def _run(commands: Sequence[Sequence[str]], *, quietly: bool = False) -> None:
    """Run system commands, and report which failed."""
    for command in commands:
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ENDING)  # noqa: S603 -- ours
        except (OSError, subprocess.TimeoutExpired) as error:
            failed = getattr(error, "strerror", None) or "it did not finish"
        else:
            failed = (done.stderr.strip() or f"exit code {done.returncode}") if done.returncode else ""
        if failed and not quietly:
            click.echo(f"Run it yourself: {shlex.join(command)} ({failed.splitlines()[0]})", err=True)
