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

# Where notes are read from, and what that takes.
SOURCES = click.argument("source", nargs=-1)
PROFILE_NAME = click.option(
    "--profile-name", metavar="NAME", help="Which of your Joplin profiles to read, if there are several."
)
PASSWORD_FILE = click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    envvar="JOPLIN_CATALOGUE_PASSWORD_FILE",
    metavar="FILE",
    help="Joplin's encryption password; one on each line, if there are several.",
)
TOKEN_FILE = click.option(
    "--token-file", type=click.Path(path_type=Path), metavar="FILE", help="The token of Joplin's Web Clipper service."
)
NO_BACKUP = click.option("--no-backup", is_flag=True, help="Make no backup before the day's first change.")
QUIET = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
