"""Which fragments are a state of the page, and so part of its address, and which are a place in it.

A state shows different content: another drawing, message or map. A place (an anchor) only scrolls the page. `links`
stores the fragment as written in either case.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from extractor.urls.tracking import tracks


class _State(NamedTuple):
    """Fragments that are states: their hosts (including subdomains; empty means all) and pattern."""

    hosts: tuple[str, ...]
    fragment: re.Pattern[str]
    source: str


def _states(hosts: str, fragment: str, source: str) -> _State:
    return _State(tuple(hosts.split()), re.compile(fragment), source)


# Fragments with a `=` (excalidraw: ``#json=``, OpenStreetMap: ``#map=``), or beginning with `!` or `/`, need no row.
STATES = (
    # Each comment is a separate text, and the one that was meant.
    _states("gist.github.com", r"gistcomment-\d+$", "https://github.com/vaeth/bookmarkdupes/issues/80"),
    # Drawings and diagrams stored in the address, or identified by it.
    _states(
        "app.diagrams.net viewer.diagrams.net draw.io",
        r"[GWTDHALURP].",
        "https://drawio.com/doc/faq/supported-location-hash-properties",
    ),
    _states(
        "mermaid.live",
        r"(?:pako|base64):",
        "https://github.com/mermaid-js/mermaid-live-editor/blob/develop/src/lib/util/serde.ts",
    ),
    # Programs stored in the address.
    _states(
        "godbolt.org compiler-explorer.com",
        r"[gz]:",
        "https://github.com/compiler-explorer/compiler-explorer/blob/main/static/url.ts",
    ),
    _states(
        "typescriptlang.org",
        r"(?:code|src|example)/",
        "https://github.com/microsoft/TypeScript-Website/blob/v2/packages/playground/README.md",
    ),
    _states("play.vuejs.org", r"(?:__\w+__)*e[Ny]", "https://github.com/vuejs/repl#advanced-usage"),
    _states("svelte.dev", r"H4sI", "https://github.com/sveltejs/svelte.dev/pull/275"),
    _states("regexper.com", r".", "https://gitlab.com/javallone/regexper-static/-/blob/main/src/js/regexper.js"),
    # Messages and conversations.
    _states("mail.google.com", r"[^/]+/.", "https://stackoverflow.com/questions/1687445/find-gmail-url-ids-via-imap"),
    _states("", r"narrow/", "https://zulip.com/api/zulip-urls"),
    _states("web.telegram.org", r"(?:@|-?\d)", "https://github.com/morethanwords/tweb"),
    # Files whose key follows the `#`: nothing opens without it. A file in a folder is named there, too.
    _states("mega.nz mega.io mega.co.nz", r".", "https://help.mega.io/files-folders/sharing/encrypted-links"),
    # One file contains a whole wiki, and the fragment says which text is open.
    _states("tiddlywiki.com tiddlyhost.com", r".", "https://tiddlywiki.com/static/PermaLinks.html"),
)

_BY_HOST = {
    host: [row.fragment for row in STATES if host in (row.hosts or ("",))]
    for host in ("", *(host for row in STATES for host in row.hosts))
}

_DIRECTIVE = ":~:"  # the rest is for the browser, and the page never sees it: WICG, URL fragment text directives
_ANCHORS = frozenset({"page", "t"})  # RFC 8118 section 3 (PDF); W3C Media Fragments URI section 4.2.1
_FIRST_PAGE = frozenset({"", "!", "/", "!/"})  # in an application that routes by its fragment

# Such an address grants access. RFC 6749 section 4.2.2 (access_token), OpenID Connect Core section 3.2.2.5
# (id_token; with response_mode=fragment a code, beside a state), Netlify Identity (recovery_token, invite_token ...),
# Telegram's Web Apps (tgWebAppData).
_TOKEN = re.compile(r"(?:^|[!/?&])(?:(?:\w+[_-])?token|tgWebAppData)=", re.IGNORECASE)
_CODE = re.compile(r"(?:^|[!/?&])code=")
_OF_LOGIN = re.compile(r"(?:^|[!/?&])(?:session_)?state=")


def state(fragment: str, host: str, site: str) -> str:
    """The part of a fragment that belongs to the address, '' if it is an anchor.

    `fragment` is without ``#`` and normalised (`encoding.normal_query`).
    """
    fragment = fragment.partition(_DIRECTIVE)[0]
    if fragment in _FIRST_PAGE or _TOKEN.search(fragment) or (_CODE.search(fragment) and _OF_LOGIN.search(fragment)):
        return ""
    if fragment.startswith(("!", "/")) or _is_state_at(fragment, host):
        return fragment
    if "=" not in fragment:
        return ""
    pieces = fragment.split("&")
    kept = "&".join(piece for piece in pieces if not tracks(_name(piece), host, site))
    if len(kept) < len(fragment):
        return state(kept, host, site)
    return "" if _name(pieces[0]) in _ANCHORS else fragment


def _name(piece: str) -> str:
    return piece.partition("=")[0].lower()


def _is_state_at(fragment: str, host: str) -> bool:
    while True:
        if any(pattern.match(fragment) for pattern in _BY_HOST.get(host, ())):
            return True
        if not host:
            return False
        host = host.partition(".")[2]
