"""Keeping notes private in a browser: a Host allow-list, no other origins, a Content-Security-Policy, permissions.

Datasette answers requests for any Host. A web site can point its own name at 127.0.0.1 and then read every page as its
own origin (DNS rebinding); it cannot make the browser send another Host.

All this applies to catalogues. If Datasette also serves other databases, their pages and its own are not affected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.publish.plugin.catalogues import catalogue_at, catalogue_names, serves_catalogues_alone
from extractor.publish.plugin.datasette_types import is_stable
from extractor.publish.plugin.metadata import PLUGIN
from extractor.publish.plugin.origins import headers_of, is_browser, is_ours, refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from extractor.publish.plugin.asgi import App, Message, Receive, Scope, Send
    from extractor.publish.plugin.datasette_types import Actor, Datasette

THIS_COMPUTER = frozenset({"localhost", "127.0.0.1", "[::1]"})
ANY_HOST = "*"

# No script from a page's text, no request to any other host. Datasette's own pages have style attributes.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Datasette's own pages outside a catalogue contain scripts, and so do those below `-/` in 1.0.
POLICY_OF_DATASETTE = POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
# Pages that show the text of notes do not apply its styles either.
OWN_POLICY = POLICY.replace(" 'unsafe-inline'", "")

HEADERS = {
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"content-security-policy": POLICY.encode(),
}


OF_INSTANCE = "/-/"  # paths about all databases
ACROSS = ("/_memory", "/:memory:")

# Browsers without Fetch Metadata must send a Referer, but only to our own pages.
SELF_REFERRER = {b"referrer-policy": b"same-origin"}


class Guard:
    """Refuses unlisted hosts and requests from other origins, and adds headers to each answer.

    Headers of the page itself take precedence. `hosts` and `content_security_policy` are set in metadata.
    """

    def __init__(self, app: App, datasette: Datasette) -> None:
        self.app = app
        self.datasette = datasette
        self.any_origin = bool(datasette.cors)  # Datasette was told to answer other origins (--cors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it with 421 (Misdirected Request, RFC 9110 section 15.5.20) or 403."""
        if scope["type"] != "http" or not is_guarded(self.datasette, scope):
            await self.app(scope, receive, send)
            return
        config = self.datasette.plugin_config(PLUGIN) or {}
        sent = headers_of(scope)
        instead = SELF_REFERRER if "sec-fetch-site" not in sent and is_browser(sent) else {}
        policy = config.get("content_security_policy") or _policy(self.datasette, scope)
        headers = HEADERS | {b"content-security-policy": policy.encode()} | instead
        host = requested_host(scope)
        if not _is_named(host, config.get("hosts") or ()):
            await _refuse(send, 421, _unknown_host(host), b"text/plain; charset=utf-8", headers)
            return
        if not (self.any_origin or is_ours(scope, sent)):
            await _refuse(send, 403, *refusal(scope, sent), headers)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = [item for item in message.get("headers", []) if item[0].lower() not in instead]
                names = {bytes(name).lower() for name, _ in given}
                message["headers"] = given + [item for item in headers.items() if item[0] not in names]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _is_named(host: str, hosts: Collection[str]) -> bool:
    """Whether the pages may be requested under this name: this computer's, or one listed in metadata.yml."""
    named = THIS_COMPUTER | {one.lower() for one in hosts}
    return ANY_HOST in named or host in named


def is_guarded(datasette: Datasette, scope: Scope) -> bool:
    """Whether a request is for a catalogue, or for anything if Datasette serves nothing else."""
    if serves_catalogues_alone(datasette):
        return True
    names = catalogue_names(datasette)
    if not names:
        return False
    across = datasette.crossdb and scope["path"].startswith(ACROSS)  # queries all databases in one statement
    return across or any(catalogue_at(datasette, path) is not None for path in _paths(scope))


def _paths(scope: Scope) -> tuple[str, ...]:
    """The path as requested, which Datasette uses, and as decoded by the server."""
    raw: bytes = scope.get("raw_path") or b""
    return raw.decode("latin-1").partition("?")[0], scope["path"]


def _policy(datasette: Datasette, scope: Scope) -> str:
    """The policy for Datasette's pages of a catalogue; our own pages set theirs themselves."""
    path = scope["path"]
    is_datasettes_own = path.startswith(OF_INSTANCE) if is_stable(datasette) else OF_INSTANCE in path
    return POLICY_OF_DATASETTE if is_datasettes_own else POLICY


def requested_host(scope: Scope) -> str:
    """The requested host, in lower case and without its port."""
    for name, value in scope.get("headers", []):
        if name.lower() == b"host":
            host = value.decode("latin-1").strip().lower()
            if host.startswith("["):
                return str(host.partition("]")[0] + "]")
            return str(host.partition(":")[0])
    return ""


def _unknown_host(host: str) -> bytes:
    named = host if host.isascii() and host.isprintable() else "that name"
    text = (
        f"This catalogue is not served as {named}.\n\n"
        "To allow this name, add it to a file and give that with -m:\n\n"
        f"plugins:\n  {PLUGIN}:\n    hosts: [{named}]\n"
    )
    return text.encode()


async def _refuse(send: Send, status: int, body: bytes, media_type: bytes, headers: Mapping[bytes, bytes]) -> None:
    sent = [(b"content-type", media_type), *headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})


async def may_see(datasette: Datasette, actor: Actor, database: str, tables: Collection[str]) -> frozenset[str]:
    """Which of these tables and views the `allow` rules of metadata let this visitor see."""
    if not is_stable(datasette):
        from datasette.resources import TableResource  # noqa: PLC0415 -- is not there before 1.0

        resources = {table: TableResource(database=database, table=table) for table in tables}
        return frozenset(
            [
                table
                for table, resource in resources.items()
                if await datasette.allowed(action="view-table", resource=resource, actor=actor)
            ]
        )

    async def said(action: str, resource: object = None) -> bool | None:
        return await datasette.permission_allowed(actor, action, resource, default=None)

    # Rules of a table come before those of the database, and these before those of all databases
    # (Datasette.ensure_permissions). check_visibility would check twice, and each check of a table costs a copy of the
    # whole metadata.
    around = await said("view-database", database)
    if around is None:
        around = await said("view-instance")
    of_tables = {table: await said("view-table", (database, table)) for table in tables}
    return frozenset(
        table for table, answer in of_tables.items() if (around is not False if answer is None else answer)
    )


async def must_see_database(datasette: Datasette, actor: Actor, database: str) -> None:
    """Raise Forbidden if this visitor may not see a database."""
    if is_stable(datasette):
        await datasette.ensure_permissions(actor, [("view-database", database), "view-instance"])
        return
    from datasette.resources import DatabaseResource  # noqa: PLC0415 -- is not there before 1.0

    await datasette.ensure_permission(action="view-database", resource=DatabaseResource(database=database), actor=actor)


async def may_ask(datasette: Datasette, actor: Actor, database: str) -> bool:
    """Whether this visitor may use SQL, including `_where` on a table."""
    if not is_stable(datasette):
        from datasette.resources import DatabaseResource  # noqa: PLC0415 -- is not there before 1.0

        return await datasette.allowed(action="execute-sql", resource=DatabaseResource(database=database), actor=actor)
    return bool(await datasette.permission_allowed(actor, "execute-sql", database, default=True))


def no_download(datasette: Datasette) -> object:
    """A rule for Datasette since 1.0: a catalogue cannot be downloaded as a whole."""
    from datasette.permissions import PermissionSQL  # noqa: PLC0415 -- is not there before 1.0

    return [
        PermissionSQL(
            sql=f"SELECT :joplin_catalogue_{place} AS parent, NULL AS child, 0 AS allow, 'holds all notes' AS reason",
            params={f"joplin_catalogue_{place}": name},
        )
        for place, name in enumerate(catalogue_names(datasette))
    ]
