"""What must not leave with a link."""

from __future__ import annotations

import time
from urllib.parse import quote

import can_ada
import pytest

from extractor.redaction import has_token, without_token_fragment, without_tokens, without_userinfo


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("https://me:secret@x.example/", "https://x.example/"),
        ("https:/me:secret@x.example/", "https:/x.example/"),
        ("https:me:secret@x.example/", "https:x.example/"),
        ("https:////me:secret@x.example/", "https:////x.example/"),
        (r"https:\\me:secret@x.example\a", r"https:\\x.example\a"),
        (r"https:/\/\me:secret@x.example", r"https:/\/\x.example"),
        ("HTTPS://me@x.example", "HTTPS://x.example"),
        ("https://me:se@cr@et@x.example/p@q", "https://x.example/p@q"),
        ("https://me:a&b=c@x.example/", "https://x.example/"),
        ("//me:secret@x.example/", "//x.example/"),
        ("ssh://git@x.example/a", "ssh://x.example/a"),
        ("ftp://me:secret@x.example", "ftp://x.example"),
        ("wss:me:secret@x.example", "wss:x.example"),
        ("see https://me:secret@x.example/ and <http://you:too@y.example>", "see https://x.example/ and <http://y.example>"),
        ("https://a.example/?u=https://me:secret@x.example/", "https://a.example/?u=https://x.example/"),
        ("https://a.example/?u=https%3A%2F%2Fme%3Asecret%40x.example%2F", "https://a.example/?u=https%3A%2F%2Fx.example%2F"),
        ("https://a.example/?u=https%3a%2f%2fme:secret@x.example", "https://a.example/?u=https%3a%2f%2fx.example"),
        ("https://a.example/?u=http:%2F%2Fme%3Asecret%40x.example&b=1", "https://a.example/?u=http:%2F%2Fx.example&b=1"),
        ("https://a.example/?u=https%253A%252F%252Fme%253Asecret%2540x.example", "https://a.example/?u=https%253A%252F%252Fx.example"),
        ("https://a.example/?u=https%3A%5C%5Cme%40x.example", "https://a.example/?u=https%3A%5C%5Cx.example"),
        *[(same, same) for same in (
            "https://x.example/@me", "https://medium.com/@me/a?b=c@d", "mail me@x.example", "mailto:me@x.example",
            "https://a.example/?u=https%3A%2F%2Fx.example&mail=me@x.example", "https://x.example see @me", "a @ b",
            "https://a.example/?u=https%3A%2F%2Fx.example%2F%40me",
        )],
    ],
)  # fmt: skip
def test_names_and_passwords(text: str, stripped: str) -> None:
    assert without_userinfo(text) == stripped


@pytest.mark.parametrize("slashes", ["", "/", "//", "///", "\\", "/\\", "\\\\\\"])
@pytest.mark.parametrize("userinfo", ["me@", "me:secret@", ":secret@", "a@b:c@", "me:a%40b@", "@"])
def test_as_a_browser_reads_them(slashes: str, userinfo: str) -> None:
    """can_ada follows WHATWG: what is stripped is read as the same address without name and password."""
    url = f"https:{slashes}{userinfo}x.example/p"
    stripped = can_ada.parse(without_userinfo(url))
    assert (stripped.username, stripped.password) == ("", "")
    assert (stripped.host, stripped.pathname) == (can_ada.parse(url).host, "/p")
    inside = f"https://a.example/?u={quote(url, safe='')}&x=1"
    assert "secret" not in without_userinfo(inside)


TOKENS = [
    "https://x.example/?token=abc", "https://x.example/?a=b&access_token=abc", "https://x.example/?apiKey=abc",
    "https://x.example/?key=AIza", "https://x.example/?sig=abc%3D", "https://x.example/?X-Amz-Signature=abc",
    "https://x.example/?X-Amz-Security-Token=abc", "https://x.example/a;jsessionid=0123456789",
    "https://x.example/#access_token=abc&state=1", "https://x.example/#/a?token=abc",
    "https://x.example/?next=https%3A%2F%2Fy.example%2F%3Ftoken%3Dabc", "https://x.example/?client_secret=abc",
    "https://x.example/?resourcekey=0-abc", "https://x.example/?password=abc", "https://x.example/?pwd=abc",
    "https://x.example/eyJhbGciOiJI.eyJzdWIiOiIx.abc", "https://x.example/?v=ghp_0123456789abcdefghij",
    "https://x.example/?session=0123456789",
]  # fmt: skip


@pytest.mark.parametrize("url", TOKENS)
def test_tokens(url: str) -> None:
    assert has_token(url)
    assert not has_token(without_tokens(url))
    assert without_tokens(url).startswith("https://x.example/")


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/?q=token", "https://x.example/token=abc", "https://x.example/?keyword=abc",
        "https://x.example/?monkey=abc", "https://x.example/?token=", "https://x.example/?session=2024",
        "https://x.example/?v=abc&t=1", "https://x.example/#section", "https://x.example/?design=1",
        "https://x.example/?author=me", "https://x.example/?tokens_used=5",
    ],
)  # fmt: skip
def test_what_is_no_token(url: str) -> None:
    assert not has_token(url)
    assert without_tokens(url) == url


def test_a_fragment_with_a_token_goes() -> None:
    assert without_token_fragment("https://x.example/a#access_token=abc&x=1") == "https://x.example/a"
    assert without_token_fragment("https://x.example/a?b#section") == "https://x.example/a?b#section"


@pytest.mark.parametrize(
    "piece",
    ["/", "http:", "//@", "https%3A", "%25", "?token=", "&key", "@", "%2540", "eyJ", "eyJaaaaaaaa.", "\\", "a."],
)
def test_long_texts_take_time_by_their_length(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    start = time.process_time()
    without_tokens(without_userinfo(text))
    assert time.process_time() - start < 2
