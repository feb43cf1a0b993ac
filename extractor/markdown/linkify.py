"""Bare addresses in running text, found as linkify-it finds them with Joplin's settings.

Joplin (MdToHtml/setupLinkify.ts) turns fuzzy links off, so `www.example.com` and `a@example.com` are text, and
adds `file://`. This leaves `http://`, `https://`, `ftp://`, `file://`, `mailto:` and `//host.tld`.

markdown-it looks twice: while it reads a line, at each `://` that ends a scheme (`bare_rule`), and again in the
remaining text (`with_bare_links`), which is where `mailto:` and `//host.tld` are found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from linkify_it import LinkifyIt, ucre
from markdown_it.common.utils import isLinkClose, isLinkOpen
from markdown_it.token import Token

from extractor.markdown.addresses import is_allowed, may_be_link, normalised, shown
from extractor.markdown.characters import SPACES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from markdown_it.rules_inline import StateInline

_SRC: dict[str, str] = ucre.build_re({})
_FLAGS = re.IGNORECASE | re.ASCII

# For most addresses before a space, this finds what the pattern below finds, without trying all of Unicode each time.
_PLAIN = re.compile(
    r"//(?:[a-z0-9]{1,30}(?:-[a-z0-9]{1,10}){0,2}\.){1,4}[a-z]{2,20}"
    r"(?:/(?:[\w/%=&#~+:$|-]|[.,;?!](?=[\w/%=&#]))*)?(?=[ \n]|\Z)",
    _FLAGS,
)


# With all of Unicode in them, each takes about 8 ms to compile; most texts need none of them.
@cache
def _host_and_path() -> re.Pattern[str]:
    return re.compile("//" + _SRC["src_auth"] + _SRC["src_host_port_strict"] + _SRC["src_path"], _FLAGS)


@cache
def _no_scheme() -> re.Pattern[str]:
    return re.compile(
        f"{_SRC['src_auth']}(?:localhost|(?:(?:{_SRC['src_domain']})\\.)+{_SRC['src_domain_root']})"
        f"{_SRC['src_port']}{_SRC['src_host_terminator']}{_SRC['src_path']}",
        _FLAGS,
    )


@cache
def _mailbox() -> re.Pattern[str]:
    return re.compile(_SRC["src_email_name"] + "@" + _SRC["src_host_strict"], _FLAGS)


@cache
def _file() -> re.Pattern[str]:
    return re.compile(f"/{{2,3}}[^{SPACES}]+")


_AFTER = {
    "http:": _host_and_path,
    "https:": _host_and_path,
    "ftp:": _host_and_path,
    "file:": _file,
    "mailto:": _mailbox,
}
_SCHEMES = "https?:|ftp:|file:|mailto:|//"
_SCHEME_HERE = re.compile(f"()({_SCHEMES})", _FLAGS)
_SCHEME_AHEAD = re.compile(f"(^|(?!_)(?:[><\uff5c]|{_SRC['src_ZPCc']}))({_SCHEMES})", _FLAGS)
_SCHEME_BEFORE = re.compile(r"(?:^|[^a-z0-9.+-])([a-z][a-z0-9.+-]*)$", re.IGNORECASE)

_LINKIFY = LinkifyIt()
_MAILTO = re.compile("mailto:", re.IGNORECASE)


def may_be_bare(text: str) -> bool:
    """Return, fast, whether there may be a bare address in a text."""
    return "//" in text or (":" in text and _MAILTO.search(text) is not None)


def bare_rule(state: StateInline, silent: bool) -> bool:
    """Read `scheme://...` (markdown-it's inline rule `linkify`, without its copy of the rest of the text)."""
    pos = state.pos
    if state.linkLevel > 0 or not state.src.startswith("://", pos):
        return False
    found = bare_address(state.pending, state.src, pos)
    if found is None:
        return False
    scheme, url = found
    if not silent:
        state.pending = state.pending[:-scheme]
        _push_link(state, url)
    state.pos += len(url) - scheme
    return True


def bare_address(before: str, src: str, pos: int) -> tuple[int, str] | None:
    """Return the length of the scheme, at the end of `before`, and the address whose `://` is at `pos`; else None."""
    scheme = _SCHEME_BEFORE.search(before[-16:])
    after = _AFTER.get(scheme[1].lower() + ":") if scheme else None
    found = _found(after, src, pos + 1) if after else None
    if scheme is None or found is None:
        return None
    url = (scheme[1] + ":" + found[0]).rstrip("*")
    return (len(scheme[1]), url) if may_be_link(url) else None


def _found(after: Callable[[], re.Pattern[str]], text: str, pos: int) -> re.Match[str] | None:
    """Match what follows a scheme."""
    return (_PLAIN.match(text, pos) if after is _host_and_path else None) or after().match(text, pos)


def _push_link(state: StateInline, url: str) -> None:
    """Push the three tokens of a bare link."""
    opening = state.push("link_open", "a", 1)
    opening.attrs = {"href": normalised(url)}
    opening.markup = "linkify"
    state.push("text", "", 0).content = shown(url)
    state.push("link_close", "a", -1).markup = "linkify"


@dataclass(frozen=True, slots=True)
class _Bare:
    """A bare address at `start:end` of a text."""

    start: int
    end: int
    url: str


def _bare_links(text: str) -> Iterator[_Bare]:
    """Find the addresses in a text; each search starts where the last address ended."""
    start = pos = 0
    while scheme := (_SCHEME_HERE.match(text, pos) if pos == start else None) or _SCHEME_AHEAD.search(text, pos):
        pos = scheme.end()
        if scheme[2] == "//":
            misplaced = pos - start >= len("://") and text[pos - 3] in ":/"
            found = None if misplaced else _no_scheme().match(text, pos)
        else:
            found = _found(_AFTER[scheme[2].lower()], text, pos)
        if found:
            start = pos = found.end()
            yield _Bare(scheme.start(2), pos, text[scheme.start(2) : pos])


def with_bare_links(tokens: list[Token], content: str) -> list[Token]:
    """Split the text tokens that contain bare addresses (markdown-it's core rule `linkify`).

    The tokens were parsed from `content`. They are read from the end, as in markdown-it; the text of a link, whether
    Markdown or `<a>`, is left alone.
    """
    if not _LINKIFY.pretest(content):
        return tokens
    result: list[Token] = []
    html_depth = 0
    i = len(tokens)
    while i > 0:
        i -= 1
        token = tokens[i]
        if token.type == "link_close":
            opening = i - 1
            while tokens[opening].level != token.level and tokens[opening].type != "link_open":
                opening -= 1
            result += tokens[i : opening - 1 if opening else None : -1]
            i = opening
            continue
        if token.type == "html_inline":
            html_depth += _depth_above(token.content, html_depth)
        if token.type == "text" and html_depth == 0 and may_be_bare(token.content):
            escaped_before = i > 0 and tokens[i - 1].type == "text_special"
            result.extend(reversed(_split(token, escaped_before=escaped_before)))
        else:
            result.append(token)
    result.reverse()
    return result


def _depth_above(tag: str, depth: int) -> int:
    """Return how much deeper in `<a>` the text before a tag is, if the text after it is at `depth`."""
    return isLinkClose(tag) - (isLinkOpen(tag) and depth > 0)


def _split(token: Token, *, escaped_before: bool) -> list[Token]:
    """Split one text token at its bare addresses; an address right after an escape does not count."""
    text = token.content
    links = list(_bare_links(text))
    if links and links[0].start == 0 and escaped_before:
        del links[0]
    parts: list[Token] = []
    last = 0
    for link in links:
        href = normalised(link.url)
        if not is_allowed(href):
            continue
        parts += [
            Token("text", "", 0, content=text[last : link.start], meta=token.meta),
            Token("link_open", "a", 1, attrs={"href": href}, markup="linkify", meta=token.meta),
            Token("text", "", 0, content=shown(link.url), meta=token.meta),
            Token("link_close", "a", -1, markup="linkify"),
        ]
        last = link.end
    if not parts:
        return [token]
    parts.append(Token("text", "", 0, content=text[last:], meta=token.meta))
    return parts
