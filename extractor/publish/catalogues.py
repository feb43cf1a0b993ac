"""Which of Datasette's databases are catalogues."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from datasette.utils import StartupError

from extractor.catalogue.schema import APPLICATION_ID
from extractor.catalogue.store import bring_up_to_date, is_up_to_date
from extractor.errors import CatalogueFileError
from extractor.publish.paths import Paths

if TYPE_CHECKING:
    from sqlite3 import Connection

    from extractor.publish.datasette_types import Database, Datasette

_known: WeakKeyDictionary[Datasette, dict[str, Paths]] = WeakKeyDictionary()


async def find_catalogues(datasette: Datasette) -> None:
    """Look which databases are catalogues; cells ask for each value that they show, so the answer is kept.

    Those that an earlier version wrote are brought up to date. Raises StartupError where that cannot be done.
    """
    names = [name for name, database in datasette.databases.items() if await database.execute_fn(_is_catalogue)]
    for name in names:
        _bring_up_to_date(datasette.databases[name])
    _known[datasette] = {name: Paths(str(datasette.urls.database(name))) for name in names}


def _bring_up_to_date(database: Database) -> None:
    if database.path is None:
        return
    path = Path(database.path)
    try:
        if database.is_mutable:
            bring_up_to_date(path)
        elif not is_up_to_date(path):
            raise StartupError(f"{path} was written by an earlier version. Build it again, or serve it without -i.")
    except CatalogueFileError as error:
        raise StartupError(str(error)) from error


def _is_catalogue(connection: Connection) -> bool:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    return bool(application == APPLICATION_ID)


def is_catalogue(datasette: Datasette, name: str | None) -> bool:
    """Whether the database of that name is a catalogue."""
    return name in _known.get(datasette, ())


def only_catalogue(datasette: Datasette) -> str | None:
    """The name of the catalogue where there is exactly one."""
    names = _known.get(datasette, {})
    return next(iter(names)) if len(names) == 1 else None


def paths_of(datasette: Datasette, name: str) -> Paths:
    """Where the pages of a catalogue lie."""
    return _known[datasette][name]
