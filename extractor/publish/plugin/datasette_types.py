"""Types for the parts of Datasette that the plugin uses; Datasette ships none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from sqlite3 import Connection

    from jinja2 import Template

    Actor = Mapping[str, Any] | None

T = TypeVar("T")


class Database(Protocol):
    """One of the files that Datasette serves."""

    name: str
    route: str
    path: str | None
    is_mutable: bool

    async def execute_fn(self, reading: Callable[[Connection], T], /) -> T:
        """Run a function on the file, in one of Datasette's threads."""


class Urls(Protocol):
    """Addresses, with the prefix under which Datasette is served."""

    def database(self, database: str, /) -> str:
        """The page of a database."""

    def instance(self) -> str:
        """The list of all databases."""

    def static_plugins(self, plugin: str, path: str, /) -> str:
        """A static file of a plugin."""


class Client(Protocol):
    """Asks for pages without a network."""

    async def get(self, path: str, /) -> object:
        """The answer to a request."""


class Datasette(Protocol):
    """The application."""

    urls: Urls
    client: Client
    databases: Mapping[str, Database]
    cors: bool
    crossdb: bool
    template_dir: str | None
    config: dict[str, Any] | None  # since 1.0
    _settings: dict[str, Any]
    _metadata_local: Mapping[str, Any]

    def get_database(self, name: str | None = None, *, route: str | None = None) -> Database:
        """One database; raises KeyError."""

    def setting(self, name: str, /) -> int:
        """A setting that is a number."""

    def metadata(self, key: str, /, *, database: str | None = None) -> object:
        """A value of metadata.yml; removed in 1.0."""

    async def get_database_metadata(self, database: str, /) -> Mapping[str, str]:
        """What metadata.yml says about a database, since 1.0."""

    def plugin_config(self, plugin: str, /) -> Mapping[str, Any] | None:
        """The configuration of a plugin in metadata.yml."""

    async def ensure_permissions(self, actor: Actor, permissions: Sequence[object], /) -> None:
        """Raise Forbidden if the first of these permissions that has a rule is denied."""

    async def permission_allowed(
        self, actor: Actor, action: str, resource: object, /, *, default: bool | None
    ) -> bool | None:
        """What plugins and metadata say about an action; removed in 1.0."""

    async def get_canned_queries(self, database: str, actor: Actor, /) -> Mapping[str, Mapping[str, str]]:
        """The queries of metadata.yml and of plugins, by name."""

    async def list_queries(self, database: str, /, *, actor: Actor, limit: int) -> Any:  # noqa: ANN401 -- a page of them
        """The same since 1.0."""

    async def ensure_permission(self, *, action: str, resource: object, actor: Actor) -> None:
        """Raise Forbidden if it is denied; since 1.0."""

    async def allowed(self, *, action: str, resource: object, actor: Actor) -> bool:
        """The same since 1.0."""

    async def render_template(
        self, template: Template, context: Mapping[str, object], /, *, request: Request, view_name: str
    ) -> str:
        """A page."""


class Arguments(Protocol):
    """The parameters of an address."""

    def __iter__(self) -> Any:  # noqa: ANN401 -- an iterator of names
        """Iterate over the names."""

    def get(self, name: str, /) -> str | None:
        """The first value."""


class Request(Protocol):
    """A request."""

    actor: Actor
    args: Arguments
    url_vars: Mapping[str, str]
    path: str
    url: str
    query_string: str


def is_stable(datasette: Datasette) -> bool:
    """Whether this is Datasette 0.65, whose own pages we restyle; those of the 1.0 alpha change with every version."""
    return hasattr(datasette, "metadata")
