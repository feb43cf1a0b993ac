"""Joplin's text patches: what they say, and what they make of a text."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from diff_match_patch import diff_match_patch
from hypothesis import given
from hypothesis import strategies as st
from thorough import some

from extractor.errors import PatchError
from extractor.joplin.fuzzy import apply_fuzzily
from extractor.joplin.hunks import DELETE, EQUAL, INSERT, Hunk, from_units, to_units
from extractor.joplin.patch import Fit, apply_patch, parse_patch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def patched(base: str, patch: str) -> tuple[str, list[str]]:
    applied = apply_patch(parse_patch(patch), to_units(base))
    return from_units(applied.text), [fit.value for fit in applied.fits]


def one_hunk(*diffs: tuple[int, str], start: int = 0) -> str:
    length1 = sum(len(to_units(text)) // 2 for op, text in diffs if op != INSERT)
    length2 = sum(len(to_units(text)) // 2 for op, text in diffs if op != DELETE)
    return json.dumps([{"diffs": diffs, "start1": start, "start2": start, "length1": length1, "length2": length2}])


def test_every_patch_does_what_joplin_s_own_does(corpora: Callable[[str], Path]) -> None:
    vectors = (corpora("patch-vectors") / "patch-vectors.jsonl").read_text("utf-8").splitlines()
    assert len(vectors) == 4000
    for number, line in some(enumerate(vectors), 2):
        vector = json.loads(line)
        hunks, base = parse_patch(vector["diff"]), to_units(vector["base"])
        applied = apply_patch(hunks, base)
        assert applied.text == to_units(vector["result"]), number
        if not hunks:
            assert vector["hunks"] == []
            continue
        # Joplin's list counts the pieces into which diff-match-patch cuts long hunks.
        text, pieces = apply_fuzzily(hunks, base)
        assert text == applied.text, number
        assert list(chain.from_iterable(pieces)) == vector["hunks"], number
        assert [fit is not Fit.FAILED for fit in applied.fits] == [all(one) for one in pieces], number
        assert not vector["exact_base"] or set(applied.fits) == {Fit.EXACT}, number


@pytest.mark.parametrize(
    ("base", "patch", "text", "fits"),
    [
        pytest.param("a", "", "a", [], id="no diff"),
        pytest.param("a", "[]", "a", [], id="no change"),
        pytest.param("a", '""', "a", [], id="JSON of an empty string"),
        pytest.param("", one_hunk((INSERT, "whole")), "whole", ["exact"], id="root"),
        pytest.param("", '[{"diffs":[[1,"no place"]]}]', "no place", ["exact"], id="root without its place"),
        pytest.param(
            "\U0001f600",
            one_hunk((EQUAL, "\ud83d"), (DELETE, "\ude00"), (INSERT, "\ude01")),
            "\U0001f601",
            ["exact"],
            id="an edit splits an emoji",
        ),
        pytest.param(
            "\U0001f600" * 8 + " - [ ] a\n" + "- [ ] a\n" * 6,
            one_hunk(*[(EQUAL, "\n- ["), (DELETE, " "), (INSERT, "x"), (EQUAL, "] a\n")], start=32),
            "\U0001f600" * 8 + " - [ ] a\n" + "- [ ] a\n" + "- [x] a\n" + "- [ ] a\n" * 4,
            ["exact"],
            id="offsets count UTF-16 units",
        ),
        pytest.param(
            "x \ud83d y", one_hunk((EQUAL, "x \ud83d"), (INSERT, "\ude00"), (EQUAL, " y")), "x 😀 y", ["exact"]
        ),
        pytest.param("one\r\ntwo", one_hunk((EQUAL, "one\r\n"), (DELETE, "two")), "one\r\n", ["exact"], id="CRLF"),
        pytest.param("abcdefgh", one_hunk((DELETE, "abcdefgh")), "", ["exact"], id="all deleted"),
    ],
)
def test_a_patch_that_fits(base: str, patch: str, text: str, fits: list[str]) -> None:
    assert patched(base, patch) == (text, fits)


@pytest.mark.parametrize(
    ("base", "patch", "text", "fits"),
    [
        pytest.param(
            "..abcdefgh..",
            one_hunk((EQUAL, "abcd"), (INSERT, "X"), (EQUAL, "efgh")),
            "..abcdXefgh..",
            ["fuzzy"],
            id="it stands a little further on",
        ),
        pytest.param(
            "..ab",
            one_hunk((EQUAL, "ab"), (INSERT, "X"), start=2),
            "..abX",
            ["fuzzy"],
            id="less than four units of context before it claim the start of the text",
        ),
        pytest.param(
            "ab..",
            one_hunk((INSERT, "X"), (EQUAL, "ab")),
            "Xab..",
            ["fuzzy"],
            id="and after it the end",
        ),
        pytest.param("", one_hunk((DELETE, "something that is not there")), "", ["failed"], id="nothing there"),
        pytest.param("", one_hunk((EQUAL, "abcdefgh"), (INSERT, "X")), "", ["failed"], id="no base"),
        # What JavaScript takes for a letter is ASCII; Python's é and 日 are letters too.
        pytest.param(
            "é日日.日.é", one_hunk((EQUAL, "é"), (INSERT, "INS"), (EQUAL, "é日日.é")), "éINS日日.日.é", ["fuzzy"]
        ),
        pytest.param("日 a", one_hunk((EQUAL, "日 "), (INSERT, "INS"), (EQUAL, "éé a")), "日INS a", ["fuzzy"]),
        pytest.param("a a", one_hunk((EQUAL, "a éé"), (INSERT, "INS"), (EQUAL, " a")), "aINS a", ["fuzzy"]),
    ],
)
def test_a_patch_that_does_not_fit_goes_the_way_of_javascript(
    base: str, patch: str, text: str, fits: list[str]
) -> None:
    assert patched(base, patch) == (text, fits)


def test_only_the_hunks_before_the_first_misfit_are_exact() -> None:
    base = "first line\nsecond line\nthird line\n"
    patch = json.loads(one_hunk((EQUAL, "first "), (INSERT, "old "), (EQUAL, "line\n")))
    patch += json.loads(one_hunk((EQUAL, "nothing like it"), (INSERT, "!"), (EQUAL, "##########"), start=15))
    patch += json.loads(one_hunk((EQUAL, "third "), (INSERT, "new "), (EQUAL, "line\n"), start=27))
    text, fits = patched(base, json.dumps(patch))
    assert text == "first old line\nsecond line\nthird new line\n"
    assert fits == ["exact", "failed", "fuzzy"]


def test_a_search_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extractor.joplin.fuzzy._STEPS", 10_000)
    left, right = ("".join(chr(97 + i * i * step % 23) for i in range(3000)) for step in (1, 5))
    head, tail = "head " * 8, " tail" * 8
    patch = one_hunk((EQUAL, "ead "), (DELETE, head + left + tail), (EQUAL, " end"), start=1)
    text, fits = patched("head " + head + right + tail + " end", patch)
    assert fits == ["failed"]
    assert text == "head " + head + right + tail + " end"


@pytest.mark.parametrize(
    ("text", "hunks"),
    [
        ("@@ -0,0 +1,3 @@\n+a%0Ab", [Hunk(((INSERT, "a\nb"),), 0, 0, 0, 3)]),
        ("@@ -3 +3,2 @@\n x\n+%F0%9F%98%80", [Hunk(((EQUAL, "x"), (INSERT, "😀")), 2, 2, 1, 2)]),
        ("@@ -1,2 +1 @@\n-%25\n x\n\n", [Hunk(((DELETE, "%"), (EQUAL, "x")), 0, 0, 2, 1)]),
        ("@@ -0,0 +1,5 @@\n+a%23%2523", [Hunk(((INSERT, "a%23%23"),), 0, 0, 0, 5)]),
        (
            "@@ -1,4 +1,5 @@\n abcd\n+X\n@@ -9,4 +10,4 @@\n abcd\n",
            [Hunk(((EQUAL, "abcd"), (INSERT, "X")), 0, 0, 4, 5), Hunk(((EQUAL, "abcd"),), 8, 9, 4, 4)],
        ),
    ],
)
def test_legacy_patches(text: str, hunks: list[Hunk]) -> None:
    assert list(parse_patch(text)) == hunks


UNREADABLE = [
    "null",
    "true",
    "5",
    "{}",
    '"abc"',
    "[null]",
    "[[]]",
    "[5]",
    "[{}]",
    '[{"diffs":null}]',
    '[{"diffs":{}}]',
    '[{"diffs":"ab"}]',
    '[{"diffs":[null]}]',
    '[{"diffs":[[]]}]',
    '[{"diffs":[[0]]}]',
    '[{"diffs":[[0,null]]}]',
    '[{"diffs":[[0,1]]}]',
    '[{"diffs":[["0","a"]]}]',
    '[{"diffs":[[2,"a"]]}]',
    '[{"diffs":[[true,"a"]]}]',
    '[{"diffs":[[[],"a"]]}]',
    '[{"diffs":[],"start1":"1"}]',
    '[{"diffs":[],"start2":1.5}]',
    '[{"diffs":[],"start2":true}]',
    '[{"diffs":[],"start2":[]}]',
    '[{"diffs":[],"start2":NaN}]',
    '[{"diffs":[],"length1":1e999}]',
    '[{"diffs":[],"start2":' + "9" * 5000 + "}]",
    "[" * 100_000,
    "[" * 100_000 + "]" * 100_000,
    '[{"diffs":' * 50_000,
    "plain text?",
    "\ufeff[]",
    "[{",
    '[{"diffs":[[1,"\n"]]}]',
    "@@",
    "@@ -1 +1 @@\n*x",
    "@@ -1 +1 @@\n+x\n@@ bad",
    "@@ -1 +1 @@\n+%C3",
    "@@ -1 +1 @@\n+%zz",
    "@@ -1 +1 @@\n+100%",
    "@@ -1 +1 @@\n+%ED%A0%80",
    "@@ -" + "9" * 5000 + " +1 @@\n+x",
    "@@ -٣ +1 @@\n+x",
]


@pytest.mark.parametrize("text", UNREADABLE, ids=lambda text: text[:30])
def test_what_is_no_patch(text: str) -> None:
    with pytest.raises(PatchError) as caught:
        parse_patch(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 160


@pytest.mark.parametrize(
    ("base", "patch"),
    [
        ("abc", '[{"diffs":[[1,"x"]]}]'),
        ("abc", '[{"diffs":[[0,"abc"],[1,"x"]]}]'),
        ("abc", '[{"diffs":[[0,"abcd"],[1,"x"]],"start2":0}]'),
        ("", '[{"diffs":[[1,"x"]]},{"diffs":[[1,"y"]]}]'),
    ],
)
def test_a_patch_without_its_place_fails_as_in_javascript(base: str, patch: str) -> None:
    with pytest.raises(PatchError, match="where it belongs"):
        patched(base, patch)


@pytest.mark.parametrize("number", [-1, -(2**70), 2**31, 2**53 + 1, 10**300, 10**4000], ids=lambda n: hex(n)[:9])
def test_a_place_outside_the_text_is_no_exact_fit(number: int) -> None:
    patch = json.dumps([{"diffs": [[1, "!"]], "start1": number, "start2": number, "length1": 0, "length2": 1}])
    text, fits = patched("some text", patch)
    assert fits in (["fuzzy"], ["failed"])
    # JavaScript too leaves some of its padding, the characters 1 to 4, in such a text.
    assert text.strip("!\x01\x02\x03\x04") == "some text"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["diffs", "start1", "start2", "length1", "length2"]), inner, max_size=5)
    ),
    max_leaves=12,
)
hunk_like = st.fixed_dictionaries(
    {"diffs": st.lists(st.tuples(st.integers(-1, 1) | json_values, st.text(max_size=8) | json_values), max_size=4)},
    optional={name: st.integers(-5, 50) | json_values for name in ("start1", "start2", "length1", "length2")},
)


@given(st.text(max_size=60), st.lists(hunk_like, max_size=3) | json_values)
def test_no_json_raises_anything_but_patch_error(base: str, patch: object) -> None:
    try:
        applied = apply_patch(parse_patch(json.dumps(patch)), to_units(base))
    except PatchError:
        return
    from_units(applied.text)


texts = st.text(st.sampled_from("ab \n😀😁é\ud83d\ude00"), max_size=80)


@given(texts, texts)
def test_a_patch_made_for_a_text_fits_exactly(old: str, new: str) -> None:
    def chars(text: str) -> str:
        return "".join(map(chr, memoryview(to_units(text)).cast("H")))

    made = diff_match_patch().patch_make(chars(old), chars(new))
    patch = json.dumps(
        [
            {"diffs": p.diffs, "start1": p.start1, "start2": p.start2, "length1": p.length1, "length2": p.length2}
            for p in made
        ]
    )
    applied = apply_patch(parse_patch(patch), to_units(old))
    assert applied.text == to_units(new)
    assert set(applied.fits) <= {Fit.EXACT}
    if made:
        assert apply_fuzzily(parse_patch(patch), to_units(old))[0] == applied.text
