"""The Datasette plugin: pages and cells made for people, and what keeps them private.

Datasette finds it by the entry point `datasette`. Its hooks are here; what they do is in the modules around.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from pluggy import HookimplMarker

from extractor.publish.html import cells
from extractor.publish.pages import (
    changes_page,
    deaths,
    feed,
    images_page,
    link_page,
    links_page,
    note_page,
    notes_page,
    search_page,
    topic_page,
    topics,
)
from extractor.publish.pages.blame_page import blame_page
from extractor.publish.pages.database_page import database_page, front_page, home_page
from extractor.publish.pages.pictures import picture_page
from extractor.publish.pages.resources import inside_page, resource_page
from extractor.publish.plugin.catalogues import (
    find_catalogues,
    is_catalogue,
    metadata_of_all,
    paths_of,
    roll_back_all,
    start_of,
)
from extractor.publish.plugin.datasette_types import is_stable
from extractor.publish.plugin.frame import install_templates, template_globals
from extractor.publish.plugin.page import no_page, page
from extractor.publish.plugin.safety import guard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from datasette.utils.asgi import Response
    from jinja2 import Environment

    from extractor.publish.plugin.datasette_types import Datasette, Request
    from extractor.publish.plugin.safety import App, Receive, Scope, Send

hookimpl = HookimplMarker("datasette")


@hookimpl
def startup(datasette: Datasette) -> Callable[[], Awaitable[None]]:
    """Look which databases are catalogues."""
    from datasette import handle_exception  # noqa: PLC0415 -- Datasette is still being imported when it finds plugins

    # With rich installed, Datasette prints every error with all local variables, texts of notes among them; and where
    # no route fits, it fails for want of an exception to print.
    handle_exception.rich = None

    async def inner() -> None:
        await find_catalogues(datasette)

    return inner


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Guard every answer, and have what a killed writer left half done taken back before it."""

    def wrap(app: App) -> App:
        async def with_whole_files(scope: Scope, receive: Receive, send: Send) -> None:
            await roll_back_all(datasette)
            await app(scope, receive, send)

        return guard(datasette)(with_whole_files)

    return wrap


@hookimpl(trylast=True)  # so that pages of other plugins come before ours
def register_routes(datasette: Datasette) -> list[tuple[str, Any]]:
    """The pages of our own, below the database that they are about, and the front door."""
    at = r"^/(?P<database>[^/]+)/-/"
    note = at + r"note/(?P<note>[0-9a-fA-F]{4,32})"
    pages: list[tuple[str, Any]] = [
        (r"^/(\.(?P<format>jsono?))?$", home_page),
        (note + "$", page(note_page.note_page, note_page.REQUIRED_TABLES, note_page.OPTIONAL_TABLES)),
        (note + "/blame$", page(blame_page, note_page.REQUIRED_TABLES)),
        (note + "/changes$", page(changes_page.changes_page, changes_page.REQUIRED_TABLES)),
        (at + r"revision/(?P<revision>[0-9a-f]{32})$", page(changes_page.revision_page, changes_page.REQUIRED_TABLES)),
        (at + "links$", page(links_page.links_page, links_page.REQUIRED_TABLES)),
        (at + "notes$", page(notes_page.notes_page, notes_page.REQUIRED_TABLES)),
        (at + "topics$", page(topics.topics_page, topics.REQUIRED_TABLES)),
        (at + "topic$", page(topic_page.topic_page, topic_page.REQUIRED_TABLES, topic_page.OPTIONAL_TABLES)),
        (
            at + r"link/(?P<link>\d{1,18})$",
            page(link_page.link_page, link_page.REQUIRED_TABLES, link_page.OPTIONAL_TABLES),
        ),
        (
            at + r"address/(?P<address>\d{1,18})$",
            page(link_page.address_page, link_page.REQUIRED_TABLES, link_page.OPTIONAL_TABLES),
        ),
        (at + "images$", page(images_page.images_page, images_page.REQUIRED_TABLES, images_page.OPTIONAL_TABLES)),
        (at + "search$", page(search_page.search_page, search_page.REQUIRED_TABLES, search_page.OPTIONAL_TABLES)),
        (at + r"new-links\.atom$", page(feed.feed_page, feed.REQUIRED_TABLES)),
        (at + r"died\.atom$", page(deaths.deaths_page, deaths.REQUIRED_TABLES)),
        (at + r"picture/(?P<link>\d{1,18})$", page(picture_page, ("links",))),
        (at + r"resource/(?P<resource>[0-9a-f]{32})$", page(resource_page, ("resources",))),
        (at + r"id/(?P<id>[0-9A-Za-z]{32})$", page(inside_page, ("notes", "resources"), ("note_bodies",))),
    ]
    if is_stable(datasette):
        pages.append((r"^/(?P<database>[^/.]+)(\.(?P<format>\w+))?$", database_page))
        pages.append((at + "[^/]*$", no_page))  # which Datasette takes for a row of a table called `-`
    else:
        pages.append((at + "start$", front_page))
    return pages


@hookimpl
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Callable[[], Awaitable[Response | None]]:
    """Say what to do about an error."""

    async def inner() -> Response | None:
        from extractor.publish.plugin.error_page import error_page  # noqa: PLC0415 -- not while Datasette is being imported

        return await error_page(datasette, request, exception)

    return inner


@hookimpl
def get_metadata(datasette: Datasette) -> Mapping[str, object]:
    """Say of a catalogue in a file of any name what metadata.yml says of `catalogue`."""
    return {"databases": metadata_of_all(datasette)}


@hookimpl
def top_database(datasette: Datasette, database: str) -> Markup | None:
    """Lead to our start page from the page that the 1.0 alpha has of a catalogue; 0.65 does not ask for this."""
    if not is_catalogue(datasette, database):
        return None
    start = start_of(datasette, database)
    return Markup('<p><a href="{}">Start page: what is new and what is broken</a></p>').format(start)


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """What the templates ask for."""
    env.globals |= template_globals(datasette)
    if is_stable(datasette):
        install_templates(env)


@hookimpl
def render_cell(
    row: Mapping[str, Any], value: object, column: str, table: str | None, database: str, datasette: Datasette
) -> Markup | None:
    """Show a value of a catalogue as people read it."""
    if not is_catalogue(datasette, database):
        return None
    return cells.cell(paths_of(datasette, database), table, column, value, row)
