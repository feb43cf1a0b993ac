"""`digest`: what is new in your notes, and in what they link to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from extractor.cli.options import DB
from extractor.cli.settings import Duration

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option("--since", type=Duration(), default="7d", show_default=True, help="How far back to look.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "html", "md", "json"]),
    default="text",
    show_default=True,
    help="What to print on standard output.",
)
@DB
def digest(since: int, format_: str, db: Path) -> None:
    """Print what was recently saved and written, and what happened to links.

    Lists what was saved, which notes changed most, which links died, moved or came back, which ones expire within a
    week, and what happened on this day one, two and five years ago (UTC). If a day is not known, it says by when.

    If there is nothing to report, nothing is printed, and cron sends no mail. The page /-/digest shows the same.

    \b
    joplin-catalogue digest
    joplin-catalogue digest --since 30d --format html
    0 7 * * 1  joplin-catalogue digest --db ~/notes/catalogue.db     (in a crontab: mails it each Monday)
    """  # noqa: D301 -- \b keeps click from rewrapping
    from extractor.catalogue.kept.found import copies_beside  # noqa: PLC0415
    from extractor.catalogue.overdue import overdue  # noqa: PLC0415
    from extractor.catalogue.queries.digest import digest as read  # noqa: PLC0415 -- heavy imports only where used
    from extractor.catalogue.queries.fates import with_kept  # noqa: PLC0415
    from extractor.cli.reading import is_at_terminal, reading_as_it_is, said_of  # noqa: PLC0415
    from extractor.digest import FORMATS  # noqa: PLC0415
    from extractor.texts import without_lone_surrogates  # noqa: PLC0415
    from extractor.times import iso, now_ms  # noqa: PLC0415

    now = now_ms()
    with reading_as_it_is(db) as catalogue:
        found = read(catalogue.conn, iso(max(now - since, 1)) or "", iso(now) or "")
        lost = {fate.link.url_id for fate in found.fates.died if fate.link.url_id is not None}
        found = replace(found, fates=with_kept(found.fates, copies_beside(db, catalogue.conn, lost)))
        # Under cron there is no terminal, and stderr goes into the mail.
        for one in () if is_at_terminal() else overdue(catalogue.conn, db, now):
            click.echo(f"{db}: {said_of(one)}", err=True)
    if found.is_empty and format_ != "json":
        click.echo("There is nothing to report for this time.", err=True)
        return
    click.echo(without_lone_surrogates(FORMATS[format_](found)))
