"""What stays the same section or link while a note changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.markdown import Document
from extractor.timeline.lifetimes import Shown, track
from extractor.timeline.naming import LINKS, SECTIONS
from extractor.timeline.pairing import Occurrence
from extractor.timeline.reading import ReadResult
from extractor.timeline.versions import Version

if TYPE_CHECKING:
    from extractor.timeline.tracked import Lifetime

READ = ReadResult(Document())
PARTLY = ReadResult(Document(), whole=False)


def links(text: str) -> tuple[Occurrence, ...]:
    """`a@S b` as links: address a in section S, address b in none; `a~A` is address a spelled A."""
    found = []
    for word in text.split():
        name, _, section = word.partition("@")
        key, _, spelling = name.partition("~")
        found.append(Occurrence((key,), (spelling or key, section, "")))
    return tuple(found)


@dataclass
class Text:
    """One text of a history, `text` as `links` takes it, None where nothing can be read."""

    text: str | None
    base: int | None = None
    is_whole: bool = True
    inserted: frozenset[int] = frozenset()
    removed: str = ""
    echo: bool = False


def line(*texts: str) -> list[Text]:
    """Texts, each made from the one before."""
    return [Text(text, i - 1 if i else None) for i, text in enumerate(texts)]


def versions(history: list[Text]) -> list[Version]:
    return [
        Version(
            id=str(i),
            at=i + 1,
            base=one.base,
            parent_id="" if one.base is None else str(one.base),
            reading=ReadResult(None) if one.text is None else READ if one.is_whole else PARTLY,
            echo=one.echo,
        )
        for i, one in enumerate(history)
    ]


def lifetimes(history: list[Text]) -> tuple[list[Lifetime], list[list[int]]]:
    shown = Shown([one.inserted for one in history], [links(one.removed) for one in history])
    occurrences = [None if one.text is None else links(one.text) for one in history]
    tracked = track(versions(history), occurrences, shown, LINKS)
    return tracked.lifetimes, tracked.numbers


def events(history: list[Text]) -> dict[str, str]:
    """`+0 -2 ~3` for each link: in which versions it came, went, was respelled; ` !2` where it ended for good."""
    told = {}
    for life in lifetimes(history)[0]:
        words = [(i, f"+{i}") for i in life.added] + [(i, f"-{i}") for i in life.removed]
        words += [(i, f"~{i}") for i in life.respelled]
        ended = [word for _, word in sorted(words)] + ([f"!{life.ended}"] if life.ended is not None else [])
        told[f"{life.key[0]}{life.ordinal}"] = " ".join(ended)
    return told


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(line("a b", "a b"), {"a1": "+0", "b1": "+0"}, id="nothing happens"),
        pytest.param(line("a", "a b", "b"), {"a1": "+0 -2 !2", "b1": "+1"}, id="comes and goes"),
        pytest.param(line("a@S", "a@T"), {"a1": "+0"}, id="moves to another section"),
        pytest.param(line("a", "", "a"), {"a1": "+0 -1 +2"}, id="comes back as the same"),
        pytest.param(line("a@S a@T", "a@T"), {"a1": "+0 -1 !1", "a2": "+0"}, id="the other of two stays"),
        pytest.param(line("a@S a@T", "a@T a@S"), {"a1": "+0", "a2": "+0"}, id="two change places"),
        pytest.param(line("a", "a a"), {"a1": "+0", "a2": "+1"}, id="a second of the same"),
        pytest.param(
            line("a@S a@T", "a@T", "a@T a@U"), {"a1": "+0 -1 +2", "a2": "+0"}, id="the free turn is taken again"
        ),
        pytest.param(
            [Text("a"), Text("a b", 0), Text("a c", 0), Text("a c b", 2)],
            {"a1": "+0", "b1": "+1 +3", "c1": "+2"},
            id="two branches, told against their own parent",
        ),
        pytest.param(
            [Text("a"), Text("a b", 0), Text("a c", 0)],
            {"a1": "+0", "b1": "+1 !2", "c1": "+2"},
            id="what only a branch held",
        ),
        pytest.param(
            [Text("a b", 1), Text("a"), Text("a b", 0)], {"a1": "+1", "b1": "+0"}, id="a child before its parent"
        ),
        pytest.param([Text("a"), Text("a b")], {"a1": "+0", "b1": "+1"}, id="a base that is lost"),
        pytest.param(
            [Text("a b"), Text(None, 0), Text("a", 1)],
            {"a1": "+0", "b1": "+0 !2"},
            id="nothing can be read between",
        ),
        pytest.param(
            [Text("a b"), Text("a", 0, echo=True), Text("a b c", 1)],
            {"a1": "+0", "b1": "+0", "c1": "+2"},
            id="an echo is no change",
        ),
        pytest.param(
            [Text("a b"), Text("a", 0, echo=True), Text("a c", 1)],
            {"a1": "+0", "b1": "+0 -1 !1", "c1": "+2"},
            id="what an echo drops and nobody brings back is gone",
        ),
        pytest.param(
            [*line("a b", "a"), Text("a b", 1, echo=True), Text("a c", 2)],
            {"a1": "+0", "b1": "+0 -1 !1", "c1": "+3"},
            id="what an echo has once more is as gone as before",
        ),
        pytest.param(
            [Text("a"), Text("a b", 0, echo=True), Text("a", 1)],
            {"a1": "+0", "b1": "+1 -2 !2"},
            id="what only an echo shows",
        ),
        pytest.param(
            [Text("a b", is_whole=False, inserted=frozenset({1}))],
            {"a1": "", "b1": "+0"},
            id="partly known: what it inserts was added, the rest was there before",
        ),
        pytest.param(
            [
                Text("a", is_whole=False),
                Text("b", 0, is_whole=False, inserted=frozenset({0}), removed="c"),
            ],
            {"a1": "", "b1": "+1", "c1": "-1 !1"},
            id="partly known: what is not shown going is still there",
        ),
    ],
)
def test_events(history: list[Text], expected: dict[str, str]) -> None:
    assert events(history) == expected


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(line("a~A", "a~B", "a~B"), {"a1": "+0 ~1"}, id="one spelling meets another"),
        pytest.param(line("a~A", "a~A a~B"), {"a1": "+0", "a2": "+1"}, id="a second spelling beside the first"),
        pytest.param(line("a~A@S a~B@T", "a~B@S a~A@T"), {"a1": "+0", "a2": "+0"}, id="spelling before section"),
        pytest.param(line("a~A@S a~A@T", "a~B@T"), {"a1": "+0 -1 !1", "a2": "+0 ~1"}, id="section before order"),
        pytest.param(line("a~A", "", "a~B"), {"a1": "+0 -1 +2"}, id="back with another spelling"),
        pytest.param(
            line("a~A a~B", "", "a~B a~A"), {"a1": "+0 -1 +2", "a2": "+0 -1 +2"}, id="each back with its spelling"
        ),
        pytest.param(
            [Text("a~A"), Text("a~B", 0, echo=True), Text("a~A", 1)], {"a1": "+0"}, id="an echo respells nothing"
        ),
    ],
)
def test_spellings(history: list[Text], expected: dict[str, str]) -> None:
    assert events(history) == expected


def outline(text: str) -> tuple[Occurrence, ...]:
    """`2024 .Links .Talks` as sections, a dot for each level below the first."""
    found: list[Occurrence] = []
    above: tuple[str, ...] = ()
    for word in text.split():
        title = word.lstrip(".")
        above = (*above[: len(word) - len(title)], title)
        found.append(Occurrence((title,), (above,)))
    return tuple(found)


JOURNAL = "Talks 2024 .Links .Notes 2023 .Links .Notes"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(["A .B", "A .B .C"], "A1 B1 C1 | A1 B1", id="one more"),
        pytest.param(["A .B .C", "X .B .C"], "X1 B1 C1 | A1 B1 C1", id="what is above is retitled"),
        pytest.param(["A .B ..C", "X .B ..C"], "X1 B1 C1 | A1 B1 C1", id="and what is in it"),
        pytest.param(["B .C", "X .B ..C"], "X1 B1 C1 | B1 C1", id="a heading is put above all"),
        pytest.param([JOURNAL, JOURNAL.replace("Talks", "Talks 2025 .Links .Notes")],
                     "Talks1 20251 Links3 Notes3 20241 Links1 Notes1 20231 Links2 Notes2 | "
                     "Talks1 20241 Links1 Notes1 20231 Links2 Notes2", id="a year more: the others keep theirs"),
        pytest.param([JOURNAL, "Talks 2024 .Links .Notes"],
                     "Talks1 20241 Links1 Notes1 | Talks1 20241 Links1 Notes1 20231 Links2 Notes2", id="a year less"),
        pytest.param([JOURNAL, "Talks 2025 .Links .Notes 2024 .Links .Notes"],
                     "Talks1 20251 Links3 Notes3 20241 Links1 Notes1 | "
                     "Talks1 20241 Links1 Notes1 20231 Links2 Notes2", id="one year goes, one comes"),
        pytest.param([JOURNAL, JOURNAL.replace("2023", "2023-old")],
                     "Talks1 20241 Links1 Notes1 2023-old1 Links2 Notes2 | "
                     "Talks1 20241 Links1 Notes1 20231 Links2 Notes2", id="the last year is retitled"),
        pytest.param(["A .X B .X", "", "B .X A .X"], "B1 X2 A1 X1 |  | A1 X1 B1 X2", id="back with the path it had"),
        pytest.param(["A .X", "A", "A B .X"], "A1 B1 X2 | A1 | A1 X1", id="elsewhere it is another"),
        pytest.param(["A .X B", "A B .X"], "A1 B1 X2 | A1 X1 B1", id="moved elsewhere in one edit: another"),
        pytest.param(["A .X .X", "A .X .X .X"], "A1 X1 X2 X3 | A1 X1 X2", id="equals below one heading, by order"),
    ],
)  # fmt: skip
def test_sections(texts: list[str], expected: str) -> None:
    """The names of each text, the last first."""
    history = line(*texts)
    nothing = Shown([frozenset()] * len(texts), [()] * len(texts))
    tracked = track(versions(history), [outline(text) for text in texts], nothing, SECTIONS)
    names = [f"{life.key[0]}{life.ordinal}" for life in tracked.lifetimes]
    assert " | ".join(" ".join(names[at] for at in numbers) for numbers in reversed(tracked.numbers)) == expected


texts = st.lists(st.sampled_from("abc"), max_size=5).map(" ".join)


@given(st.lists(texts, min_size=1, max_size=8), st.data())
def test_events_add_up_to_the_texts(written: list[str], data: st.DataObject) -> None:
    """In any tree of texts: a parent's marks, and what its child added and removed, are the child's marks."""
    bases: list[int | None] = [None]
    bases += [data.draw(st.integers(0, i - 1), label="base") for i in range(1, len(written))]
    history = [Text(text, base) for base, text in zip(bases, written, strict=True)]
    found, named = lifetimes(history)
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
    found, _ = lifetimes(line(" ".join(written), " ".join(other)))
    assert all(life.added == (0,) and not life.removed and life.ended is None for life in found)
