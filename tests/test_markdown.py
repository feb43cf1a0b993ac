"""Headings, links and images of Markdown bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from extractor.markdown import Document, Link, parse

if TYPE_CHECKING:
    from extractor.markdown import Markup

ID = "0123456789abcdef0123456789abcdef"


def titles(document: Document) -> list[str]:
    return [" > ".join(heading.path) for heading in document.headings]


def shown(document: Document) -> list[tuple[str, str]]:
    return [(link.text, link.url) for link in document.links]


def only(body: str) -> Link:
    (link,) = parse(body).links
    return link


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("# A\n## B\n### C\n## D\n# E", ["A", "A > B", "A > B > C", "A > D", "E"]),
        ("### C\n## B", ["C", "B"]),
        ("# A\n#### D\n## B", ["A", "A > D", "A > B"]),
        ("##\n### C", ["", " > C"]),
        ("A\n=\n\nB\n-", ["A", "A > B"]),
        ("one\ntwo\n===", ["one\ntwo"]),
        ("- # A\n  ## B\n\n# C", ["A", "A > B", "C"]),
        ("> ## A\n> ### B", ["A", "A > B"]),
        ("# **b** *i* `c` ~~s~~ ==m==", ["b i c s m"]),
        ("# a &amp; b &copy; \\# <b>x</b>", ["a & b © # x"]),
        ("# a [b](c) ![d](e)", ["a b"]),
        ("# Awesome Rust [![lint badge](https://b.c/l.svg)](https://b.c)", ["Awesome Rust"]),
        ("# [![one](a)](b) [![two](c)](d)", ["one two"]),
        ("# ![a ![b](c)](d) e", ["e"]),
        ("# a ![b](c) d", ["a d"]),
        ("# a <img src='b' alt='c'>", ["a"]),
        ("# <img src='b' alt='c'>", ["c"]),
        ("# A #", ["A"]),
        ("# \ufeffA\u200b", ["A\u200b"]),
        ("#A\n\n    # B\n\n```\n# C\n```\n\n<!--\n# D\n-->", []),
        ("---\n# yaml\n---\n# A", ["A"]),
        ("\n---\n# A\n---", ["A"]),
        ("$$\n# A\n$$\n# B", ["B"]),
        ("# A\n\n[^1]\n\n[^1]: ## N\n\n### B", ["A", "A > N", "A > B"]),
        ("- [x] A\n  ---\n- [ ] B\n  ---\n- [y] C\n  ---", ["A", "B", "[y] C"]),
        ("- <!--\n\n  # A\n  -->\n\n# B", ["A", "B"]),  # a less indented line ends a block of HTML
        ("- <!--\n  # A\n  -->\n\n# B", ["B"]),
    ],
)
def test_headings(body, expected):
    assert titles(parse(body)) == expected


@pytest.mark.parametrize(
    ("body", "text", "url", "syntax"),
    [
        ("[a](http://b.c)", "a", "http://b.c", "inline"),
        ('[a](<b c> "t")', "a", "b c", "inline"),
        ("[**a** `b`](c)", "a b", "c", "inline"),
        ("[a \\] b](c\\)d)", "a ] b", "c)d", "inline"),
        ("[a [b] c](d)", "a [b] c", "d", "inline"),
        ("[a](b&amp;c)", "a", "b&c", "inline"),
        ("[](c)", "", "c", "inline"),
        ("[a][r]\n\n[r]: b", "a", "b", "reference"),
        ("[R][]\n\n[r]: b", "R", "b", "reference"),
        ("[r]\n\n[r]: b\n[r]: c", "r", "b", "reference"),
        ("<http://a.b/c>", "http://a.b/c", "http://a.b/c", "autolink"),
        ("<a@b.c>", "a@b.c", "mailto:a@b.c", "autolink"),
        ("see https://a.b/c.", "https://a.b/c", "https://a.b/c", "bare"),
        ("(https://a.b/c_(d))", "https://a.b/c_(d)", "https://a.b/c_(d)", "bare"),
        ("**https://a.b**", "https://a.b", "https://a.b", "bare"),
        ("ftp://a.b", "ftp://a.b", "ftp://a.b", "bare"),
        ("file:///a/b c", "file:///a/b", "file:///a/b", "bare"),
        ("mailto:a@b.c", "mailto:a@b.c", "mailto:a@b.c", "bare"),
        ("//a.b/c", "//a.b/c", "//a.b/c", "bare"),
        ("x.http://a.b", "http://a.b", "http://a.b", "bare"),
        ('<a href="b&amp;c=1&copy=2">x *y*</a> z', "x y", "b&c=1&copy=2", "html"),
        ("<div>\n<a href='b'>x\ny</a>\n</div>", "x\ny", "b", "html"),
        ("| a |\n|---|\n| [b](c) |", "b", "c", "inline"),
        ("# [a](b)", "a", "b", "inline"),
        ("- [ ] [a](b)", "a", "b", "inline"),
        ("\\![a](b)", "a", "b", "inline"),
        ("text[^1]\n\n[^1]: [a](b)", "a", "b", "inline"),
        ("text^[[a](b)]", "a", "b", "inline"),
        ("text[^1]\n\n[^1]: [a](c)\n\n[^1]: [a](b)", "a", "b", "inline"),
        ("<a href='b'><img alt='a'></a>", "", "b", "html"),
        ("[`a`b`](c)", "`a`b`", "c", "inline"),  # the last tick begins no code, and so, to Joplin, do the others not
        ("[`a](http://b.c) `d`", "http://b.c", "http://b.c", "bare"),
    ],
)
def test_links(body, text, url, syntax):
    link = only(body)
    assert (link.kind, link.text, link.url, link.syntax) == ("link", text, url, syntax)


@pytest.mark.parametrize(
    ("body", "text", "url", "syntax"),
    [
        ("![a *b*](c)", "a b", "c", "inline"),
        ("![a][r]\n\n[r]: b", "a", "b", "reference"),
        ('x <img src="b" alt="c">', "c", "b", "html"),
        ("<img\n alt='a b'\n src=':/x'\n/>", "a b", ":/x", "html"),
        ("![a ![b](c)](d)", "a b", "d", "inline"),
        ("![a](data:image/png;base64,AAAA)", "a", "data:image/png;base64,AAAA", "inline"),
    ],
)
def test_images(body, text, url, syntax):
    image = only(body)
    assert (image.kind, image.text, image.url, image.syntax) == ("image", text, url, syntax)


@pytest.mark.parametrize(
    "body",
    [
        "`[a](b)`",
        "```\n[a](b)\n```",
        "    [a](b)",
        "$[a](b)$",
        "$$\n[a](b)\n$$",
        "<!-- [a](b) -->",
        "www.example.com and a@b.c",
        "`x`//a.b/c",
        "//host",
        "[a](javascript:alert\\(1\\))",
        "[a](data:text/html,x)",
        "<a href='javascript:x'>a</a> <a name='b'>c</a> <img alt='d'>",
        "[a][b]",
        "[a] (b)",
        "[toc]\n\n[toc]: b",
        "---\na: https://b.c\n---",
        "[^1]: [not called](a)",
        "<script>\n'<a href=\"b\">'\n</script>",
    ],
)
def test_no_link(body):
    assert parse(body).links == ()


def test_an_image_in_a_link_is_both():
    assert [(link.kind, link.text, link.url) for link in parse("[![a](b) c](d)").links] == [
        ("link", "a c", "d"),
        ("image", "a", "b"),
    ]


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("https://bücher.example/café", "https://xn--bcher-kva.example/caf%C3%A9"),
        ("https://a.b/c%20d%zz", "https://a.b/c%20d%25zz"),
        ("https://a.b/[x]?y={z}", "https://a.b/%5Bx%5D?y=%7Bz%7D"),
        ("https://a.b/\ud83d", "https://a.b/%EF%BF%BD"),
        (f":/{ID}#x", f":/{ID}#x"),
    ],
)
def test_an_address_is_kept_as_written_beside_its_normal_form(url, href):
    link = only(f"[a](<{url}>)")
    assert (link.url, link.href) == (url, href)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://a", "web"),
        ("HTTPS://a", "web"),
        ("ftp://a", "web"),
        ("//a.b", "web"),
        (f":/{ID}", "note"),
        (f":/{ID}#heading", "note"),
        (f"joplin://x-callback-url/openNote?id={ID}", "note"),
        (f"joplin://{ID}", "note"),
        (":/Ab3XyZ0123456789Ab3XyZ0123456789", "note"),  # an id of the first years
        (f":/{ID}0", "other"),
        (f"joplin://{ID}0", "other"),
        ("joplin://x-callback-url/openFolder?id=1", "other"),
        ("#a", "anchor"),
        ("mailto:a@b", "mail"),
        ("file:///a", "file"),
        ("tel:1", "other"),
        ("../a.md", "other"),
        ("data:image/png;base64,AAAA", "data"),
        (":/123", "other"),
    ],
)
def test_targets(url, target):
    assert only(f"[a]({url})").target == target


def test_a_resource_is_what_an_image_shows():
    assert only(f"![a](:/{ID})").target == "resource"


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("[a](b)\n\n[c](d)", [1, 3]),
        ("x\ny [a](b)  \nz\\\n[c](d)", [2, 4]),
        ("`a\nb` [c](d)", [2]),
        ("[a\nb](\nc\n'd\ne') [f](g)", [1, 5]),
        ("<b\nc> [d](e)", [2]),
        ("> x\n> [a](b)\nlazy [c](d)", [2, 3]),
        ("- x\n\n  y\n  [a](b)\n  - [c](d)", [4, 5]),
        ("| a |\n|---|\n| b |\n| [c](d) |", [4]),
        ("<div>\n\n[a](b)\n</div>", [3]),
        ("<div>\nx <a href=b>c</a>\n<img src=d>\n</div>", [2, 3]),
        ("[c][r]\n\n[r]: d\n\n[c](d)\r\nx\r[e](f)", [1, 5, 7]),
        ("\u00a0\n[a](b)", [2]),
        ("\ufeff\n\u00a0\n[a](b)", [3]),
        ("x[^1]\n\n[^1]: a\n    [b](c)\n\nd^[e\n[f](g)]", [4, 7]),
        ("x\nhttps://a.b\n//c.d <mailto:e@f.g>", [2, 3, 3]),
    ],
)
def test_lines_count_from_one(body, lines):
    assert [link.line for link in parse(body).links] == lines


def test_heading_lines():
    assert [heading.line for heading in parse("# A\n\ntwo\nlines\n---\n- # B").headings] == [1, 3, 6]


def test_a_link_stands_under_the_heading_before_it_or_around_it():
    body = "[a](1)\n# [b](2)\n[c](3)\n- ## D\n  [d](4)\n\n[e](5) x[^1]\n\n[^1]: [f](6)\n\n# G\n[g](7)"
    document = parse(body)
    assert [(link.url, link.section) for link in document.links] == [
        ("1", None),
        ("2", 0),
        ("3", 0),
        ("4", 1),
        ("5", 1),
        ("6", 1),
        ("7", 2),
    ]


def test_a_footnote_is_no_place_for_the_text_behind_it():
    document = parse("# A\nx[^1]\n\n[^1]: ## B\n    [b](1)\n\n[a](2)")
    assert [(link.url, link.section) for link in document.links] == [("1", 1), ("2", 0)]


@pytest.mark.parametrize(
    ("body", "context"),
    [
        ("see **the** [a](b) `c`\nand <br>&amp; more", "see the a c and & more"),
        ("x\n\ny [a](b)\n\nz", "y a"),
        ("- x\n- y [a](b)", "y a"),
        ("| a | b |\n|---|---|\n| *c* | [d](e) |", "c | d"),
        ("# t [a](b)", "t a"),
        ("<p>x <i>y</i>\n<a href=b>z</a></p>", "x y z"),
    ],
)
def test_context_is_the_text_of_the_block(body, context):
    assert only(body).context == context


@pytest.mark.parametrize("before", [0, 5, 299, 5000])
@pytest.mark.parametrize("behind", [0, 5, 299, 5000])
def test_a_long_context_is_cut_around_the_link(before, behind):
    context = only("w " * before + "[the link](a) " + "v " * behind).context
    assert "the link" in context
    assert len(context) <= 300
    assert context.startswith("…") == (before >= 299)
    assert context.endswith("…") == (behind >= 299)


@pytest.mark.parametrize(("links", "longest"), [(1, 300), (10, 300), (20, 150), (30, 100), (400, 100)])
def test_many_links_of_a_block_have_less_context_each(links, longest):
    contexts = {
        link.context for link in parse(" ".join(f"[some words](a{n})" for n in range(links)) + " w" * 300).links
    }
    assert {len(context) for context in contexts} <= set(range(longest - 2, longest + 1))


@pytest.mark.parametrize("letter", ["é", "語", "𝗞"])
def test_a_context_is_bounded_in_bytes(letter):
    context = only(f"{letter * 400} [the link](a) {letter * 400}").context
    assert 250 < len(context.encode()) <= 400
    assert "the link" in context


def test_a_link_text_longer_than_the_context_is_cut_too():
    assert len(only(f"[{'a' * 1000}](b)").context) <= 300


def test_nothing():
    assert parse("") == Document()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("x^[mailto:a@b.c and //d.e/f]", [("mailto:a@b.c", "mailto:a@b.c"), ("//d.e/f", "//d.e/f")]),
        ("- <pre>\n  a\n\n  https://b.c\n  </pre>", [("https://b.c", "https://b.c")]),
        ("- [x] t\n\n[x]: https://a.b", [("x", "https://a.b")]),  # a reference before a checkbox
        ("- [ ] [a](b)\n\n  [x] [c](d)", [("a", "b"), ("c", "d")]),
    ],
)
def test_links_in_odd_places(body, expected):
    assert shown(parse(body)) == expected


def test_a_checkbox_is_no_part_of_what_is_around_a_link():
    assert [link.context for link in parse("- [x] see [a](b)\n\n  [x] see [c](d)").links] == ["see a", "[x] see c"]


def test_the_line_of_an_underlined_heading_is_where_its_text_begins():
    assert [heading.line for heading in parse("\u00a0\nA\n---\n\n\u00a0\n# B").headings] == [1, 6]


@pytest.mark.parametrize(
    ("body", "markup"),
    [
        ("[a]() and ![b]() and [c](<>)", "markdown"),
        ('<a href="">a</a> and <img src="">', "markdown"),
        ('<div>\n<a href="">a</a>\n</div>', "markdown"),
        ('<a href="">a</a> and <a href>b</a> and <img src="">', "html"),
    ],
)
def test_what_leads_nowhere_is_no_link_however_it_is_written(body: str, markup: Markup) -> None:
    assert parse(body, markup).links == ()
    assert [link.url for link in parse(body + '\n\n<a href="h">then</a>', markup).links] == ["h"]
