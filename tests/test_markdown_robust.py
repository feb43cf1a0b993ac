"""Any text is read, in bounded time."""

from __future__ import annotations

import gc
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from extractor.markdown import Document, Markup, parse, parse_fragment

PIECES = st.sampled_from(
    [
        *"[]()!<>`*_~=$^:&\\#-+|.\n\t \r\0\"'/@",
        "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\ufeff", "\u00a0", "\u200b", "\ud83d", "\ude00", "😀", "é", "ß",
        "https://", "//a.b", "mailto:", "file://", "xn--", "[^1]", "[^1]: ", "^[", "](", "![", "[a]: ",
        "<a href=", "<img src=",
        "<!--", "-->", "<![CDATA[", "<?", "</a>", "<script>", "&#", "&amp;", "%", "%zz", "data:image/png;base64,",
        "\n\n", "    ",
        "```", "$$", "| a |\n|---|\n", "---\n", "===\n", "[toc]", ":/", "joplin://", "word", "1. ",
    ]
)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=())) | st.lists(PIECES, max_size=60).map("".join)


def check(document: Document, body: str) -> None:
    lines = body.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    above = []
    for heading in document.headings:
        assert 1 <= heading.level <= 6
        assert heading.path[-1] == heading.title
        assert 1 <= heading.line <= lines
        while above and above[-1].level >= heading.level:
            above.pop()
        assert heading.path[:-1] == tuple(other.title for other in above)
        above.append(heading)
    for link in document.links:
        assert 1 <= link.line <= lines
        assert link.section is None or 0 <= link.section < len(document.headings)
        assert len(link.context) <= 300
        assert isinstance(link.url, str)
        assert link.context == " ".join(link.context.split())


@settings(max_examples=examples(300))
@given(TEXTS)
def test_any_markdown(body):
    check(parse(body), body)


@settings(max_examples=examples(200))
@given(TEXTS)
def test_any_html(body):
    check(parse(body, "html"), body)


@settings(max_examples=examples(50))
@given(TEXTS, st.booleans(), st.booleans(), st.sampled_from(["markdown", "html"]))
def test_any_fragment(text, known_start, known_end, markup):
    whole = parse(text, markup)
    part = parse_fragment(text, markup, known_start=known_start, known_end=known_end)
    if known_start and known_end and "[^" not in text:
        assert part == whole
    assert len(part.headings) <= len(whole.headings) or "    " in text or "\t" in text


LENGTH = 24_000


def seconds(unit: str, length: int, markup: Markup) -> float:
    body = unit * (length // len(unit))
    # A collection looks at every object of every test before this one, the sooner the more is parsed.
    gc.disable()
    try:
        start = time.process_time()
        check(parse(body, markup), body)
        return time.process_time() - start
    finally:
        gc.enable()


def check_linear(unit: str, markup: Markup) -> None:
    """Four times as much takes about four times as long, not sixteen; what is fast anyway is not looked at closely."""
    if seconds(unit, LENGTH, markup) > 0.2:
        ratios = (seconds(unit, LENGTH, markup) / seconds(unit, LENGTH // 4, markup) for _ in range(5))
        assert any(ratio < 9 for ratio in ratios)


NESTED = 3_000


@pytest.mark.parametrize(
    "unit",
    [
        "[", "![", "[a](", "[a](b", "[]", "[[a]]", "[a]", ">", "> ", "`", "` `` ``` ", "*a ", "a**b", "_a_",
        "~~a ", "==", "<", "<a ", '<a "', "<!--", "<!-- -", "<?", "<![CDATA[", "<!A ", "</", "&", "&#", "\\",
        "$", "$a ", "\\$", "^[", "^[a]", "[^1]", "[^1]: ", "- ", "- a\n", "1. ", "-\n", "#\n", "a\n", "a\n=\n",
        "| a ", "a|b\n-|-\n", "[a]: b\n", "[a]:\n", '[a]: b "\n', "[a\n", "http://", "http://a.b ", "//a.b ",
        "mailto:a@b ", "file:///", "<http:", "<a@", "![a](b)", "[![a](b)](c)", "<div>\n\n", "```\n", "\t",
        " \n", "a  \n", "\u00a0\n", "-", "* * ", "](", "a",
    ],
)  # fmt: skip
def test_repeated_markup_takes_linear_time(unit):
    check_linear(unit, "markdown")


@pytest.mark.parametrize(
    "unit", ["<", "<a ", "<a href='", "<!--", "<![", "<a href=b>", "<h1>", "<script>", "</", "&", "a\n"]
)
def test_repeated_html_takes_linear_time(unit):
    check_linear(unit, "html")


@pytest.mark.parametrize(
    "body",
    [
        "[" * NESTED + "](a)" * NESTED,
        "![" * NESTED + "](a)" * NESTED,
        "[![" * NESTED + "](a)](b)" * NESTED,
        "^[![" * NESTED + "](b)]" * NESTED,
        "![a" * 30 + "[" * 200 + "x" + "]" * 200 + "](b)" * 30,
        "> - 1. [^a]: " * NESTED,
        "".join("  " * depth + "- a\n" for depth in range(200)),
        "[a]: b\n\n" + "[" * NESTED + "a" + "]" * NESTED,
    ],
)
def test_nesting_needs_no_deep_stack(body):
    parse("[warm](up)")
    deep, frame = 0, sys._getframe()  # noqa: SLF001 - how deep this test itself stands
    while frame := frame.f_back:
        deep += 1
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(deep + 450)
    try:
        check(parse(body), body)
    finally:
        sys.setrecursionlimit(limit)


def test_a_megabyte():
    body = "\n\n".join(
        f"## Heading {n}\n\n- [link {n}](https://example.com/{n}) with *some* words" for n in range(15_000)
    )
    image = f"![x](data:image/png;base64,{'A' * 1_000_000})"
    for text, links in ((body[:1_000_000], 13_000), (image, 1)):
        start = time.process_time()
        assert len(parse(text).links) >= links
        assert time.process_time() - start < 20
