"""`restore`: replace a damaged or lost catalogue with a backup."""

from __future__ import annotations

from pathlib import Path

import click

from extractor.cli.options import DB


@click.command()
@click.option(
    "--from",
    "from_",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Restore this backup instead of the newest one.",
)
@click.option("--list", "list_", is_flag=True, help="List the backups without restoring one.")
@DB
def restore(from_: Path | None, list_: bool, db: Path) -> None:
    """Replace the catalogue with its newest good backup.

    The present file is kept beside it. The next `build` reads what has changed since the backup; what only the lost
    file knew is lost. catalogue.db.backups contains the last backup, one from an earlier week and one from an earlier
    month.

    \b
    joplin-catalogue restore --list
    joplin-catalogue restore
    """  # noqa: D301 -- \b keeps click from rewrapping
    from extractor.catalogue.backups import backups_of  # noqa: PLC0415 -- heavy imports only where used
    from extractor.catalogue.restore import restore as run  # noqa: PLC0415

    if list_:
        known = backups_of(db)
        for backup in known:
            click.echo(f"{backup.taken_at:%Y-%m-%d %H:%M} UTC  {backup.path.stat().st_size:>13,} bytes  {backup.path}")
        if not known:
            click.echo(f"{db} has no backups.", err=True)
        return
    restored = run(db, from_)
    for path in restored.damaged:
        click.echo(f"{path} is damaged, too: skipped.", err=True)
    click.echo(f"Restored {db} from {restored.backup}.")
    for path in restored.aside:
        click.echo(f"The previous file is now {path}.")
