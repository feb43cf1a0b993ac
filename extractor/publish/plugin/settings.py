"""The settings of Datasette, and of Python below it, that suit a catalogue."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from extractor.garbage import collect_seldom_for_good
from extractor.publish.plugin.catalogues import serves_catalogues_alone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.plugin.datasette_types import Datasette

SETTINGS: Mapping[str, int | bool] = {
    "allow_download": False,  # it contains all notes, and everything ever deleted from them
    "suggest_facets": False,
    "default_facet_size": 8,
    "default_page_size": 50,
    "facet_time_limit_ms": 1000,
    "sql_time_limit_ms": 3000,
}
# Copies that Datasette makes of its settings.
KEPT = {"default_page_size": "page_size", "sql_time_limit_ms": "sql_time_limit_ms"}


def apply_settings(datasette: Datasette) -> None:
    """Apply these to settings at their defaults, if only catalogues are served: they apply to all databases."""
    if not serves_catalogues_alone(datasette):
        return
    from datasette.app import DEFAULT_SETTINGS  # noqa: PLC0415 -- not while Datasette is being imported

    settings: dict[str, Any] = datasette._settings  # noqa: SLF001 -- there is no method that sets one
    for name, value in SETTINGS.items():
        if settings[name] == DEFAULT_SETTINGS[name]:
            settings[name] = value
            if name in KEPT:
                setattr(datasette, KEPT[name], value)
    if not gc.get_freeze_count():  # else whoever runs this process has thought of it
        collect_seldom_for_good()
