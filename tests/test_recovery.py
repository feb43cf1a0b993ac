"""Texts whose base is lost, rebuilt: as many as can be, and none of them wrong."""

from __future__ import annotations

import itertools
import json
import random
import string
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joplin_histories import PROPERTIES, chain, current_notes, diff, histories, revision, truths
from thorough import examples

from extractor.joplin.fragments import ContradictionError, Fragments
from extractor.joplin.history import State, replay
from extractor.joplin.hunks import from_units, to_units
from extractor.joplin.items import Note, Revision
from extractor.joplin.patch import apply_patch, parse_patch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LINES = [f"{word} has a line of its own, and it is long\n" for word in ("one", "two", "three", "four", "five", "six")]
# Each adds a line, but the fourth, which changes the first one.
TEXTS = ["".join(LINES[: n + 1]) for n in range(4)]
TEXTS += [TEXTS[3].replace("one has", "the first has"), TEXTS[3].replace("one has", "the first has") + LINES[4]]
GONE = chain(*TEXTS)[2:]  # r3 to r6: r1 and r2 are lost
LAST = 6 * 60_000


def now(body: str, at: int = LAST, title: str = "Title") -> Note:
    return Note("note", updated_time=at, title=title, body=body)


def texts(revisions: Sequence[Revision], note: Note | None = None, **others: Any) -> dict[str, tuple[str, str | None]]:
    return {one.id: (one.state.value, one.body) for one in replay(revisions, note, **others)}


def known(state: str, *ids: str) -> dict[str, tuple[str, str | None]]:
    return {id_: (state, TEXTS[int(id_[1:]) - 1]) for id_ in ids}


def partial(*ids: str) -> dict[str, tuple[str, str | None]]:
    return dict.fromkeys(ids, ("partial", None))


# --- the corpora ------------------------------------------------------------------------------------------------------


def test_what_was_removed_from_a_sync_target(corpora: Callable[[str], Path]) -> None:
    right = truths(corpora, "profile.bodies")
    removed = set(json.loads((corpora("truth") / "sync-broken.removed.json").read_text("utf-8")))
    notes = current_notes(corpora("sync-broken"))
    found: Counter[str] = Counter()
    for note_id, revisions in histories(corpora("sync-broken")).items():
        replayed = replay(revisions, notes.get(note_id))
        for one in replayed:
            found[one.state.value if one.number else "lost and found"] += 1
            assert one.number or one.id in removed
            if one.state is State.RECOVERED:
                assert (one.title, one.body) == (right[one.id]["title"], right[one.id]["body"]), one.id
        assert [one.number for one in replayed if one.number] == list(range(1, len(revisions) + 1))
        # Nothing else is known in another way.
        before = {one.id: one for one in replay(revisions)}
        for one in replayed:
            if one.state is not State.RECOVERED:
                assert one == before[one.id]
    assert found == {"complete": 967, "recovered": 121, "partial": 48, "lost and found": 18}


@pytest.mark.parametrize("name", ["sync", "sync-deleted"])
def test_a_whole_history_is_the_same_with_and_without_the_note(corpora: Callable[[str], Path], name: str) -> None:
    notes = current_notes(corpora(name))
    for note_id, revisions in histories(corpora(name)).items():
        assert replay(revisions, notes.get(note_id)) == replay(revisions)


def test_whichever_single_revision_is_lost(corpora: Callable[[str], Path]) -> None:
    """Where the latest one descends from it and is the note as it is now, every other text is still known."""
    notes = current_notes(corpora("sync"))
    rebuilt = 0
    for note_id, revisions in sorted(histories(corpora("sync")).items())[::6]:
        whole = {one.id: one for one in replay(revisions)}
        *_, latest = whole.values()
        if note_id not in notes or notes[note_id].updated_time != latest.captured_at:
            continue
        line = {latest.id}
        while (parent := whole.get(latest.parent_id)) is not None:
            line.add(parent.id)
            latest = parent
        for gone in revisions:
            replayed = replay([one for one in revisions if one is not gone], notes[note_id])
            for one in replayed:
                assert one.body is None or one.body == whole[one.id].body
                assert gone.id not in line or one.body is not None or one.id == gone.id
                rebuilt += one.state is State.RECOVERED
    assert rebuilt > 1000


# --- what is evidence, and what is none -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("revisions", "note", "expected"),
    [
        pytest.param(GONE, now(TEXTS[5]), known("recovered", "r2", "r3", "r4", "r5", "r6"), id="the note of that time"),
        pytest.param(GONE, None, partial("r3", "r4", "r5", "r6"), id="no note"),
        pytest.param(GONE, now(TEXTS[5], LAST + 1), partial("r3", "r4", "r5", "r6"), id="a note edited since"),
        pytest.param(GONE, now(TEXTS[5], LAST - 1), partial("r3", "r4", "r5", "r6"), id="a note of another time"),
        pytest.param(GONE, now(TEXTS[5], 0), partial("r3", "r4", "r5", "r6"), id="a note of no time"),
        pytest.param(
            GONE, now(TEXTS[3], 4 * 60_000), known("recovered", "r2", "r3", "r4", "r5", "r6"), id="an older copy of it"
        ),
        pytest.param(
            GONE, now(TEXTS[5].replace("the first", "the 1st")), partial("r3", "r4", "r5", "r6"), id="it contradicts r5"
        ),
        pytest.param(GONE, now(TEXTS[5] + "\n"), partial("r3", "r4", "r5", "r6"), id="it goes on after its end"),
        pytest.param(
            [*GONE[:-1], replace(GONE[-1], item_updated_time=5 * 60_000)],
            now(TEXTS[5], 5 * 60_000),
            partial("r3", "r4", "r5", "r6"),
            id="two of that time",
        ),
        pytest.param(
            [*chain(*TEXTS)[:2], *chain(*TEXTS)[3:]],
            now(TEXTS[5]),
            known("complete", "r1", "r2") | known("recovered", "r3", "r4", "r5", "r6"),
            id="a hole in the middle",
        ),
        pytest.param(
            [*GONE, revision("b", "r2", diff(TEXTS[1], TEXTS[1] + "b\n"), at=5), revision("c", "b", "[]", at=6)],
            now(TEXTS[5]),
            known("recovered", "r2", "r3", "r4", "r5", "r6")
            | {"b": ("recovered", TEXTS[1] + "b\n"), "c": ("recovered", TEXTS[1] + "b\n")},
            id="forwards again along another branch",
        ),
        pytest.param(
            [*GONE, revision("b", "r2", diff(TEXTS[0], TEXTS[0] + "b\n"), at=5)],
            now(TEXTS[5]),
            partial("r3", "r4", "r5", "r6", "b"),
            id="a branch that contradicts it",
        ),
        pytest.param(
            [GONE[0], replace(GONE[1], metadata_diff=PROPERTIES), *GONE[2:]],
            now(TEXTS[5]),
            partial("r3") | known("recovered", "r4", "r5", "r6"),
            id="made on a device that had lost the text before it",
        ),
        pytest.param(
            [GONE[0], replace(GONE[1], created_time=1), *GONE[2:]],
            now(TEXTS[5]),
            partial("r3") | known("recovered", "r4", "r5", "r6"),
            id="written anew, so no longer made from the one before it",
        ),
        pytest.param(
            [GONE[0], replace(GONE[1], metadata_diff="?"), *GONE[2:]],
            now(TEXTS[5]),
            partial("r3") | known("recovered", "r4", "r5", "r6"),
            id="nobody knows against what",
        ),
        pytest.param(
            [*chain(*TEXTS)[:2], revision("r3", "r2", "null", at=180_000), *GONE[1:]],
            now(TEXTS[5]),
            known("complete", "r1", "r2") | {"r3": ("unreadable", None)} | known("recovered", "r4", "r5", "r6"),
            id="the base is there, but cannot be read",
        ),
        pytest.param(
            [revision("a", "b", diff("", "x"), at=1), revision("b", "a", "?", at=2), replace(GONE[0], parent_id="b")],
            now(TEXTS[2], 180_000),
            {"a": ("partial", None), "b": ("unreadable", None)} | known("recovered", "r3"),
            id="the base is its own ancestor",
        ),
        pytest.param(
            [revision("r3", "r2", '[{"diffs":[[1,"nowhere"]]}]', at=3)],
            now("x", 3),
            partial("r3"),
            id="without a place",
        ),
        pytest.param(
            [revision("r3", "r2", '[{"diffs":[[0,"ab"],[1,"X"]],"start2":9}]', at=3)],
            now("123456789abX", 3),
            partial("r3"),
            id="less context than Joplin's patches have",
        ),
    ],
)
def test_evidence(revisions: list[Revision], note: Note | None, expected: dict[str, tuple[str, str | None]]) -> None:
    assert texts(revisions, note) == expected
    assert texts(revisions[::-1], note) == expected


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        pytest.param(diff("short", "shorter"), {"base": "short", "r": "shorter"}, id="context up to both ends"),
        pytest.param(diff(TEXTS[5], ""), {"base": TEXTS[5], "r": ""}, id="all deleted"),
        pytest.param(diff("gone", TEXTS[5]), {"base": "gone", "r": TEXTS[5]}, id="all anew"),
        pytest.param(diff("😀", "😁"), {"base": "😀", "r": "😁"}, id="half an emoji changed"),
        pytest.param(diff("a\r\nb\r\n", "a\r\nc\r\n"), {"base": "a\r\nb\r\n", "r": "a\r\nc\r\n"}, id="CRLF"),
        pytest.param(diff(TEXTS[5], "x" + TEXTS[5]), {"r": None}, id="it goes on"),
        pytest.param(diff(TEXTS[5], TEXTS[5] + "x"), {"r": None}, id="it begins before"),
        pytest.param("[]", {"r": None}, id="nothing at all"),
    ],
)
def test_what_a_single_diff_shows(patch: str, expected: dict[str, str | None]) -> None:
    assert {id_: text for id_, (_, text) in texts([revision("r", "base", patch)]).items()} == expected


def test_what_many_diffs_show_together() -> None:
    steps = [string.ascii_letters[:48]]
    for at in range(4, 48, 8):
        steps.append(steps[-1][:at] + "!" + steps[-1][at + 1 :])
    revisions = chain(*steps)[1:]
    assert all(state == "recovered" for state, _ in texts(revisions).values())
    assert [text for _, text in texts(revisions).values()] == steps
    assert {state for state, _ in texts(revisions[:3]).values()} == {"partial"}


# --- the note that keeps no time --------------------------------------------------------------------------------------

IMPORTED = [
    *chain("", "body"),
    revision("r4", "r3", "[]", at=240_000),
    revision("r5", "r4", "[]", at=300_000, metadata_diff='{"new":{"is_todo":1},"deleted":[]}'),
]


@pytest.mark.parametrize(
    ("revisions", "note", "states"),
    [
        pytest.param(
            IMPORTED, now("body", 1), {"r3": "recovered", "r4": "recovered", "r5": "recovered"}, id="the same"
        ),
        pytest.param(IMPORTED, now("body", 60_001), {"r4": "partial", "r5": "partial"}, id="of a time between"),
        pytest.param(IMPORTED, now("body", 300_001), {"r4": "partial", "r5": "partial"}, id="edited since"),
        pytest.param(IMPORTED, now("Body", 1), {"r4": "partial", "r5": "partial"}, id="another text"),
        pytest.param(IMPORTED, now("body", 1, "Tit"), {"r4": "partial", "r5": "partial"}, id="another title"),
        pytest.param(IMPORTED[2:], now("body", 1), {"r4": "partial", "r5": "partial"}, id="nothing before the hole"),
        pytest.param(
            [*chain("body"), replace(IMPORTED[2], parent_id="r2")],
            now("body", 1),
            {"r4": "partial"},
            id="it may be an old copy",
        ),
        pytest.param(
            [*IMPORTED[:3], replace(IMPORTED[3], body_diff=diff(TEXTS[0], TEXTS[1]))],
            now("body", 1),
            {"r4": "partial", "r5": "partial"},
            id="there was another text after the hole",
        ),
    ],
)
def test_a_note_that_is_older_than_its_whole_history(
    revisions: list[Revision], note: Note, states: dict[str, str]
) -> None:
    replayed = replay(revisions, note)
    assert {one.id: one.state.value for one in replayed if one.state is not State.COMPLETE} == states
    assert {one.body for one in replayed if one.state is State.RECOVERED} <= {"body"}


# --- titles, later versions, lost revisions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "titles"),
    [
        pytest.param(
            "A title that came later", ["A title that came earlier"] * 2 + ["A title that came later"], id="one"
        ),
        pytest.param("A title with a \\ in it", [None, None, None], id="it may be mangled"),
        pytest.param("A title with a \n in it", [None, None, None], id="it was mangled"),
    ],
)
def test_titles(title: str, titles: list[str | None]) -> None:
    renamed = diff("A title that came earlier", "A title that came later")
    revisions = [GONE[0], replace(GONE[1], title_diff=renamed if titles[0] else "[]")]
    replayed = replay(revisions, now(TEXTS[3], 240_000, title))
    assert [one.title for one in replayed] == titles
    assert [one.body for one in replayed] == TEXTS[1:4]


def test_a_title_that_contradicts_the_note_speaks_against_its_text() -> None:
    revisions = [GONE[0], replace(GONE[1], title_diff=diff("A title that came earlier", "A title that came later"))]
    assert texts(revisions, now(TEXTS[3], 240_000, "Another title that came later")) == partial("r3", "r4")
    assert [one.title for one in replay(revisions, now(TEXTS[3], 240_000, "Another title"))] == [None, None]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param(
            {"body_diff": diff("", TEXTS[3]), "metadata_diff": PROPERTIES},
            known("recovered", "r2", "r3") | known("complete", "r4", "r5", "r6"),
            id="a re-based head",
        ),
        pytest.param(
            {"body_diff": diff("", TEXTS[4]), "metadata_diff": PROPERTIES},
            partial("r3", "r4", "r5", "r6"),
            id="its own diff does not lead to that text",
        ),
        pytest.param({"body_diff": diff("", TEXTS[3])}, partial("r3", "r4", "r5", "r6"), id="no re-based head"),
        pytest.param({"body_diff": "?", "metadata_diff": PROPERTIES}, partial("r3", "r4", "r5", "r6"), id="junk"),
    ],
)
def test_a_later_version_of_a_revision(version: dict[str, str], expected: dict[str, tuple[str, str | None]]) -> None:
    later = {"r4": replace(GONE[1], title_diff=diff("", "Title"), updated_time=999, **version)}
    assert texts(GONE, rebased=later) == expected
    fourth = next(one for one in replay(GONE, rebased=later) if one.id == "r4")
    assert (fourth.text_added, fourth.text_removed) == ((LINES[3],), ())


def test_what_a_lost_revision_held() -> None:
    lost, first, *_ = replay(GONE, now(TEXTS[5]))
    assert (lost.id, lost.note_id, lost.parent_id, lost.base_id) == ("r2", "note", "", None)
    assert (lost.number, lost.captured_at, lost.recorded_at, lost.at_latest) == (0, 0, 0, 180_000)
    assert (lost.state, lost.title, lost.body, lost.metadata) == (State.RECOVERED, "Title", TEXTS[1], None)
    assert (lost.hunks, lost.text_added, lost.text_removed, lost.fragments) == (0, (), (), ())
    assert (first.id, first.number, first.base_id, first.fragments) == ("r3", 1, "r2", ())


# --- whatever the history ---------------------------------------------------------------------------------------------

ALPHABET = "ab\n😀😁é\r"
edits = st.tuples(st.integers(0, 60), st.integers(0, 12), st.text(ALPHABET, max_size=12))
DEVICES = st.sampled_from(["whole", "whole", "whole", "with a hole"])
steps = st.tuples(st.integers(0, 3), edits, edits, DEVICES, st.integers(1, 5))


def edited(text: str, edit: tuple[int, int, str]) -> str:
    at, length, new = edit
    at %= len(text) + 1
    return text[:at] + new + text[at + length :]


class History:
    """A note's history as devices make it: the revisions, and what their texts were."""

    def __init__(self, first: str, made: Sequence[Any]) -> None:
        self.titles, self.bodies = {"r0": first[:30]}, {"r0": first}
        self.revisions = [
            revision("r0", "", diff("", first), at=100, title_diff=diff("", first[:30]), metadata_diff=PROPERTIES)
        ]
        self.holed = False
        for number, (back, title, body, device, wait) in enumerate(made, 1):
            parent = self.revisions[max(0, number - 1 - max(0, back - 1))]
            id_ = f"r{number}"
            self.titles[id_] = edited(self.titles[parent.id], title)[:40] if back == 2 else self.titles[parent.id]
            self.bodies[id_] = edited(self.bodies[parent.id], body)
            base, properties = (self.titles[parent.id], self.bodies[parent.id]), '{"new":{},"deleted":[]}'
            if device == "with a hole" and parent.parent_id:
                # It has the parent only, and takes what that alone leads to for the text.
                base, properties = alone(parent), PROPERTIES
                self.holed = True
            self.revisions.append(
                revision(
                    id_,
                    parent.id,
                    diff(base[1], self.bodies[id_]),
                    at=self.revisions[-1].item_updated_time + wait,
                    title_diff=diff(base[0], self.titles[id_]),
                    metadata_diff=properties,
                )
            )

    def note(self, of: int, edit: tuple[int, int, str] | None) -> Note:
        last = self.revisions[of % len(self.revisions)]
        body, at = self.bodies[last.id], last.item_updated_time
        if edit is not None:
            body, at = edited(body, edit), self.revisions[-1].item_updated_time + 1
        return Note("note", updated_time=at, title=self.titles[last.id], body=body)

    def check(self, revisions: Sequence[Revision], note: Note | None, **others: Any) -> set[str]:
        found = set()
        for one in replay(revisions, note, **others):
            if one.state is State.RECOVERED or (one.state is State.COMPLETE and not self.holed):
                assert one.body == self.bodies[one.id], one
                assert one.title in {None, self.titles[one.id]}, one
                found.add(one.id)
        return found


def alone(one: Revision) -> tuple[str, str]:
    """What Joplin takes a revision for whose base it does not have."""
    title, body = (from_units(apply_patch(parse_patch(each), b"").text) for each in (one.title_diff, one.body_diff))
    return title, body


def re_based(one: Revision, history: History) -> Revision:
    return replace(
        one,
        title_diff=diff("", history.titles[one.id]),
        body_diff=diff("", history.bodies[one.id]),
        metadata_diff=PROPERTIES,
        created_time=one.updated_time,
        updated_time=one.updated_time + 9,
    )


@settings(max_examples=examples(300))
@given(
    first=st.text(ALPHABET, max_size=80),
    made=st.lists(steps, min_size=1, max_size=9),
    gone=st.sets(st.integers(0, 9), max_size=4),
    heads=st.sets(st.integers(0, 9), max_size=1),
    versions=st.sets(st.integers(0, 9), max_size=1),
    of=st.integers(-3, -1),
    edit=st.none() | edits,
)
def test_nothing_recovered_is_wrong_and_knowing_more_never_makes_less_known(
    first: str,
    made: list[Any],
    gone: set[int],
    heads: set[int],
    versions: set[int],
    of: int,
    edit: tuple[int, int, str] | None,
) -> None:
    history = History(first, made)
    present = [one for n, one in enumerate(history.revisions) if n not in gone]
    present = [re_based(one, history) if n in heads else one for n, one in enumerate(present)]
    later = {one.id: re_based(one, history) for n, one in enumerate(history.revisions) if n in versions}
    note = history.note(of, edit)
    if edit is None and note.updated_time not in {one.item_updated_time for one in present}:
        note = replace(note, updated_time=999_999)  # the copy of a revision that is lost is a note edited since
    less = history.check(present, None)
    some = history.check(present, note)
    more = history.check(present, note, rebased=later)
    if not history.holed:
        assert less <= some <= more
        back = [one for n, one in enumerate(history.revisions) if n in gone][:1]
        assert some <= history.check(present + back, note)


@settings(max_examples=examples(15))
@given(st.integers(0, 2**32))
def test_what_is_recovered_is_the_only_text_that_joplin_can_have_made_these_diffs_from(seed: int) -> None:
    some = random.Random(seed)  # noqa: S311 - any texts will do
    base = "".join(some.choices("ab", k=some.randrange(7)))
    bodies = [base]
    for _ in range(2):
        at = some.randrange(len(bodies[-1]) + 1)
        bodies.append(bodies[-1][:at] + some.choice(["", "a", "b"]) + bodies[-1][at + some.randrange(3) :])
    patches = [diff(old, new) for old, new in itertools.pairwise(bodies)]
    replayed = replay([revision("r1", "r0", patches[0], at=1), revision("r2", "r1", patches[1], at=2)])
    possible = []
    for length in range(9):
        for text in map("".join, itertools.product("ab", repeat=length)):
            middle = from_units(apply_patch(parse_patch(patches[0]), to_units(text)).text)
            end = from_units(apply_patch(parse_patch(patches[1]), to_units(middle)).text)
            if diff(text, middle) == patches[0] and diff(middle, end) == patches[1]:
                possible.append([text, middle, end])
    assert bodies in possible
    if any(one.state is State.RECOVERED for one in replayed):
        assert [[one.body for one in replayed]] == possible


def test_thousands_of_revisions_are_no_matter() -> None:
    lines = [f"line {n} of many\n" for n in range(2000)]
    text, revisions, bodies = "", [], {}
    for n, line in enumerate(lines):
        context = text[-8:]
        diffs = [[0, context], [1, line]] if context else [[1, line]]
        start = len(text) - len(context)
        patch = [{"diffs": diffs, "start1": start, "start2": start, "length1": len(context), "length2": 0}]
        revisions.append(revision(f"r{n}", f"r{n - 1}" if n else "", json.dumps(patch), at=n + 1))
        text += line
        bodies[f"r{n}"] = text
    note = Note("note", updated_time=len(lines), title="T", body=text)
    replayed = replay(revisions[1:], note)
    assert {one.state for one in replayed} == {State.RECOVERED}
    assert all(one.body == bodies[one.id] for one in replayed)
    assert {one.state for one in replay(revisions[1:])} == {State.PARTIAL}


# --- pieces of a text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("laid", "length", "whole"),
    [
        pytest.param([(0, "ab"), (2, "cd")], 8, "abcd", id="side by side"),
        pytest.param([(2, "cd"), (0, "ab")], 8, "abcd", id="the other way round"),
        pytest.param([(0, "abc"), (1, "bcd")], 8, "abcd", id="overlapping"),
        pytest.param([(1, "bc"), (0, "abcd")], 8, "abcd", id="one within the other"),
        pytest.param([(0, "a"), (2, "c"), (1, "b")], 6, "abc", id="between"),
        pytest.param([(0, "ab"), (3, "d")], 8, None, id="a gap"),
        pytest.param([(0, "abcd")], None, None, id="no end"),
        pytest.param([(0, "abcd")], 10, None, id="not the end"),
        pytest.param([], 0, "", id="empty"),
        pytest.param([], None, None, id="nothing"),
    ],
)
def test_fragments(laid: list[tuple[int, str]], length: int | None, whole: str | None) -> None:
    fragments = Fragments()
    for at, text in laid:
        fragments.replace(2 * at, to_units(text), to_units(text))
    if length is not None:
        fragments.end_at(length)
    found = fragments.whole()
    assert (None if found is None else from_units(found)) == whole


@pytest.mark.parametrize(
    "laid", [[(0, "ab"), (1, "c")], [(5, "xy"), (0, "abcdef")], [(4, "abc")], [(0, "abcdefg")]], ids=str
)
def test_what_contradicts(laid: list[tuple[int, str]]) -> None:
    for last in (False, True):
        fragments = Fragments()
        with pytest.raises(ContradictionError):  # noqa: PT012 - in whichever order it shows
            if not last:
                fragments.end_at(12)
            for at, text in laid:
                fragments.replace(2 * at, to_units(text), to_units(text))
            fragments.end_at(12)
