"""Error pages: a search for what was wanted, or the SQL to correct."""

from __future__ import annotations

import re
import sys
import traceback
from typing import TYPE_CHECKING

from datasette.utils import await_me_maybe, tilde_decode
from datasette.utils.asgi import Base400, NotFound, Response
from datasette.views.base import DatasetteError

from extractor.names import SEPARATOR
from extractor.publish.plugin.catalogues import catalogue_at, only_catalogue, paths_of
from extractor.publish.plugin.page_templates import template_of_catalogue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from extractor.publish.plugin.datasette_types import Datasette, Request

OF_SQL = {"Invalid SQL", "SQL Interrupted"}  # titles of Datasette's errors
OF_DATASETTE = "datasette.handle_exception"  # the module whose answer is used last
WORDS = re.compile(r"[^\W\d_]{2,}")
ID = re.compile(r"[0-9a-f]{16,}")
UNEXPECTED = 500


def answers(datasette: Datasette, request: Request, exception: Exception, given: list[object]) -> list[object]:
    """The answer for Datasette: the first of these that is not None; all of them are run.

    With rich installed, Datasette's own handler prints the error with all local variables, including texts of notes,
    and if no route matches, it fails because there is no exception to print. So it is called in a way that avoids both.
    """
    return [
        _instead_of(one, datasette, request, exception) if getattr(one, "__module__", "") == OF_DATASETTE else one
        for one in given
    ]


def _instead_of(
    answer: object, datasette: Datasette, request: Request, exception: Exception
) -> Callable[[], Awaitable[Response | None]]:
    async def inner() -> Response | None:
        if catalogue_of(datasette, request) is not None:
            return await error_page(datasette, request, exception) or await _without_local_variables(answer, exception)
        if sys.exc_info()[1] is not None:
            return await _response(answer)
        try:
            raise exception
        except type(exception):
            return await _response(answer)

    return inner


async def _without_local_variables(answer: object, exception: Exception) -> Response | None:
    if _status(exception) == UNEXPECTED:
        traceback.print_exception(exception)
    try:
        raise RuntimeError(type(exception).__name__) from None  # noqa: TRY301 -- something has to be handled
    except RuntimeError:
        return await _response(answer)


async def _response(answer: object) -> Response | None:
    response: Response | None = await await_me_maybe(answer)
    return response


async def error_page(datasette: Datasette, request: Request, exception: Exception) -> Response | None:
    """A page of a catalogue for this error; None to leave it to Datasette."""
    name = catalogue_of(datasette, request)
    if name is None or request.path.endswith((".json", ".csv")):
        return None
    if not isinstance(exception, (Base400, DatasetteError)):
        traceback.print_exception(exception)
    return await _page(datasette, request, name, _status(exception), _said_of(datasette, request, exception))


def _said_of(datasette: Datasette, request: Request, exception: Exception) -> Mapping[str, object]:
    """The content of the page: an SQL statement to edit, or a search for what does not exist."""
    if isinstance(exception, DatasetteError) and exception.title in OF_SQL:
        limit = datasette.setting("sql_time_limit_ms") / 1000
        too_long = f"This took longer than {limit:g} s: narrow it down, or add a LIMIT."
        return {
            "error": exception.message if exception.title == "Invalid SQL" else too_long,
            "title": "SQL",
            "sql": request.args.get("sql") or "",
            "others": {key: request.args.get(key) for key in request.args if key != "sql"},
        }
    if isinstance(exception, DatasetteError):
        return {"error": exception.message, "title": exception.title}
    if isinstance(exception, NotFound):
        return {
            "error": "There is no such page." if str(exception) == "404" else str(exception),
            "looked_for": last_words(request.args.get("path") or tilde_decode(request.path)),
        }
    return {"error": str(exception)}


async def forbidden_page(datasette: Datasette, request: Request, name: str, message: str) -> Response:
    """The page of a catalogue for what this visitor may not see."""
    return await _page(datasette, request, name, 403, {"title": "Forbidden", "error": message})


async def _page(
    datasette: Datasette, request: Request, name: str, status: int, context: Mapping[str, object]
) -> Response:
    html = await datasette.render_template(
        template_of_catalogue(datasette, "error.html"),
        {"status": status, "database": name, "paths": paths_of(datasette, name), **context},
        request=request,
        view_name="error",
    )
    return Response.html(html, status=status)


def _status(exception: Exception) -> int:
    return int(exception.status) if isinstance(exception, (Base400, DatasetteError)) else UNEXPECTED


def last_words(path: str) -> str:
    """The last words of an address or section path, to search for; never ids."""
    last = re.split(f"/|{SEPARATOR}", path.rstrip("/"))[-1]
    return " ".join(WORDS.findall(ID.sub(" ", last)))


def catalogue_of(datasette: Datasette, request: Request) -> str | None:
    """The catalogue of the requested page; for any other address, the only catalogue, if there is one."""
    return catalogue_at(datasette, request.path) or only_catalogue(datasette)
