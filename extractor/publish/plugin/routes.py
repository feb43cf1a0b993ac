"""Routes that apply only to catalogues; anywhere else, Datasette handles the address as without the plugin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette.utils import tilde_decode

from extractor.publish.plugin.catalogues import is_catalogue, only_catalogue

if TYPE_CHECKING:
    from extractor.publish.plugin.datasette_types import Datasette


@dataclass(frozen=True, slots=True)
class CatalogueRoute:
    """Matches paths like a regular expression, if its group `database` is the route of a catalogue."""

    datasette: Datasette
    pattern: str

    def match(self, path: str) -> re.Match[str] | None:
        """What Datasette asks of a route."""
        found = re.match(self.pattern, path)
        if found is None:
            return None
        route = tilde_decode(found["database"])
        names = [name for name, database in self.datasette.databases.items() if database.route == route]
        return found if names and is_catalogue(self.datasette, names[0]) else None


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Matches `/` if Datasette serves one catalogue and nothing else."""

    datasette: Datasette

    def match(self, path: str) -> re.Match[str] | None:
        """What Datasette asks of a route."""
        return re.match(r"^/(?P<format>)$", path) if only_catalogue(self.datasette) else None
