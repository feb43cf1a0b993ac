"""`share`: a file for others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from extractor.catalogue.sharing import share as write_shared
from extractor.cli.choosing import choosing
from extractor.cli.options import DB
from extractor.cli.reading import reading_as_it_is
from extractor.cli.tokens import WITH_TOKENS, list_tokens

if TYPE_CHECKING:
    from extractor.catalogue.choice import Choice


@click.command()
@click.argument("output", metavar="OUT.db", type=click.Path(path_type=Path, dir_okay=False))
@choosing
@click.option("--with-tags", is_flag=True, help="All tags of these notes, not only those named with --tag.")
@click.option("--with-context", is_flag=True, help="The sentence around each link, which is text of the note.")
@WITH_TOKENS
@click.option("--force", is_flag=True, help="Replace OUT.db if it is there; a catalogue is never replaced.")
@DB
def share(
    output: Path,
    *,
    choice: Choice,
    with_tags: bool,
    with_context: bool,
    with_tokens: bool,
    force: bool,
    db: Path,
) -> None:
    """Write the links of chosen notes to a SQLite file for others.

    It has the titles, headings and web links that are in the chosen notes now, and whether the links are alive:
    no texts, no history, nothing removed, nothing of other notes, notebooks or tags, and no paths of this computer.
    Open it with Datasette or anything that reads SQLite.

    \b
    joplin-catalogue share kafka.db --notebook Engineering --tag kafka
    """  # noqa: D301 -- \b keeps click from rewrapping
    if not choice:
        raise click.UsageError("Choose what to share: --notebook, --tag or --note.")
    with reading_as_it_is(db) as catalogue:
        shared = write_shared(
            catalogue,
            output,
            choice,
            with_tags=with_tags,
            with_context=with_context,
            on_tokens=None if with_tokens else list_tokens,
            overwrite=force,
        )
    click.echo(f"{output}:")
    for name, count, more in (
        ("notebooks", shared.notebooks, ""),
        ("notes", shared.notes, ""),
        ("sections", shared.sections, ""),
        ("links", shared.links, f"to {shared.addresses:,} addresses, those of images included"),
        ("images", shared.images, "their addresses alone"),
        ("tags", shared.tags, ""),
        ("left out", shared.links_left_out, "links to attachments, files, mail and notes beside the choice"),
        ("withheld", shared.links_withheld, "links that seem to contain a token"),
    ):
        if count:
            click.echo(f"  {name:<10}{count:>8,}" + (f"  {more}" if more else ""))
