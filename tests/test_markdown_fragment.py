"""A piece of a body: what holds whatever stands around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractor.joplin.item_reader import parse_item
from extractor.joplin.items import Revision
from extractor.joplin.patch import parse_patch
from extractor.markdown import Document, parse, parse_fragment

SEED = Path(__file__).parent / "corpora" / "seed.txt"


def seen(document: Document) -> tuple[list[str], list[str]]:
    return [" > ".join(heading.path) for heading in document.headings], [link.url for link in document.links]


@pytest.mark.parametrize(
    ("text", "headings", "links"),
    [
        ("esktop)\n* [a](b)\n* \n* [Sy", [], ["b"]),
        ("x\n\n  ## A\n\n  ### B\n  [a](b)", ["A", "A > B"], ["b"]),
        # at the start
        ("# A\n\n# B\n", ["B"], []),
        ("A\n===\n\nB\n===\n", ["B"], []),
        ("\nA\n===\n", [], []),
        ("[a](b) [c](d)", [], ["d"]),
        ("a](https://b.c) [d](e)", [], ["e"]),
        ("![a](b) ", [], []),
        ("https://a.b c", [], []),
        ("://a.b c", [], []),
        ("<https://a.b> <https://c.d> e", [], ["https://c.d"]),
        ('f="https://a.b">c</a> <a href="d">e</a> f', [], ["d"]),
        ("---\n[a](b)\n---\n", [], ["b"]),
        # at the end
        ("x\n\n# A\n\n# B", ["A"], []),
        ("x\n\n# A\n", ["A"], []),
        ("x\n\nA\n==", [], []),
        ("x [a](b", [], []),
        ("x [a](https://b.c", [], []),
        ("x ![a](https://b.c)", [], ["https://b.c"]),
        ("x https://a.b/c", [], []),
        ("x https://a.b/c d", [], ["https://a.b/c"]),
        ("x <https://a.b", [], []),
        ('x <a href="b">c', [], []),
        ("x [a](b) <a hr", [], ["b"]),
        # what is defined elsewhere
        ("x [a][r] [r] y", [], []),
        ("x [a][r] y\n\n[r]: b\n", [], ["b"]),
        ("x [a][r] y\n\n[r]: b", [], []),
        ("x\n\n[^1]: [a](b) c", [], ["b"]),
        # lines that may belong to a list
        ("x\n\n    - [a](b)\n\n    # no\n", [], ["b"]),
        ("x\n\n- y\n\n    # A\n", ["A"], []),
        ("x\n\n```\n[a](b)\n```\n", [], []),
    ],
)
def test_what_is_certain(text, headings, links):
    assert seen(parse_fragment(text)) == (headings, links)


@pytest.mark.parametrize(
    ("text", "known_start", "known_end", "headings", "links"),
    [
        ("# A\n[a](b)", True, False, ["A"], ["b"]),
        ("    [a](b)\n", True, False, [], []),
        ("https://a.b", True, True, [], ["https://a.b"]),
        ("https://a.b", True, False, [], []),
        ("https://a.b", False, True, [], []),
        ("x\n\n# A", False, True, ["A"], []),
    ],
)
def test_known_edges(text, known_start, known_end, headings, links):
    assert seen(parse_fragment(text, known_start=known_start, known_end=known_end)) == (headings, links)


def test_between_known_edges_a_fragment_is_a_body():
    body = "# A\n\n[a](b)\n\n    [c](d)\n\n[r]\n\n[r]: e\n\n## B\nhttps://f.g"
    assert parse_fragment(body, known_start=True, known_end=True) == parse(body)


def test_a_link_under_a_heading_that_is_cut_off_has_none():
    document = parse_fragment("# A\n[a](b)\n# B\n[c](d)\n")
    assert [(link.url, link.section) for link in document.links] == [("b", None), ("d", 0)]


@pytest.mark.parametrize(
    ("text", "headings", "links"),
    [
        ('ef="b">a</a><a href="c">d</a> e', [], ["c"]),
        ("a</h2><h3>B</h3><h2>C", ["B"], []),
        ('x <a href="b">c', [], []),
        ('x <a href="b', [], []),
        ('<a href="b">c</a>', [], ["b"]),
        ("x <img src='b'>", [], ["b"]),
    ],
)
def test_html(text, headings, links):
    assert seen(parse_fragment(text, "html")) == (headings, links)


def test_the_seed():
    revision = parse_item(SEED.read_text())
    assert isinstance(revision, Revision)
    first, second = [
        parse_fragment("".join(text for op, text in hunk.diffs if op >= 0)) for hunk in parse_patch(revision.body_diff)
    ]
    assert [(link.kind, link.text, link.section) for link in first.links] == [("link", "OAuth2 OAuth Flow", None)]
    assert first.headings == ()
    assert [(h.level, h.path) for h in second.headings] == [(2, ("Messaging",)), (3, ("Messaging", "Kafka"))]
    assert [(link.kind, link.text, link.section) for link in second.links] == [
        ("link", "𝗞𝗲𝘆 𝗞𝗮𝗳𝗸𝗮 𝗖𝗼𝗺𝗽𝗼𝗻𝗲𝗻𝘁𝘀 𝗘𝘅𝗽𝗹𝗮𝗶𝗻𝗲𝗱", 1),
        ("image", "Understanding Kafka", 1),
    ]
