"""The history of a note: every revision's text, and how well it is known."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joplin_histories import NO_PROPERTIES, PROPERTIES, chain, diff, histories, revision, truths

from extractor.joplin.diff_fragments import fragments
from extractor.joplin.echo import lines_return
from extractor.joplin.history import Fragment, Replayed, State, replay
from extractor.joplin.hunks import to_units
from extractor.joplin.item_reader import item_from_row
from extractor.joplin.item_types import ItemType
from extractor.joplin.items import Note, Revision
from extractor.joplin.patch import parse_patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


def told(revisions: Iterable[Revision]) -> list[tuple[str, str, str | None]]:
    return [(one.id, one.state.value, one.body) for one in replay(revisions)]


TEXTS = (
    "first line\n",
    "first line\nsecond line\n",
    "first line\nsecond, longer line\n",
    "first line\nsecond, longer line\n3\n",
)
WHOLE = diff("", TEXTS[1])


# --- the corpora ------------------------------------------------------------------------------------------------------


def sha256(text: str) -> str:
    """As Node's Buffer has it: each lone surrogate is U+FFFD."""
    return hashlib.sha256("".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text).encode()).hexdigest()


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("sync", {"complete": 1163}),
        ("sync-deleted", {"complete": 669}),
        ("sync-broken", {"complete": 967, "partial": 169}),
        ("sync-odd", {"complete": 11, "inexact": 1, "partial": 3, "unreadable": 2}),
    ],
)
def test_every_text_is_joplin_s(corpora: Callable[[str], Path], name: str, states: dict[str, int]) -> None:
    truth = truths(corpora, f"{name}.revisions")
    found: Counter[str] = Counter()
    for revisions in histories(corpora(name)).values():
        for one in replay(revisions):
            found[one.state.value] += 1
            right = truth.pop(one.id)
            assert (one.parent_id, one.captured_at) == (right["parent_id"], right["item_updated_time"])
            assert (one.body is None) == (one.state in {State.PARTIAL, State.UNREADABLE})
            if "error" in right:
                # Joplin shows nothing at all of a revision when one of its three diffs is broken.
                assert one.problem
                continue
            prefix = "linked_" if right["order_dependent"] else ""
            if one.body is not None:
                assert sha256(one.body) == right[f"{prefix}body_sha256"], one.id
                assert len(to_units(one.body)) // 2 == right["body_len_utf16"] or right["order_dependent"]
                if "body_sha256_wtf8" in right:
                    wtf8 = one.body.encode("utf-8", "surrogatepass")
                    assert hashlib.sha256(wtf8).hexdigest() == right["body_sha256_wtf8"]
            if one.title is not None:
                assert sha256(one.title) == right[f"{prefix}title_sha256"], one.id
            if one.metadata is not None:
                assert one.metadata == right["metadata"], one.id
            if one.state is State.COMPLETE:
                assert one.title is not None
                assert one.metadata is not None
                assert one.hunks_failed == 0
    assert truth == {}
    assert found == states


def test_what_is_called_complete_in_a_broken_history_is_what_the_text_was(corpora: Callable[[str], Path]) -> None:
    bodies = truths(corpora, "profile.bodies")
    order_dependent = {id_ for id_, right in truths(corpora, "sync.revisions").items() if right["order_dependent"]}
    known: set[str] = set()
    revisions = histories(corpora("sync-broken"))
    for one in [one for each in revisions.values() for one in replay(each)]:
        real = bodies[one.id]["body"]
        if one.state is State.COMPLETE and one.id not in order_dependent:
            assert one.body == real
            known.add(one.id)
        for fragment in one.fragments:
            units = to_units(fragment.text)
            assert to_units(real)[2 * fragment.start :].startswith(units), one.id
    # Lost is only what descends from a revision that was removed.
    removed = set(json.loads((corpora("truth") / "sync-broken.removed.json").read_text("utf-8")))
    parents = {one.id: one.parent_id for each in revisions.values() for one in each}
    for id_ in parents:
        ancestor = id_
        while ancestor in parents:
            ancestor = parents[ancestor]
        assert (ancestor not in removed) == (id_ in known or id_ in order_dependent)


def test_a_database_gives_the_same_history(corpora: Callable[[str], Path]) -> None:
    connection = sqlite3.connect(f"file:{corpora('profile')}/database.sqlite?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    notes: dict[str, list[Revision]] = defaultdict(list)
    for row in connection.execute("SELECT * FROM revisions"):
        item = item_from_row(ItemType.REVISION, row)
        assert isinstance(item, Revision)
        notes[item.item_id].append(item)
    connection.close()
    target = histories(corpora("sync"))
    assert notes.keys() == target.keys()
    for note_id, revisions in notes.items():
        assert replay(revisions) == replay(target[note_id])


def test_neither_order_nor_repetition_matters(corpora: Callable[[str], Path]) -> None:
    shuffle = random.Random(1).shuffle  # noqa: S311 - any order will do, the same each time
    for name in ("sync", "sync-broken", "sync-odd"):
        for revisions in histories(corpora(name)).values():
            expected = replay(revisions)
            again = revisions * 2
            shuffle(again)
            assert replay(again) == expected
            assert [one.number for one in expected] == list(range(1, len(expected) + 1))
            assert [one.captured_at for one in expected] == sorted(one.captured_at for one in expected)


def test_fragments_lead_from_each_text_to_the_next(corpora: Callable[[str], Path]) -> None:
    for revisions in histories(corpora("sync")).values():
        diffs = {one.id: one.body_diff for one in revisions}
        replayed = {one.id: one for one in replay(revisions)}
        for one in replayed.values():
            base = to_units((one.base_id and replayed[one.base_id].body) or "")
            rebuilt, at = b"", 0
            for fragment in fragments(parse_patch(diffs[one.id])):
                start = at + 2 * fragment.start - len(rebuilt)
                old = to_units(fragment.old_text)
                assert base[start : start + len(old)] == old
                assert all(0 <= a < b <= len(fragment.text) for a, b in fragment.inserted)
                rebuilt += base[at:start] + to_units(fragment.text)
                at = start + len(old)
            assert rebuilt + base[at:] == to_units(one.body or "")


def test_most_pairs_1_ms_apart_are_echoes(corpora: Callable[[str], Path]) -> None:
    pairs: Counter[str] = Counter()
    for revisions in histories(corpora("sync")).values():
        replayed = {one.id: one for one in replay(revisions)}
        for after in replayed.values():
            during = replayed.get(after.parent_id)
            if not during or after.captured_at - during.captured_at != 1:
                assert not (during and during.echo and after.number == during.number + 1)
                continue
            before = replayed.get(during.base_id or "")
            kind = "root" if before is None else "same text" if before.body == during.body else "another text"
            pairs[f"{kind}, {'echo' if during.echo else 'none'}"] += 1
            if during.echo:
                # It is a text from before: of this line, or of a branch.
                assert any(one.body == during.body and one.number < during.number for one in replayed.values())
    assert pairs == {"root, none": 8, "same text, none": 1, "another text, echo": 46}


# --- cases ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revisions", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param(
            chain(*TEXTS),
            [(f"r{n}", "complete", text) for n, text in enumerate(TEXTS, 1)],
            id="a line",
        ),
        pytest.param(
            [*chain(*TEXTS[:2]), revision("b", "r1", diff(TEXTS[0], "other\n" + TEXTS[0]), at=150_000)],
            [("r1", "complete", TEXTS[0]), ("r2", "complete", TEXTS[1]), ("b", "complete", "other\n" + TEXTS[0])],
            id="a branch",
        ),
        pytest.param(
            [revision("r1", "gone", WHOLE, metadata_diff=PROPERTIES), *chain(*TEXTS, start=3)][:1],
            [("r1", "complete", TEXTS[1])],
            id="re-based head",
        ),
        pytest.param(
            [
                revision("r2", "gone", WHOLE, at=1, metadata_diff=PROPERTIES),
                revision("r3", "r2", diff(TEXTS[1], TEXTS[2]), at=2),
            ],
            [("r2", "complete", TEXTS[1]), ("r3", "complete", TEXTS[2])],
            id="child of a re-based head",
        ),
        pytest.param(
            [revision("r", "gone", "[]", metadata_diff=PROPERTIES)], [("r", "complete", "")], id="re-based, empty text"
        ),
        pytest.param([revision("r", "gone", "[]")], [("r", "partial", None)], id="nothing changed in what is lost"),
        pytest.param([revision("r", "", "[]")], [("r", "complete", "")], id="root without text"),
        pytest.param([revision("r", "", "")], [("r", "complete", "")], id="root without a diff"),
        pytest.param([revision("r", "", '[{"diffs":[[1,"x"]]}]')], [("r", "complete", "x")], id="root without a place"),
        pytest.param(
            chain(*TEXTS, start=2),
            [("r2", "partial", None), ("r3", "partial", None), ("r4", "partial", None)],
            id="the root is lost",
        ),
        pytest.param(
            [*chain(*TEXTS, start=4), revision("r5", "r4", diff("", "anew\n"), at=300_000)],
            [("r4", "partial", None), ("r5", "complete", "anew\n")],
            id="whole again although its base is lost",
        ),
        pytest.param(
            [
                *chain(*TEXTS[:2]),
                revision("r3", "r2", "null", at=180_000),
                revision("r4", "r3", diff(TEXTS[2], TEXTS[3]), at=240_000),
                revision("r5", "r3", diff("", TEXTS[3]), at=300_000),
            ],
            [
                ("r1", "complete", TEXTS[0]),
                ("r2", "complete", TEXTS[1]),
                ("r3", "unreadable", None),
                ("r4", "partial", None),
                ("r5", "complete", TEXTS[3]),
            ],
            id="children of an unreadable one",
        ),
        pytest.param(
            [*chain(*TEXTS[:2]), revision("r3", "r2", '[{"diffs":[[1,"nowhere"]]}]', at=180_000)],
            [("r1", "complete", TEXTS[0]), ("r2", "complete", TEXTS[1]), ("r3", "unreadable", None)],
            id="a change without its place",
        ),
        pytest.param(
            [
                *chain("abcdefghijklm"),
                revision("r2", "r1", diff("..abcdefghijklm", "..abcdefghi!jklm"), at=120_000),
                revision("r3", "r2", diff("abcdefghi!jklm", "abcdefghi!jklm?"), at=180_000),
            ],
            [
                ("r1", "complete", "abcdefghijklm"),
                ("r2", "inexact", "abcdefghi!jklm"),
                ("r3", "inexact", "abcdefghi!jklm?"),
            ],
            id="a base that does not fit, and what stands on it",
        ),
        pytest.param(
            [*chain(TEXTS[0]), revision("r2", "r1", diff("", "from nothing"), at=120_000, metadata_diff=PROPERTIES)],
            [("r1", "complete", TEXTS[0]), ("r2", "complete", "from nothing")],
            id="re-based, and its parent is still known",
        ),
        pytest.param(
            [*chain(TEXTS[0]), revision("r2", "r1", "[]", at=120_000, metadata_diff=PROPERTIES)],
            [("r1", "complete", TEXTS[0]), ("r2", "complete", "")],
            id="re-based to no text, and its parent is still known",
        ),
        pytest.param(
            [revision("r1", "gone", "[]"), revision("r2", "r1", "[]", at=1, metadata_diff=PROPERTIES)],
            [("r1", "partial", None), ("r2", "partial", None)],
            id="all properties anew on a parent that had lost them",
        ),
        pytest.param([revision("a", "a", WHOLE)], [("a", "complete", TEXTS[1])], id="its own parent, whole"),
        pytest.param([revision("a", "a", "[]")], [("a", "inexact", "")], id="its own parent"),
        pytest.param(
            [
                revision("a", "b", diff("", "one"), at=1),
                revision("b", "a", diff("one", "one two"), at=2),
                revision("c", "b", diff("one two", "one two three"), at=3),
            ],
            [("a", "inexact", "one two"), ("b", "complete", "one two"), ("c", "complete", "one two three")],
            id="a cycle and a child of it",
        ),
        pytest.param(
            [revision(f"r{n:03}", f"r{(n + 1) % 200:03}", diff("", "x"), at=n) for n in range(200)],
            [(f"r{n:03}", "partial", None) for n in range(200)],
            id="a cycle that would take all day",
        ),
    ],
)
def test_texts_and_states(revisions: list[Revision], expected: list[tuple[str, str, str | None]]) -> None:
    assert told(revisions) == expected
    assert told(reversed(revisions)) == expected


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param({"r1": (1, 1), "r2": (2, 2), "r3": (3, 3)}, ["r1", "r2", "r3"], id="in time"),
        pytest.param({"r1": (5, 1), "r2": (2, 2), "r3": (3, 3)}, ["r2", "r3", "r1"], id="a clock that went backwards"),
        pytest.param({"r1": (7, 9), "r2": (7, 8), "r3": (7, 7)}, ["r1", "r2", "r3"], id="the same ms: parents first"),
        pytest.param({"r1": (7, 9), "r2": (6, 8), "r3": (7, 7)}, ["r2", "r3", "r1"], id="the same ms, not next of kin"),
    ],
)
def test_numbers(times: dict[str, tuple[int, int]], expected: list[str]) -> None:
    revisions = [
        revision(one.id, one.parent_id, one.body_diff, at=times[one.id][0], updated_time=times[one.id][1])
        for one in chain(*TEXTS[:3])
    ]
    replayed = replay(revisions)
    assert [one.id for one in replayed] == expected
    assert [one.number for one in replayed] == [1, 2, 3]
    assert {one.id: (one.state.value, one.body) for one in replayed} == {
        "r1": ("complete", TEXTS[0]),
        "r2": ("complete", TEXTS[1]),
        "r3": ("complete", TEXTS[2]),
    }


def test_branches_of_the_same_ms_are_told_apart_by_when_they_were_written_and_by_id() -> None:
    revisions = [revision(id_, "", "[]", at=1, updated_time=at) for id_, at in (("c", 3), ("b", 4), ("a", 4))]
    assert [one.id for one in replay(revisions)] == ["c", "a", "b"]


def test_the_first_of_two_with_the_same_id_counts() -> None:
    assert told([revision("r", "", diff("", "one")), revision("r", "", diff("", "two"))]) == [("r", "complete", "one")]


def test_what_a_revision_tells() -> None:
    first, second = replay(chain("one 😀 three\n", "one 😁 three\nfour\n"))
    assert (first.base_id, second.base_id) == (None, "r1")
    assert (second.note_id, second.parent_id, second.captured_at, second.recorded_at) == (
        "note",
        "r1",
        120_000,
        120_000,
    )
    assert (second.hunks, second.hunks_failed, second.echo, second.problem) == (1, 0, False, None)
    assert second.text_removed == ("\ude00",)
    assert second.text_added == ("\ude01", "four\n")
    assert (second.chars_added, second.chars_removed) == (6, 1)
    assert second.fragments == ()


@pytest.mark.parametrize(
    ("changes", "titles"),
    [
        pytest.param(["", "Old", "Old"], ["", "Old", "Old"], id="from the root on"),
        pytest.param([None, "Old"], ["", "Old"], id="lost, but the next one shows that it was empty"),
    ],
)
def test_titles(changes: list[str | None], titles: list[str | None]) -> None:
    revisions = [
        revision(
            f"r{n}",
            "" if n == 0 and title is not None else f"r{n - 1}",
            "[]",
            at=n,
            title_diff=diff((changes[n - 1] if n else "") or "", title) if title is not None else "[]",
        )
        for n, title in enumerate(changes)
    ]
    assert [one.title for one in replay(revisions)] == titles


def test_title_and_properties_come_back_with_a_re_based_head() -> None:
    revisions = [
        revision("r1", "gone", "[]", title_diff=diff("The title of old that it had", "The title of older that it had")),
        revision("r2", "r0", diff("", "x"), at=1, title_diff=diff("", "Whole"), metadata_diff=PROPERTIES),
        revision("r3", "r2", "[]", at=2, metadata_diff='{"new":{"parent_id":"nb"},"deleted":["order"]}'),
    ]
    assert [(one.title, one.metadata) for one in replay(revisions)] == [
        (None, None),
        ("Whole", {"id": "note", "order": 1}),
        ("Whole", {"id": "note", "parent_id": "nb"}),
    ]


@pytest.mark.parametrize("metadata_diff", ["", "[]", '{"new":[],"deleted":[]}', '{"new":{},"deleted":[[]]}'])
def test_broken_properties_do_not_spoil_the_text(metadata_diff: str) -> None:
    first, second = chain(*TEXTS[:2])
    replayed = replay([revision("r1", "", first.body_diff, at=1, metadata_diff=metadata_diff), second])
    assert [(one.state, one.body) for one in replayed] == [(State.COMPLETE, TEXTS[0]), (State.COMPLETE, TEXTS[1])]
    assert "properties" in (replayed[0].problem or "")
    assert replayed[1].problem is None
    assert replayed[1].metadata is None


@pytest.mark.parametrize("title_diff", ["plain text?", '[{"diffs":[[0,"x"]]}]'])
def test_nothing_is_shown_of_a_revision_without_a_readable_title_but_its_children_have_its_text(
    title_diff: str,
) -> None:
    first, second = chain(*TEXTS[:2])
    replayed = replay([revision("r1", "", first.body_diff, at=1, title_diff=title_diff), second])
    assert [(one.state, one.body) for one in replayed] == [(State.UNREADABLE, None), (State.COMPLETE, TEXTS[1])]
    assert "title" in (replayed[0].problem or "")
    assert (replayed[1].problem, replayed[1].title, replayed[1].base_id) == (None, None, "r1")


def test_line_breaks_in_properties_are_left_out_as_joplin_does() -> None:
    (one,) = replay([revision("r", "", "[]", metadata_diff='{"new":{"a":"b\nc\r"},\n"deleted":[]}')])
    assert one.metadata == {"a": "bc"}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        pytest.param("[]", [], id="nothing"),
        pytest.param(
            diff("a long line, [link](u) and more of it", "a long line, [another link](u) and more of it"),
            [Fragment(6, " line, [another link](u)", ((8, 16),), " line, [link](u)")],
            id="an insertion in its context",
        ),
        pytest.param(
            json.dumps([{"diffs": [[0, "\ud83d"], [-1, "\ude00"], [1, "\ude01"], [0, " abc"]], "start2": 9}]),
            [Fragment(9, "😁 abc", ((0, 1),), "😀 abc")],
            id="half an emoji stands for all of it",
        ),
        pytest.param(
            json.dumps(
                [
                    {"diffs": [[0, "abcd"], [1, "XY"], [0, "efgh"]], "start2": 10},
                    {"diffs": [[0, "Yefgh"], [-1, "ij"], [0, "klmn"]], "start2": 15},
                    {"diffs": [[0, "klmn"], [1, "Z"]], "start2": 20},
                    {"diffs": [[0, "far "], [1, "away"]], "start2": 90},
                ]
            ),
            [
                Fragment(10, "abcdXYefghklmnZ", ((4, 6), (14, 15)), "abcdefghijklmn"),
                Fragment(90, "far away", ((4, 8),), "far "),
            ],
            id="hunks that overlap are one",
        ),
        pytest.param(
            json.dumps(
                [
                    {"diffs": [[0, "ab"], [1, "XYZ"], [0, "cdefgh"]], "start2": 0},
                    {"diffs": [[0, "X"], [-1, "Y"], [0, "Z"]], "start2": 2},
                ]
            ),
            [Fragment(0, "abXZcdefgh", ((2, 4),), "abcdefgh")],
            id="one within the other",
        ),
        pytest.param(
            json.dumps(
                [
                    {"diffs": [[0, "ab"], [1, "X"]], "start2": 0},
                    {"diffs": [[0, "other"], [1, "Y"]], "start2": 2},
                ]
            ),
            [Fragment(0, "abX", ((2, 3),), "ab"), Fragment(2, "otherY", ((5, 6),), "other")],
            id="hunks that contradict each other are not",
        ),
    ],
)
def test_fragments(patch: str, expected: list[Fragment]) -> None:
    assert list(fragments(parse_patch(patch))) == expected
    (one,) = replay([revision("r", "gone", patch)])
    assert (one.state, list(one.fragments)) == (State.PARTIAL, expected)


THEIRS = "ours\n* [theirs](https://example.com)\n"
TWO = "ours\n* [deleted by them](https://example.com)\n"


@pytest.mark.parametrize(
    ("before", "during", "after", "earlier", "echo"),
    [
        pytest.param(THEIRS, "ours\n", THEIRS + "new\n", "ours\n", True, id="theirs go and come back"),
        pytest.param(THEIRS, "ours\n", THEIRS + "new\n", "", True, id="also where the text before was never saved"),
        pytest.param("ours\n", TWO, "ours\nnew\n", TWO, True, id="what they deleted comes and goes"),
        pytest.param("ours\n", TWO, "ours\nnew\n", "", False, id="written, kept for a week, deleted"),
        pytest.param("ours\n", TWO, TWO + "new\n", "", False, id="the first edit in a week"),
        pytest.param(THEIRS, "ours\n", "ours\nnew\n", "", False, id="deleted, a week ago"),
        pytest.param("- [ ] a\n", "- [x] a\n", "- [x] a\nnew\n", "- [x] a\n", False, id="ticked again, a week ago"),
        pytest.param("ours\n", "ours\n", "ours\nnew\n", "", False, id="nothing but properties"),
    ],
)
def test_echo(before: str, during: str, after: str, earlier: str, *, echo: bool) -> None:
    revisions = chain(earlier, before)
    revisions += [
        revision("during", "r2", diff(before, during), at=999_999),
        revision("after", "during", diff(during, after), at=1_000_000),
    ]
    assert {one.id: one.echo for one in replay(revisions)} == {"r1": False, "r2": False, "during": echo, "after": False}
    revisions[-1] = revision("after", "during", diff(during, after), at=1_000_001)
    assert not any(one.echo for one in replay(revisions))


def test_an_echo_is_heard_where_texts_are_partly_known() -> None:
    before, during = "a line of ours\n" + THEIRS, "a line of ours\nours\n"
    revisions = [
        revision("during", "gone", diff(before, during), at=1),
        revision("after", "during", diff(during, before + "new\n"), at=2),
    ]
    assert [(one.state.value, one.echo) for one in replay(revisions)] == [("partial", True), ("partial", False)]


ids = st.sampled_from(["", "a", "b", "c", "d"])
diffs = (
    st.sampled_from(
        ["", "[]", "null", "@@", '""', "[{}]", diff("", "one"), diff("one", "one two"), diff("one two", "two")]
    )
    | st.tuples(st.text("ab\n😀", max_size=20), st.text("ab\n😁", max_size=20)).map(lambda pair: diff(*pair))
    | st.text(max_size=9)
)
anything = st.builds(
    Revision,
    id=ids,
    updated_time=st.integers(0, 3),
    parent_id=ids,
    item_updated_time=st.integers(0, 3),
    title_diff=diffs,
    body_diff=diffs,
    metadata_diff=st.sampled_from([PROPERTIES, NO_PROPERTIES]) | st.text(max_size=9),
)


notes = st.builds(
    Note, id=st.just("note"), updated_time=st.integers(0, 3), title=st.text("a\\\n", max_size=2), body=st.text("ab\n😀")
)


@given(st.lists(anything, max_size=8), st.none() | notes, st.dictionaries(ids, anything, max_size=2))
def test_whatever_comes_is_told(revisions: list[Revision], now: Note | None, rebased: dict[str, Revision]) -> None:
    replayed = replay(revisions, now, rebased)
    assert {one.id for one in replayed if one.number} == {one.id for one in revisions}
    assert all(one.state is State.RECOVERED for one in replayed if not one.number)
    by_id: dict[str, Replayed] = {one.id: one for one in replayed}
    assert len(by_id) == len(replayed)
    for one in replayed:
        assert (one.body is None) == (one.state in {State.PARTIAL, State.UNREADABLE})
        assert bool(one.fragments) <= (one.state is State.PARTIAL)
        steps, base = 0, one.base_id
        while base is not None:
            assert by_id[base].state is not State.PARTIAL
            base, steps = by_id[base].base_id, steps + 1
            assert steps <= len(replayed)


def test_a_child_of_what_joplin_shows_twice() -> None:
    """Of several revisions of one ms Joplin may not find the parent, and later it may: then it shows both texts."""
    old, new = "alpha beta gamma\nold line\n", "delta epsilon\nnew line\n"
    final, later = f"{new}third line\n", f"{new}third line\nfourth line\n"
    found = {"metadata_diff": PROPERTIES, "title_diff": diff("", "T")}
    told = replay(
        [
            revision("r1", "", diff("", old), at=1000, **found),
            revision("r2", "r1", diff("", new), at=1000, **found),
            revision("r3", "r2", "[]", at=2000),
            revision("r4", "r3", diff(new + old, final), at=3000, title_diff=diff("TT", "T")),
            revision("r5", "r4", diff(final, later), at=4000),
        ]
    )
    assert [(one.id, str(one.state), one.title, one.body) for one in told] == [
        ("r1", "complete", "T", old),
        ("r2", "complete", "T", new),
        ("r3", "complete", "T", new),
        ("r4", "complete", "T", final),
        ("r5", "complete", "T", later),
    ]


@pytest.mark.parametrize(
    ("body_diff", "title_diff", "written_again", "expected"),
    [
        ("[]", "[]", True, ("complete", "", "")),
        ("[]", "[]", False, ("partial", None, None)),
        (diff("", "all"), "[]", True, ("complete", "", "all")),
        (diff("", "all"), "[]", False, ("complete", None, "all")),
        (diff("", "all"), diff("", "T"), False, ("complete", "T", "all")),
    ],
)
def test_only_what_was_written_again_is_a_head_without_a_text(
    body_diff: str, title_diff: str, *, written_again: bool, expected: tuple[str, str | None, str | None]
) -> None:
    """All properties are new also where Joplin had lost the parent's text when it made the diffs."""
    (one,) = replay(
        [
            revision(
                "r2",
                "r1",
                body_diff,
                at=2000,
                title_diff=title_diff,
                metadata_diff=PROPERTIES,
                created_time=2000,
                updated_time=9000 if written_again else 2000,
            )
        ]
    )
    assert (str(one.state), one.title, one.body) == expected


def test_equal_times_tell_nothing_where_several_revisions_have_one() -> None:
    """The note may be the text of one that is lost and has the same time."""
    text = "".join(f"line {number} with some words to keep hunks apart\n" for number in range(12))
    edited = text.replace("line 2 ", "LINE 2 ")
    note = Note(id="note", updated_time=5000, title="T", body=edited)
    alone = [revision("r3", "r2", diff(text, edited), at=5000)]
    assert [one.body for one in replay(alone, note) if one.number] == [edited]
    twins = [revision("r8", "r7", diff("a", "b"), at=100), revision("r9", "r8", diff("b", "c"), at=100)]
    assert [one.body for one in replay([*alone, *twins], note) if one.id == "r3"] == [None]


def test_an_echo_is_heard_whatever_ends_its_lines() -> None:
    lines = [f"* [link {number}](https://{number}.example/)" for number in range(8)]
    before, during = "\r\n".join(lines), "\r\n".join(lines[:3])
    after = "\n".join([*lines, "new"])
    assert lines_return(before, during, after, stale=False)
