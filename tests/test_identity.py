"""What stays the same section or link while a note changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.chronicle.identity import trace
from extractor.chronicle.moments import Mark, Moment


def marks(text: str) -> tuple[Mark, ...]:
    """`a@S b` as marks: key a with hint S, key b with hint ''."""
    return tuple(Mark((word.partition("@")[0],), (word.partition("@")[2],)) for word in text.split())


def moments(*texts: str | tuple[int | None, str]) -> list[Moment]:
    """Texts in a line, or with the index of their base: (base, text)."""
    return [
        Moment(text[0], marks(text[1])) if isinstance(text, tuple) else Moment(i - 1 if i else None, marks(text))
        for i, text in enumerate(texts)
    ]


def events(history: list[Moment]) -> dict[str, str]:
    """`+0 -2 +3` for each mark: in which moments it came and went; ` !2` where it ended for good."""
    told = {}
    for life in trace(history)[0]:
        words = [(i, f"+{i}") for i in life.added] + [(i, f"-{i}") for i in life.removed]
        line = [word for _, word in sorted(words)] + ([f"!{life.ended}"] if life.ended is not None else [])
        told[f"{life.key[0]}{life.turn}"] = " ".join(line)
    return told


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(moments("a b", "a b"), {"a1": "+0", "b1": "+0"}, id="nothing happens"),
        pytest.param(moments("a", "a b", "b"), {"a1": "+0 -2 !2", "b1": "+1"}, id="comes and goes"),
        pytest.param(moments("a@S", "a@T"), {"a1": "+0"}, id="moves to another section"),
        pytest.param(moments("a", "", "a"), {"a1": "+0 -1 +2"}, id="comes back as the same"),
        pytest.param(moments("a@S a@T", "a@T"), {"a1": "+0 -1 !1", "a2": "+0"}, id="the other of two stays"),
        pytest.param(moments("a@S a@T", "a@T a@S"), {"a1": "+0", "a2": "+0"}, id="two change places"),
        pytest.param(moments("a", "a a"), {"a1": "+0", "a2": "+1"}, id="a second of the same"),
        pytest.param(
            moments("a@S a@T", "a@T", "a@T a@U"), {"a1": "+0 -1 +2", "a2": "+0"}, id="the free turn is taken again"
        ),
        pytest.param(
            moments("a", (0, "a b"), (0, "a c"), (2, "a c b")),
            {"a1": "+0", "b1": "+1 +3", "c1": "+2"},
            id="two branches, told against their own parent",
        ),
        pytest.param(
            moments("a", (0, "a b"), (0, "a c")), {"a1": "+0", "b1": "+1 !2", "c1": "+2"}, id="what only a branch held"
        ),
        pytest.param(
            moments((1, "a b"), (None, "a"), (0, "a b")), {"a1": "+1", "b1": "+0"}, id="a child before its parent"
        ),
        pytest.param(moments("a", (None, "a b")), {"a1": "+0", "b1": "+1"}, id="a base that is lost"),
        pytest.param(
            [Moment(None, marks("a b")), Moment(0, None), Moment(1, marks("a"))],
            {"a1": "+0", "b1": "+0 !2"},
            id="nothing can be read between",
        ),
        pytest.param(
            [Moment(None, marks("a b")), Moment(0, marks("a"), echo=True), Moment(1, marks("a b c"))],
            {"a1": "+0", "b1": "+0", "c1": "+2"},
            id="an echo is no change",
        ),
        pytest.param(
            [Moment(None, marks("a b")), Moment(0, marks("a"), echo=True), Moment(1, marks("a c"))],
            {"a1": "+0", "b1": "+0 -1 !1", "c1": "+2"},
            id="what an echo drops and nobody brings back is gone",
        ),
        pytest.param(
            [*moments("a b", "a"), Moment(1, marks("a b"), echo=True), Moment(2, marks("a c"))],
            {"a1": "+0", "b1": "+0 -1 !1", "c1": "+3"},
            id="what an echo has once more is as gone as before",
        ),
        pytest.param(
            [*moments("a"), Moment(0, marks("a b"), echo=True), Moment(1, marks("a"))],
            {"a1": "+0", "b1": "+1 -2 !2"},
            id="what only an echo shows",
        ),
        pytest.param(
            [Moment(None, marks("a b"), whole=False, inserted=frozenset({1}))],
            {"a1": "", "b1": "+0"},
            id="partly known: what it inserts was added, the rest was there before",
        ),
        pytest.param(
            [
                Moment(None, marks("a"), whole=False),
                Moment(0, marks("b"), whole=False, inserted=frozenset({0}), removed=marks("c")),
            ],
            {"a1": "", "b1": "+1", "c1": "-1 !1"},
            id="partly known: what is not shown going is still there",
        ),
    ],
)
def test_events(history: list[Moment], expected: dict[str, str]) -> None:
    assert events(history) == expected


texts = st.lists(st.sampled_from("abc"), max_size=5).map(" ".join)


@given(st.lists(texts, min_size=1, max_size=8), st.data())
def test_events_add_up_to_the_texts(written: list[str], data: st.DataObject) -> None:
    """In any tree of texts: a parent's marks, and what its child added and removed, are the child's marks."""
    bases: list[int | None] = [None]
    bases += [data.draw(st.integers(0, i - 1), label="base") for i in range(1, len(written))]
    history = [Moment(base, marks(text)) for base, text in zip(bases, written, strict=True)]
    found, named = trace(history)
    for i, base in enumerate(bases):
        before = set(named[base]) if base is not None else set()
        added = {n for n, life in enumerate(found) if i in life.added}
        removed = {n for n, life in enumerate(found) if i in life.removed}
        assert (before | added) - removed == set(named[i])
        assert not added & before
        assert removed <= before
        assert [found[n].key[0] for n in named[i]] == written[i].split()
    for n, life in enumerate(found):
        assert (life.ended is None) == (n in named[-1])
        assert life.holders == tuple(i for i in range(len(history)) if n in named[i])


@given(st.lists(st.sampled_from("abcdef"), max_size=6, unique=True), st.permutations("abcdef"))
def test_a_change_of_order_changes_nothing(written: list[str], order: list[str]) -> None:
    other = sorted(written, key=order.index)
    found, _ = trace(moments(" ".join(written), " ".join(other)))
    assert all(life.added == (0,) and not life.removed and life.ended is None for life in found)
