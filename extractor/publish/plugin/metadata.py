"""What metadata.yml says, which the package carries, and what a file given with -m adds to it.

metadata.yml calls the catalogue `catalogue`; what it says holds for each catalogue that Datasette serves, whatever its
file is called. In a file given with -m, `catalogue` means the same, unless a database is really called so: then it
means that one alone. Such a file adds and overrides.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from extractor.included import included
from extractor.publish.plugin.catalogues import catalogue_names, serves_catalogues_alone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.plugin.datasette_types import Datasette

NAME = "catalogue"  # what metadata.yml calls it
PLUGIN = "joplin-catalogue"
FILE = "metadata.yml"


@cache
def packaged() -> Mapping[str, Any]:
    """The whole of metadata.yml."""
    said: Mapping[str, Any] = yaml.load(
        included(FILE).read_text(encoding="utf-8"),
        Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506 -- both are safe, and one is quick
    )
    return said


def said_of_catalogue() -> Mapping[str, Any]:
    """What metadata.yml says of a catalogue."""
    said: Mapping[str, Any] = packaged()["databases"][NAME]
    return said


def said_by_us(datasette: Datasette, key: str | None, database: str | None) -> dict[str, Any]:
    """What Datasette 0.65 is told where it asks for a key, of one database or of all.

    It writes what others say into what it is given, so that is a new one each time.
    """
    names = catalogue_names(datasette)
    if not names:
        return {}
    said: dict[str, Any] = {}
    if key in {None, "plugins"}:
        said["plugins"] = copied({PLUGIN: packaged()["plugins"][PLUGIN]})
    if key in {None, "title"} and serves_catalogues_alone(datasette):
        said["title"] = packaged()["title"]
    if database is not None or key in {None, "databases"}:
        asked = [name for name in names if database in {None, name}]
        said["databases"] = {name: of_any(local_databases(datasette), datasette.databases) for name in asked}
    return said


def of_any(local: Mapping[str, Any], databases: Mapping[str, object]) -> dict[str, Any]:
    """What is said of any catalogue, before what the file given with -m, `local`, says of the one by its name."""
    said = copied(said_of_catalogue())
    return said if NAME in databases else overridden(said, local.get(NAME) or {})


def local_databases(datasette: Datasette) -> Mapping[str, Any]:
    """What the file given with -m itself says of databases."""
    # No method tells it without asking the plugins, of which this is one.
    return datasette._metadata_local.get("databases") or {}  # noqa: SLF001 -- see above


def overridden(said: dict[str, Any], by: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, with what another file says in its place or besides; changes `said`."""
    for key, value in by.items():
        known = said.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            overridden(known, value)
        else:
            said[key] = copied(value)
    return said


def copied(said: Any) -> Any:  # noqa: ANN401 -- what YAML may hold
    """A copy to change: its lists are never changed in place."""
    return {key: copied(value) for key, value in said.items()} if isinstance(said, dict) else said
