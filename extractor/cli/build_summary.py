"""The summary of a build: what it did, what the catalogue contains, and what to do next."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from extractor.texts import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from extractor.build import Report
    from extractor.catalogue.status import Contents, Shown

DEFAULT_DB = "catalogue.db"
COMMAND = "joplin-catalogue"
SHORT_HISTORY = 90  # days; Joplin's default
LONG_TITLE = 40
NO_TERMINAL = 120  # columns, if the output goes to a pipe or file
BASE_LOST = {"recovered": "could be rebuilt from later ones", "partial": "can be read only in part"}


def print_summary(report: Report, found: Contents, db: Path) -> None:
    """Print it to standard output; `found` is what the catalogue contains."""
    read = f"{report.items_changed:,} of {report.items:,} items read"
    gone = f", {report.items_gone:,} gone from the source" if report.items_gone else ""
    click.echo(f"{db}: {read if report.items_changed else f'nothing new ({report.items:,} items)'}{gone}")
    there, away = found.present_notes, found.absent_notes
    rows = [
        ("notes", sum(there.values()), "; and ".join(filter(None, (_states(there), _states(away))))),
        ("revisions", found.revisions, _states(found.revisions_by_state)),
        ("sections", found.sections, ""),
        ("links", found.links, f"to the web, in your notes now; with images, to {found.addresses:,} addresses"),
        ("images", found.images, ""),
        ("problems", found.problems, ""),
    ]
    for name, count, more in rows:
        click.echo(f"  {name:<10}{count:>8,}" + (f"  {more}" if more else ""))
    for line in _problems(found):
        click.echo(f"    {line}")
    for remark in _remarks(report, found):
        click.echo(f"  {remark}")
    click.echo("\nNext:")
    steps = list(_next(report, found, db))
    width = max(len(command) for command, _ in steps)
    for command, says in steps:
        click.echo(f"  {command:<{width}}  {says}")


def _problems(found: Contents) -> Iterator[str]:
    """A line for each of the first problems, cut to the width of the terminal, and the number of the rest."""
    width = shutil.get_terminal_size((NO_TERMINAL, 0)).columns - len("    ")
    for item, reason in found.latest_problems:
        line = one_line(f"{item}: {reason}")
        yield line if len(line) <= width else line[: width - 1].rstrip() + "…"
    if more := found.problems - len(found.latest_problems):
        yield f"... and {more:,} more in the table `problems`"


def _states(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in states.items())


def _remarks(report: Report, found: Contents) -> Iterator[str]:
    """Advice about these sources."""
    if report.closed:
        yield from _closed(report)
    states = found.revisions_by_state
    if lost := [f"{states[state]:,} {says}" for state, says in BASE_LOST.items() if state in states]:
        yield f"Parts of the history are lost: of the revisions, {', '.join(lost)}."
    for location in report.without_history:
        yield f"{location} is an export and has no history. A sync folder or a profile does."
    for location, days in report.history_days.items():
        if days == 0:
            yield f"Note history is off in Joplin ({location}): turn it on under Options > Note history."
        elif days <= SHORT_HISTORY:
            yield f"Joplin deletes history after {days} days ({location}): keep it longer under Options > Note history."
    if not report.without_history and not found.revisions:
        yield "No revisions: is “Enable note history” on in Joplin, and has it synchronised since?"


def _closed(report: Report) -> Iterator[str]:
    """What stays encrypted: a line for each key that no password opens, and one for the rest."""
    if report.has_password:
        for reason, count in report.unopened.items():
            yield f"{_items(count, 'stays', 'stay')} encrypted. {reason}"
        if damaged := report.closed - sum(report.unopened.values()):
            yield f"{_items(damaged, 'stays', 'stay')} encrypted: see the table `problems` for the reason."
    elif not report.has_keys:
        yield (
            f"{_items(report.closed, 'is', 'are')} encrypted, and the keys are missing. They are in info.json: give "
            "the whole folder that Joplin synchronises with."
        )
    else:
        yield (
            f"{_items(report.closed, 'is', 'are')} encrypted: build again with Joplin's encryption password (for "
            "locked notes, the password of the note lock) in JOPLIN_CATALOGUE_PASSWORD or in a --password-file."
        )


def _items(count: int, one: str, several: str) -> str:
    return f"1 item {one}" if count == 1 else f"{count:,} items {several}"


def _next(report: Report, found: Contents, db: Path) -> Iterator[tuple[str, str]]:
    """Commands ready to type, and what they do."""
    called = command()
    where = _option(db)
    yield how_to_browse(db), "browse it in Datasette"
    if (shown := report.shown) is not None:
        yield (
            f"{called} {shlex.join(['show', _name(shown), '--at', shown.day, *where])}",
            "read a note as it was on any day",
        )
    if found.addresses:
        yield f"{called} {shlex.join(['check-links', *where])}", "find out which links are dead"


def how_to_browse(db: Path) -> str:
    """The command that opens a catalogue in the browser, ready to type."""
    if Path("Makefile").is_file() and Path("metadata.yml").is_file():  # in a checkout
        return "make serve" + (f" DB={shlex.quote(str(db))}" if _option(db) else "")
    return f"{command()} {shlex.join(['serve', *_option(db)])}"


def _option(db: Path) -> Sequence[str]:
    return [] if str(db) == DEFAULT_DB else ["--db", str(db)]


def _name(shown: Shown) -> str:
    """The title if it is unique and easy to type, else the beginning of the id."""
    title = shown.title
    return title if title and len(title) <= LONG_TITLE and title.isprintable() else shown.note_id[:8]


def command() -> str:
    """The command as it was called, shortened if it is on the PATH."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{_typed(Path(sys.executable))} -m extractor"
    if called.stem != COMMAND:
        return COMMAND
    return _typed(called)


def _typed(path: Path) -> str:
    found = shutil.which(path.name)
    if found is not None and Path(found).absolute() == path.absolute():
        return path.name
    here = Path.cwd()
    inside = path.absolute().is_relative_to(here)
    return shlex.quote(str(path.absolute().relative_to(here) if inside else path))
