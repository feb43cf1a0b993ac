"""Options that most commands have."""

from pathlib import Path

import click

DB = click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    default="catalogue.db",
    show_default=True,
    envvar="JOPLIN_CATALOGUE_DB",
    help="The catalogue file.",
)
