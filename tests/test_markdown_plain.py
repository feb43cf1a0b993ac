"""What reads the commonest texts without the library reads them as the library does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples, some

from extractor.markdown import block_reader, incremental
from extractor.markdown.block_reader import _BlockReader, read
from extractor.markdown.block_records import NOTHING, Definitions, Source, merged
from extractor.markdown.blocks import normalised, parsed, sources
from extractor.markdown.plain_inline import read_plain
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
    "[a [b] c](d)", "![a [b]](c)", "[[a]](b)", "[a [b](c)](d)", "[a [r] b](c)", "[a](b?c=d&e=f)", "[a](<b&c>)",
    "[a](b&c;)", "[r](javascript:a)", "[a ![b] c](d)", "[a [^1]](b)", "[a ^[b]](c)",
    "file:///a", "ftp://a.b", "HTTP://A.b", "%20", "\ud83d", "[a\nb](c)", "[x] ", "[a*](b)", "*[a](b)*", "[_a](b)_",
]  # fmt: skip
DEFINED = Definitions(
    {"R": {"href": "d", "title": "e", "written": "d"}, "A": {"href": "f", "title": "", "written": "f"}}
)


@pytest.fixture
def plainly(monkeypatch):
    """Reads a body block by block; each text that is read without the library is held against what that makes of it."""
    taken = []

    def read_twice(reading, content, line, definitions):
        before = len(reading.parts)
        taken.append(read_plain(reading, content, line, definitions))
        if not taken[-1]:
            assert len(reading.parts) == before
        return taken[-1]

    def compare(body: str, defined: Definitions = NOTHING) -> None:
        split = sources(normalised(body))
        definitions = merged([*(one.source.defines for one in split), defined])
        monkeypatch.setattr(block_reader, "read_plain", read_twice)
        quick = [_BlockReader(one.source, definitions).read() for one in split]
        monkeypatch.setattr(block_reader, "read_plain", lambda *_: False)
        slow = [_BlockReader(one.source, definitions).read() for one in split]
        assert quick == slow, body
        assert [read(one.source, definitions) for one in split] == slow, body

    compare.taken = taken
    return compare


def test_texts_of_parts(plainly):
    @settings(max_examples=examples(400))
    @given(st.lists(st.sampled_from(PARTS), max_size=8), st.sampled_from([Definitions(), DEFINED]))
    def test(parts, defined):
        text = "".join(parts)
        plainly("# " + text, defined)
        plainly("x " + text, defined)

    test()
    assert sum(plainly.taken) > len(plainly.taken) / 8


def test_any_two_parts(plainly):
    for at, one in enumerate(PARTS):
        for other in some(PARTS[at:] + PARTS[:at]):
            plainly(f"# {one}{other}\n\nx {other}c{one} [e](f) `g`", DEFINED)


def test_a_label_is_found_however_it_is_written(plainly):
    plainly("x [a\n\tb] and [stra\u00dfe][] and [\u03c3\u03c2]\n\n[A  B]: u\n[STRASSE]: v\n[\u03a3\u03a3]: w\n")
    plainly("- [ ] a\n- [\u00a0x ] b\n\n[X]: u\n")


def test_lines_are_counted(plainly):
    plainly("a\nb [c](d)\n<img\nsrc=e> $f\ng$ [h](i)\n[j\nk](l)\n![m](n)")


def test_every_text_of_the_corpora(plainly, corpora):
    for line in some((corpora("truth") / "profile.bodies.jsonl").open()):
        plainly(json.loads(line)["body"])
    assert sum(plainly.taken) > 0.9 * len(plainly.taken)


@pytest.mark.parametrize("text", ["a", "*a*", "`a`", "[a](b)", '![a](b "c")', "a_b", "&amp;", "\\*", "<b>a</b>", "$a$"])
def test_what_is_read_without_the_library(text):
    assert read_plain(BlockText(), text, 0, Definitions())


# What may begin a block, go on with it, end it, or look as if it did.
LINES = [
    "", "", " ", "\t", "text", "more [a](b)", "  two", "    four", "\tfive", "\u00a0", "\ufeffx", "é", "😀 a", "# H",
    "## H ##", "#", "###### six", "####### seven", "# a | b", "#x", "#\u00a0y", "# \u00a0", "#\t#", "===", "---",
    "--", "- - -", "***", "* * *", "**b** c", "**", "*", "* a", "*a*", "___", "__a__", "_", "_ _ _", "- a", "-a", "-",
    "+ a", "1. a", "2) b", "1.", "10", "1.5", "1234567890. a", "> q", ">", "```", "```js", "````", "~~~", "~~~ a`b",
    "~~", "`", "``a``", "   ```", "    ```", "\t```", "``` `", "```a|b", "```jsoncanvas", "$$", "$$ x $$", "$$$", "$",
    "$a$", "${toc}", "$<toc>", "[toc]", "[toc](u)", "[[toc]]", "[a](b) c", "[a]: b", "[a](b): c", "[a]", '"t"', "'t",
    "[^1]: n", "[^1] x", "[![a](b)](c)", "![a](b)", "[a\\](b)]: c", "[a [b](c)", "|---|---|", "|-", "--|--", ":-",
    ":", "| a | b |", "a | b", "|", "<div>", "</div>", "<b>x</b>", "<b>", "<!-- c", "-->", "<!-- c -->", "<?x", "?>",
    "<!X", ">", "<script>", "</script>", "<pre>", "</pre>", "<https://a.b>", "<![CDATA[", "]]>", "<style>x</style>",
    "|:-:|", "| a \\| b |", "| [a](b) | c | d", "|-|\t:- |", "|a|\u00a0", "  - c [d](e)", "    * f", "     + g",
    "   - h",
    '[a]: <b c> "t"', "[b]: c 't'", '[a]: b "t" x', "[c]: w_(x)", "[c]: <d>e", "[d]: javascript:x", "[d]: e&amp;f",
    "[d]: e?f&g=h",
    "[^e]: f", "[e f]: ", '[f]: "g"', "[g]:h", "(t)", "[^2]: [a](b)", "[^3]:n", "[^4]: # h", "[^x y]: n", "[^5]: a\\",
    "> # H", "> ## I", "> a [b](c)", "> [c](d)", ">b", "> - c", "> ", "> #x", "> # a | b", '<img src="u">',
    "<img src='u' alt=\"v\"/> ", '<img src="u"> a', '<div class="x">[a](b)', "<div>|a|", "<details", "<hr/>", "<h1 a",
    "<mailto:a@b.c>", "<div:a> b", "**b** c", "2024 a", "2024.", "--a", "*a",
    "\\", "a\\", "=", "= a", "a: b", "\x0b", "\x1c", "\u2028a", "---\u00a0", "--- ", " ---", "\t---",
]  # fmt: skip


def compare_blocks(text: str, *, in_list: bool = False) -> None:
    """Each block is where the library has it, holds the same and defines the same."""
    for at_start in (True, False):
        quick, slow = (split(text, at_start=at_start, in_list=in_list) for split in (sources, parsed))
        assert [one[:3] for one in quick] == [one[:3] for one in slow], text
        for one, other in zip(quick, slow, strict=True):
            assert one.source.continues == other.source.continues, text
            assert one.source.defines == other.source.defines, text
            assert incremental.ends_at_blank(one.source) == incremental.ends_at_blank(other.source), text
            assert kinds(one.source) == kinds(other.source), text


def kinds(source: Source) -> list[tuple]:
    """What is looked at of the tokens of a block."""
    return [
        (
            token.type, token.content.rstrip("\n"), token.info * (token.type == "fence"), token.markup[:1] == "#",
            token.tag * (token.type == "heading_open"), token.map and token.map[0] - source.line,
        )
        for token in source.tokens
        if not token.type.endswith(("_close", "_list_open", "thead_open", "tbody_open", "th_open", "td_open"))
    ]  # fmt: skip


@settings(max_examples=examples(1500))
@given(st.lists(st.sampled_from(LINES), max_size=14), st.booleans())
def test_any_lines_are_split_as_the_library_splits_them(lines, front):
    compare_blocks(normalised("\n".join((["---", "a: b", "---"] if front else []) + lines)))


@settings(max_examples=examples(300))
@given(st.lists(st.sampled_from(LINES), max_size=14))
def test_lines_behind_an_item_are_split_as_the_library_splits_them(lines):
    compare_blocks(normalised("\n".join(["- [a](b)", *lines])), in_list=True)


def test_any_three_lines():
    lines = list(dict.fromkeys(LINES))
    for number, one in enumerate(lines):
        for other in some(lines[number:] + lines[:number]):
            compare_blocks("\n".join([one, other, "", lines[(number * 7 + len(other)) % len(lines)], "a", "", "b"]))


def test_every_text_of_the_corpora_is_split_as_the_library_splits_it(corpora):
    for line in some((corpora("truth") / "profile.bodies.jsonl").open()):
        compare_blocks(normalised(json.loads(line)["body"]))
