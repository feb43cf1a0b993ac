"""Which of Datasette's databases are catalogues."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from extractor.catalogue.schema import APPLICATION_ID
from extractor.publish.paths import Paths

if TYPE_CHECKING:
    from sqlite3 import Connection

    from extractor.publish.datasette_types import Datasette

_known: WeakKeyDictionary[Datasette, frozenset[str]] = WeakKeyDictionary()


async def find_catalogues(datasette: Datasette) -> None:
    """Look which databases are catalogues; cells ask for each value that they show, so the answer is kept."""
    names = [name for name, database in datasette.databases.items() if await database.execute_fn(_is_catalogue)]
    _known[datasette] = frozenset(names)


def _is_catalogue(connection: Connection) -> bool:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    return bool(application == APPLICATION_ID)


def is_catalogue(datasette: Datasette, name: str | None) -> bool:
    """Whether the database of that name is a catalogue."""
    return name in _known.get(datasette, ())


def only_catalogue(datasette: Datasette) -> str | None:
    """The name of the catalogue where there is exactly one."""
    names = _known.get(datasette, frozenset())
    return next(iter(names)) if len(names) == 1 else None


def paths_of(datasette: Datasette, name: str) -> Paths:
    """Where the pages of a catalogue lie."""
    return Paths(str(datasette.urls.database(name)))
