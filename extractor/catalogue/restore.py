"""Restoring a backup, keeping the present file aside."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from extractor.catalogue.backups import backups_of, expand, is_sound
from extractor.catalogue.forgetting import forget_again, forgotten_in
from extractor.catalogue.journal import journals
from extractor.catalogue.store import is_catalogue
from extractor.errors import CatalogueFileError, CatalogueLocked, NotFound
from extractor.output import temporary
from extractor.times import iso, now_ms

if TYPE_CHECKING:
    from pathlib import Path

ASIDE = "%Y-%m-%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Restored:
    """The restored backup, the new places of the old files, and the backups that were damaged."""

    backup: Path
    aside: tuple[Path, ...]
    damaged: tuple[Path, ...]


def restore(catalogue: Path, backup: Path | None = None) -> Restored:
    """Replace a catalogue with its newest good backup, or with the given one.

    Raises NotFound if there is none, CatalogueLocked if another process is using it, and CatalogueFileError.
    """
    candidates = [backup] if backup is not None else [one.path for one in backups_of(catalogue)]
    if not candidates:
        raise NotFound(f"{catalogue} has no backups.", "Backups are in the folder beside it; or give one with --from.")
    _refuse_if_in_use(catalogue)
    damaged: list[Path] = []
    with temporary(catalogue.parent, path=catalogue) as (copy, _):
        for candidate in candidates:
            if _is_good(candidate, copy):
                # Notes forgotten since the backup stay forgotten, whatever happens to the present file.
                forget_again(copy, forgotten_in(catalogue), iso(now_ms()) or "")
                aside = _put(copy, catalogue)
                return Restored(candidate, aside, tuple(damaged))
            damaged.append(candidate)
    raise CatalogueFileError(f"{damaged[0]} is damaged; nothing was changed.", "Choose another backup with --from.")


def _is_good(backup: Path, copy: Path) -> bool:
    """Decompress a backup; raises CatalogueFileError if it cannot be written."""
    try:
        intact = expand(backup, copy)
    except OSError as error:
        raise CatalogueFileError(
            f"{backup} cannot be restored: {error.strerror}; nothing was changed.", "Free some space, then try again."
        ) from error
    return intact and is_catalogue(copy) and is_sound(copy)


def _put(copy: Path, catalogue: Path) -> tuple[Path, ...]:
    """Move the old file and its journals aside, because SQLite would apply them to the copy.

    The file first gets a second name, so that a catalogue exists at any moment. Raises CatalogueFileError.
    """
    stamp = f".before-{datetime.now(UTC):{ASIDE}}"
    aside: list[Path] = []
    try:
        for path in [*([catalogue] if catalogue.exists() else []), *journals(catalogue)]:
            suffix = path.name.removeprefix(catalogue.name)
            kept = path.with_name(f"{catalogue.name}{stamp}{suffix}")
            if suffix:
                path.rename(kept)
            else:
                _name_twice(path, kept)
            aside.append(kept)
        copy.replace(catalogue)
    except OSError as error:
        where = f" The old file is {aside[0]}." if aside else ""
        raise CatalogueFileError(f"{catalogue} cannot be written: {error.strerror}.{where}", "Try again.") from error
    return tuple(aside)


def _name_twice(path: Path, kept: Path) -> None:
    try:
        kept.hardlink_to(path)
    except OSError:  # some file systems cannot
        path.rename(kept)


def _refuse_if_in_use(catalogue: Path) -> None:
    """Refuse during a build: what it then writes would go to the old file."""
    if not catalogue.is_file():
        return
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(catalogue, timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise CatalogueLocked(
                    f"Another process is writing to {catalogue}.", "Wait until it has finished, then try again."
                ) from error
