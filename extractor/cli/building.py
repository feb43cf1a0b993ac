"""`build`: from sources to catalogue.db, with a summary."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from extractor.cli.main import DB, main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EXAMPLE = Path("examples/joplin")


@main.command()
@click.argument("source", nargs=-1)
@DB
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--strict", is_flag=True, help="Exit with 3 when there are problems, for scripts.")
@click.pass_context
def build(ctx: click.Context, source: tuple[str, ...], db: Path, quiet: bool, strict: bool) -> None:
    """Build the catalogue, or bring it up to date.

    SOURCE is where Joplin keeps notes: the folder that it synchronises with, a RAW export, or a single item file.
    Without one, the sources that the catalogue already has are read again.

    Sources are only read, never changed. A build that is interrupted leaves the catalogue as it was. What Joplin
    forgets (revisions older than 90 days, deleted notes), the catalogue keeps.
    """
    from extractor.build import build as run  # noqa: PLC0415 -- heavy imports only where used
    from extractor.sources import open_source  # noqa: PLC0415

    specs = source or _known_sources(db)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(contextlib.closing(open_source(spec))) for spec in specs]
        with _progress(shown=not quiet and sys.stderr.isatty()) as progress:
            report = run(opened, db, progress=progress, example=EXAMPLE)
    if not quiet:
        _summary(report, db)
    if strict and report.contents.problems:
        ctx.exit(3)


def _known_sources(db: Path) -> list[str]:
    from extractor.catalogue.status import source_locations  # noqa: PLC0415
    from extractor.catalogue.store import open_to_read  # noqa: PLC0415

    if db.exists():
        catalogue = open_to_read(db)
        locations = source_locations(catalogue)
        catalogue.close()
        if locations:
            return locations
    raise click.UsageError("Name a SOURCE: the folder that Joplin synchronises with, for example.")


@contextlib.contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar when a terminal watches."""
    if not shown:
        yield lambda _phase, _done, _total: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, object] = {}

        def show(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total)
            bars.update(tasks[phase], completed=done, total=total)  # type: ignore[arg-type] # rich's TaskID is a NewType

        yield show


def _summary(report: object, db: Path) -> None:
    from extractor.build import Report  # noqa: PLC0415

    assert isinstance(report, Report)  # noqa: S101 -- imported late
    found = report.contents
    if report.started_afresh:
        click.echo(f"{db} held the example; it was started afresh for your own notes.")
    changed = f"{report.items_changed:,} of {report.items:,} items read" + (
        f", {report.items_gone:,} gone from the source" if report.items_gone else ""
    )
    click.echo(f"{db}: {changed}")
    rows = [
        ("notes", found.notes, _states(found.notes_by_state)),
        ("revisions", found.revisions, _states(found.revisions_by_state)),
        ("sections", found.sections, ""),
        ("links", found.links, f"to {found.addresses:,} addresses, links of the past and images included"),
        ("images", found.images, ""),
        ("problems", found.problems, "see the table `problems`" if found.problems else ""),
    ]
    for name, count, more in rows:
        click.echo(f"  {name:<10}{count:>8,}" + (f"  {more}" if more else ""))
    for location in report.without_history:
        click.echo(f"  {location} is an export: it carries no history. A sync folder or a profile does.")
    if not report.without_history and not found.revisions:
        click.echo("  No revisions: is “Enable note history” on in Joplin, and has it synchronised since?")
    click.echo("\nNext:")
    click.echo(
        f"  make serve            browse it in Datasette\n  joplin-catalogue show NOTE --at 2024-11-01 --db {db}"
    )


def _states(states: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in states.items())
