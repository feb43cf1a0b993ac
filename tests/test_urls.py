from __future__ import annotations

import base64
import json
import string
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extractor.urls import TRACKED_BY_SITE, TRACKED_EVERYWHERE, read_address


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
        # query
        ("https://example.com?", "https://example.com/"),
        ("https://example.com?b=2&a=1", "https://example.com/?b=2&a=1"),
        ("https://example.com/?a=1&&a=2&", "https://example.com/?a=1&a=2"),
        ("https://example.com/?a[]=1", "https://example.com/?a%5B%5D=1"),
        ("https://example.com/?q=a+b", "https://example.com/?q=a+b"),
        ("https://example.com/?q=%F0%9f%98%80", "https://example.com/?q=%F0%9F%98%80"),
        ("https://example.com/?u=https://x.example/?y", "https://example.com/?u=https://x.example/?y"),
        # fragment
        ("https://example.com/a#section-2", "https://example.com/a"),
        ("https://example.com/a#:~:text=foo", "https://example.com/a"),
        ("https://example.com/a#", "https://example.com/a"),
        ("https://example.com/#/inbox/7", "https://example.com/#/inbox/7"),
        ("https://groups.example/#!topic/x/%7ey", "https://groups.example/#!topic/x/~y"),
        ("https://example.com/#/", "https://example.com/"),
        ("https://example.com/#!", "https://example.com/"),
        # tracking
        ("https://example.com/?utm_source=note&utm_medium=x#top", "https://example.com/"),
        ("https://example.com/?id=1&UTM_Source=x&fbclid=2&page=3", "https://example.com/?id=1&page=3"),
        ("https://example.com/?utm%5Fsource=x&id=1", "https://example.com/?id=1"),
        ("https://example.com/?mc_cid=1&mc_eid=2&gclid=3&msclkid", "https://example.com/"),
        ("https://www.linkedin.com/pulse/x?trk=a&rcm=b&trackingId=c&id=1", "https://www.linkedin.com/pulse/x?id=1"),
        ("https://example.com/?trk=a&rcm=b&si=c&s=d&t=e", "https://example.com/?trk=a&rcm=b&si=c&s=d&t=e"),
        ("https://youtu.be/dQw4w9WgXcQ?si=abc&t=42", "https://youtu.be/dQw4w9WgXcQ?t=42"),
        ("https://m.youtube.com/watch?v=x&si=abc&list=y", "https://m.youtube.com/watch?v=x&list=y"),
        ("https://x.com/a/status/1?s=20&t=abc", "https://x.com/a/status/1"),
        ("https://twitter.com/search?q=x&s=20", "https://twitter.com/search?q=x"),
        ("https://author.medium.com/story?source=friends_link&sk=abc", "https://author.medium.com/story?sk=abc"),
        # signed: the signature may cover any parameter
        (
            "https://b.s3.amazonaws.com/k?utm_source=x&X-Amz-Signature=ab%2f",
            "https://b.s3.amazonaws.com/k?utm_source=x&X-Amz-Signature=ab%2F",
        ),
        ("https://d1.cloudfront.net/k?Signature=a~&utm_id=1", "https://d1.cloudfront.net/k?Signature=a~&utm_id=1"),
        ("https://media.licdn.com/x?e=1&v=beta&t=abc", "https://media.licdn.com/x?e=1&v=beta&t=abc"),
    ],
)
def test_canonical_form(written, expected):
    assert canonical(written) == expected
    assert canonical(expected) == expected


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


def test_tracking_parameters_are_compared_in_lower_case():
    for names in (TRACKED_EVERYWHERE, *TRACKED_BY_SITE.values()):
        assert {name.lower() for name in names} == names


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
        st.text(alphabet="/.%2eE5f~aÄ|[]\\ ;:@&=+$,'\"\ud800\0\t", max_size=20).map("/{}".format),
        st.text(alphabet="?&=utm_source%5Ft2eE5~[]|+ ", max_size=20).map("?{}".format),
        st.sampled_from(["", "#", "#top", "#/a/%7e", "#!x y", "#/", "#!/%%32E"]),
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


@given(
    host=st.from_regex(r"[a-z]([a-z0-9]{0,8})(\.[a-z]([a-z0-9]{0,8})){1,3}", fullmatch=True),
    path=st.from_regex(r"(/[a-z~_ä%-]{0,6}){0,3}", fullmatch=True),
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
