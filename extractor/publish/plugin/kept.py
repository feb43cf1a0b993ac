"""Kept pages, for visitors who may see links and pages: read beside the catalogue, never by a visitor's SQL.

pages.db is opened separately and not attached: no SQL of a visitor can reach it, and it is shown even if SQL is
disabled. If it is missing, damaged or from a later version, pages behave as if nothing were kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from datasette.utils import sqlite_timelimit

from extractor.catalogue.kept.file import pages_of, reading
from extractor.catalogue.kept.found import kept_copies
from extractor.errors import CatalogueFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from sqlite3 import Connection

    from extractor.catalogue.kept.file import KeptPages
    from extractor.publish.plugin.page import PageRequest

T = TypeVar("T")
TABLES = ("links", "urls", "checks", "pages")


def from_kept(visit: PageRequest, ask: Callable[[KeptPages], T], nothing: T) -> T:
    """The result of reading the kept pages beside the catalogue of a visit, within the time limit of SQL.

    `nothing` if nothing is kept, this visitor may see nothing, or the file cannot be read.
    """
    path = visit.datasette.get_database(visit.name).path
    if path is None or not visit.sees(*TABLES):
        return nothing
    try:
        with reading(pages_of(Path(path))) as connection:
            if connection is None:
                return nothing
            with sqlite_timelimit(connection, visit.datasette.setting("sql_time_limit_ms")):
                return ask(connection)
    except CatalogueFileError:
        return nothing


def copies_of(visit: PageRequest, connection: Connection, url_ids: Collection[int]) -> Mapping[int, str]:
    """When the pages of these addresses were last kept, by id."""
    return from_kept(visit, lambda kept: kept_copies(connection, kept, url_ids), {}) if url_ids else {}
