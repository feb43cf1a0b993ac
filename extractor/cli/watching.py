"""`watch`: the catalogue follows its sources, a line for each build."""

from __future__ import annotations

import contextlib
import signal
import time
from typing import TYPE_CHECKING, NoReturn

import click

from extractor.cli.given_sources import known_sources, profile_of_user
from extractor.cli.options import DB, NO_BACKUP, PASSWORD_FILE, PROFILE_NAME, QUIET, SOURCES, TOKEN_FILE
from extractor.cli.secrets import passwords, token_for
from extractor.cli.settings import Duration
from extractor.errors import CatalogueMissing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from extractor.build import Report
    from extractor.watch import Kind

LOCAL_EVERY = 900.0  # seconds; even with change reports: a network drive does not report changes by other computers
API_EVERY = 300.0  # seconds; listing everything takes a running Joplin a second or more


@click.command()
@SOURCES
@DB
@PROFILE_NAME
@PASSWORD_FILE
@TOKEN_FILE
@click.option(
    "--every", type=Duration(), default="15m", show_default=True, help="How often to poll a WebDAV or S3 target."
)
@NO_BACKUP
@QUIET
def watch(  # noqa: PLR0913, PLR0917 -- one for each option
    source: tuple[str, ...],
    db: Path,
    profile_name: str | None,
    password_file: Path | None,
    token_file: Path | None,
    every: int,
    no_backup: bool,
    quiet: bool,
) -> None:
    """Keep the catalogue up to date: build whenever a source changes.

    SOURCE is as in `build`; without it, the catalogue's known sources, or your Joplin profile.

    A folder or profile is read within two seconds of a change, and less often while a sync is writing a lot. A running
    Joplin is polled every 5 minutes, a WebDAV or S3 target every 15. If a disk or network is unavailable, `watch` waits
    for it.

    Prints a line for each build and each error. You can stop it safely with Ctrl-C. Meanwhile you can read the
    catalogue; `build` and `check-links` take turns with it.

    \b
    joplin-catalogue watch                        the sources of catalogue.db
    joplin-catalogue watch ~/Nextcloud/Joplin     a folder that Joplin synchronises with
    """  # noqa: D301 -- \b keeps click from rewrapping
    from extractor.watch import Watch, kind_of  # noqa: PLC0415 -- heavy imports only where used

    if source and profile_name is not None:
        raise click.UsageError("Give SOURCE or --profile-name, not both.")
    is_named = bool(source) or profile_name is not None
    known = [] if is_named else known_sources(db, backup=not no_backup)
    specs = list(dict.fromkeys(source or known or [profile_of_user(profile_name, quiet=quiet)]))
    builds = _Builds(
        db,
        passwords(password_file),
        {spec: token_for(spec, token_file) for spec in specs if kind_of(spec) == "api"},
        backup=not no_backup,
        quiet=quiet,
    )
    if not known:
        builds.refuse_missing(specs)
    intervals: dict[Kind, float] = {
        "local": LOCAL_EVERY,
        "api": min(API_EVERY, every / 1000),
        "remote": max(every / 1000, 1.0),
    }
    signal.signal(signal.SIGTERM, _stop)
    with contextlib.suppress(KeyboardInterrupt):
        Watch(specs, builds.read, builds.tell, intervals.__getitem__).run()


def _stop(*_signal: object) -> NoReturn:
    """Stop as with Ctrl-C: a running build leaves the catalogue as it was."""
    raise KeyboardInterrupt


class _Builds:
    """Builds of one catalogue, one after the other; `tokens` are Data API tokens by source."""

    def __init__(
        self, db: Path, given: Sequence[str], tokens: dict[str, str | None], *, backup: bool, quiet: bool
    ) -> None:
        self._db, self._given, self._tokens = db, given, tokens
        self._backup, self._quiet = backup, quiet
        self._was_there = db.exists()

    def refuse_missing(self, specs: Sequence[str]) -> None:
        """Raise SourceError if a given source cannot be opened: most likely it is mistyped."""
        from extractor.sources import open_source  # noqa: PLC0415

        for spec in specs:
            open_source(spec, token=self._tokens.get(spec)).close()

    def read(self, specs: Sequence[str]) -> None:
        """Bring the catalogue up to date with these sources, and say so; raises CatalogueError."""
        from extractor.build import build  # noqa: PLC0415
        from extractor.keys import Keys  # noqa: PLC0415
        from extractor.sources import open_source  # noqa: PLC0415

        if self._was_there and not self._db.exists():
            # Its disk may be unmounted: a new file in its place would hide it when the disk comes back.
            raise CatalogueMissing(f"{self._db} no longer exists.", "Waiting for it.")
        began = time.monotonic()
        with contextlib.ExitStack() as stack:
            opened = [
                stack.enter_context(contextlib.closing(open_source(spec, token=self._tokens.get(spec))))
                for spec in specs
            ]
            report = build(opened, self._db, keys=Keys(self._given), backup=self._backup, counts=not self._quiet)
            named = ", ".join(one.location for one in opened)
        self._was_there = True
        if not self._quiet:
            click.echo(f"{_now()} {named}: {_summary(report)}; {time.monotonic() - began:.1f} s")

    def tell(self, error: str) -> None:
        """Say what went wrong."""
        click.echo(f"{_now()} {error}", err=True)


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")


def _summary(report: Report) -> str:
    """What a build did, in one line."""
    found = report.contents
    if found is None or not (report.items_changed or report.items_gone):
        return f"nothing new in {report.items:,} items"
    gone = f", {report.items_gone:,} gone" if report.items_gone else ""
    notes, problems = sum(found.present_notes.values()), f", {found.problems:,} problems" if found.problems else ""
    return (
        f"{report.items_changed:,} of {report.items:,} items read{gone}; "
        f"now {notes:,} notes, {found.revisions:,} revisions, {found.links:,} links{problems}"
    )
