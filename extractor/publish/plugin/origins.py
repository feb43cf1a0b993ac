"""What a page of another origin may ask for: next to nothing, for it can measure how long an answer takes.

Such a page never sees an answer, but it sees when it comes, and a condition on the text of a note makes one come later
(https://xsleaks.dev). So its requests are refused before anything is looked up, by what the browser says of them
(Fetch Metadata, https://www.w3.org/TR/fetch-metadata/); by Origin and Referer where it says nothing, as old browsers
do, and all of them where plain http goes to another name than this computer's.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.publish.plugin.asgi import Scope

OURS = {"same-origin", "none"}  # none: typed, bookmarked, or opened by another program
SQL = {"sql", "_where", "_stream"}  # parameters with SQL in them, or that ask for a whole table
STREAMS = (".csv", ".blob")
BROWSERS = "Mozilla/"  # what every browser calls itself, and a page cannot change

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
    """The headers of a request by their names in lower case; of several with one name, the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}


def is_ours(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether a request may be answered: it comes from our own pages, the user or a program, or it asks nothing."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site.lower() in OURS or _only_leads_here(scope, headers)
    host = headers.get("host", "").lower()
    if "origin" in headers:  # which no browser sends with a link that somebody follows
        return _host(headers["origin"]) == host
    if "referer" in headers:
        return _host(headers["referer"]) == host or _only_leads_here(scope, headers)
    # A page can have its requests tell neither. A program tells neither, too, but says that it is no browser.
    return not (_asks_sql(scope) and is_browser(headers))


def is_browser(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks, as far as that can be told."""
    return headers.get("user-agent", "").startswith(BROWSERS)


def refusal(scope: Scope, headers: Mapping[str, str]) -> tuple[bytes, bytes]:
    """What is said instead, and its media type: for people, a way to open it all the same."""
    if scope["method"] == "GET" and headers.get("sec-fetch-dest", "document") == "document" and is_browser(headers):
        return PAGE.format(html.escape(_same_page(scope))).encode(), b"text/html; charset=utf-8"
    return TEXT.encode(), b"text/plain; charset=utf-8"


def _only_leads_here(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether a request is a link that somebody follows, and asks for the same whatever the notes hold."""
    return (
        scope["method"] == "GET"
        and headers.get("sec-fetch-mode", "navigate") == "navigate"
        and headers.get("sec-fetch-dest", "document") == "document"
        and "sec-purpose" not in headers  # fetched in advance, for a page that nobody looks at
        and not scope.get("query_string")
        and not _asks_sql(scope)
    )


def _asks_sql(scope: Scope) -> bool:
    names = {name for name, _ in parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)}
    path = scope["path"]
    return bool(names & SQL) or path.endswith((*STREAMS, "/-/query"))


def _host(address: str) -> str | None:
    """Host and port of an origin or an address; None where there is none, as in `null`."""
    try:
        return urlsplit(address).netloc.lower() or None
    except ValueError:
        return None


def _same_page(scope: Scope) -> str:
    """The page asked for, as a link in itself: whatever is before its path, behind a proxy, stays."""
    query = scope.get("query_string", b"").decode("latin-1")
    if query:
        return f"?{query}"
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    return f"./{path.decode('latin-1').partition('?')[0].rpartition('/')[2]}"
