"""Our own pages: routing, permissions, reading in one go, and rendering without inline scripts."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from datasette.utils import sqlite_timelimit, tilde_decode
from datasette.utils.asgi import Forbidden, NotFound, Response
from datasette.views.base import DatasetteError

from extractor.publish.plugin.catalogues import paths_of
from extractor.publish.plugin.data import JSON, as_json
from extractor.publish.plugin.page_templates import template_of_catalogue
from extractor.publish.plugin.safety import OWN_POLICY, may_see
from extractor.texts import without_lone_surrogates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping

    from extractor.publish.html.paths import Paths
    from extractor.publish.plugin.datasette_types import Datasette, Request

T = TypeVar("T")
LONGEST_NUMBER = 18  # digits of a page number
PATIENCE_MS = 20_000  # for cached counts, and for replaying a history
TITLE_TOO_LONG = "Too long"
TOO_LONG = "This page takes too long to compute. Ask for less: a single revision, or the changes between two."


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One request for a page of a catalogue."""

    datasette: Datasette
    request: Request
    name: str
    paths: Paths
    visible: frozenset[str]

    @property
    def args(self) -> Mapping[str, str]:
        """The first value of each parameter of the address."""
        return {key: self.request.args.get(key) or "" for key in self.request.args}

    @property
    def vars(self) -> Mapping[str, str]:
        """The parts of the path."""
        return dict(self.request.url_vars)

    @property
    def format(self) -> str:
        """The requested format: '' for HTML, else JSON or CSV."""
        return self.vars.get("format") or ""

    def sees(self, *tables: str) -> bool:
        """Whether the `allow` rules let this visitor see these tables."""
        return self.visible.issuperset(tables)

    async def read(self, reading: Callable[[sqlite3.Connection], T], *, patiently: bool = False) -> T:
        """Run a function on the catalogue, in a thread and within the time limit of SQL.

        `patiently`, for replaying a history or a cached count: within PATIENCE_MS, of which SQL is a small part.
        """
        limit = self.datasette.setting("sql_time_limit_ms")

        def within_limit(connection: sqlite3.Connection) -> T:
            with sqlite_timelimit(connection, max(limit, PATIENCE_MS) if patiently else limit), _plain_text(connection):
                return reading(connection)

        return await self.datasette.get_database(self.name).execute_fn(within_limit)

    def as_form(self, form: str) -> str:
        """The address of this page in another format, with the same parameters."""
        _, _, name = self.request.path.partition("/-/")
        asked = self.request.query_string
        return f"{self.paths.base}/-/{name}{form}" + (f"?{asked}" if asked else "")

    async def show(
        self, template: str, *, data: object = None, forms: Collection[str] = (JSON,), **context: object
    ) -> Response:
        """Render one of our templates, with a policy against running scripts and loading from elsewhere.

        `data` is the content for JSON. If there is data, the page links to itself in these `forms`.
        """
        if self.format == JSON and data is not None:
            return as_json(data)
        if data is not None:
            context["as_data"] = {form.lstrip(".").upper(): self.as_form(form) for form in forms}
        html = await self.datasette.render_template(
            template_of_catalogue(self.datasette, template),
            {"database": self.name, "paths": self.paths, **context},
            request=self.request,
            view_name="catalogue",
        )
        # A text that an edit cut inside an emoji contains half of it, which UTF-8 cannot encode.
        return Response.html(without_lone_surrogates(html), headers={"content-security-policy": OWN_POLICY})


@contextmanager
def _plain_text(connection: sqlite3.Connection) -> Iterator[None]:
    """Have SQLite's text read as it is: a build writes no text that is no UTF-8.

    Datasette calls a function for each value, which takes longer than all else of a row.
    """
    factory = connection.text_factory
    connection.text_factory = str
    try:
        yield
    finally:
        connection.text_factory = factory


async def visit_of(datasette: Datasette, request: Request, name: str, tables: Collection[str]) -> PageRequest:
    """A request for the catalogue with this name, and which of these tables the visitor may see."""
    visible = await may_see(datasette, request.actor, name, tables)
    return PageRequest(datasette, request, name, paths_of(datasette, name), visible)


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of a long list is shown; both numbers are from 1."""

    page: int
    pages: int
    skipped: int


def pages_of(asked: str | None, total: int, a_page: int) -> Pages:
    """The page given in an address, or the nearest existing one; the first for an invalid number."""
    pages = max(-(-total // a_page), 1)
    page = min(page_asked(asked), pages)
    return Pages(page, pages, (page - 1) * a_page)


def page_asked(asked: str | None) -> int:
    """The page given in an address, whether it exists or not; the first for an invalid number."""
    number = int(asked) if asked and asked.isdecimal() and len(asked) < LONGEST_NUMBER else 1
    return max(number, 1)


async def no_page() -> Response:
    """The answer for addresses without a page."""
    raise NotFound("There is no such page.")


def page(
    view: Callable[[PageRequest], Awaitable[Response]], needs: Collection[str], more: Collection[str] = ()
) -> Callable[..., Awaitable[Response]]:
    """A view function for Datasette.

    `needs` are the tables that a visitor must be allowed to see, `more` those that are shown if allowed.
    """

    async def answer(request: Request, datasette: Datasette) -> Response:
        name = datasette.get_database(route=tilde_decode(request.url_vars["database"])).name
        visit = await visit_of(datasette, request, name, {*needs, *more})
        if not visit.sees(*needs):
            raise Forbidden("You may not see this page.")
        try:
            return await view(visit)
        except sqlite3.OperationalError as error:
            if error.args != ("interrupted",):
                raise
            raise DatasetteError(TOO_LONG, title=TITLE_TOO_LONG, status=503) from error

    return answer
