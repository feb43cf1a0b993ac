"""The settings of Datasette that suit a catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from extractor.publish.plugin.catalogues import serves_catalogues_alone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.plugin.datasette_types import Datasette

SETTINGS: Mapping[str, int | bool] = {
    "allow_download": False,  # it holds all notes, and what was ever deleted from them
    "suggest_facets": False,
    "default_facet_size": 8,
    "default_page_size": 50,
    "facet_time_limit_ms": 1000,
    "sql_time_limit_ms": 3000,
}
# What Datasette keeps of its settings besides.
KEPT = {"default_page_size": "page_size", "sql_time_limit_ms": "sql_time_limit_ms"}


def apply_settings(datasette: Datasette) -> None:
    """Set what nobody has set otherwise, where nothing but catalogues is served: Datasette has one set for all."""
    if not serves_catalogues_alone(datasette):
        return
    from datasette.app import DEFAULT_SETTINGS  # noqa: PLC0415 -- not while Datasette is being imported

    settings: dict[str, Any] = datasette._settings  # noqa: SLF001 -- there is no method that sets one
    for name, value in SETTINGS.items():
        if settings[name] == DEFAULT_SETTINGS[name]:
            settings[name] = value
            if name in KEPT:
                setattr(datasette, KEPT[name], value)
