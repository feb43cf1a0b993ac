"""The packaged metadata.yml, and what a file given with -m adds to it.

metadata.yml refers to the catalogue as `catalogue`, which applies to each catalogue that Datasette serves, whatever its
file name. In a file given with -m, `catalogue` means the same, unless a database really has that name: then it means
only that one. Such a file adds and overrides.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from extractor.included import included
from extractor.publish.plugin.catalogues import catalogue_names, serves_catalogues_alone
from extractor.publish.plugin.datasette_types import is_stable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.plugin.datasette_types import Database, Datasette

NAME = "catalogue"  # its name in metadata.yml
PLUGIN = "joplin-catalogue"
FILE = "metadata.yml"
LARGE = 500_000_000  # bytes of a file, of about 40,000 revisions and 200,000 links
SLOW_FACETS = ("saved_links", "links", "images", "link_changes", "link_history")  # they take up to 1 s of 900,000 links
MOVED = {"queries", "allow_sql"}  # what Datasette 1.0 leaves in a place where it does not look for it


@cache
def packaged() -> Mapping[str, Any]:
    """The packaged metadata.yml."""
    said: Mapping[str, Any] = yaml.load(
        included(FILE).read_text(encoding="utf-8"),
        Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506 -- both are safe, and one is quick
    )
    return said


def said_of_catalogue() -> Mapping[str, Any]:
    """What metadata.yml says about a catalogue."""
    said: Mapping[str, Any] = packaged()["databases"][NAME]
    return said


def said_by_us(datasette: Datasette, key: str | None, database: str | None) -> dict[str, Any]:
    """The metadata for Datasette 0.65, for a key, of one database or of all.

    Datasette merges other metadata into the result, so it is a new object each time.
    """
    names = catalogue_names(datasette)
    if not names:
        return {}
    said: dict[str, Any] = _Said()
    if key in {None, "plugins"}:
        said["plugins"] = copied({PLUGIN: packaged()["plugins"][PLUGIN]})
    if key in {None, "title"} and serves_catalogues_alone(datasette):
        said["title"] = packaged()["title"]
    if database is not None or key in {None, "databases"}:
        asked = [name for name in names if database in {None, name}]
        said["databases"] = {name: _before_others(datasette, name) for name in asked}
    return said


class _Said(dict[str, Any]):
    """Metadata that is quick to copy: Datasette copies all of it for each permission check of a table."""

    def __deepcopy__(self, memo: object) -> dict[str, Any]:
        del memo
        copy: dict[str, Any] = copied(self)
        return copy


def _before_others(datasette: Datasette, name: str) -> dict[str, Any]:
    """What is said of a catalogue, before what the file given with -m says of the one by its name."""
    said = said_of(datasette.databases[name])
    return said if NAME in datasette.databases else overridden(said, local_databases(datasette).get(NAME) or {})


def said_of(database: Database) -> dict[str, Any]:
    """What metadata.yml says about a catalogue, without facets that take long to count in a large one.

    They can still be chosen, from the menu of a column.
    """
    said: dict[str, Any] = copied(said_of_catalogue())
    try:
        is_large = database.path is not None and Path(database.path).stat().st_size > LARGE
    except OSError:
        is_large = False
    for table in SLOW_FACETS if is_large else ():
        said["tables"][table].pop("facets", None)
    return said


def log_at_start(datasette: Datasette) -> None:
    """Tell Datasette 1.0 what it tells its tables of metadata and questions from, below what the user says.

    There, no hook is asked, and what a file given with -m says is in two places by now: what is for people in one,
    what settings of tables and questions are in the other.
    """
    from datasette.utils import move_plugins_and_allow, move_table_config  # noqa: PLC0415 -- is not there before 1.0

    names = catalogue_names(datasette)
    if not names:
        return
    own = {"plugins": {PLUGIN: packaged()["plugins"][PLUGIN]}}
    own |= {"title": packaged()["title"]} if serves_catalogues_alone(datasette) else {}
    said = copied({**own, "databases": {name: said_of(datasette.databases[name]) for name in names}})
    people, config = move_table_config(*move_plugins_and_allow(said, {}))
    for known, local in ((people, datasette._metadata_local), (config, datasette.config or {})):  # noqa: SLF001 -- as above
        if NAME not in datasette.databases and (of_all := (local.get("databases") or {}).get(NAME)):
            overridden(known, {"databases": dict.fromkeys(names, of_all)})
        overridden(known, local)
    for name in names:
        for key in MOVED & people["databases"][name].keys():
            moved = {key: people["databases"][name].pop(key)}
            config["databases"][name] = overridden(moved, config["databases"][name])
    datasette._metadata_local, datasette.config = people, config  # noqa: SLF001 -- as above


def about_tables(datasette: Datasette, database: str) -> Mapping[str, Mapping[str, Any]]:
    """The metadata of the tables of a database, in the order of metadata.yml."""
    if is_stable(datasette):
        databases: Any = datasette.metadata("databases") or {}
        tables: Mapping[str, Mapping[str, Any]] = (databases.get(database) or {}).get("tables") or {}
        return tables
    found: dict[str, dict[str, Any]] = {}
    for local in (datasette._metadata_local, datasette.config or {}):  # noqa: SLF001 -- no method tells it at once
        for table, said in _of_database(local, database, "tables").items():
            found.setdefault(table, {}).update(said)
    return found


def about_table(datasette: Datasette, database: str, table: str) -> Mapping[str, Any]:
    """The metadata of one table."""
    return about_tables(datasette, database).get(table) or {}


def queries_in_order(datasette: Datasette, database: str) -> Mapping[str, Any]:
    """The queries of a database as passed to Datasette 1.0, which lists them by name."""
    return _of_database(datasette.config or {}, database, "queries")


def _of_database(said: Mapping[str, Any], database: str, key: str) -> Mapping[str, Any]:
    return ((said.get("databases") or {}).get(database) or {}).get(key) or {}


def local_databases(datasette: Datasette) -> Mapping[str, Any]:
    """What the file given with -m itself says about databases."""
    # No method returns it without calling the plugins, of which this is one.
    return datasette._metadata_local.get("databases") or {}  # noqa: SLF001 -- see above


def overridden(said: dict[str, Any], by: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata with the overrides and additions of another file; changes `said`."""
    for key, value in by.items():
        known = said.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            overridden(known, value)
        else:
            said[key] = copied(value)
    return said


def copied(said: Any) -> Any:  # noqa: ANN401 -- what YAML may hold
    """A copy that may be changed, except its lists."""
    return {key: copied(value) for key, value in said.items()} if isinstance(said, dict) else said
