from __future__ import annotations

import base64
import json
import string
from datetime import UTC, datetime
from unicodedata import normalize
from urllib.parse import unquote_to_bytes

import pytest
from can_ada import parse as parse_whatwg
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it.common.normalize_url import normalizeLink

from extractor.urls import read_address
from extractor.urls.fragments import STATES
from extractor.urls.tracking import KEPT, TRACKERS


def at(text: str) -> int:
    """ISO 8601 to ms, by another way than the code's."""
    return (datetime.fromisoformat(text).astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000


def canonical(url: str) -> str | None:
    address = read_address(url)
    return address and address.canonical


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # scheme, host, port
        ("HTTPS://Example.COM", "https://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:80/a", "http://example.com/a"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        ("https://example.com:/a", "https://example.com/a"),
        ("ftp://example.com:21/a", "ftp://example.com/a"),
        ("//example.com/a", "https://example.com/a"),
        (" //example.com/a", "https://example.com/a"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example/"),
        ("https://𝐬𝐭𝐚𝐭𝐢𝐜.example.org/guide.svg", "https://static.example.org/guide.svg"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://[::0001]:8080/x", "http://[::1]:8080/x"),
        ("http://[::FFFF:1.2.3.4]/", "http://[::ffff:102:304]/"),
        ("http://my_host.example/", "http://my_host.example/"),
        # what a browser forgives
        ("  https://example.com/a\n", "https://example.com/a"),
        ("https://example.com/a\tb\nc", "https://example.com/abc"),
        ("https:\\\\example.com\\a", "https://example.com/a"),
        ("https:example.com/a", "https://example.com/a"),
        # credentials
        ("https://alice:secret@example.com/a", "https://example.com/a"),
        ("https://alice@example.com/a", "https://example.com/a"),
        ("https://example.com@other.example/", "https://other.example/"),
        # path
        ("https://example.com/a/../b/./c", "https://example.com/b/c"),
        ("https://example.com/%2e%2E/b", "https://example.com/b"),
        ("https://example.com//a//", "https://example.com//a//"),
        ("https://example.com/a/", "https://example.com/a/"),
        ("https://example.com/Käse", "https://example.com/K%C3%A4se"),
        ("https://example.com/K%c3%a4se", "https://example.com/K%C3%A4se"),
        ("https://example.com/%7Euser/%61%2Db", "https://example.com/~user/a-b"),
        ("https://example.com/a%2fb", "https://example.com/a%2Fb"),
        ("https://example.com/wiki_(x)", "https://example.com/wiki_(x)"),
        ("https://example.com/a|b[c]", "https://example.com/a%7Cb%5Bc%5D"),
        ("https://example.com/a%7cb%5bc%5d", "https://example.com/a%7Cb%5Bc%5D"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://example.com/%%32E", "https://example.com/%252E"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        # either way of what programs escape or not as they please, never of what parts one piece from the next
        ("https://example.com/Foo_%28bar%29", "https://example.com/Foo_(bar)"),
        ("https://example.com/%21%27%28%29%2a%2C", "https://example.com/!'()*,"),
        ("https://example.com/%3a%40%24", "https://example.com/:@$"),
        ("https://example.com/%25%2f%3f%23%26%3d%2b%3b", "https://example.com/%25%2F%3F%23%26%3D%2B%3B"),
        ("https://example.com/a;b=c&d+e", "https://example.com/a;b=c&d+e"),
        ("https://example.com/?q=%21%27%28%29%2a%2C", "https://example.com/?q=!'()*,"),
        ("https://example.com/?q='", "https://example.com/?q='"),
        ("https://example.com/?q=%3a%40%24", "https://example.com/?q=%3A%40%24"),
        ("https://example.com/?q=:@$", "https://example.com/?q=:@$"),
        ("https://example.com/?q=%25%2f%3f%23%26%3d%2b%3b", "https://example.com/?q=%25%2F%3F%23%26%3D%2B%3B"),
        # Unicode in NFC; bytes that are no UTF-8 as they are
        ("https://example.com/Ko\u0308ln", "https://example.com/K%C3%B6ln"),
        ("https://example.com/Ko%CC%88ln", "https://example.com/K%C3%B6ln"),
        ("https://example.com/K%6F%cc%88ln", "https://example.com/K%C3%B6ln"),
        ("https://example.com/?q=Ko%CC%88ln", "https://example.com/?q=K%C3%B6ln"),
        ("https://example.com/#/Ko%CC%88ln", "https://example.com/#/K%C3%B6ln"),
        ("https://example.com/%E1%84%92%E1%85%A1%E1%86%AB", "https://example.com/%ED%95%9C"),  # Hangul
        ("https://example.com/%E2%84%AB", "https://example.com/%C3%85"),  # Angstrom sign
        ("https://example.com/%ff%CC%88", "https://example.com/%FF%CC%88"),
        ("https://example.com/o%ff%CC%88", "https://example.com/o%FF%CC%88"),
        ("https://example.com/o%CC", "https://example.com/o%CC"),
        ("https://example.com/%2F%CC%88", "https://example.com/%2F%CC%88"),  # the F is no letter
        ("https://example.com/?q=%CC%B8", "https://example.com/?q=%CC%B8"),  # with the `=` it would be one character
        ("https://example.com/a%CD%BEb", "https://example.com/a%3Bb"),  # the Greek question mark is `;` in NFC
        ("https://example.com/%ED%A0%80", "https://example.com/%ED%A0%80"),  # half a surrogate pair
        # query
        ("https://example.com?", "https://example.com/"),
        ("https://example.com?b=2&a=1", "https://example.com/?b=2&a=1"),
        ("https://example.com/?a=1&&a=2&", "https://example.com/?a=1&a=2"),
        ("https://example.com/?a[]=1", "https://example.com/?a%5B%5D=1"),
        ("https://example.com/?q=a+b", "https://example.com/?q=a+b"),
        ("https://example.com/?q=%F0%9f%98%80", "https://example.com/?q=%F0%9F%98%80"),
        ("https://example.com/?u=https://x.example/?y", "https://example.com/?u=https://x.example/?y"),
    ],
)
def test_canonical_form(written, expected):
    assert canonical(written) == expected
    assert canonical(expected) == expected


# Whether the fragment is a state of the page, so a part of the address.
FRAGMENTS = [
    # routes of an application
    ("https://example.com/#/inbox/7", "https://example.com/#/inbox/7"),
    ("https://groups.example/#!topic/x/%7ey", "https://groups.example/#!topic/x/~y"),
    ("https://outlook.office.com/mail/#/x/1", "https://outlook.office.com/mail/#/x/1"),
    ("https://mega.nz/#!aaa!k", "https://mega.nz/#!aaa!k"),
    # its first page is the page
    ("https://example.com/#/", "https://example.com/"),
    ("https://example.com/#!", "https://example.com/"),
    ("https://example.com/#!/", "https://example.com/"),
    # names and values
    ("https://excalidraw.com/#json=AAAA,key1", "https://excalidraw.com/#json=AAAA,key1"),
    ("https://excalidraw.com/#room=91bd46ae,pfLq", "https://excalidraw.com/#room=91bd46ae,pfLq"),
    ("https://www.openstreetmap.org/#map=15/52.1/13.1", "https://www.openstreetmap.org/#map=15/52.1/13.1"),
    ("https://gchq.github.io/CyberChef/#recipe=A(B)", "https://gchq.github.io/CyberChef/#recipe=A(B)"),
    ("https://gchq.github.io/CyberChef/#recipe=A%28B%29", "https://gchq.github.io/CyberChef/#recipe=A(B)"),
    ("https://sheets.example/edit#gid=0", "https://sheets.example/edit#gid=0"),
    ("https://example.com/a#a=1&page=2", "https://example.com/a#a=1&page=2"),
    # but of a PDF and of a film they are a place
    ("https://example.com/a.pdf#page=3", "https://example.com/a.pdf"),
    ("https://example.com/a.pdf#page=3&zoom=100", "https://example.com/a.pdf"),
    ("https://example.com/a.mp4#t=10,20", "https://example.com/a.mp4"),
    # and tracking says nothing
    ("https://example.com/a#utm_source=x&utm_medium=y", "https://example.com/a"),
    ("https://example.com/a#xtor=RSS-1", "https://example.com/a"),
    ("https://example.com/a#utm_source=x&a=1", "https://example.com/a#a=1"),
    ("https://example.com/a#utm_source=x&page=1", "https://example.com/a"),
    ("https://example.com/a#utm_source=x&top", "https://example.com/a"),
    # text to be marked: not for the page
    ("https://example.com/a#:~:text=foo", "https://example.com/a"),
    ("https://example.com/a#top:~:text=foo=", "https://example.com/a"),
    ("https://example.com/#/a:~:text=foo", "https://example.com/#/a"),
    ("https://example.com/a#a=1:~:text=foo", "https://example.com/a#a=1"),
    # who has these is let in
    ("https://example.com/a#access_token=s&token_type=bearer&state=1", "https://example.com/a"),
    ("https://example.com/a#id_token=s", "https://example.com/a"),
    ("https://example.com/a#Token=s", "https://example.com/a"),
    ("https://example.com/a#x=1&refresh-token=s", "https://example.com/a"),
    ("https://example.com/a#code=s&state=1", "https://example.com/a"),
    ("https://example.com/#/reset?token=s", "https://example.com/"),
    ("https://example.com/a#recovery_token=s", "https://example.com/a"),
    ("https://play.example/#code=fn", "https://play.example/#code=fn"),
    # sites of the table
    ("https://gist.github.com/a/1f3b#gistcomment-1854294", "https://gist.github.com/a/1f3b#gistcomment-1854294"),
    ("https://gist.github.com/a/1f3b#file-a-py", "https://gist.github.com/a/1f3b"),
    ("https://example.com/a#gistcomment-1854294", "https://example.com/a"),
    ("https://godbolt.org/#g:!((a))", "https://godbolt.org/#g:!((a))"),
    ("https://gcc.godbolt.org/#z:OYLghAF", "https://gcc.godbolt.org/#z:OYLghAF"),
    ("https://mermaid.live/edit#pako:eNo_9", "https://mermaid.live/edit#pako:eNo_9"),
    ("https://www.typescriptlang.org/play#code/AAA", "https://www.typescriptlang.org/play#code/AAA"),
    (
        "https://www.typescriptlang.org/docs/handbook/2/types.html#code",
        "https://www.typescriptlang.org/docs/handbook/2/types.html",
    ),
    ("https://play.vuejs.org/#eNp9kU1", "https://play.vuejs.org/#eNp9kU1"),
    ("https://svelte.dev/playground/a#H4sIAAA", "https://svelte.dev/playground/a#H4sIAAA"),
    ("https://svelte.dev/docs#run-time", "https://svelte.dev/docs"),
    ("https://mail.google.com/mail/u/0/#inbox/FMfcgzA", "https://mail.google.com/mail/u/0/#inbox/FMfcgzA"),
    ("https://mail.google.com/mail/u/0/#inbox", "https://mail.google.com/mail/u/0/"),
    ("https://chat.example.org/#narrow/stream/1/topic/a", "https://chat.example.org/#narrow/stream/1/topic/a"),
    ("https://app.diagrams.net/#G1aaa", "https://app.diagrams.net/#G1aaa"),
    ("https://app.diagrams.net/#R%3Cmxfile%3E", "https://app.diagrams.net/#R%3Cmxfile%3E"),
    ("https://web.telegram.org/k/#@one", "https://web.telegram.org/k/#@one"),
    ("https://regexper.com/#a%2Bb", "https://regexper.com/#a%2Bb"),
    ("https://mega.nz/folder/a#key/file/b", "https://mega.nz/folder/a#key/file/b"),
    ("https://tiddlywiki.com/#Topic%20One", "https://tiddlywiki.com/#Topic%20One"),
    # all else is a place in the page
    ("https://example.com/a#section-2", "https://example.com/a"),
    ("https://example.com/a#", "https://example.com/a"),
    ("https://example.com/a#fn:1", "https://example.com/a"),
    ("https://example.com/a#a/b", "https://example.com/a"),
    ("https://example.com/a#@one", "https://example.com/a"),
    ("https://wiki.example.org/#Topic%20One", "https://wiki.example.org/"),
    ("https://example.com/a#%2Fb", "https://example.com/a"),
]


@pytest.mark.parametrize(("written", "expected"), FRAGMENTS)
def test_fragments(written, expected):
    assert canonical(written) == expected
    assert canonical(expected) == expected
    address = read_address(written)
    assert address is not None
    assert "#" not in address.url


# A name for each row of the table.
TRACKING = [
    ("https://example.com/?utm_source=note&utm_medium=x#top", "https://example.com/"),
    ("https://example.com/?id=1&UTM_Source=x&fbclid=2&page=3", "https://example.com/?id=1&page=3"),
    ("https://example.com/?utm%5Fsource=x&id=1", "https://example.com/?id=1"),
    ("https://example.com/?mc_cid=1&mc_eid=2&gclid=3&msclkid", "https://example.com/"),
    ("https://example.com/?gad_source=1&gad_campaignid=2&gclid=x", "https://example.com/"),
    ("https://example.com/?WT.mc_id=1&wt.tsrc=2", "https://example.com/"),
    ("https://example.com/?ck_subscriber_id=1&_kx=2&__s=3", "https://example.com/"),
    ("https://example.com/?ml_subscriber=1&ml_subscriber_hash=2&oly_enc_id=3&vero_id=4", "https://example.com/"),
    ("https://example.com/?_hsenc=1&_hsmi=2&hsCtaTracking=3&hsa_acc=4", "https://example.com/"),
    ("https://example.com/?matomo_campaign=a&mtm_kwd=b&pk_campaign=c&piwik_kwd=d", "https://example.com/"),
    ("https://example.com/?at_medium=RSS&at_campaign=K&at_custom1=x&xtor=y", "https://example.com/"),
    ("https://example.com/?irclickid=1&irgwc=1&ScCid=2&_branch_match_id=3&itm_source=4", "https://example.com/"),
    ("https://www.linkedin.com/pulse/x?trk=a&rcm=b&trackingId=c&id=1", "https://www.linkedin.com/pulse/x?id=1"),
    ("https://youtu.be/dQw4w9WgXcQ?si=abc&t=42", "https://youtu.be/dQw4w9WgXcQ?t=42"),
    ("https://m.youtube.com/watch?v=x&si=abc&list=y", "https://m.youtube.com/watch?v=x&list=y"),
    ("https://x.com/a/status/1?s=20&t=abc", "https://x.com/a/status/1"),
    ("https://twitter.com/search?q=x&s=20", "https://twitter.com/search?q=x"),
    ("https://author.medium.com/story?source=friends_link&sk=abc", "https://author.medium.com/story?sk=abc"),
    ("https://www.amazon.de/dp/B0?tag=x-21&pd_rd_w=1&pf_rd_p=2&th=1", "https://www.amazon.de/dp/B0?th=1"),
    ("https://www.facebook.com/a?__cft__[0]=x&__tn__=y", "https://www.facebook.com/a"),
    ("https://a.substack.com/p/x?r=2mgxo2&triedRedirect=true", "https://a.substack.com/p/x"),
    ("https://addons.mozilla.org/addon/x/?src=search", "https://addons.mozilla.org/addon/x/"),
    # The same names elsewhere, and names that only look so.
    (
        "https://example.com/?trk=a&rcm=b&si=c&s=d&t=e&r=f&tag=g",
        "https://example.com/?trk=a&rcm=b&si=c&s=d&t=e&r=f&tag=g",
    ),
    ("https://developer.mozilla.org/?src=search", "https://developer.mozilla.org/?src=search"),
    ("https://notlinkedin.com/?trk=a", "https://notlinkedin.com/?trk=a"),
    ("https://example.com/?pk_id=4711&pk_table=5&pk=6", "https://example.com/?pk_id=4711&pk_table=5&pk=6"),
    ("https://example.com/?at_id=1&matomo=2&hsa_id=3&mtm=4", "https://example.com/?at_id=1&matomo=2&hsa_id=3&mtm=4"),
    ("https://example.com/?ref=4045&cid=1&id=2", "https://example.com/?ref=4045&cid=1&id=2"),
    ("https://maps.example/?utm_zone=32&utm_e=1&utm_n=2", "https://maps.example/?utm_zone=32&utm_e=1&utm_n=2"),
    # A key at some sites.
    (
        "https://a.transfernow.net/de/dltransfer?utm_source=A&utm_medium=B&fbclid=c",
        "https://a.transfernow.net/de/dltransfer?utm_source=A&utm_medium=B",
    ),
    ("https://www.sendgb.com/upload/?utm_source=pq4Ic", "https://www.sendgb.com/upload/?utm_source=pq4Ic"),
    ("https://univis.uni-kiel.de/form?__s=2&dsc=x", "https://univis.uni-kiel.de/form?__s=2&dsc=x"),
]


@pytest.mark.parametrize(("written", "expected"), TRACKING)
def test_tracking_parameters(written, expected):
    assert canonical(written) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize("row", [*TRACKERS, *KEPT], ids=lambda row: row.names.split()[0])
def test_tracking_parameters_are_in_lower_case_and_have_a_source(row):
    assert row.names
    assert row.names == row.names.lower()
    assert row.sites == row.sites.lower()
    assert read_address(row.source) is not None


def test_states_of_sites_have_a_source():
    assert all(read_address(row.source) is not None for row in STATES)


# A signature may cover any character, and the parser of the server is not ours.
@pytest.mark.parametrize(
    "signed",
    [
        "https://b.s3.amazonaws.com/k%28?utm_source=x&X-Amz-Signature=ab%2f",
        "https://b.s3.amazonaws.com/k?&x-id=GetObject&&X-Amz-Date=20241101T120000Z&X-Amz-Expires=3600&",
        "https://d1.cloudfront.net/%7ek/Ko%CC%88ln?Signature=a%7E&utm_id=1",
        "https://a.blob.core.windows.net/c/b%2c?sv=2022-11-02&se=2024-12-05T00%3A00%3A00Z&sig=x%2b",
        "https://media.licdn.com/x%2c?e=1&v=beta&t=abc&trk=x",
        "https://cdn.discordapp.com/a/1/%28a%29.png?ex=67510b00&is=674fb980&hm=ab&",
        "https://private-user-images.githubusercontent.com/%61.png?jwt=a&utm_source=x",
        "https://cdn.example/a%2a?token=x&expires=1733356800&utm_source=x",
    ],
)
def test_signed_addresses_are_left_as_they_are(signed):
    assert canonical(signed) == signed
    assert canonical(signed + "#top") == signed


@pytest.mark.parametrize(
    ("written", "fetched"),
    [
        ("https://example.com/a?utm_source=x&b#top", "https://example.com/a?utm_source=x&b"),
        ("https://example.com/K%c3%a4se/%7Eä", "https://example.com/K%c3%a4se/%7E%C3%A4"),
        ("https://bücher.example", "https://xn--bcher-kva.example/"),
        ("https://alice:secret@example.com:8443/a", "https://example.com:8443/a"),
        ("https://example.com/#/inbox", "https://example.com/"),
        ("//example.com/a", "https://example.com/a"),
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=a%2fb%7E&x=|",
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=a%2fb%7E&x=|",
        ),
    ],
)
def test_what_to_fetch_is_as_written(written, fetched):
    address = read_address(written)
    assert address is not None
    assert address.url == fetched


@pytest.mark.parametrize(
    ("url", "scheme", "host", "site"),
    [
        ("https://docs.example.com/", "https", "docs.example.com", "example.com"),
        ("http://a.b.example.co.uk/", "http", "a.b.example.co.uk", "example.co.uk"),
        ("https://me.github.io/", "https", "me.github.io", "me.github.io"),
        ("https://github.io/", "https", "github.io", "github.io"),
        ("https://www.bücher.example/", "https", "www.xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("http://localhost:41184/", "http", "localhost", "localhost"),
        ("http://intranet/", "http", "intranet", "intranet"),
        ("http://127.0.0.1:8001/", "http", "127.0.0.1", "127.0.0.1"),
        ("http://[2001:db8::1]:80/", "http", "2001:db8::1", "2001:db8::1"),
        ("ftp://ftp.example.com/", "ftp", "ftp.example.com", "example.com"),
        ("//example.com", "https", "example.com", "example.com"),
        ("https://example.com./", "https", "example.com", "example.com"),
    ],
)
def test_scheme_host_site(url, scheme, host, site):
    address = read_address(url)
    assert address is not None
    assert (address.scheme, address.host, address.site) == (scheme, host, site)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "https://", "https:", "http:///", "https://.", "https://..", "//", "///"),
        *(
            "https://example.com:99999/",
            "https://example.com:port/",
            "https://[::1/",
            "https://[zz]/",
            "https://256.1.1.1/",
        ),
        *("https://exa mple.com/", "https://exa\0mple.com/", "https://a%00b/", "https://xn--a/", "https://\ud800/"),
        *(":/0123456789abcdef0123456789abcdef", "joplin://x-callback-url/openNote?id=1", "mailto:a@example.com"),
        *(
            "file:///etc/passwd",
            "data:text/plain,x",
            "javascript:alert(1)",
            "#top",
            "a.md",
            "/a",
            "www.example.com",
            "\\\\server\\share",
        ),
        "https://" + "a" * 254 + "/",
        "https://" + "a" * 100_000,
    ],
)
def test_no_web_address(text):
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.com/" + "a" * 100_000, "https://example.com/" + "a" * 100_000),
        ("https://example.com/\ud800", "https://example.com/%EF%BF%BD"),
        ("https://example.com/\ud83d\ude00", "https://example.com/%F0%9F%98%80"),
        ("https://example.com/\0\x7f", "https://example.com/%00%7F"),
        ("https://example.com/\u202e", "https://example.com/%E2%80%AE"),
    ],
)
def test_odd_text_is_still_an_address(text, expected):
    assert canonical(text) == expected


def jwt(payload: object) -> str:
    return (
        "eyJhbGciOiJIUzI1NiJ9." + base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=") + ".c2ln"
    )


PRIVATE_IMAGE = "https://private-user-images.githubusercontent.com/1.png?jwt="


@pytest.mark.parametrize(
    ("url", "expires"),
    [
        ("https://media.licdn.com/dms/image/x?e=1733356800&v=beta&t=abc", "2024-12-05T00:00:00+00:00"),
        ("https://media-exp1.licdn.com/dms/image/x?e=1733356800&v=beta&t=abc", "2024-12-05T00:00:00+00:00"),
        ("https://media.licdn.com/dms/image/x?e=2147483647&v=beta&t=abc", None),  # never
        ("https://media.licdn.com/dms/image/x?e=soon", None),
        ("https://notlicdn.com/dms/image/x?e=1733356800", None),
        ("https://example.com/?e=1733356800", None),
        ("https://b.s3.amazonaws.com/k?X-Amz-Date=20241101T120000Z&X-Amz-Expires=3600", "2024-11-01T13:00:00+00:00"),
        ("https://b.s3.amazonaws.com/k?x-amz-expires=60&x-amz-date=20241101T120000Z", "2024-11-01T12:01:00+00:00"),
        ("https://b.s3.amazonaws.com/k?X-Amz-Date=2024-11-01&X-Amz-Expires=3600", None),
        ("https://b.s3.amazonaws.com/k?X-Amz-Expires=3600", None),
        ("https://b.s3.amazonaws.com/k?X-Amz-Date=20241101T120000Z&X-Amz-Expires=" + "9" * 400, None),
        (
            "https://storage.googleapis.com/b/k?X-Goog-Date=20241101T120000Z&X-Goog-Expires=86400",
            "2024-11-02T12:00:00+00:00",
        ),
        ("https://b.s3.amazonaws.com/k?AWSAccessKeyId=a&Signature=b&Expires=1733356800", "2024-12-05T00:00:00+00:00"),
        ("https://d1.cloudfront.net/k?Expires=1733356800&Signature=b&Key-Pair-Id=c", "2024-12-05T00:00:00+00:00"),
        ("https://example.com/?Expires=1733356800", None),  # no signature
        ("https://example.com/?Expires=1&Signature=x", None),  # 1970
        (
            "https://a.blob.core.windows.net/c/b?sv=2022-11-02&se=2024-12-05T00%3A00%3A00Z&sig=x",
            "2024-12-05T00:00:00+00:00",
        ),
        ("https://a.blob.core.windows.net/c/b?se=2024-12-05T00:00Z&sig=x", "2024-12-05T00:00:00+00:00"),
        ("https://a.blob.core.windows.net/c/b?se=2024-12-05&sig=x", "2024-12-05T00:00:00+00:00"),
        ("https://example.com/?se=2024-12-05", None),
        ("https://example.com/?se=tomorrow&sig=x", None),
        ("https://cdn.discordapp.com/attachments/1/2/a.png?ex=67510b00&is=674fb980&hm=ab", "2024-12-05T02:08:00+00:00"),
        ("https://scontent.xx.fbcdn.net/v/a.jpg?oh=00_x&oe=67510B00", "2024-12-05T02:08:00+00:00"),
        (PRIVATE_IMAGE + jwt({"exp": 1733356800}), "2024-12-05T00:00:00+00:00"),
        (PRIVATE_IMAGE + jwt({}), None),
        (PRIVATE_IMAGE + jwt([]), None),
        (PRIVATE_IMAGE + jwt({"exp": None}), None),
        (PRIVATE_IMAGE + "not.a-.token", None),
        (PRIVATE_IMAGE, None),
    ],
)
def test_expiry_of_signed_addresses(url, expires):
    address = read_address(url)
    assert address is not None
    assert address.expires_at == (expires and at(expires))


POST_TIME = "2024-11-01T01:30:02.262+00:00"


@pytest.mark.parametrize(
    ("path", "author", "published"),
    [
        ("/posts/curiouslearner_softwaredevelopment-activity-7257926830966329344-KKJf", "curiouslearner", POST_TIME),
        ("/posts/curiouslearner_softwaredevelopment-activity-7257926830966329344-KKJf/", "curiouslearner", POST_TIME),
        ("/posts/curiouslearner_activity-7257926830966329344", "curiouslearner", POST_TIME),
        ("/posts/a-b-123_x_y-ugcPost-7257926830966329344-x_-9", "a-b-123", POST_TIME),
        ("/posts/a_share-7257926830966329344-KKJf", "a", POST_TIME),
        ("/posts/j%C3%BCrgen_x-activity-7257926830966329344-KKJf", "jürgen", POST_TIME),
        ("/posts/activity-7257926830966329344-KKJf", None, POST_TIME),
        (
            "/posts/brijpandeyji_kafka-activity-7258077837633503232-XE22",
            "brijpandeyji",
            "2024-11-01T11:30:05.057+00:00",
        ),
        ("/feed/update/urn:li:activity:7257926830966329344", None, POST_TIME),
        ("/feed/update/urn:li:activity:7257926830966329344/", None, POST_TIME),
        ("/feed/update/urn%3Ali%3AugcPost%3A7257926830966329344?utm_source=share", None, POST_TIME),
        ("/embed/feed/update/urn:li:share:7257926830966329344", None, POST_TIME),
        ("/in/curiouslearner", None, None),
        ("/posts/curiouslearner_activity-7", None, None),
        ("/posts/curiouslearner", None, None),
        ("/posts/a_activity-99999999999999999999-x", "a", None),  # no time: out of range
    ],
)
@pytest.mark.parametrize("host", ["www.linkedin.com", "linkedin.com", "uk.linkedin.com"])
def test_linkedin_posts(host, path, author, published):
    address = read_address(f"https://{host}{path}")
    assert address is not None
    assert (address.author, address.published_at) == (author, published and at(published))


def test_only_linkedin_has_linkedin_posts():
    address = read_address("https://example.com/posts/a_x-activity-7257926830966329344-KKJf")
    assert address is not None
    assert (address.author, address.published_at) == (None, None)


urlish = st.one_of(
    st.text(),
    st.builds(
        "{}{}{}{}{}{}".format,
        st.sampled_from(["https://", "http://", "//", "HTTP://u:p@", "ftp://", "https:"]),
        st.one_of(
            st.sampled_from(["example.com", "Bücher.example", "1.2", "[::1]", "a.b.", "media.licdn.com", "x.com"]),
            st.text(max_size=8),
        ),
        st.sampled_from(["", ":80", ":443", ":8080", ":"]),
        st.text(alphabet="/.%2eE5f~aÄ|[]\\ ;:@&=+$,'\"\ud800\0\to\u0308", max_size=20).map("/{}".format),
        st.text(alphabet="?&=utm_source%5Ft2eE5~[]|+ ", max_size=20).map("?{}".format),
        st.one_of(
            st.sampled_from(["", "#", "#top", "#/a/%7e", "#!x y", "#/", "#!/%%32E", "#:~:text=a=b", "#!:~:", "#%21"]),
            st.text(alphabet="!/=&:~?gtpaeoken_utmsrc1%25F", max_size=20).map("#{}".format),
        ),
    ),
    st.text(alphabet=string.printable, max_size=40).map("https://example.com/{}".format),
)


@given(urlish)
@example("https://example.com/%%32E?%%32E#!%%32E")
def test_canonical_form_is_its_own_canonical_form(url):
    address = read_address(url)
    if address is None:
        return
    again = read_address(address.canonical)
    assert again is not None
    assert again.canonical == address.canonical
    assert (again.scheme, again.host, again.site) == (address.scheme, address.host, address.site)
    assert address.canonical.isascii()
    assert address.url.isascii()
    fetched = read_address(address.url)
    assert fetched is not None
    assert fetched.url == address.url


# One address as it is written before, and as it stands in the note after, something that writes Markdown anew: Joplin's
# Rich Text editor (markdown-it's normalizeLink, then Turndown's filterLinkHref), the web clipper, macOS, a browser.
RESPELLINGS = [
    # Joplin's Rich Text editor: parentheses, as they could end a link; what is no ASCII; what RFC 3986 forbids
    ("https://en.wikipedia.org/wiki/Log_(book)", "https://en.wikipedia.org/wiki/Log_%28book%29"),
    ("https://example.com/?q=f(x)", "https://example.com/?q=f%28x%29"),
    ("https://example.com/#/f(x)", "https://example.com/#/f%28x%29"),
    (
        "https://gchq.github.io/CyberChef/#recipe=To_Hex('Space',0)",
        "https://gchq.github.io/CyberChef/#recipe=To_Hex%28'Space',0%29",
    ),
    ("https://bücher.example/Käse", "https://xn--bcher-kva.example/K%C3%A4se"),
    ("https://example.com/?q=Käse", "https://example.com/?q=K%C3%A4se"),
    ("https://example.com/a|b", "https://example.com/a%7Cb"),
    ("https://example.com/a[1]", "https://example.com/a%5B1%5D"),
    ("https://example.com/?a[]=1", "https://example.com/?a%5B%5D=1"),
    ("https://example.com/{id}", "https://example.com/%7Bid%7D"),
    ("https://example.com/a^b`c", "https://example.com/a%5Eb%60c"),
    ("https://example.com/a b", "https://example.com/a%20b"),
    ("https://example.com/100%", "https://example.com/100%25"),
    ("https://example.com", "https://example.com/"),
    ("HTTPS://Example.com/a", "https://example.com/a"),
    # macOS, and who copies from a file name: letters in two pieces
    ("https://de.wikipedia.org/wiki/K\u00f6ln", "https://de.wikipedia.org/wiki/Ko\u0308ln"),
    ("https://de.wikipedia.org/wiki/K%C3%B6ln", "https://de.wikipedia.org/wiki/Ko%CC%88ln"),
    # Browsers and programs: what each of them escapes, and in which case
    ("https://example.com/a,b;c@d:e$f!g*h'i", "https://example.com/a%2Cb;c%40d%3Ae%24f%21g%2Ah%27i"),
    ("https://example.com/~a/b-c_d.e", "https://example.com/%7Ea/b%2Dc%5Fd%2Ee"),
    ("https://example.com/%C3%A4", "https://example.com/%c3%a4"),
    ("https://example.com/a?", "https://example.com/a"),
    ("https://example.com/a#", "https://example.com/a"),
]
# What stays apart, since a server may take it for another address.
OTHER_ADDRESSES = [
    ("https://example.com/a;b", "https://example.com/a%3Bb"),
    ("https://example.com/a&b=c+d", "https://example.com/a%26b%3Dc%2Bd"),
    ("https://example.com/a/b", "https://example.com/a%2Fb"),
    ("https://example.com/?q=a+b", "https://example.com/?q=a%20b"),
    ("https://example.com/?q=a:b", "https://example.com/?q=a%3Ab"),
    ("https://example.com/a", "https://example.com/a/"),
    ("https://b.s3.amazonaws.com/(a)?X-Amz-Signature=b", "https://b.s3.amazonaws.com/%28a%29?X-Amz-Signature=b"),
]


@pytest.mark.parametrize(("before", "after"), RESPELLINGS)
def test_respellings_meet(before, after):
    assert before != after
    assert canonical(before) == canonical(after)


@pytest.mark.parametrize(("one", "other"), OTHER_ADDRESSES)
def test_other_addresses_stay_apart(one, other):
    assert canonical(one) != canonical(other)


def through_rich_text(url: str) -> str:
    """An address after Joplin's Rich Text editor: rendered, then Turndown's filterLinkHref (commonmark-rules.js)."""
    return normalizeLink(url).strip().replace(" ", "%20").replace("(", "%28").replace(")", "%29")


@given(
    path=st.text(alphabet="/abeo()[]{}|'!*,~äöß\u0308;:@&=+$ %^`", max_size=16),
    query=st.text(alphabet="abeo()[]{}|'!*,~äöß\u0308;:@&=+$ ^`", max_size=16),
)
@example(path="a%", query="")
def test_the_rich_text_editor_makes_no_other_address(path, query):
    url = f"https://example.com/{path}?{query}"
    assert canonical(through_rich_text(url)) == canonical(url)


escapes = st.integers(0, 255).map("%{:02x}".format)
pieces = st.lists(
    st.one_of(
        escapes,
        st.sampled_from("aeoAEO!'()*,:@$;/?&=+%-._~|"),
        st.sampled_from([f"%{byte:02X}" for byte in "\u0308\u0338\u037e\u212aäß한".encode()]),
        st.sampled_from(["o\u0308", "ö", "\u037e", "e%CC%81", "%CC%B8", "%E2%84%AA"]),
    ),
    max_size=12,
).map("".join)


@given(path=pieces, query=pieces)
@example(path="%2F%CC%88", query="q=%CC%B8")
@example(path="a%CD%BE", query="%E1%BF%AF")
def test_canonical_address_opens_the_same_page(path, query):
    """Piece by piece between the separators, decoded and in NFC, it is what a browser would ask for."""
    written = f"https://example.com/{path.replace('?', '')}?{query}"
    address = read_address(written)
    asked, given_ = parse_whatwg(written), parse_whatwg(address.canonical)
    assert given_.hostname == asked.hostname

    def meanings(text: str, separators: str) -> list[str]:
        for separator in separators:
            text = text.replace(separator, f"\0{separator}\0")
        found = [unquote_to_bytes(piece).decode("utf-8", "surrogateescape") for piece in text.split("\0")]
        return [normalize("NFC", piece) for piece in found]

    assert meanings(given_.pathname, "/;=&+") == meanings(asked.pathname, "/;=&+")
    kept = [piece for piece in asked.search[1:].split("&") if piece]
    assert [meanings(piece, "=+;/?") for piece in given_.search[1:].split("&") if piece] == [
        meanings(piece, "=+;/?") for piece in kept
    ]


@pytest.mark.parametrize("separator", "%/?#&=+;")
@pytest.mark.parametrize(
    "place", ["https://example.com/a{}b", "https://example.com/?q=a{}b", "https://example.com/#/a{}b"]
)
def test_escaped_separators_stay_escaped(place, separator):
    escaped = f"%{ord(separator):02X}"
    assert canonical(place.format(escaped)) == place.format(escaped)
    assert canonical(place.format(escaped.lower())) == place.format(escaped)


@given(
    host=st.from_regex(r"[a-z]([a-z0-9]{0,8})(\.[a-z]([a-z0-9]{0,8})){1,3}", fullmatch=True),
    path=st.from_regex(r"(/[a-z~_ä-]{0,6}){0,3}", fullmatch=True),
)
def test_spellings_meet(host, path):
    plain = canonical(f"https://{host}{path}")
    for spelling in (
        f"HTTPS://{host.upper()}{path}",
        f"https://{host}:443{path}",
        f"https://{host}.{path}",
        f"//{host}{path}#part",
        f"https://me:pw@{host}{path}?utm_campaign=x",
        f"https://{host}{path.replace('a', '%61').replace('_', '%5f')}",
    ):
        assert canonical(spelling) == plain
