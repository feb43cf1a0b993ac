"""Opening the catalogue for read-only commands: as it is, even if a build would derive it differently."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import click

from extractor.catalogue.overdue import overdue
from extractor.catalogue.rules import is_derived_otherwise
from extractor.catalogue.store import reading
from extractor.times import now_ms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from extractor.catalogue.overdue import Overdue
    from extractor.catalogue.store import Catalogue


@contextlib.contextmanager
def reading_as_it_is(path: Path) -> Iterator[Catalogue]:
    """Open a catalogue to read; warns if an earlier version built it and, on a terminal, if a source is overdue.

    Raises what `reading` does.
    """
    with reading(path) as db:
        say_overdue(db, path)
        if is_derived_otherwise(db):
            click.echo(
                f"{path}: built by an earlier version of joplin-catalogue; `joplin-catalogue build` brings it up to "
                "date",
                err=True,
            )
        yield db


def say_overdue(db: Catalogue, path: Path) -> None:
    """Warn on a terminal about sources not read for so long that history may be lost."""
    for one in overdue(db.conn, path, now_ms()) if is_at_terminal() else ():
        click.echo(f"{path}: {said_of(one)}", err=True)


def is_at_terminal() -> bool:
    """Whether standard error goes to a terminal."""
    return sys.stderr.isatty()


def said_of(one: Overdue) -> str:
    """A warning about an overdue source, and what to do."""
    keeps = f"Joplin deletes its history after {one.kept_days} days" + ("" if one.is_known else " by default")
    return (
        f"{one.location} was last read {one.days} days ago, and {keeps}. Run `joplin-catalogue build` now; `watch` or "
        "`schedule install` keeps it up to date automatically."
    )
