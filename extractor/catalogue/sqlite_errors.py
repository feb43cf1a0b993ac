"""Errors of SQLite as messages that say what to do."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from extractor.catalogue.backups import hint
from extractor.errors import CatalogueFileError, CatalogueLocked, NotACatalogue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def translate_sqlite_errors(path: Path) -> Iterator[None]:
    """Translate SQLite's errors about the file into messages that say what to do; raises CatalogueFileError.

    Other errors of SQLite are bugs in this program, and are not translated.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        match getattr(error, "sqlite_errorcode", 0) & 0xFF:  # the kind of error; the higher bits are the details
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                raise CatalogueLocked(
                    f"Another process is writing to {path}.",
                    "Wait until it has finished, then try again.",
                ) from error
            case sqlite3.SQLITE_FULL:
                raise CatalogueFileError(
                    f"No space left for {path}; its old content is unharmed.",
                    "Free some space on its disk, then try again.",
                ) from error
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                raise NotACatalogue(
                    f"{path} is damaged: {error}; nothing was changed.",
                    hint(path),
                ) from error
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
                raise NotACatalogue(
                    f"{path}: {error}; nothing was changed.",
                    "Choose another file with --db, or make this one and its folder writable for you.",
                ) from error
            case sqlite3.SQLITE_IOERR:
                raise CatalogueFileError(
                    f"{path}: {error}; its old content is unharmed.", "Check its disk, then try again."
                ) from error
        raise
