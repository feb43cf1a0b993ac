"""`verify`: whether the stored rows match the diffs they were derived from."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import click

from extractor.cli.options import DB
from extractor.cli.progress import progress

if TYPE_CHECKING:
    from pathlib import Path

MOST_SHOWN = 50


class Share(click.ParamType[float]):
    """`5%` or `0.05`: a part of a whole."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 -- click's
        """Read a share."""
        found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*(%?)", str(value).strip())
        share = float(found[1]) / (100 if found[2] else 1) if found else 0.0
        if not 0 < share <= 1:
            self.fail(f"{str(value)[:20]!r} is not a share: write 5% or 0.05.", param, ctx)
        return share


@click.command()
@click.option(
    "--sample", type=Share(), default="100%", show_default=True, help="Check only a random share of the notes."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary.")
@DB
@click.pass_context
def verify(ctx: click.Context, sample: float, quiet: bool, db: Path) -> None:
    """Check that what is stored matches the diffs it was derived from.

    Rebuilds every text from the diffs in the file, parses it as a whole, and compares the resulting revisions,
    sections, links, changes and health of addresses with what is stored. Also compares current notes with their
    sources, if those are on this computer and have not changed. Writes nothing. If there are differences, it prints
    them and exits with 3.

    \b
    joplin-catalogue verify
    joplin-catalogue verify --sample 5%
    """  # noqa: D301 -- \b keeps click from rewrapping
    from extractor.verifying import verify as run  # noqa: PLC0415 -- heavy imports only where used

    with progress(shown=not quiet and sys.stderr.isatty()) as bars:
        verified = run(db, sample, bars.show)
    for difference in verified.differences[:MOST_SHOWN]:
        click.echo(f"{difference.table} {difference.of}: {difference.detail}")
    if len(verified.differences) > MOST_SHOWN:
        click.echo(f"and {len(verified.differences) - MOST_SHOWN:,} more")
    if not quiet:
        for message in verified.missing:
            click.echo(f"Not compared: {message}", err=True)
        differ = f"{len(verified.differences):,} differences" if verified.differences else "no difference"
        click.echo(
            f"{db}: {verified.notes:,} notes with {verified.revisions:,} revisions verified, "
            f"{verified.in_sources:,} of them against their source: {differ}."
        )
    if verified.differences:
        ctx.exit(3)
