"""What changed between two texts: the lines they share, what a page shows of it, and the unified diff."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.textdiff import Piece, changes, common, unified, words

LINES = st.lists(st.sampled_from(["", "a", "b", "c", "# a", "a b c", "a b d"]), max_size=14)


@given(LINES, LINES)
def test_common_lines_are_equal_and_in_order(old: list[str], new: list[str]) -> None:
    a = b = 0
    for at_old, at_new, length in common(old, new):
        assert length > 0
        assert old[at_old : at_old + length] == new[at_new : at_new + length]
        assert at_old >= a
        assert at_new >= b
        a, b = at_old + length, at_new + length


@given(LINES)
def test_a_text_has_all_lines_in_common_with_itself(lines: list[str]) -> None:
    assert common(lines, lines) == ([(0, 0, len(lines))] if lines else [])


def test_a_moved_block_is_one_change() -> None:
    old = ["intro", "x", "y", "z", "outro", "p", "q", "r", "s"]
    new = ["intro", "outro", "p", "q", "r", "s", "x", "y", "z"]
    assert common(old, new) == [(0, 0, 1), (4, 1, 5)]


def test_many_equal_lines_take_no_time() -> None:
    common(["same"] * 5000 + ["a"], ["b", *["same"] * 5000])
    common([str(n % 7) for n in range(3000)], [str(n % 5) for n in range(3000)])


@given(LINES, LINES)
def test_both_texts_can_be_read_from_the_changes(old: list[str], new: list[str]) -> None:
    found = changes("\n".join(old), "\n".join(new))
    lines = [line for hunk in found.hunks for line in hunk.lines]
    old, new = "\n".join(old).split("\n"), "\n".join(new).split("\n")
    for line in lines:
        text = "".join(piece.text for piece in line.pieces)
        assert line.old is None or old[line.old - 1] == text
        assert line.new is None or new[line.new - 1] == text
        assert (line.old is None) == (line.kind == "added")
        assert (line.new is None) == (line.kind == "removed")
    assert found.added == sum(line.kind == "added" for line in lines)
    assert found.removed == sum(line.kind == "removed" for line in lines)


def test_words_inside_a_line_are_marked() -> None:
    assert words("the quick brown fox", "the slow fox") == (
        (Piece("the "), Piece("quick brown", changed=True), Piece(" fox")),
        (Piece("the "), Piece("slow", changed=True), Piece(" fox")),
    )


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("a\nb", "a\nb", []),
        ("", "a", ["added"]),
        ("a", "", ["removed"]),
        ("one two\nx", "one 2\nx", ["removed", "added", "same"]),
        ("one two\nthree four", "one 2\nthree 4", ["removed", "added", "removed", "added"]),
        ("What do you mean?\nlast resort", "What do we mean?\nfirst aid", ["removed", "added"] * 2),
        ("[a b](https://x.example/y/z)\nc", "[d e](https://x.example/y/z)\nf", ["removed"] * 2 + ["added"] * 2),
        ("https://x.example/a\nc", "https://x.example/b\nd", ["removed", "added"] * 2),
        ("a\nb\nc", "a\nc", ["same", "removed", "same"]),
    ],
)
def test_a_line_that_became_another_stands_before_it(old: str, new: str, kinds: list[str]) -> None:
    assert [line.kind for hunk in changes(old, new).hunks for line in hunk.lines] == kinds


def test_headings_are_landmarks_and_what_is_far_from_a_change_is_left_out() -> None:
    body = "\n".join(["# A", *"123456789", "```", "# no heading", "```", "## B", *"123456789"])
    found = changes(body, body.replace("```\n## B\n1", "```\n## B\none"))
    assert [(hunk.under, hunk.skipped, len(hunk.lines)) for hunk in found.hunks] == [("B", 11, 8)]
    assert found.rest == 5


def test_a_heading_is_one_in_its_text() -> None:
    found = changes("# A\nx", "# A\n#no\n```\n# no\n```\n## B\n")
    told = [(line.kind, line.pieces[0].text) for hunk in found.hunks for line in hunk.lines if line.is_heading]
    assert told == [("same", "# A"), ("added", "## B")]


def test_a_very_long_line_is_marked_as_a_whole() -> None:
    old, new = "a " * 3000, "b " * 3000
    assert words(old, new) == ((Piece(old, changed=True),), (Piece(new, changed=True),))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("a b", "a b", []),
        ("", "a b", ["@@ -0,0 +1,2 @@", "+a", "+b"]),
        ("a b", "", ["@@ -1,2 +0,0 @@", "-a", "-b"]),
        ("a", "b", ["@@ -1 +1 @@", "-a", "+b"]),
        ("1 2 3 4 5 6", "1 2 3 4 5 x 6", ["@@ -3,4 +3,5 @@", " 3", " 4", " 5", "+x", " 6"]),
        (
            "a 1 2 3 4 5 6 7 b",
            "x 1 2 3 4 5 6 7 y",
            ["@@ -1,4 +1,4 @@", "-a", "+x", " 1", " 2", " 3", "@@ -6,4 +6,4 @@", " 5", " 6", " 7", "-b", "+y"],
        ),
    ],
)
def test_the_unified_form(old: str, new: str, expected: list[str]) -> None:
    head = ["--- then\t2024-01-01", "+++ now"] if expected else []
    assert list(unified(old.split(), new.split(), "then\t2024-01-01", "now")) == head + expected


def numbers(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many lines the unified form adds and removes."""
    signs = [line[0] for line in list(unified(old, new, "", ""))[2:]]
    return signs.count("+"), signs.count("-")


@given(LINES, LINES)
def test_the_unified_form_and_the_page_tell_the_same(old: list[str], new: list[str]) -> None:
    page = changes("\n".join(old), "\n".join(new))
    is_text = [bool("\n".join(lines)) for lines in (old, new)]  # one empty line is no text
    assert (page.added, page.removed) == numbers(old if is_text[0] else [], new if is_text[1] else [])


@given(LINES, LINES)
def test_the_unified_form_leads_from_one_text_to_the_other(old: list[str], new: list[str]) -> None:
    shown = list(unified(old, new, "", ""))[2:]
    found, at = [], 0
    for line in shown:
        if line.startswith("@@"):
            start, _, length = line.split()[1].removeprefix("-").partition(",")
            start = int(start) - (length != "0")
            found += old[at:start]
            at = start
        elif line[0] == "+":
            found.append(line[1:])
        else:
            assert old[at] == line[1:]
            found += [line[1:]] if line[0] == " " else []
            at += 1
    assert found + old[at:] == new


def test_repeated_lines_do_not_make_a_diff_longer() -> None:
    old = [f"item {i % 7}" for i in range(400)]
    new = [*old[:150], "## New", *(f"item {i % 5}" for i in range(30)), *old[150:]]
    page = changes("\n".join(old), "\n".join(new))
    assert numbers(old, new) == (page.added, page.removed) == (31, 0)
