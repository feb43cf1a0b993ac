"""The readable text of pages, hostile ones included, and which of two texts of a page is a new version."""

from __future__ import annotations

import os
import random
import re
import time

import pytest

from extractor.pagetext.likeness import is_same_version
from extractor.pagetext.readable import plain_lines, readable
from extractor.pagetext.reader import Reader

PARAGRAPHS = (
    "A broker keeps what it was told in a log, and whoever reads it says by a number how far it has come in that log.",
    "When a reader dies another one of its group takes over its parts, and goes on where the last number was kept.",
    "So nothing is lost, and what was read but not yet said to be read comes a second time, which is to be borne.",
)
FRAME = """<!doctype html><html><head><title>Logs</title><script>var x = "no <p>text</p>"</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/a">All articles</a></li></ul></nav>
<main><article><h1>Logs and groups</h1>{0}</article></main>
<footer><p>All rights reserved 2026</p></footer></body></html>"""


def page(*paragraphs: str, more: str = "") -> str:
    return FRAME.format("".join(f"<p>{one}</p>" for one in paragraphs) + more)


def slow(markup: str) -> str:
    if markup == "exit":
        os._exit(3)
    if markup == "raise":
        raise KeyboardInterrupt
    time.sleep(float(markup))
    return "read"


def test_the_main_part_is_read_and_nothing_else() -> None:
    text = readable(page(*PARAGRAPHS))
    assert [line for line in text.split("\n") if line] == ["Logs and groups", *PARAGRAPHS]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\x1b[31mb\x07", "a [31mb"),
        ("one\u202etwo", "one two"),
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("a\n\n\n\n  b  \n", "a\n\nb"),
    ],
)
def test_what_drives_a_terminal_is_no_text(text: str, plain: str) -> None:
    assert plain_lines(text) == plain


OTHER = (
    "Nobody has asked what becomes of those numbers when the log itself is made shorter, and so nobody knows it now."
)
VIEWS = "<p>{} minutes ago · 3,{} views · {} comments · Updated March {}</p>"
TEASERS = "<ul><li><a href='/1'>{}</a></li><li><a href='/2'>Ten things to know</a></li></ul>"


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("", "", True),
        (page(*PARAGRAPHS), page(*PARAGRAPHS), True),
        (
            page(*PARAGRAPHS, more=VIEWS.format(5, 101, 7, 1)),
            page(*PARAGRAPHS, more=VIEWS.format(9, 967, 31, 28)),
            True,
        ),
        (
            page(*PARAGRAPHS, more=TEASERS.format("Why cats like boxes")),
            page(*PARAGRAPHS, more=TEASERS.format("The best of spring")),
            True,
        ),
        (page(*PARAGRAPHS), page(*PARAGRAPHS, more="<div class=ad><p>Buy our new phone today</p></div>"), True),
        (page(*PARAGRAPHS), page(PARAGRAPHS[0].replace("broker", "server"), *PARAGRAPHS[1:]), True),
        (page(*PARAGRAPHS), page(PARAGRAPHS[0], OTHER, PARAGRAPHS[2]), False),
        (page(*PARAGRAPHS), page(*PARAGRAPHS, OTHER), False),
        (page(*PARAGRAPHS), page(*PARAGRAPHS[:2]), False),
        (
            page("写在日志里的东西不会丢失,读者只需要记住自己读到了哪里。"),
            page("今天的天气很好,我们一起去公园里散步看花吧朋友们。"),
            False,
        ),
        (page("<a>One</a>", "<a>Two</a>", "<a>Three</a>"), page("<a>Four</a>", "<a>Five</a>", "<a>Six</a>"), False),
    ],
)
def test_a_new_version_is_what_was_written_anew(before: str, after: str, same: bool) -> None:
    one, other = (readable(markup) if markup else "" for markup in (before, after))
    assert is_same_version(one, other) is same
    assert is_same_version(other, one) is same


def by_definition(one: str, other: str) -> bool:
    """As the module says it, without its shortcuts."""

    def shingles(text: str, least: int) -> set[tuple[str, ...]]:
        lines = [re.findall(r"[a-z]+", line.lower()) for line in text.split("\n")]
        return {tuple(line[at : at + 3]) for line in lines if len(line) >= least for at in range(max(len(line) - 2, 1))}

    if len(shingles(one, 15) ^ shingles(other, 15)) >= 14:
        return False
    ours, theirs = shingles(one, 1), shingles(other, 1)
    return len(ours & theirs) >= 0.6 * len(ours | theirs)


def test_the_shortcuts_change_nothing() -> None:
    chance = random.Random(7)  # noqa: S311 -- chance is no secret
    words = [word for paragraph in PARAGRAPHS for word in re.findall(r"[a-z]+", paragraph)] + ["Log", "LOG", "7", "12"]
    answers = []
    for _ in range(2000):
        lines = [" ".join(chance.choices(words, k=chance.choice((1, 2, 5, 14, 16, 40)))) for _ in range(8)]
        others = [line for line in lines if chance.random() < 0.9]
        for place in chance.sample(range(len(others)), min(len(others), chance.choice((0, 0, 1, 3)))):
            others[place] = " ".join(chance.choices(words, k=chance.choice((1, 5, 16, 30))))
        chance.shuffle(others)
        one, other = "\n".join(lines), "\n".join(others)
        answers.append(is_same_version(one, other))
        assert answers[-1] is by_definition(one, other)
    assert 200 < sum(answers) < 1800


HOSTILE = {
    "deep": "<div>" * 100_000 + "x",
    "attributes": "<p " + " ".join(f"a{at}=b" for at in range(100_000)) + ">x",
}
BORNE = {
    "never closed": "<a><b><i><font><p>" * 5_000,
    "tables": "<table><tr><td>" * 10_000,
    "nothing but openings": "<" * 500_000,
    "entities": "&#x110000;&#0;&" * 50_000,
    "zeros": "\0" * 1000 + "<p>\0",
    "half a pair": "<p>\ud800 x</p>",
    "comments": "<!--" * 100_000,
}


def test_a_hostile_page_costs_its_own_text_alone() -> None:
    with Reader(seconds=1) as reader:
        for name, markup in HOSTILE.items():
            began = time.monotonic()
            assert reader.text_of(markup) is None, name
            assert time.monotonic() - began < 20, name
            assert "broker" in (reader.text_of(page(*PARAGRAPHS)) or "")
        for name, markup in BORNE.items():
            assert reader.text_of(markup) is not None, name


def test_who_ends_or_hangs_the_process_is_given_up() -> None:
    with Reader(seconds=3, read=slow) as reader:
        assert [reader.text_of(said) for said in ("0", "exit", "0", "raise", "0", "60", "0")] == [
            *("read", None, "read", None, "read", None, "read")
        ]
