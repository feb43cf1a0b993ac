"""The command `joplin-catalogue`, and what all its subcommands share."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import click

from extractor import __version__
from extractor.cli.lazy import LazyCommand
from extractor.errors import CatalogueError, OutputError
from extractor.output import NamedFile

if TYPE_CHECKING:
    from collections.abc import Iterator

# In the order in which people need them.
COMMANDS = [
    LazyCommand("build", "extractor.cli.building:build", "Build the catalogue, or bring it up to date."),
    LazyCommand("serve", "extractor.cli.serving:serve", "Browse the catalogue in Datasette, on this computer only."),
    LazyCommand(
        "watch", "extractor.cli.watching:watch", "Keep the catalogue up to date: build whenever a source changes."
    ),
    LazyCommand(
        "check-links", "extractor.cli.checking:check_links", "Find out which saved links are dead, moved or blocked."
    ),
    LazyCommand("pages", "extractor.cli.pages:pages", "Show or prune the pages kept by check-links --keep."),
    LazyCommand("schedule", "extractor.cli.scheduling:schedule", "Run build and check-links on a schedule."),
    LazyCommand(
        "digest",
        "extractor.cli.digesting:digest",
        "Print what was recently saved and written, and what happened to links.",
    ),
    LazyCommand(
        "ignore", "extractor.cli.checking:ignore", "Exclude addresses from link checks, or list the excluded ones."
    ),
    LazyCommand(
        "export",
        "extractor.cli.exporting:export",
        "Export links or revisions to a file for other programs.",
    ),
    LazyCommand(
        "share",
        "extractor.cli.sharing:share",
        "Write the links of chosen notes to a file, or a folder of pages, to share.",
    ),
    LazyCommand("show", "extractor.cli.showing:show", "Print the Markdown of a note, as it is now or as it was."),
    LazyCommand("log", "extractor.cli.showing:log", "List the revisions of a note, newest first."),
    LazyCommand("diff", "extractor.cli.showing:diff", "Print what changed in a note, as a unified diff."),
    LazyCommand("forget", "extractor.cli.forgetting:forget", "Remove a note from the catalogue for good."),
    LazyCommand(
        "verify",
        "extractor.cli.verifying:verify",
        "Check that what is stored matches the diffs it was derived from.",
    ),
    LazyCommand("restore", "extractor.cli.restoring:restore", "Replace the catalogue with its newest good backup."),
]


class Commands(click.Group):
    """Shows an error of this program or the system in one line, with exit code 1."""

    def main(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 -- as click has it
        """Run as a program."""
        try:
            with _named_standard_output():
                return super().main(*args, **options)
        except OutputError as error:  # from what click itself prints, such as help
            click.echo(f"joplin-catalogue: {error}", err=True)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        except OSError as error:
            if error.errno is None:  # a bug in this program: errors of the system have a number
                raise
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"joplin-catalogue: {where}{error.strerror}.", err=True)
        sys.exit(1)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order given."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 -- as click has it
        """Run a command."""
        try:
            return super().invoke(ctx)
        except CatalogueError as error:
            click.echo(f"joplin-catalogue: {error}", err=True)
            ctx.exit(1)
        except BrokenPipeError:
            # The reader of the pipe, such as `head`, has closed it.
            sys.stderr.close()
            ctx.exit(0)


@contextmanager
def _named_standard_output() -> Iterator[None]:
    """Make errors of standard output say so."""
    known = sys.stdout
    if known is not sys.__stdout__ or not isinstance(known, io.TextIOWrapper):  # for example when tests run a command
        yield
        return
    known.flush()
    file = NamedFile(known.fileno(), "Standard output", closes=False)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=known.encoding,
        errors="backslashreplace" if known.errors == "strict" else known.errors,  # a file name may not be valid text
        line_buffering=known.line_buffering,
    )
    try:
        yield
    finally:
        named, sys.stdout = sys.stdout, known
        with suppress(OutputError) if file.has_failed else nullcontext():  # report it only once
            named.close()  # here, while an error can still be reported; the descriptor stays open


@click.group(
    cls=Commands,
    commands=COMMANDS,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "auto_envvar_prefix": "JOPLIN_CATALOGUE",
    },
)
@click.version_option(__version__, prog_name="joplin-catalogue")
def main() -> None:
    """Collect Joplin notes with their whole history, headings and saved links in one SQLite file.

    \b
    joplin-catalogue build ~/Joplin        read a sync folder, a profile or an export
    joplin-catalogue serve                 browse it
    joplin-catalogue show "Reading list"   a note, now or at any time
    joplin-catalogue check-links           find out which links are dead
    """  # noqa: D301 -- \b keeps click from rewrapping
    from extractor.cli.warnings import show_warnings  # noqa: PLC0415 -- help needs none

    show_warnings()
