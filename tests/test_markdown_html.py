"""HTML notes."""

from __future__ import annotations

import pytest

from extractor.markdown import Document, parse


def shown(body: str) -> list[tuple[str, str, str, int]]:
    return [(link.kind, link.text, link.url, link.line) for link in parse(body, "html").links]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<a href="b">a</a>', [("link", "a", "b", 1)]),
        ("<A HREF=b>a</A>", [("link", "a", "b", 1)]),
        ("<p>\n<a\nhref='b'>a <b>c</b>\nd</a>", [("link", "a c\nd", "b", 2)]),
        ("<a href=' b\n'>a</a>", [("link", "a", "b", 1)]),
        ("<a href=b/c>a</a>", [("link", "a", "b/c", 1)]),
        ("<a title='x>y' href=b>a</a>", [("link", "a", "b", 1)]),
        ("<a href=b href=c>a</a>", [("link", "a", "b", 1)]),
        ("<a href='b&amp;c&#x41;&copy=1&copy;&lt=2&notit;'>&lt;a</a>", [("link", "<a", "b&cA&copy=1©&lt=2&notit;", 1)]),
        ("<img src=b alt='c'/>", [("image", "c", "b", 1)]),
        ("<a href=b><img src=c alt=d></a>", [("link", "d", "b", 1), ("image", "d", "c", 1)]),
        ("<a href=b>a<a href=c>d", [("link", "a", "b", 1), ("link", "d", "c", 1)]),
        ("a < b <a href=c>d</a> 5>3", [("link", "d", "c", 1)]),
        ("</a><a href=b>a</a></a>", [("link", "a", "b", 1)]),
        ("<br\n/><a href=b></a>", [("link", "", "b", 2)]),
        ("<!-- <a href=b>a</a> --><!--> <a href=c></a>", [("link", "", "c", 1)]),
        ("<![x[<a href=b></a>", []),
        ("<!doctype html><?x y?><a href=b></a>", [("link", "", "b", 1)]),
        ("<script>'<a href=b>'</script><style><a href=c></style><a href=d></a>", [("link", "", "d", 1)]),
        ("<script><a href=b>", []),
        ("<textarea><img src=b></textarea><title><img src=c></title>", []),
        ("<a name=b>a</a><a href=''>c</a><img alt=d>", []),
        ("<a href='javascript:b'>a</a>", []),
        ("<a href=b", []),
        ("<a href='b>a</a>", []),
        ("[a](b) https://c.d", []),
    ],
)
def test_links_and_images(body, expected):
    assert shown(body) == expected


def test_headings_are_sections():
    body = (
        "<a href=0></a>\n<h1>A &amp; <i>b</i>\n c</h1><a href=1></a><h3><a href=2>C</a></h3><h2>B<h2>D</h2><a href=3>"
    )
    document = parse(body, "html")
    assert [(h.level, h.path, h.line) for h in document.headings] == [
        (1, ("A & b c",), 2),
        (3, ("A & b c", "C"), 3),
        (2, ("A & b c", "B"), 3),
        (2, ("A & b c", "D"), 3),
    ]
    assert [(link.url, link.section) for link in document.links] == [("0", None), ("1", 0), ("2", 1), ("3", 3)]


@pytest.mark.parametrize(
    ("body", "context"),
    [
        ("<p>x</p><p>y <a href=b>a</a>\n z</p><p>w", "y a z"),
        ("<ul><li>x<li>y <a href=b>a</a></ul>", "y a"),
        ("x<br>y <a href=b>a</a>", "x y a"),
    ],
)
def test_context(body, context):
    assert parse(body, "html").links[0].context == context


def test_nothing():
    assert parse("", "html") == parse("just text", "html") == Document()
