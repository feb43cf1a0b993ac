"""The Datasette plugin: pages and cells made for people, and what keeps them private.

Datasette finds it by the entry point `datasette`. Its hooks are here; what they do is in the modules around.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker

from extractor.publish.html import cells
from extractor.publish.pages import (
    changes_page,
    deaths,
    digest_page,
    feed,
    finder_page,
    images_page,
    kept_page,
    link_page,
    looking_back_page,
    note_page,
    notes_page,
    old_addresses,
    topic_page,
    topics,
)
from extractor.publish.pages.blame_page import blame_page
from extractor.publish.pages.database_page import database_page, home_page
from extractor.publish.pages.pictures import picture_page
from extractor.publish.pages.resources import inside_page, resource_page
from extractor.publish.plugin.catalogues import (
    find_catalogues,
    find_new_catalogues,
    is_catalogue,
    paths_of,
    prepare_all,
    roll_back_all,
    wait_for_writers,
)
from extractor.publish.plugin.data import OF_LIST, OF_PAGE
from extractor.publish.plugin.datasette_types import is_stable
from extractor.publish.plugin.metadata import log_at_start, said_by_us
from extractor.publish.plugin.page import no_page, page
from extractor.publish.plugin.page_templates import dress_pages
from extractor.publish.plugin.routes import CatalogueRoute, FrontDoor
from extractor.publish.plugin.safety import Guard, no_download
from extractor.publish.plugin.settings import apply_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Mapping

    from datasette.utils.asgi import Response
    from jinja2 import Environment
    from markupsafe import Markup

    from extractor.publish.plugin.asgi import App, Receive, Scope, Send
    from extractor.publish.plugin.datasette_types import Datasette, Request

hookimpl = HookimplMarker("datasette")


@hookimpl
def startup(datasette: Datasette) -> Callable[[], Awaitable[None]]:
    """Look which databases are catalogues."""

    async def inner() -> None:
        await find_catalogues(datasette)
        apply_settings(datasette)

    return inner


@hookimpl
def prepare_connection(conn: Any, database: str, datasette: Datasette) -> None:  # noqa: ANN401 -- sqlite3's
    """Have pages wait while a build puts its changes into the file."""
    wait_for_writers(conn, datasette, database)


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[App], App]:
    """Guard what is answered of catalogues, and have what a killed writer left half done taken back before it."""

    def wrap(app: App) -> App:
        guarded = Guard(app, datasette)

        async def with_whole_files(scope: Scope, receive: Receive, send: Send) -> None:
            await find_new_catalogues(datasette)
            await roll_back_all(datasette)
            await guarded(scope, receive, send)

        return with_whole_files

    return wrap


@hookimpl(trylast=True)  # so that pages of other plugins come before ours
def register_routes(datasette: Datasette) -> list[tuple[Any, Any]]:
    """The pages of our own, below the database that they are about, and the front door."""
    at = r"^/(?P<database>[^/]+)/-/"
    note = at + r"note/(?P<note>[0-9a-fA-F]{4,32})"
    pages: list[tuple[str, Any]] = [
        (
            note + r"(?P<format>\.json|\.md)?$",
            page(note_page.note_page, note_page.REQUIRED_TABLES, note_page.OPTIONAL_TABLES),
        ),
        (note + "/blame" + OF_PAGE, page(blame_page, note_page.REQUIRED_TABLES)),
        (note + "/changes" + OF_PAGE, page(changes_page.changes_page, changes_page.REQUIRED_TABLES)),
        (
            at + r"revision/(?P<revision>[0-9a-f]{32})" + OF_PAGE,
            page(changes_page.revision_page, changes_page.REQUIRED_TABLES),
        ),
        (at + "links$", page(old_addresses.old_links_page, old_addresses.OF_OLD_LIST)),
        (at + "notes" + OF_LIST, page(notes_page.notes_page, notes_page.REQUIRED_TABLES)),
        (at + "topics$", page(topics.topics_page, topics.REQUIRED_TABLES)),
        (at + "topic" + OF_LIST, page(topic_page.topic_page, topic_page.REQUIRED_TABLES, topic_page.OPTIONAL_TABLES)),
        (
            at + r"link/(?P<link>\d{1,18})" + OF_PAGE,
            page(link_page.link_page, link_page.REQUIRED_TABLES, link_page.OPTIONAL_TABLES),
        ),
        (
            at + r"address/(?P<address>\d{1,18})" + OF_PAGE,
            page(link_page.address_page, link_page.REQUIRED_TABLES, link_page.OPTIONAL_TABLES),
        ),
        (at + "images$", page(images_page.images_page, images_page.REQUIRED_TABLES, images_page.OPTIONAL_TABLES)),
        (
            at + "search" + OF_LIST,
            page(finder_page.finder_page, finder_page.REQUIRED_TABLES, finder_page.OPTIONAL_TABLES),
        ),
        (at + r"names(?P<format>\.json)$", page(finder_page.names_page, finder_page.REQUIRED_FOR_NAMES)),
        (at + "digest" + OF_PAGE, page(digest_page.digest_page, digest_page.REQUIRED_TABLES)),
        (at + "looking-back$", page(looking_back_page.looking_back_page, looking_back_page.REQUIRED_TABLES)),
        (at + r"new-links\.atom$", page(feed.feed_page, feed.REQUIRED_TABLES)),
        (at + r"died\.atom$", page(deaths.deaths_page, deaths.REQUIRED_TABLES, deaths.OPTIONAL_TABLES)),
        (at + r"kept/(?P<address>\d{1,18})" + kept_page.FORMS, page(kept_page.kept_page, kept_page.REQUIRED_TABLES)),
        (at + r"picture/(?P<link>\d{1,18})$", page(picture_page, ("links",))),
        (at + r"resource/(?P<resource>[0-9a-f]{32})$", page(resource_page, ("resources",))),
        (at + r"id/(?P<id>[0-9A-Za-z]{32})$", page(inside_page, ("notes", "resources"), ("note_bodies",))),
    ]
    pages.append((r"^/(?P<database>[^/.]+)(?P<format>)$", database_page))
    if is_stable(datasette):
        pages.append((at + "[^/]*$", no_page))  # which Datasette 0.65 takes for a row of a table called `-`
    ours = [(CatalogueRoute(datasette, pattern), view) for pattern, view in pages]
    return [(FrontDoor(datasette), home_page), *ours]


@hookimpl(wrapper=True)
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Generator[None, list[object], list[object]]:
    """Say what to do about an error in a catalogue."""
    from extractor.publish.plugin.error_page import answers  # noqa: PLC0415 -- not while Datasette is being imported

    given = yield
    return answers(datasette, request, exception, given)


@hookimpl(trylast=True)  # so that a plugin that asks for a password comes before
def forbidden(datasette: Datasette, request: Request, message: str) -> Callable[[], Awaitable[Response]] | None:
    """Say so on a page of the catalogue."""
    from extractor.publish.plugin.error_page import catalogue_of, forbidden_page  # noqa: PLC0415 -- as above

    name = None if request.path.endswith(".json") else catalogue_of(datasette, request)
    return None if name is None else lambda: forbidden_page(datasette, request, name, message)


@hookimpl(trylast=True)  # a rule of metadata or of another plugin comes before
def permission_allowed(datasette: Datasette, action: str, resource: object) -> bool | None:
    """A catalogue holds all notes, and what was ever deleted from them: none is downloaded as a whole."""
    return False if action == "view-database-download" and is_catalogue(datasette, str(resource)) else None


@hookimpl
def permission_resources_sql(datasette: Datasette, action: str) -> object:
    """The same since 1.0."""
    return no_download(datasette) if action == "view-database-download" else None


@hookimpl
def get_metadata(datasette: Datasette, key: str | None, database: str | None) -> Mapping[str, object]:
    """Say of a catalogue in a file of any name what metadata.yml says of `catalogue`."""
    return said_by_us(datasette, key, database)


@hookimpl
def prepare_jinja2_environment(env: Environment, datasette: Datasette) -> None:
    """Have Datasette's own pages of a catalogue drawn as ours are; the first hook that Datasette calls at its start."""
    prepare_all(datasette)
    dress_pages(datasette, env)
    if not is_stable(datasette):
        log_at_start(datasette)


@hookimpl
def render_cell(
    row: Mapping[str, Any], value: object, column: str, table: str | None, database: str, datasette: Datasette
) -> Markup | None:
    """Show a value of a catalogue as people read it."""
    if not is_catalogue(datasette, database):
        return None
    return cells.cell(paths_of(datasette, database), table, column, value, row)
