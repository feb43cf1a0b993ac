"""What a page of another origin may request: next to nothing, because it can measure response times.

Such a page never sees an answer, but it sees when it arrives, and a condition on the text of a note can delay it
(https://xsleaks.dev). So its requests are refused before anything is looked up, by what the browser says about them
(Fetch Metadata, https://www.w3.org/TR/fetch-metadata/), or else by Origin and Referer: old browsers send no metadata,
and no browser does over plain http to a name other than this computer's.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.plugin.asgi import Scope

OURS = {"same-origin", "none"}  # none: typed, bookmarked, or opened by another program
SQL = {"sql", "_where", "_stream"}  # parameters that contain SQL, or request a whole table
STREAMS = (".csv", ".blob")
BROWSERS = "Mozilla/"  # in the name of every browser; a page cannot change it

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Opened from elsewhere</title>
<p>You came here from another site, or another program on this computer. To keep them from querying your notes,
this page opens only from here: <a href="{}" rel="noreferrer">open it</a>.</p>
</html>
"""
TEXT = "Requests from other origins are not answered.\n"


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request by lower-case name; the last one of several with the same name."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}


def is_ours(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether a request may be answered: it comes from our own pages, the user or a program, or reveals nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site.lower() in OURS or _only_leads_here(scope, headers)
    host = headers.get("host", "").lower()
    if "origin" in headers:  # which no browser sends when a user follows a link
        return _host(headers["origin"]) == host
    if "referer" in headers:
        return _host(headers["referer"]) == host or _only_leads_here(scope, headers)
    # A page can suppress both in its requests. A program sends neither, too, but does not claim to be a browser.
    return not (_asks_sql(scope) and is_browser(headers))


def is_browser(headers: Mapping[str, str]) -> bool:
    """Whether the request seems to come from a browser."""
    return headers.get("user-agent", "").startswith(BROWSERS)


def refusal(scope: Scope, headers: Mapping[str, str]) -> tuple[bytes, bytes]:
    """The body and media type of a refusal: for people, with a link to open the page anyway."""
    if scope["method"] == "GET" and headers.get("sec-fetch-dest", "document") == "document" and is_browser(headers):
        return PAGE.format(html.escape(_same_page(scope))).encode(), b"text/html; charset=utf-8"
    return TEXT.encode(), b"text/plain; charset=utf-8"


def _only_leads_here(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether a request is a followed link whose answer does not depend on the content of notes."""
    return (
        scope["method"] == "GET"
        and headers.get("sec-fetch-mode", "navigate") == "navigate"
        and headers.get("sec-fetch-dest", "document") == "document"
        and "sec-purpose" not in headers  # prefetched for a page that nobody is viewing
        and not scope.get("query_string")
        and not _asks_sql(scope)
    )


def _asks_sql(scope: Scope) -> bool:
    names = {name for name, _ in parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)}
    path = scope["path"]
    return bool(names & SQL) or path.endswith((*STREAMS, "/-/query"))


def _host(address: str) -> str | None:
    """Host and port of an origin or an address; None if there is none, as in `null`."""
    try:
        return urlsplit(address).netloc.lower() or None
    except ValueError:
        return None


def _same_page(scope: Scope) -> str:
    """The requested page as a relative link to itself, which keeps any prefix added by a proxy."""
    query = scope.get("query_string", b"").decode("latin-1")
    if query:
        return f"?{query}"
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    return f"./{path.decode('latin-1').partition('?')[0].rpartition('/')[2]}"
