"""`share`: a file or a folder of pages for others."""

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
    from collections.abc import Callable

    from extractor.catalogue.choice import Choice
    from extractor.catalogue.shared_tables import Shared


@click.command()
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--html", is_flag=True, help="Write a folder of pages that open without a server, instead of a file.")
@choosing
@click.option("--with-tags", is_flag=True, help="Include all tags of these notes, not only those given with --tag.")
@click.option(
    "--with-context", is_flag=True, help="Include the sentence around each link, which is text from the note."
)
@WITH_TOKENS
@click.option("--force", is_flag=True, help="Replace OUT, but only if `share` made it.")
@DB
def share(
    output: Path,
    *,
    html: bool,
    choice: Choice,
    with_tokens: bool,
    force: bool,
    db: Path,
    **wanted: bool,
) -> None:
    """Write the links of chosen notes to a file, or a folder of pages, to share.

    OUT contains the titles, headings and web links that are in the chosen notes now, and whether the links are alive.
    It contains no texts, no history, nothing removed, nothing from other notes, notebooks or tags, and no paths of this
    computer. The file is a SQLite database: open it with Datasette or any SQLite tool. Open the folder in a browser,
    from disk or from any web server.

    \b
    joplin-catalogue share kafka.db --notebook Engineering --tag kafka
    joplin-catalogue share --html kafka --notebook Engineering --tag kafka
    """  # noqa: D301 -- \b keeps click from rewrapping
    if not html and output.is_dir():
        raise click.BadParameter(f"{str(output)!r} is a folder: choose a file name, or add --html.", param_hint="'OUT'")
    if not choice:
        raise click.UsageError("Choose what to share: --notebook, --tag or --note.")
    with reading_as_it_is(db) as catalogue:
        shared = writer(html=html)(
            catalogue,
            output,
            choice,
            on_tokens=None if with_tokens else list_tokens,
            overwrite=force,
            **wanted,
        )
    click.echo(f"{output / 'index.html' if html else output}:")
    for name, count, more in (
        ("notebooks", shared.notebooks, ""),
        ("notes", shared.notes, ""),
        ("sections", shared.sections, ""),
        ("links", shared.links, f"to {shared.addresses:,} addresses, including images"),
        ("images", shared.images, "only their addresses"),
        ("tags", shared.tags, ""),
        ("left out", shared.links_left_out, "links to attachments, files, mail and notes not chosen"),
        ("withheld", shared.links_withheld, "links that seem to contain a token"),
    ):
        if count:
            click.echo(f"  {name:<10}{count:>8,}" + (f"  {more}" if more else ""))


def writer(*, html: bool) -> Callable[..., Shared]:
    """The function that writes the requested form."""
    if not html:
        return write_shared
    from extractor.publish.shared_site import share_pages  # noqa: PLC0415 -- heavy imports only where used

    return share_pages
