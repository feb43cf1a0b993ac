"""Between which two times a link came and went: only what is known, however much of a history is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joplin_histories import diff
from thorough import examples

from extractor.joplin.items import Note, Revision
from extractor.timeline import derive_rows
from extractor.times import milliseconds

HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_700_000_000_000 - 1_700_000_000_000 % DAY  # day 0
MADE = -100  # the day on which the note was made
A, B = "[a](https://a.example/)", "[b](https://b.example/)"
NOTE = "0" * 32


def revision(name: str, parent: str, old: str, new: str, day: float, *, rewritten: bool = False) -> Revision:
    """A revision of a day; one that Joplin's clean-up has `rewritten` holds the whole text and keeps its parent_id."""
    is_first = not parent or rewritten
    at = START + int(day * DAY)
    return Revision(
        id=name * 32,
        parent_id=parent * 32,
        item_id=NOTE,
        item_updated_time=at,
        created_time=at + 1000,
        updated_time=at + (500 * DAY if rewritten else 1000),
        title_diff=diff("", "Links") if is_first else "[]",
        body_diff=diff("" if is_first else old, new),
        metadata_diff=json.dumps({"new": {"id": NOTE} if is_first else {}, "deleted": []}),
    )


def now(body: str, day: float, made: float = MADE) -> Note:
    return Note(NOTE, START + int(day * DAY), START + int(made * DAY), 0, START + int(made * DAY), title="L", body=body)


def days(text: str | None) -> float | None:
    return None if text is None else round((milliseconds(text) - START) / DAY, 3)


def came(link: Any) -> tuple[float | None, float | None, int]:
    return days(link.absent_at), days(link.first_seen_at), link.is_dated


def went(link: Any) -> tuple[float | None, float | None, int]:
    return days(link.last_seen_at), days(link.removed_at), link.removal_is_dated


def link_of(url: str, note: Note | None, revisions: list[Revision]) -> Any:
    (link,) = [one for one in derive_rows(NOTE, note, revisions).links if one.url.startswith(url)]
    return link


X, XA, XB, XAB = "x\n", f"x\n{A}\n", f"x\n{B}\n", f"x\n{A}\n{B}\n"
MS = 1 / DAY


@pytest.mark.parametrize(
    ("note", "revisions", "expected"),
    [
        pytest.param(now(XA, 9), [], (MADE, 9, 0), id="a note without revisions: since it was made, by now"),
        pytest.param(now(XA, 0.5, made=0), [], (0, 0.5, 1), id="made less than a day before"),
        pytest.param(now(XA, 9), [revision("1", "", "", XA, 3)], (MADE, 3, 0), id="the first text that is known"),
        pytest.param(
            now(XA, 9),
            [revision("2", "1", "", XA, 3, rewritten=True)],
            (MADE, 3, 0),
            id="a whole text that Joplin's clean-up wrote anew",
        ),
        pytest.param(
            now(XA, 9), [revision("1", "", "", X, 1), revision("2", "1", X, XA, 5)], (1, 5, 1), id="its parent is known"
        ),
        pytest.param(
            now(XA, 9), [revision("1", "", "", X, 1)], (1, 9, 0), id="only the note as it is now has it"
        ),
        pytest.param(now(XA, 1.5), [revision("1", "", "", X, 1)], (1, 1.5, 1), id="and that is a day later"),
        pytest.param(
            now(XA, 9), [revision("2", "1", f"before\n{X}", f"before\n{XA}", 3)], (MADE, 3, 1), id="a hunk shows it"
        ),
        pytest.param(
            now(XA, 9),
            [revision("1", "", "", X, 1), revision("3", "2", f"before\n{X}", f"before\n{XA}", 3)],
            (1, 3, 1),
            id="through a hole: the latest earlier text",
        ),
        pytest.param(
            now(XA, 9),
            [revision("1", "", "", X, 1), revision("3", "2", "", XA, 3, rewritten=True)],
            (1, 3, 0),
            id="through a hole to a whole text",
        ),
        pytest.param(
            now(XA, 9),
            [
                revision("1", "", "", X, 1),
                revision("2", "1", X, X + "y\n", 2),
                revision("3", "1", X, X + "z\n", 3),
                revision("5", "4", f"before\n{X}", f"before\n{XA}", 5),
            ],
            (1, 5, 1),
            id="through a hole where there are branches: what they have in common",
        ),
        pytest.param(
            now(XA, 9),
            [revision("2", "1", "", X, 2, rewritten=True), revision("4", "3", "", XA, 4, rewritten=True)],
            (MADE, 4, 0),
            id="two branches that the clean-up cut",
        ),
        pytest.param(
            now(XA, 9),
            [revision("1", "", "", X, 1), revision("2", "1", X, XA, 5 - MS), revision("3", "2", XA, XAB, 5)],
            (1, 5 - MS, 0),
            id="an old state with a known parent: it came some time before",
        ),
        pytest.param(
            now(XA, 9),
            [revision("1", "", "", X, 1), revision("2", "1", X, XB, 5 - MS), revision("3", "2", XB, XAB, 5)],
            (5 - MS, 5, 1),
            id="what is not in the old state came with the edit",
        ),
        pytest.param(
            now(XA, 9),
            [revision("2", "1", "", X, 5 - MS, rewritten=True), revision("3", "2", X, XA, 5)],
            (MADE, 5, 0),
            id="an old state without the text before it may be one from before a sync",
        ),
        pytest.param(
            now(XA, 9),
            [revision("1", "", "", X, 8), revision("2", "1", X, XA, 5)],
            (None, 5, 1),
            id="the clock of its parent ran ahead",
        ),
        pytest.param(now(XA, 9, made=20), [], (None, 9, 0), id="made later than it was changed: clocks"),
        pytest.param(
            now(XAB, 9),
            [revision("1", "", "", X, 1), revision("2", "1", X, XB, 3), revision("3", "1", X, XA, 4)],
            (1, 4, 1),
            id="another branch is no evidence",
        ),
        pytest.param(
            now(XAB, 9), [revision("1", "", "", X, 1), revision("2", "1", X, XB, 3), revision("3", "1", X, X + "y", 4)],
            (1, 9, 0),
            id="which branch the note goes on with is not known",
        ),
        pytest.param(
            None, [revision("1", "", "", X, 1), revision("2", "1", X, XA, 5)], (1, 5, 1), id="no note"
        ),
        pytest.param(None, [revision("1", "", "", XA, 1)], (None, 1, 0), id="nothing says when the note was made"),
    ],
)  # fmt: skip
def test_coming(note: Note | None, revisions: list[Revision], expected: tuple[float | None, float, int]) -> None:
    wanted = tuple(None if one is None else round(one, 3) for one in expected)
    assert came(link_of("https://a.", note, revisions)) == wanted


@pytest.mark.parametrize(
    ("note", "revisions", "expected"),
    [
        pytest.param(now(XA, 9), [revision("1", "", "", XA, 3)], (9, None, 0), id="there now: as of its last change"),
        pytest.param(None, [revision("1", "", "", XA, 3)], (3, None, 0), id="only its history is known"),
        pytest.param(
            now(X, 9),
            [revision("1", "", "", XA, 1), revision("2", "1", XA, X, 5)],
            (1, 5, 1),
            id="a revision removed it",
        ),
        pytest.param(now(X, 9), [revision("1", "", "", XA, 1)], (1, 9, 0), id="gone from the note as it is now"),
        pytest.param(
            now(X, 9),
            [revision("1", "", "", XA, 1), revision("2", "1", XA, X, 5 - MS), revision("3", "2", X, XB, 5)],
            (1, 5 - MS, 0),
            id="gone from an old state",
        ),
        pytest.param(
            now(X, 9),
            [revision("1", "", "", XA, 1), revision("3", "2", "", X, 5, rewritten=True)],
            (1, 5, 0),
            id="gone through a hole",
        ),
        pytest.param(
            now(X, 9), [revision("2", "1", f"before\n{XA}", f"before\n{X}", 5)], (None, 5, 1), id="a hunk shows it go"
        ),
        pytest.param(
            now(X, 9),
            [revision("1", "", "", X, 1), revision("2", "1", X, XA, 2), revision("3", "1", X, X + "y", 8)],
            (2, 8, 0),
            id="only a branch had it",
        ),
    ],
)
def test_going(note: Note | None, revisions: list[Revision], expected: tuple[float | None, float | None, int]) -> None:
    wanted = tuple(None if one is None else round(one, 3) for one in expected)
    assert went(link_of("https://a.", note, revisions)) == wanted


POSTED = 7_258_077_837_633_503_232 >> 22  # a LinkedIn post: the time in its id
POST = "https://www.linkedin.com/posts/someone_about-activity-7258077837633503232-XE22"


@pytest.mark.parametrize(
    ("made", "seen", "absent"),
    [
        (POSTED - 9 * DAY, POSTED + 9 * DAY, POSTED),
        (POSTED + 2 * DAY, POSTED + 9 * DAY, POSTED + 2 * DAY),
        (POSTED - 9 * DAY, POSTED - DAY, POSTED - 9 * DAY),
    ],
    ids=["published after the note was made", "made later", "seen before it was published: clocks"],
)
def test_a_post_was_not_there_before_it_was_published(made: int, seen: int, absent: int) -> None:
    (link,) = derive_rows(NOTE, Note(NOTE, seen, made, body=f"[p]({POST})"), []).links
    assert milliseconds(link.absent_at) == absent


def test_sections_have_bounds_too() -> None:
    sections = derive_rows(
        NOTE,
        now("# One\n\n# Two\n", 9),
        [revision("1", "", "", "# One\n", 1), revision("2", "1", "# One\n", "# One\n\n# Two\n", 5)],
    ).sections
    assert {one.title: came(one) for one in sections} == {"One": (MADE, 1, 0), "Two": (1, 5, 1)}


# Random histories: each text has some of four links. What is lost of them makes bounds wider, never wrong.

LINES = {
    name: f"[{name}](https://{name}.example/)\n\nsome text after it, long enough to be a context of its own\n"
    for name in "abcd"
}


def body(names: frozenset[str]) -> str:
    return "# Links, all of them, in one note\n\n" + "".join(LINES[name] for name in sorted(names))


@st.composite
def histories(
    draw: st.DrawFn, *, branched: bool, skew: int = 0
) -> tuple[list[int | None], list[frozenset[str]], list[int]]:
    """Bases, links and times (hours) of the texts of one note; each clock may be `skew` hours off."""
    count = draw(st.integers(2, 8))
    bases: list[int | None] = [None]
    bases += [draw(st.integers(0, i - 1)) if branched else i - 1 for i in range(1, count)]
    texts = [draw(st.frozensets(st.sampled_from("abcd"))) for _ in range(count)]
    gaps = [draw(st.integers(1, 60)) for _ in range(count)]
    times = [sum(gaps[: i + 1]) + draw(st.integers(-skew, skew)) for i in range(count)]
    return bases, texts, times


def told(bases: list[int | None], texts: list[frozenset[str]], times: list[int], kept: list[int]) -> dict[str, Any]:
    """What is told of each link when only some of the revisions are known."""
    revisions = []
    for i in kept:
        base = bases[i]
        one = revision(
            "123456789"[i],
            "" if base is None else "123456789"[base],
            "" if base is None else body(texts[base]),
            body(texts[i]),
            0,
        )
        at = START + times[i] * HOUR
        revisions.append(replace(one, item_updated_time=at, created_time=at, updated_time=at))
    return {link.text: link for link in derive_rows(NOTE, None, revisions).links if link.first_seen_at}


def first_comings(_bases: list[int | None], texts: list[frozenset[str]], times: list[int]) -> dict[str, int]:
    return {
        name: START + HOUR * min(times[i] for i, text in enumerate(texts) if name in text)
        for name in "abcd"
        if any(name in text for text in texts)
    }


def assert_true(link: Any, truth: int, slack: int = 0) -> None:
    assert milliseconds(link.absent_at) - slack <= truth <= milliseconds(link.first_seen_at) + slack
    if link.absent_at:
        assert link.absent_at <= link.first_seen_at
    if link.is_dated and not slack:
        assert milliseconds(link.first_seen_at) - truth <= DAY


def comes_once(bases: list[int | None], texts: list[frozenset[str]], name: str) -> bool:
    """Whether a link comes in one text only: one that came back may have its first coming in what is lost."""
    comings = [i for i, base in enumerate(bases) if name in texts[i] and (base is None or name not in texts[base])]
    return len(comings) == 1


@settings(max_examples=examples(150))
@given(histories(branched=False), st.data())
def test_losing_revisions_of_a_line_widens_bounds(
    history: tuple[list[int | None], list[frozenset[str]], list[int]], data: st.DataObject
) -> None:
    bases, texts, times = history
    kept = [i for i in range(len(texts)) if data.draw(st.booleans(), label=f"keep {i}")]
    truth = first_comings(*history)
    whole = told(bases, texts, times, list(range(len(texts))))
    for name, link in told(bases, texts, times, kept).items():
        if comes_once(bases, texts, name):
            assert_true(link, truth[name])
            assert link.first_seen_at >= whole[name].first_seen_at
            assert (link.absent_at or "") <= (whole[name].absent_at or link.absent_at or "")


@settings(max_examples=examples(150))
@given(histories(branched=True), st.data())
def test_losing_the_beginning_of_branches_widens_bounds(
    history: tuple[list[int | None], list[frozenset[str]], list[int]], data: st.DataObject
) -> None:
    """As Joplin's clean-up loses it: all that is older than some day; and single revisions that have no child."""
    bases, texts, times = history
    oldest = data.draw(st.integers(0, len(texts) - 1), label="oldest")
    leaves = [i for i in range(oldest, len(texts)) if i not in bases]
    lost = data.draw(st.sets(st.sampled_from(leaves)), label="lost") if leaves else set()
    truth = first_comings(*history)
    for name, link in told(bases, texts, times, [i for i in range(oldest, len(texts)) if i not in lost]).items():
        if comes_once(bases, texts, name) and not _hides_a_branch(bases, oldest):
            assert_true(link, truth[name])


def _hides_a_branch(bases: list[int | None], oldest: int) -> bool:
    """Whether texts that look like one line, with a hole in it, are of several branches: nothing tells them apart."""
    heads = [i for i in range(oldest, len(bases)) if bases[i] is None or (bases[i] or 0) < oldest]
    return len(heads) > 1


@settings(max_examples=examples(100))
@given(histories(branched=True, skew=30))
def test_wrong_clocks_move_no_bound_further_than_they_are_wrong(
    history: tuple[list[int | None], list[frozenset[str]], list[int]],
) -> None:
    bases, texts, times = history
    truth = first_comings(*history)
    for name, link in told(bases, texts, times, list(range(len(texts)))).items():
        if comes_once(bases, texts, name):
            assert_true(link, truth[name], slack=60 * HOUR)
