"""What is shown where a page cannot be: what to look for instead, or the SQL to mend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from datasette.utils import tilde_decode
from datasette.utils.asgi import NotFound, Response
from datasette.views.base import DatasetteError

from extractor.names import SEPARATOR
from extractor.publish.plugin.catalogues import is_catalogue, only_catalogue, paths_of
from extractor.publish.plugin.datasette_types import is_stable

if TYPE_CHECKING:
    from extractor.publish.plugin.datasette_types import Datasette, Request

OF_SQL = {"Invalid SQL", "SQL Interrupted"}  # titles of Datasette's errors
WORDS = re.compile(r"[^\W\d_]{2,}")
ID = re.compile(r"[0-9a-f]{16,}")


async def error_page(datasette: Datasette, request: Request, exception: Exception) -> Response | None:
    """A page of a catalogue for this error; None to leave it to Datasette."""
    name = _catalogue_of(datasette, request)
    if name is None or not is_stable(datasette) or request.path.endswith(".json"):
        return None
    context: dict[str, object] = {"database": name, "paths": paths_of(datasette, name)}
    if isinstance(exception, DatasetteError) and exception.title in OF_SQL:
        status = exception.status
        limit = datasette.setting("sql_time_limit_ms") / 1000
        too_long = f"This took longer than {limit:g} s: narrow it, or add a LIMIT."
        context |= {
            "error": exception.message if exception.title == "Invalid SQL" else too_long,
            "title": "SQL",
            "sql": request.args.get("sql") or "",
            "others": {key: request.args.get(key) for key in request.args if key != "sql"},
        }
    elif isinstance(exception, NotFound):
        status = 404
        said = str(exception)
        context["error"] = "There is no such page." if said == "404" else said
        context["looked_for"] = last_words(request.args.get("path") or tilde_decode(request.path))
    else:
        return None
    html = await datasette.render_template(
        "error.html", {"status": status, **context}, request=request, view_name="error"
    )
    return Response.html(html, status=status)


def last_words(path: str) -> str:
    """The words with which an address, or the path of a section, ends, to search for; no ids."""
    last = re.split(f"/|{SEPARATOR}", path.rstrip("/"))[-1]
    return " ".join(WORDS.findall(ID.sub(" ", last)))


def _catalogue_of(datasette: Datasette, request: Request) -> str | None:
    """The catalogue in whose pages the address lies; of any other address, the only one that there is."""
    route = tilde_decode(request.path.lstrip("/").partition("/")[0])
    names = [name for name, database in datasette.databases.items() if database.route == route]
    if not names:
        return only_catalogue(datasette)
    return names[0] if is_catalogue(datasette, names[0]) else None
