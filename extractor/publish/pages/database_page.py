"""The pages at `/` and `/DATABASE`: the start page for a catalogue, Datasette's own pages for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils import tilde_decode
from datasette.utils.asgi import Response

from extractor.publish.pages import start_page
from extractor.publish.plugin.catalogues import is_catalogue, only_catalogue, start_of
from extractor.publish.plugin.datasette_types import is_stable
from extractor.publish.plugin.page import page
from extractor.publish.plugin.safety import must_see_database

if TYPE_CHECKING:
    from extractor.publish.plugin.asgi import Send
    from extractor.publish.plugin.datasette_types import Datasette, Request

OF_DATASETTE = ("_internal", "_memory")

front_page = page(start_page.start_page, (), (*start_page.REQUIRED_TABLES, *start_page.OPTIONAL_TABLES))


async def home_page(request: Request, datasette: Datasette, send: Send) -> Response:
    """`/`: redirects to the catalogue if Datasette serves nothing else."""
    from datasette.views.index import IndexView  # noqa: PLC0415 -- not while Datasette is being imported

    name = only_catalogue(datasette)
    if name is not None and not request.url_vars["format"] and not set(datasette.databases) - {name, *OF_DATASETTE}:
        return Response.redirect(start_of(datasette, name))
    answer: Response = await IndexView.as_view(datasette)(request, send)
    return answer


async def database_page(request: Request, datasette: Datasette, send: Send) -> Response:
    """`/DATABASE`: the start page of a catalogue; with any parameter (`?sql=`), Datasette's page."""
    from datasette.views.database import DatabaseView  # noqa: PLC0415 -- not while Datasette is being imported

    route = tilde_decode(request.url_vars["database"])
    names = [name for name, database in datasette.databases.items() if database.route == route]
    is_plain = not request.url_vars["format"] and not any(True for _ in request.args)
    if is_plain and names and is_catalogue(datasette, names[0]):
        await must_see_database(datasette, request.actor, names[0])
        return await front_page(request, datasette)
    view = (
        DatabaseView.as_view(datasette)(request, send) if is_stable(datasette) else DatabaseView()(request, datasette)
    )
    answer: Response = await view
    return answer
