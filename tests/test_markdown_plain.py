"""What reads the commonest texts without the library reads them as the library does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.markdown import block_reader
from extractor.markdown.block_reader import read
from extractor.markdown.blocks import Definitions, merged, normalised, sources
from extractor.markdown.plain import read_plain
from extractor.markdown.reading import BlockText

PARTS = [
    "a", "word ", " ", "  ", "\n", "\t", ".", "(", ")", "[", "]", "![", "](", "](u)", "[a](b)", "[a](<b c>)", "![a](b)",
    '[a](b "t")', "[a](b 't')", "[a](w_(x))", "[a](javascript:x)", "[**a**](b)", "[`a`](b)", "[a \\] b](c)", "[a][r]",
    "[r]", "[r][]", "[a][q]", "![r]", "![a][r]", "[![a](b)](c)", "[^1]", "^[a]", "*", "**", "_", "__", "***", "*a*",
    "**a b**", "_a_", "a_b", "`", "``", "`a`", "` a `", "`a *b*`", "\\", "\\*", "\\`", "\\[", "\\n", "&", "&amp;",
    "&#38;", "&#0;", "&nope;", "&x=", "$", "$a$", "$$", "$ a", "$`$", "<", "<b>", "</b>", "<br>", "<a href='u'>",
    "</a>", "<a>", "<img src=u alt=v>", "<img\nsrc='u'>", "<https://a.b>", "<javascript:a>", "<a@b.c>", "<!-- x -->",
    "://", "//a.b", "https://a.b", "http://a.b/c_d*", "https://a.b)", "mailto:a@b.c", "x-https://a.b", "==", "~~", "=a",
    "~a", "é", "😀", "\u00a0", "\ufeff", ":", ";", "!", "]", "[]", "[](u)", "[a]()", "[a]( b )", "[a](b&amp;c)", "-",
    "file:///a", "ftp://a.b", "HTTP://A.b", "%20", "\ud83d", "[a\nb](c)", "[x] ", "[a*](b)", "*[a](b)*", "[_a](b)_",
]  # fmt: skip
DEFINED = Definitions({"R": {"href": "d", "title": "e", "written": "d"}, "A": {"href": "f", "title": "", "written": "f"}})


@pytest.fixture
def plainly(monkeypatch):
    """Reads a body block by block, and holds each text that is read without the library against what that makes of it."""
    taken = []

    def read_twice(reading, content, line, distant):
        before = len(reading.parts)
        taken.append(read_plain(reading, content, line, distant))
        if not taken[-1]:
            assert len(reading.parts) == before
        return taken[-1]

    def compare(body: str, defined: Definitions = Definitions()) -> None:
        split = sources(normalised(body))
        distant = merged([*(source.defines for source in split), defined])
        monkeypatch.setattr(block_reader, "read_plain", read_twice)
        quick = [read(source, distant) for source in split]
        monkeypatch.setattr(block_reader, "read_plain", lambda *_: False)
        assert quick == [read(source, distant) for source in split], body

    compare.taken = taken
    return compare


def test_texts_of_parts(plainly):
    @settings(max_examples=1500, deadline=None)
    @given(st.lists(st.sampled_from(PARTS), max_size=8), st.sampled_from([Definitions(), DEFINED]))
    def test(parts, defined):
        text = "".join(parts)
        plainly("# " + text, defined)
        plainly("x " + text, defined)

    test()
    assert sum(plainly.taken) > len(plainly.taken) / 4


def test_any_two_parts(plainly):
    for one in PARTS:
        for other in PARTS:
            plainly(f"# {one}{other}\n\nx {other}c{one} [e](f) `g`", DEFINED)


def test_lines_are_counted(plainly):
    plainly("a\nb [c](d)\n<img\nsrc=e> $f\ng$ [h](i)\n[j\nk](l)\n![m](n)")


def test_every_text_of_the_corpora(plainly, corpora):
    for line in (corpora("truth") / "profile.bodies.jsonl").open():
        plainly(json.loads(line)["body"])
    assert sum(plainly.taken) > 0.9 * len(plainly.taken)


@pytest.mark.parametrize("text", ["a", "*a*", "`a`", "[a](b)", "![a](b \"c\")", "a_b", "&amp;", "\\*", "<b>a</b>", "$a$"])
def test_what_is_read_without_the_library(text):
    assert read_plain(BlockText(), text, 0, Definitions())
