"""`pages`: the pages kept by `check-links --keep`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from extractor.cli.keeping import AGE, TOTAL
from extractor.cli.options import DB

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def pages() -> None:
    r"""Show or prune the pages kept by check-links --keep.

    \b
    joplin-catalogue pages show https://example.org/post
    joplin-catalogue pages prune --keep-total 500MB
    """


@pages.command()
@click.argument("url")
@click.option("--at", metavar="DATE", help="The version at this time: a date or time (UTC), or the beginning of one.")
@click.option("--html", is_flag=True, help="Print its HTML, if that was kept.")
@click.option("--list", "list_", is_flag=True, help="List the kept versions.")
@DB
def show(url: str, at: str | None, html: bool, list_: bool, db: Path) -> None:
    """Print the kept text of the page behind an address; by default the newest version."""
    from extractor.catalogue.kept.file import pages_of, reading  # noqa: PLC0415 -- heavy imports only where used
    from extractor.catalogue.kept.versions import html_of, text_of, versions_of  # noqa: PLC0415
    from extractor.catalogue.store import reading as reading_catalogue  # noqa: PLC0415
    from extractor.errors import NotFound  # noqa: PLC0415
    from extractor.linkcheck import asked  # noqa: PLC0415

    with reading_catalogue(db), reading(pages_of(db)) as connection:
        versions = versions_of(connection, asked(url)) if connection is not None else ()
        if not versions or connection is None:
            raise NotFound(f"No page of {url} was kept.", "Run `check-links --keep` to keep it.")
        if list_:
            for version in versions:
                click.echo(f"{version.kept_at[:19]}Z  {version.chars:>9,} characters  {version.title or ''}".rstrip())
            return
        chosen = [one for one in versions if at is None or one.kept_at[: len(at)] <= at]
        if not chosen:
            raise NotFound(f"The page was first kept on {versions[-1].kept_at[:10]}.")
        if not html:
            click.echo(text_of(connection, chosen[0].id))
            return
        markup = html_of(connection, chosen[0].id)
    if markup is None:
        raise NotFound("Its HTML was not kept.", "Run `check-links --keep html` to keep it.")
    sys.stdout.flush()
    sys.stdout.buffer.write(markup)
    sys.stdout.flush()


@pages.command()
@TOTAL
@AGE
@click.option("--unlinked", is_flag=True, help="Also delete pages that are no longer linked from any note.")
@DB
def prune(keep_total: int, keep_age: int, unlinked: bool, db: Path) -> None:
    """Delete old versions of kept pages.

    The first and the newest version of a page stay while a note has its link.
    """
    from extractor.catalogue.kept.file import pages_of  # noqa: PLC0415 -- heavy imports only where used
    from extractor.catalogue.kept.pruning import Bounds, in_notes  # noqa: PLC0415
    from extractor.catalogue.kept.pruning import prune as run  # noqa: PLC0415
    from extractor.catalogue.store import reading  # noqa: PLC0415

    with reading(db) as catalogue:
        wanted = in_notes(catalogue)
    path = pages_of(db)
    pruned = run(path, Bounds(total=keep_total, age=keep_age), wanted, unlinked=unlinked)
    versions = "1 version" if pruned.versions == 1 else f"{pruned.versions:,} versions"
    click.echo(f"{path}: deleted {versions}; kept pages now take {pruned.size / (1 << 20):,.1f} MB.")
