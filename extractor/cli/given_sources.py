"""Which sources a command reads: those given, those the catalogue knows, or the user's profile."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from extractor.cli.secrets import token_for
from extractor.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from extractor.sources import Source


def known_sources(db: Path, *, backup: bool) -> list[str]:
    """The locations of the catalogue's sources; none if there is no catalogue."""
    from extractor.catalogue.queries.sources import source_locations  # noqa: PLC0415
    from extractor.catalogue.store import reading  # noqa: PLC0415

    if not db.is_file() or not db.stat().st_size:
        return []
    with reading(db, backup=backup) as catalogue:
        return source_locations(catalogue.conn)


def profile_of_user(name: str | None, *, quiet: bool) -> str:
    """The Joplin profile of this user; raises SourceNotFound if there is none, or several and no name is given."""
    from extractor.sources.discovery import find_profiles, select_profile  # noqa: PLC0415

    profile = select_profile(find_profiles(), name)
    if not quiet:
        click.echo(f"Joplin's profile “{profile.label}”: {profile.path}")
    return str(profile.path)


def open_sources(
    specs: Sequence[str], token_file: Path | None, stack: contextlib.ExitStack, *, may_be_missing: bool
) -> tuple[list[Source], list[SourceError]]:
    """Open each source; returns also the errors of skipped ones. Raises SourceError and ConfigError."""
    from extractor.sources import open_source  # noqa: PLC0415

    opened: list[Source] = []
    missing: list[SourceError] = []
    for spec in specs:
        try:
            source = open_source(spec, token=token_for(spec, token_file))
        except SourceError as error:
            if not may_be_missing:
                raise
            missing.append(error)
        else:
            opened.append(stack.enter_context(contextlib.closing(source)))
    if missing and not opened:
        raise missing[0]
    return opened, missing
