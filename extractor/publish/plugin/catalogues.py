"""Which of Datasette's databases are catalogues, their titles, and the requests for them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from datasette.utils import StartupError, tilde_decode

from extractor.catalogue.journal import journals
from extractor.catalogue.store import WAIT_FOR_LOCK, bring_up_to_date, is_up_to_date, recover
from extractor.catalogue.store import is_catalogue as is_catalogue_file
from extractor.errors import CatalogueFileError
from extractor.publish.html.paths import Paths
from extractor.publish.plugin.datasette_types import is_stable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection

    from extractor.publish.plugin.datasette_types import Database, Datasette

OF_DATASETTE = frozenset({"_internal", "_memory"})


@dataclass(frozen=True, slots=True)
class Examined:
    """The examined databases, and the catalogues among them with their titles."""

    databases: frozenset[str]
    titles: dict[str, str]


_examined: WeakKeyDictionary[Datasette, Examined] = WeakKeyDictionary()


def prepare_all(datasette: Datasette) -> None:
    """Prepare the catalogues that are served from the start; raises StartupError if that fails."""
    try:
        prepare(datasette.databases.values())
    except CatalogueFileError as error:
        raise StartupError(str(error)) from error


async def find_catalogues(datasette: Datasette) -> None:
    """Find out which databases are catalogues; cached, because every cell of a table needs to know."""
    await _examine(datasette)


async def find_new_catalogues(datasette: Datasette) -> None:
    """Examine databases that another plugin has added since."""
    examined = _examined.get(datasette)
    if examined is None or examined.databases == frozenset(datasette.databases):
        return  # not started yet, or nothing new
    new = [database for name, database in datasette.databases.items() if name not in examined.databases]
    with suppress(CatalogueFileError):  # a page then shows SQLite's message
        await asyncio.to_thread(prepare, new)
    await _examine(datasette)


def prepare(databases: Iterable[Database]) -> None:
    """Roll back interrupted changes of catalogues, and upgrade them to the tables of this version.

    Datasette only reads, and for immutable files (-i) it would show the interrupted change. Raises CatalogueFileError.
    """
    for database in databases:
        if database.path is None or not is_catalogue_file(path := Path(database.path)):
            continue
        recover(path)
        if database.is_mutable:
            bring_up_to_date(path)
        elif not is_up_to_date(path):
            raise CatalogueFileError(
                f"{path} was written by an earlier version.", "Build again, or serve it without -i."
            )


async def _examine(datasette: Datasette) -> None:
    names = _names_by_files(datasette)
    # Titles come from metadata, which applies to a catalogue only once it is known to be one.
    _examined[datasette] = Examined(frozenset(datasette.databases), dict.fromkeys(names, ""))
    titles = {name: await _title(datasette, name) for name in names}
    if len(set(titles.values())) < len(titles):
        titles = {name: f"{title} ({name})" for name, title in titles.items()}
    _examined[datasette] = Examined(frozenset(datasette.databases), titles)


def _names_by_files(datasette: Datasette) -> list[str]:
    return [
        name
        for name, database in datasette.databases.items()
        if database.path is not None and is_catalogue_file(Path(database.path))
    ]


async def _title(datasette: Datasette, name: str) -> str:
    if is_stable(datasette):
        return str(datasette.metadata("title", database=name) or name)
    return (await datasette.get_database_metadata(name)).get("title") or name


async def roll_back_all(datasette: Datasette) -> None:
    """Roll back an interrupted change before a request: a writer may have been killed since the last one."""
    for name in catalogue_names(datasette):
        path = datasette.databases[name].path if name in datasette.databases else None
        if path is not None and journals(Path(path)):
            with suppress(CatalogueFileError):  # the page then shows SQLite's message
                await asyncio.to_thread(recover, Path(path))


def catalogue_names(datasette: Datasette) -> tuple[str, ...]:
    """The names of all catalogues; before Datasette has started, found by reading the files."""
    examined = _examined.get(datasette)
    return tuple(_names_by_files(datasette) if examined is None else examined.titles)


def wait_for_writers(connection: Connection, datasette: Datasette, name: str) -> None:
    """Let connections to a catalogue wait for a writer as long as all other readers do; leave other databases alone."""
    database = datasette.databases.get(name)
    if database is not None and database.path is not None and is_catalogue_file(Path(database.path)):
        connection.execute(f"PRAGMA busy_timeout = {int(WAIT_FOR_LOCK * 1000)}")


def is_catalogue(datasette: Datasette, name: str | None) -> bool:
    """Whether the database with this name is a catalogue."""
    examined = _examined.get(datasette)
    return examined is not None and name in examined.titles


def serves_catalogues_alone(datasette: Datasette) -> bool:
    """Whether Datasette serves one or more catalogues, and nothing else."""
    names = catalogue_names(datasette)
    return bool(names) and not set(datasette.databases) - set(names) - OF_DATASETTE


def only_catalogue(datasette: Datasette) -> str | None:
    """The name of the catalogue if Datasette serves exactly one, and nothing else."""
    names = catalogue_names(datasette)
    return names[0] if len(names) == 1 and serves_catalogues_alone(datasette) else None


def title_of(datasette: Datasette, name: str) -> str:
    """The title of a catalogue from metadata, with its name if others have the same title."""
    return _examined[datasette].titles[name]


def paths_of(datasette: Datasette, name: str) -> Paths:
    """The paths of the pages of a catalogue."""
    return Paths(str(datasette.urls.database(name)))


def start_of(datasette: Datasette, name: str) -> str:
    """The path of the start page of a catalogue."""
    return paths_of(datasette, name).base


def catalogue_at(datasette: Datasette, path: str) -> str | None:
    """The catalogue to which the page at a path belongs; the path is as requested, tilde-encoded."""
    base = str(datasette.setting("base_url"))
    if base != "/" and path.startswith(base):
        path = path[len(base) :]
    first = path.lstrip("/").partition("/")[0]
    routes = {tilde_decode(first), tilde_decode(first.partition(".")[0])}  # `/catalogue.json` is one of its pages
    return next(
        (
            name
            for name in catalogue_names(datasette)
            if name in datasette.databases and datasette.databases[name].route in routes
        ),
        None,
    )
