"""How commands that only read open the catalogue: as it is, even where a build would have it otherwise by now."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from extractor.catalogue.rules import is_derived_otherwise
from extractor.catalogue.store import reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from extractor.catalogue.store import Catalogue


@contextlib.contextmanager
def reading_as_it_is(path: Path) -> Iterator[Catalogue]:
    """Open a catalogue to read; says where an earlier version derived it. Raises what `reading` does."""
    with reading(path) as db:
        if is_derived_otherwise(db):
            click.echo(
                f"{path}: derived by an earlier version of joplin-catalogue; `joplin-catalogue build` brings it up to "
                "date",
                err=True,
            )
        yield db
