"""HTML is read by the standard: nothing that is wrong in it hides what follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from html_reference import html5lib_is_wrong, pieces, seen_by_html5lib, seen_here, soup
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from thorough import examples
from turbohtml import Element, parse_fragment

from extractor.markdown import Problem, parse
from extractor.markdown.html import TOO_DEEP
from extractor.markdown.html_depth import DEEPEST, greatest_depth, may_be_too_deep
from extractor.markdown.html_document import TOO_LONG

INPUTS = json.loads((Path(__file__).parent / "corpora" / "html5lib-tokenizer.json").read_text())["inputs"]


def shown(body: str, markup: str = "html") -> tuple[list[str], list[tuple[str, str]]]:
    document = parse(body, markup)
    return [heading.title for heading in document.headings], [(link.url, link.text) for link in document.links]


@pytest.mark.parametrize(
    ("body", "headings", "links"),
    [
        ('<h1>Guide</h1><link rel="stylesheet"=" " href="x.css"><h2>After</h2><a href=1>1</a>',
         ["Guide", "After"], [("1", "1")]),
        ('<p><!-- advert --!><a href="h">x</a></p>', [], [("h", "x")]),
        ('<svg viewBox="0 0 1 1"><title/><path d="M0 0"/></svg><a href="i">x</a>', [], [("i", "x")]),
        ("<svg><style/><script/></svg><a href=i>x</a>", [], [("i", "x")]),
        ("<svg><title><a href=i>x</a></title></svg>", [], [("i", "x")]),
        ("<title/><a href=i>x</a>", [], []),
        ('<a href="u" =>x</a>', [], [("u", "x")]),
        ("<a href='u'title='t'>x</a>", [], [("u", "x")]),
        ('<img alt="a"src="b"/><h2>T</h2>', ["T"], [("b", "a")]),
        ("<h1><div class=k>Guide</div></h1>", ["Guide"], []),
        ("<h1><div>Guide</div><div>Log retention</div></h1><p><a href=1>one", ["Guide Log retention"], [("1", "one")]),
        ("<a href=c><div><h3>Card</h3></div></a>", ["Card"], [("c", "Card")]),
        ("<a href=c><div><h3>Card title</h3><p>lead</p></div></a> x", ["Card title"], [("c", "Card title lead")]),
        ("<h2>A <a href=b>c</a> d</h3> e", ["A c d"], [("b", "c")]),
        ("<h2><span>A</h2>B", ["A"], []),
        ("<h1>A <img src=b alt=badge></h1>", ["A"], [("b", "badge")]),
        ("<h1><a href=c><img src=b alt=Logo></a></h1>", ["Logo"], [("c", "Logo"), ("b", "Logo")]),
        ("<p><a href=b>one<p>two</a> three", [], [("b", "one two")]),
        ("<table><tr><td><a href=b>x<td><a href=c>y", [], [("b", "x"), ("c", "y")]),
        ("<table><a href=b>x</a><tr><td>y", [], [("b", "x")]),
        ("<frameset><a href=b>x</a>", [], [("b", "x")]),
        ("<template><a href=b>x</a></template>", [], [("b", "x")]),
    ],
)  # fmt: skip
def test_headings_and_links(body, headings, links):
    assert shown(body) == (headings, links)


@pytest.mark.parametrize(
    ("body", "headings", "links"),
    [
        ('# M\n\n<div class="x"="y"><a href="https://a.b/">q</a></div>\n\n[l](https://c.d/)', ["M"],
         [("https://a.b/", "q"), ("https://c.d/", "l")]),
        ("<p>\n<svg><title/></svg><a href=i>x</a>\n</p>\n\n[l](m)", [], [("i", "x"), ("m", "l")]),
        ("<!-- a --!>\n<a href=i>x</a>\n-->\n\n[l](m)", [], [("i", "x"), ("m", "l")]),
        ("# T\n\n[a](1)\n\n<h2 align=center>C</h2>\n\n[b](2)", ["T"], [("1", "a"), ("2", "b")]),
        ("<a href=c>\n<div><h3>Card</h3></div></a> x", [], [("c", "\nCard")]),
    ],
)  # fmt: skip
def test_html_in_markdown(body, headings, links):
    """A raw heading makes no section: what stands under it is found under the Markdown heading before."""
    assert shown(body, "markdown") == (headings, links)


@pytest.mark.parametrize(
    ("body", "context"),
    [
        ("<p>x</p><p>y <a href=b>a</a> z</p><p>w", "y a z"),
        ("<p>x</p>v <a href=b><div>a</div><div>c</div></a> z<p>w", "v a c"),
        ("<p><img src=b></p><p>next</p>", ""),
        ("<p><img src=b> beside</p><p>next</p>", "beside"),
        ("<div>x<a href=b></a></div><div>y</div>", "x"),
    ],
)
def test_the_words_around_a_link_are_those_of_its_blocks(body, context):
    assert parse(body, "html").links[0].context == context


def test_every_input_of_the_tokenizer_tests():
    """Whatever stands before, what follows is found where html5lib finds it, and has its text."""
    assert len(INPUTS) > 1500
    for text in INPUTS:
        body = f"<h1>{text}</h1><a href=after>end</a>"
        assert seen_here(body) == seen_by_html5lib(body), text


@settings(max_examples=examples(400))
@given(pieces)
def test_tag_soup(parts):
    body = soup(parts)
    assume(not html5lib_is_wrong(body))
    try:
        expected = seen_by_html5lib(body)
    except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError):  # html5lib's own faults
        assume(False)
    assert seen_here(body) == expected


@pytest.mark.parametrize(
    ("body", "problem", "links"),
    [
        ("<div>\n" * 600 + "<a href=b>x</a>", Problem(1, TOO_DEEP), 1),
        ("<div>\n" * 400 + "<a href=b>x</a>", None, 1),
        ("".join(f"<font size={n}><p>" for n in range(20_000)) + "<a href=b>x</a>", Problem(1, TOO_DEEP), 1),
        ("<b>" * 300 + "<p>x</p>" * 20_000 + "<a href=b>x</a>", Problem(1, TOO_DEEP), 1),
        ("<p>x<ul><li>y<li><p>z</ul><table><tr><td>a<td>b<tr><td>c</table>" * 2_000 + "<a href=b>x</a>", None, 1),
        ("<h1>T\n<a href=b>x" + "<p>word" * 1000, Problem(1, TOO_LONG), 1),
        ("<b><p>" * 100 + "<a href=b>x</a>", None, 1),
    ],
)
def test_what_is_given_up_is_said(body, problem, links):
    document = parse(body, "html")
    assert problem is None or problem in document.problems
    assert bool(document.problems) == bool(problem)
    assert len(document.links) == links


def test_what_is_given_up_in_markdown_is_said_with_its_line():
    assert parse("one\n\ntwo\n\n<p>\n" + "<i>\n" * 600 + "<a href=b>x</a>").problems == (Problem(5, TOO_DEEP),)


def test_the_line_of_each_tag():
    body = "a\r\n<a href=1>\r<a href=2>\n\n<a\nhref=3>\f<img src=4>\u2028<h1>"
    assert [link.line for link in parse(body, "html").links] == [2, 3, 5, 6]
    assert [heading.line for heading in parse(body, "html").headings] == [6]


def depth(node) -> int:
    """How many elements stand in one another, by the tree itself."""
    deepest, waiting = 0, [(node, 0)]
    while waiting:
        parent, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + isinstance(child, Element)) for child in parent.children]
    return deepest


@settings(max_examples=examples(300))
@given(pieces, st.integers(1, 12))
def test_nothing_is_nested_deeper_than_its_tags_tell(parts, times):
    """turbohtml is given nothing that could be too deep for it; an element that is empty counts for itself."""
    body = soup(parts) * times
    told = greatest_depth(body)
    assert told >= DEEPEST or depth(parse_fragment(body, "div")) <= told + 1


@pytest.mark.parametrize(
    ("unit", "is_deep"),
    [
        ("<p>a<p>b<ul><li>c<li><p>d</li></ul><table><tr><td>e<td>f<tr><td>g</table><dl><dt>h<dd>i</dl>", False),
        ("<div><b>a</b><a href=b>c</a><span><img src=e><br></div>", False),
        ("<svg><title>a</title><path/><g><rect/></g><style>a{}</style></svg>", False),
        ("<svg><style><![CDATA[ a > b {} ]]></style></svg><noscript><img src=a></noscript>", False),
        ("<div><a name=b></div>", True),
        ("<div><b></div></b>", True),
        ("<svg><style><p></style></svg>", True),
        ("<p><b>", True),
        ("<table>", True),
    ],
)
def test_html_that_is_well_formed_is_not_taken_for_deep(unit, is_deep):
    assert may_be_too_deep(unit * 500) == is_deep


def test_what_is_read_tag_by_tag():
    body = "<div>" * 600 + "<h1>A<h2>B <b>c</b></h3><a href=1>x<a href=2><img src=3 alt=y></a><svg><title/></svg><p>z"
    assert shown(body) == (["A", "B c"], [("1", "x"), ("2", "y"), ("3", "y")])
