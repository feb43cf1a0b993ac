"""What must not leave with a link: names and passwords, and what looks like a token. Pure.

Names and passwords stand before the last `@` of an authority. Browsers take any number of slashes and backslashes
before it (WHATWG URL, states "special authority ignore slashes" and "authority"), and one address often stands in the
query of another, encoded once or more. All of it is read in one pass, whatever a text holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = "…"

_PERCENT = "%(?:25)*"  # encoded once or more
_AUTHORITY = re.compile(
    rf"(?P<before>\b(?:https?|wss?|ftp):[/\\]*+|[/\\]{{2,}}+)(?!{_PERCENT}(?:2F|5C))(?P<authority>[^\s/\\?#\"'<>]++)",
    re.IGNORECASE,
)
_ENCODED_AUTHORITY = re.compile(
    rf"(?P<before>\b(?:https?|wss?|ftp)(?::|{_PERCENT}3A)(?>(?:[/\\]|{_PERCENT}(?:2F|5C))*))"
    rf"(?P<authority>(?>(?:(?!{_PERCENT}(?:2[036F]|5C|3F))[^\s/\\?#&\"'<>])+))",
    re.IGNORECASE,
)
_AT, _ENCODED_AT = re.compile("@"), re.compile(f"@|{_PERCENT}40")

_NAME = re.compile(rf"(?:[?&;#]|{_PERCENT}(?:3F|26|23))([\w.-]{{1,60}})(?:=|{_PERCENT}3D)", re.IGNORECASE)
_VALUE = re.compile(rf"(?>(?:(?!{_PERCENT}(?:26|23))[^\s&;#\"'<>()\[\]|])+)", re.IGNORECASE)
_OF_A_TOKEN = re.compile(
    r".*(?:token|apikey|accesskey|authkey|resourcekey|secretkey|sharekey|signature|secret|password)"
    r"|(?:.*[._-])?(?:auth|credentials?|hmac|jwt|key|passwd|pwd|sig)",
    re.IGNORECASE,
)
# What only a long value makes one.
_MAYBE_OF_A_TOKEN = re.compile(
    r"(?:.*[._-])?(?:otp|pass|session|session_?id|jsessionid|phpsessid|sid|ticket)", re.IGNORECASE
)
_LONG = 8  # characters
# What is a token by its own form, wherever it stands: JWT (RFC 7519), GitHub, GitLab, Slack, AWS.
_TOKEN = re.compile(
    r"(?<![\w-])(?:eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)?|gh[pousr]_\w{20,}+|glpat-[\w-]{20,}+|xox[abeprs]-[\w-]{10,}+"
    r"|AKIA[0-9A-Z]{16})"
)


def without_userinfo(text: str) -> str:
    """Text in which no address carries a name and password."""
    if "@" not in text and "%" not in text:
        return text
    return _ENCODED_AUTHORITY.sub(_host_alone, _AUTHORITY.sub(_host_alone, text))


def has_token(text: str) -> bool:
    """Whether an address in a text carries what looks like a token."""
    return _TOKEN.search(text) is not None or next(_values(text), None) is not None


def without_tokens(text: str) -> str:
    """Text in which what looks like a token is replaced by an ellipsis."""
    text = _TOKEN.sub(HIDDEN, text)
    kept, at = [], 0
    for start, end in _values(text):
        kept += [text[at:start], HIDDEN]
        at = end
    return "".join([*kept, text[at:]])


def without_token_fragment(url: str) -> str:
    """An address without its fragment, if that carries a token, as after a login (RFC 6749 section 4.2.2)."""
    base, hash_, fragment = url.partition("#")
    return base if hash_ and has_token(f"#{fragment}") else url


def _host_alone(found: re.Match[str]) -> str:
    authority = found["authority"]
    at = _AT if found.re is _AUTHORITY else _ENCODED_AT
    ends = [one.end() for one in at.finditer(authority)]
    return found["before"] + authority[ends[-1] if ends else 0 :]


def _values(text: str) -> Iterator[tuple[int, int]]:
    """Where the values of parameters begin and end that are tokens by their names."""
    at = 0
    while (name := _NAME.search(text, at)) is not None:
        at = name.end()
        is_one = _OF_A_TOKEN.fullmatch(name[1]) is not None
        if is_one or _MAYBE_OF_A_TOKEN.fullmatch(name[1]) is not None:
            value = _VALUE.match(text, at)
            if value is not None and value[0] != HIDDEN and (is_one or len(value[0]) >= _LONG):
                at = value.end()
                yield value.span()
