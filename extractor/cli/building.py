"""`build`: from sources to catalogue.db, with a summary."""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from extractor.cli.given_sources import known_sources, open_sources, profile_of_user
from extractor.cli.options import DB, NO_BACKUP, PASSWORD_FILE, PROFILE_NAME, QUIET, SOURCES, TOKEN_FILE
from extractor.cli.progress import progress
from extractor.cli.secrets import ask_for_password, passwords

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from extractor.build import Report
    from extractor.errors import SourceError


@click.command()
@SOURCES
@DB
@PROFILE_NAME
@PASSWORD_FILE
@TOKEN_FILE
@click.option(
    "--forget", multiple=True, metavar="SOURCE", help="Stop reading this source: it has moved, or is no longer used."
)
@NO_BACKUP
@QUIET
@click.option("--strict", is_flag=True, help="Exit with 3 if there are problems, for scripts.")
@click.pass_context
def build(  # noqa: PLR0913, PLR0917 -- one for each option
    ctx: click.Context,
    source: tuple[str, ...],
    db: Path,
    profile_name: str | None,
    password_file: Path | None,
    token_file: Path | None,
    forget: tuple[str, ...],
    no_backup: bool,
    quiet: bool,
    strict: bool,
) -> None:
    """Build the catalogue, or bring it up to date.

    SOURCE is where Joplin keeps your notes; you can give several:

    \b
      ~/Nextcloud/Joplin            a folder that Joplin synchronises with
      webdavs://cloud.example/path  ... on a WebDAV server
      s3://bucket/path              ... in an S3 bucket
      ~/.config/joplin-desktop      a profile, or the database.sqlite in it
      http://127.0.0.1:41184        a running Joplin, through its Web Clipper service
      export.jex                    a JEX export, or the folder of a RAW export: without history
      5d87ebe6....md                a single item

    Without SOURCE, the catalogue's known sources are read again; for a new catalogue, your Joplin profile. If several
    sources have an item, the newest version counts, and their histories are merged. If your notes have moved, give the
    new place and --forget the old one; otherwise notes that you delete never count as gone.

    Encrypted notes need Joplin's encryption password, and a running Joplin needs its token. Set them in the environment
    (JOPLIN_CATALOGUE_PASSWORD, JOPLIN_CATALOGUE_TOKEN) or a file; otherwise you are asked for them in a terminal.

    Sources are only read, never changed. An interrupted build leaves the catalogue as it was. The catalogue keeps what
    Joplin deletes (revisions older than 90 days, deleted notes). Before the day's first change, and before each change
    of its tables, it is copied to catalogue.db.backups. See `restore`.
    """  # noqa: D301 -- \b keeps click from rewrapping
    from extractor.build import build as run  # noqa: PLC0415 -- heavy imports only where used
    from extractor.keys import Keys  # noqa: PLC0415

    if source and profile_name is not None:
        raise click.UsageError("Give SOURCE or --profile-name, not both.")
    sources = known_sources(db, backup=not no_backup)
    forgotten = [_location(spec, sources) for spec in forget]
    specs, are_known = _chosen(source, profile_name, sources, forgotten, quiet=quiet)
    given = passwords(password_file)
    with _saying_what_stays(ctx, db), contextlib.ExitStack() as stack:
        opened, missing = open_sources(specs, token_file, stack, may_be_missing=are_known)
        bars = stack.enter_context(progress(shown=not quiet and sys.stderr.isatty()))
        ask = ask_for_password()
        keys = Keys(given, partial(bars.aside, ask) if ask else None)
        report = run(
            opened,
            db,
            keys=keys,
            progress=bars.show,
            may_be_missing=are_known,
            forget=forgotten,
            backup=not no_backup,
            counts=strict or not quiet,
        )
    passed_over = (*missing, *report.missing)
    _say(report, passed_over, db, quiet=quiet)
    if strict and (passed_over or (report.contents is not None and report.contents.problems)):
        ctx.exit(3)


def _chosen(
    source: Sequence[str], profile_name: str | None, sources: Sequence[str], forgotten: Sequence[str], *, quiet: bool
) -> tuple[Sequence[str], bool]:
    """The sources to read, and whether they are the catalogue's known sources, some of which may be missing."""
    if source:
        return source, False
    known = [one for one in sources if one not in forgotten] if profile_name is None else []
    if forgotten and not known and profile_name is None:
        raise click.UsageError("No source would be left: also give the place where your notes are now.")
    return (known, True) if known else ([profile_of_user(profile_name, quiet=quiet)], False)


def _say(report: Report, passed_over: Sequence[SourceError], db: Path, *, quiet: bool) -> None:
    for error in passed_over:
        click.echo(f"joplin-catalogue: {error.message} It was skipped; what is known from it is kept.", err=True)
    if not quiet and report.contents is not None:
        from extractor.cli.build_summary import print_summary  # noqa: PLC0415

        print_summary(report, report.contents, db)


def _location(spec: str, known: Sequence[str]) -> str:
    """The known source that is meant, however it is written."""
    from extractor.sources import known_as  # noqa: PLC0415

    return next((location for location in known_as(spec) if location in known), spec)


@contextlib.contextmanager
def _saying_what_stays(ctx: click.Context, db: Path) -> Iterator[None]:
    """On Ctrl-C, say that nothing was harmed, and exit with 1, as click does."""
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        stays = f"{db} is unchanged" if db.exists() else "no catalogue was created"
        click.echo(f"\njoplin-catalogue: Stopped; {stays}.", err=True)  # on a separate line, below the ^C
        ctx.exit(1)
