"""Which of Datasette's databases are catalogues, and what they are called."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from datasette.utils import StartupError

from extractor.catalogue.journal import journals
from extractor.catalogue.schema import APPLICATION_ID
from extractor.catalogue.store import bring_up_to_date, is_up_to_date, recover
from extractor.catalogue.store import is_catalogue as is_catalogue_file
from extractor.errors import CatalogueFileError
from extractor.publish.html.paths import Paths
from extractor.publish.plugin.datasette_types import is_stable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection

    from extractor.publish.plugin.datasette_types import Database, Datasette


@dataclass(frozen=True, slots=True)
class KnownCatalogue:
    """What is kept of a catalogue."""

    title: str
    paths: Paths
    about: Mapping[str, object]


NAME = "catalogue"  # what metadata.yml calls it

_known: WeakKeyDictionary[Datasette, Mapping[str, KnownCatalogue]] = WeakKeyDictionary()


async def find_catalogues(datasette: Datasette) -> None:
    """Look which databases are catalogues; cells ask for each value that they show, so the answer is kept.

    Those that an earlier version wrote are brought up to date. Raises StartupError where that cannot be done.
    """
    for database in datasette.databases.values():
        _roll_back(database)
    names = [name for name, database in datasette.databases.items() if await database.execute_fn(_is_catalogue)]
    for name in names:
        _bring_up_to_date(datasette.databases[name])
    known: dict[str, KnownCatalogue] = {}
    _known[datasette] = known
    about = _said_of_catalogue(datasette)
    for name in names:
        known[name] = KnownCatalogue(
            name, Paths(str(datasette.urls.database(name))), about.get(name) or about.get(NAME, {})
        )
    for name, one in known.items():  # which looks into what is kept of it
        known[name] = replace(one, title=await _title(datasette, name))


def _roll_back(database: Database) -> None:
    """Have a half change taken back before Datasette, which only reads, meets it, also where it never looks (-i)."""
    if database.path is None or not is_catalogue_file(Path(database.path)):
        return
    try:
        recover(Path(database.path))
    except CatalogueFileError as error:
        raise StartupError(str(error)) from error


async def roll_back_all(datasette: Datasette) -> None:
    """Do the same before each request: a build, or a check of links, may have been killed since the last one."""
    for name in _known.get(datasette, ()):
        path = datasette.databases[name].path if name in datasette.databases else None
        if path is not None and journals(Path(path)):
            with suppress(CatalogueFileError):  # the page then says what SQLite says
                await asyncio.to_thread(recover, Path(path))


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


def _said_of_catalogue(datasette: Datasette) -> Mapping[str, Mapping[str, object]]:
    """What metadata.yml itself says of databases; nothing on the 1.0 alpha, which does not ask plugins."""
    if not is_stable(datasette):
        return {}
    # No method tells it without asking the plugins, of which this is one.
    return datasette._metadata_local.get("databases") or {}  # noqa: SLF001 -- see above


def metadata_of_all(datasette: Datasette) -> Mapping[str, Mapping[str, object]]:
    """What is said of each catalogue by its name: a file of any name is one, metadata.yml calls it `catalogue`."""
    return {name: one.about for name, one in _known.get(datasette, {}).items()}


async def _title(datasette: Datasette, name: str) -> str:
    if is_stable(datasette):
        return str(datasette.metadata("title", database=name) or name)
    said = {**await datasette.get_instance_metadata(), **await datasette.get_database_metadata(name)}
    return said.get("title") or name


def is_catalogue(datasette: Datasette, name: str | None) -> bool:
    """Whether the database of that name is a catalogue."""
    return name in _known.get(datasette, ())


def only_catalogue(datasette: Datasette) -> str | None:
    """The name of the catalogue where there is exactly one."""
    names = _known.get(datasette, {})
    return next(iter(names)) if len(names) == 1 else None


def title_of(datasette: Datasette, name: str) -> str:
    """What metadata.yml calls a catalogue; its name without."""
    return _known[datasette][name].title


def paths_of(datasette: Datasette, name: str) -> Paths:
    """Where the pages of a catalogue lie."""
    return _known[datasette][name].paths


def start_of(datasette: Datasette, name: str) -> str:
    """Where the start page of a catalogue lies: the 1.0 alpha keeps the path of a database for its own page."""
    paths = paths_of(datasette, name)
    return paths.base if is_stable(datasette) else paths.start()
