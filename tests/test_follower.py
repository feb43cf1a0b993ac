"""A document that follows its body gives what the parse of each body gives."""

from __future__ import annotations

import json
import operator
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples, some

from extractor.markdown import Follower, block_table, parse
from extractor.markdown.blocks import sources

LINES = [
    "", "", "", "text", "more [a](b) text", "# H1", "## H2 [x](y)", "### H3", "===", "---", "- item", "- [l](u)",
    "  - nested", "    indented [c](d)", "  two", "1. one", "2. two", "10) ten", "> quote", "> > deep", "> # qh", ">",
    "```", "```js", "~~~", "<div>", "</div>", "<!-- c", "-->", "<a href='q'>", "<script>", "</script>",
    "| a | b |", "|---|---|", "| [c](d) | e |", "[r]: http://x.y", '[r]: http://z.w "t"', "[R2]:", "  http://k.l",
    '"title', 'end"', "[r] and [t][r2]", "[r2][]", "[^1]: note [n](m)", "    goes on [f](g)", "text[^1] x", "t[^2]",
    "[^2]: two [^1]", "^[in [i](j)]", "$$", "$$ x $$", "$a [b](c)$", "[toc]", "${toc}", "\t- tab", "https://e.f/g",
    "![i](j)", "\\", "  ", "\u00a0", "+ ", "***", "#", "<http://a.b>", "&amp;", "`code", "co`de [z](w)", "**b", "b**",
    "foo\r\nbar", "a: b", "<h1><div>T", "</h1>", "<svg><title/>", "</svg>", '<div class="x"="y"><a href=s>t</a>',
    "<!-- a --!>", "<table><a href=t>u</a>", "<td><img src=i alt=j>", "<p>" * 3, "<b><i>" * 230, "<a href=v><div>w",
    "```jsoncanvas", '{"nodes": [{"type": "text", "text": "# C\\n[w](x) [r] y[^1]"}, {"type": "group", "label": "G"}]}',
]  # fmt: skip

# What a list may hold, end with or be taken for, beside what is above.
IN_LISTS = [
    "", "", "- a", "- [l](u)", "- b [m](v)", "-", "-  ", "+ [p](q)", "* c [s](t)", "* * *", "- ---", "1. one [o](1)",
    "2. two", "7) seven [o](7)", "1)", " - one space", "   - three", "   10) ten [t](t)", "-\ttab [t](t)", "\t- tab",
    "- - two [t](w)", "- 1. - three", "  - n [n](m)", "    - deep [d](e)", "  text [x](y)", "    text [x](z)",
    "      code [no](no)", "-      code [no](no)", "lazy [l](z)", "- [ ] task [t](k)", "- [x] done [t](k)",
    "[X]: x.y", "- [r]: i.tem", "  [r]: i.n", "[r]: t.op", "  'title", "title'", "- [r] [r][]", "- [^1]: in [n](o)",
    "  [^1]: note [n](p)", "- item [^1]", "  ```", "- ```", "```", "- <div>", "  <div>", "  </div>", "- <!-- x",
    "-->", "- <a href=h>x</a>", "- $$", "  $$", "$$", "- # H [h](i)", "  ## sub", "# H", "===", "  ---",
    "- > quote [q](i)", "  > quote", "> quote", "- b | [c](d)", "|---|---|", "  |---|---|", "  x | y", "- [toc]",
    "- a\\", "#", "## H [h](i)", "### a | b",
    "- ```jsoncanvas", "```jsoncanvas", '{"nodes": [{"type": "text", "text": "# C [w](x)"}]}', "  {}",
    '  {"nodes": [{"type": "text", "text": "# D [w](y)"}]}', "- [^1]: ## F [n](q)",
]  # fmt: skip

lines = st.lists(st.sampled_from(LINES), max_size=30)
lists = st.lists(st.sampled_from(IN_LISTS), max_size=30)
edits_of_lists = st.tuples(st.floats(0, 1), st.integers(0, 3), st.lists(st.sampled_from(IN_LISTS), max_size=3))
edits = st.tuples(st.floats(0, 1), st.integers(0, 3), st.lists(st.sampled_from(LINES), max_size=3))
inserts = st.tuples(st.floats(0, 1), st.just(-1), st.text("x [](q)`#>-\n$|\\<!*_:^=~", min_size=1, max_size=4))


@settings(max_examples=examples(250))
@given(lines, st.lists(st.lists(edits | inserts, min_size=1, max_size=3), min_size=1, max_size=6), st.booleans())
def test_any_edits(start, revisions, front):
    follow_edits("\n".join((["---", "k: v", "---"] if front else []) + start), revisions)


@settings(max_examples=examples(250))
@given(lists, st.lists(st.lists(edits_of_lists | inserts, min_size=1, max_size=3), min_size=1, max_size=6))
def test_any_edits_of_lists(start, revisions):
    follow_edits("\n".join(start), revisions)


def test_any_line_put_in_or_taken_out_between_items():
    """Each line before and behind each other one, in a list with items around."""
    around = ["- [a](b)", "- [c](d)", "- [e](f)"]
    for at, one in enumerate(IN_LISTS):
        without = "\n".join([*around, one, *around])
        document = parse(without)
        for other in some(IN_LISTS[at:] + IN_LISTS[:at]):
            with_it = "\n".join([*around, one, other, *around])
            follower = Follower()
            assert follower.follow(without) == document, without
            assert follower.follow(with_it) == parse(with_it), with_it
            assert follower.follow(without) == document, with_it


def follow_edits(body, revisions):
    follower = Follower()
    assert follower.follow(body) == parse(body)
    for revision in revisions:
        for at, removed, added in revision:
            if removed < 0:
                place = int(at * len(body))
                body = body[:place] + "".join(added) + body[place:]
            else:
                rows = body.split("\n")
                place = int(at * len(rows))
                rows[place : place + removed] = added
                body = "\n".join(rows)
        assert follower.follow(body) == parse(body)


def test_every_revision_of_the_corpora(corpora):
    rows = [json.loads(line) for line in (corpora("truth") / "profile.bodies.jsonl").open()]
    rows = [row for _, note in groupby(rows, key=lambda row: row["item_id"]) for row in some(note, 2)]
    followed = 0
    for _, note in groupby(rows, key=lambda row: row["item_id"]):
        follower = Follower()
        for row in note:
            assert follower.follow(row["body"]) == parse(row["body"]), row["id"]
            followed += 1
    assert followed > 500


PARAGRAPHS = "\n\n".join(f"text {n} [a](b{n}) [r] x[^1]" for n in range(20))
LIST = "\n".join(f"- item {n} [a](b{n}) [r] x[^1]" for n in range(20))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PARAGRAPHS, PARAGRAPHS + "\n\n[r]: c"),
        (PARAGRAPHS + "\n\n[r]: c", PARAGRAPHS + "\n\n[r]: d"),
        (PARAGRAPHS + "\n\n[r]: c", PARAGRAPHS + "\n\n[r]: c 't'"),
        (PARAGRAPHS + "\n\n[r]: é", PARAGRAPHS + "\n\n[r]: %C3%A9"),
        (PARAGRAPHS + "\n\n[r]: c", "[R]: d\n\n" + PARAGRAPHS + "\n\n[r]: c"),
        (PARAGRAPHS + "\n\n> [r]:\n> c", PARAGRAPHS + "\n\n> [r]:\n\n> c"),
        (PARAGRAPHS, PARAGRAPHS + "\n\n[^1]: [n](m)"),
        (PARAGRAPHS + "\n\n[^1]: [n](m)", PARAGRAPHS + "\n\n[^1]: [n](k)"),
        ("[^1]: [n](m)\n\n" + PARAGRAPHS, "[^1]: [n](m)\n\n" + PARAGRAPHS.replace("[^1]", "")),
        ("[^1]: [n](m)\n\n" + PARAGRAPHS, "[^1]: [n](m)\n\n[^1]: [n](m)\n\n" + PARAGRAPHS),
        ("---\n\n" + PARAGRAPHS, "---\n\n" + PARAGRAPHS.replace("text 9 ", "---\n\ntext 9 ")),
        ("---\na\n---\n\n" + PARAGRAPHS, "---\na\n--\n\n" + PARAGRAPHS),
        ("---\na\n---\n\n" + PARAGRAPHS, "---\na\n---\n\n# H\n\n" + PARAGRAPHS),
        ("> ---\n> a\n\n" + PARAGRAPHS, "> ---\n> a\n> ---\n\n" + PARAGRAPHS),
        (PARAGRAPHS, "---\n" + PARAGRAPHS + "\n---"),
        (PARAGRAPHS, "```\n" + PARAGRAPHS),
        ("```\n" + PARAGRAPHS, PARAGRAPHS),
        (PARAGRAPHS, PARAGRAPHS.replace("text 9 ", "<!-- ")),
        ("- a\n\n" + PARAGRAPHS, "- a\n\n  " + PARAGRAPHS),
        ("$$\n" + PARAGRAPHS, "$$\n" + PARAGRAPHS.replace("text 9 ", "$$")),
        (PARAGRAPHS, PARAGRAPHS.replace("text 3 ", "# A ").replace("text 15 ", "# B\n\n")),
        (PARAGRAPHS, PARAGRAPHS.replace("text", "\ntext")),
        (PARAGRAPHS, ""),
        ("", PARAGRAPHS),
        (PARAGRAPHS, PARAGRAPHS.replace("\n", "\r\n")),
        (LIST, LIST.replace("\n- item 9 ", "\n+ item 9 ")),
        (LIST, LIST.replace("- item 9 ", "  - item 9 ")),
        (LIST, LIST.replace("- item 9 ", "     - item 9 ")),
        (LIST, LIST.replace("- item 9 ", "# item 9 ")),
        (LIST, LIST.replace("- item 9 ", "- - - item 9 ")),
        (LIST, LIST.replace("- item 9 ", "10) item 9 ")),
        (LIST, LIST.replace("- item 9 ", "- ```\n- item 9 ")),
        (LIST, LIST.replace("- item 9 ", "```\n- item 9 ")),
        (LIST, LIST.replace("- item 9 ", "- <!--\n- item 9 ")),
        (LIST, LIST.replace("- item 9 ", "- $$\n- item 9 ")),
        (LIST, LIST.replace("- item 9 ", "- a | [b](c)\n|---|---|\n- item 9 ")),
        (LIST, LIST.replace("- item 9 ", "\n- item 9 ")),
        (LIST, LIST.replace("- item 9 ", "\ntext\n- item 9 ")),
        (LIST, LIST.replace("- item 9 ", "* * *\n- item 9 ")),
        (LIST, LIST.replace("- item 9 ", "- [r]: c\n- item 9 ")),
        (LIST, LIST.replace("- item 9 ", "- [^1]: [n](m)\n- item 9 ")),
        (LIST, LIST.replace("- item 9 ", "  [r]: c\n  'title\n- item 9 ")),
        (LIST, "> " + LIST),
        (LIST, "text\n" + LIST),
        ("- [ ] a [b](c)\n\n" + PARAGRAPHS, "- [ ] a [b](c)\n\n" + PARAGRAPHS + "\n\n[x]: c"),
        ('[a]: u\n\n    "t\nfoo\n\nbar\n', '[a]: u\n    "t\nfoo\nbar"\n\nbar\n'),
    ],
)  # fmt: skip
def test_what_acts_at_a_distance(before, after):
    follower = Follower()
    for body in (before, after, before, after):
        assert follower.follow(body) == parse(body)


def test_a_heading_at_which_a_parse_began_is_not_taken_to_stand_behind_a_blank_line():
    follower = Follower()
    for body in (
        "one [a](b)\n  ## two\n\t- three\n- $$\n- x | y\n* * *",
        "one [a](b)\n  ## two\n\t- three\n- $$\n|- x | y\n- b | [c](d)\n* * *",
        "one [a](b)\n|- x | y\n- b | [c](d)\n",
    ):
        assert follower.follow(body) == parse(body)


def test_html():
    follower = Follower("html")
    for body in ("<h1>a</h1><a href=b>c</a>", "<h1>a</h1><a href=d>c</a>", "", "<!--", "<a href=b>[a](c)"):
        assert follower.follow(body) == parse(body, "html")


@pytest.mark.parametrize("join", ["\n\n", "\n- ", "\n\n- "])
@pytest.mark.parametrize(
    ("changed", "most"),
    [
        ({100: "## another\n\n[a](b)"}, 3),
        ({100: ""}, 2),
        ({20: "x", 180: "y"}, 2),
        ({n: f"new {n}" for n in range(5, 200, 20)}, 10),
        ({100: "[r]: b"}, 1),
    ],
)
def test_only_what_an_edit_touched_is_read_again(monkeypatch, changed, most, join):
    texts = [f"text {n} [a](b{n})" for n in range(200)]
    follower = Follower()
    follower.follow("- x" + join + join.join(texts))
    reads = []
    read = block_table.read
    monkeypatch.setattr(
        block_table, "read", lambda source, definitions: reads.append(source) or read(source, definitions)
    )
    body = "- x" + join + join.join(changed.get(n, text) for n, text in enumerate(texts))
    assert follower.follow(body) == parse(body)
    assert len(reads) <= most


@pytest.mark.parametrize("at", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(
    "item",
    ["[{0}](u{0})\n\n", "- [{0}](u{0})\n", "- [{0}](u{0})\n\n", "{0}. [{0}](u{0})\n", "## {0}\n- [{0}](u{0})\n"],
)
def test_a_growing_text_is_parsed_a_few_times_in_all(monkeypatch, item, at):
    """One more a revision: what is parsed around an edit is as long as the edit, not as the text."""
    parsed = []
    monkeypatch.setattr(
        "extractor.markdown.incremental.sources",
        lambda text, **options: parsed.append(len(text)) or sources(text, **options),
    )
    follower = Follower()
    items = []
    for n in range(1, 301):
        items.insert(int(at * len(items)), item.format(n))
        document = follower.follow("# Links\n\n" + "".join(items))
    body = "# Links\n\n" + "".join(items)
    assert document == parse(body)
    assert sum(parsed) < 12 * len(body)


def test_what_stays_where_it_was_is_not_made_anew():
    texts = ["# A", "[a](b)", "## B", "[c](d)", "y", "z", "x", "[e](f)"]
    follower = Follower()
    before = follower.advance("\n\n".join(texts))
    after = follower.advance("\n\n".join([*texts[:6], "[g](h)", "[e](f)"]))
    assert [link.text for link in after.links] == ["a", "c", "g", "e"]
    assert all(map(operator.is_, [*before.headings, *before.links[:2]], [*after.headings, *after.links[:2]]))
    renamed = follower.advance("\n\n".join(["# Z", *texts[1:]]))
    assert [heading.path for heading in renamed.headings] == [("Z",), ("Z", "B")]
