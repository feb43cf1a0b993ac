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

# Where to read notes from, and the credentials for it.
SOURCES = click.argument("source", nargs=-1)
PROFILE_NAME = click.option("--profile-name", metavar="NAME", help="Which Joplin profile to read, if you have several.")
PASSWORD_FILE = click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    envvar="JOPLIN_CATALOGUE_PASSWORD_FILE",
    metavar="FILE",
    help="File with Joplin's encryption password; if there are several, one per line.",
)
TOKEN_FILE = click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File with the token of Joplin's Web Clipper service.",
)
NO_BACKUP = click.option("--no-backup", is_flag=True, help="Do not back up before the day's first change.")
QUIET = click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
