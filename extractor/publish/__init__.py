"""The Datasette plugin: pages and cells made for people, and what keeps them private.

Datasette finds it by the entry point `datasette`. Its hooks are here; what they do is in the modules around.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker

from extractor.publish import cells
from extractor.publish.catalogues import find_catalogues, is_catalogue, paths_of
from extractor.publish.frame import template_globals
from extractor.publish.page import page
from extractor.publish.pictures import picture_page
from extractor.publish.safety import guard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from jinja2 import Environment
    from markupsafe import Markup

    from extractor.publish.datasette_types import Datasette
    from extractor.publish.safety import App

hookimpl = HookimplMarker("datasette")


@hookimpl
def startup(datasette: Datasette) -> Callable[[], Awaitable[None]]:
    """Look which databases are catalogues."""

    async def inner() -> None:
        await find_catalogues(datasette)

    return inner


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Guard every answer."""
    return guard(datasette)


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    """The pages of our own, below the database that they are about."""
    at = r"^/(?P<database>[^/]+)/-/"
    return [
        (at + r"picture/(?P<link>\d{1,18})$", page(picture_page, "links")),
    ]


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """What the templates ask for."""
    env.globals |= template_globals(datasette)


@hookimpl
def render_cell(
    row: Mapping[str, Any], value: object, column: str, table: str | None, database: str, datasette: Datasette
) -> Markup | None:
    """Show a value of a catalogue as people read it."""
    if not is_catalogue(datasette, database):
        return None
    return cells.cell(paths_of(datasette, database), table, column, value, row)
