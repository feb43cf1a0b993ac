"""The rows that the history of one note becomes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from joplin_histories import diff

from extractor.joplin.items import Note, Revision
from extractor.timeline import NoteRows, derive_rows
from extractor.timeline.summary import Change, summarize

DAY = 86_400_000
START = 1_700_000_000_000
WHEN = ["2023-11-14", "2023-11-15", "2023-11-16", "2023-11-17", "2023-11-18", "2023-11-19"]
A, B, C = ("[a](https://a.example/)", "[b](https://b.example/)", "![c](https://c.example/c.png)")


def revision(name: str, parent: str, old: str, new: str, at: int, **metadata: object) -> Revision:
    return Revision(
        id=name * 32,
        parent_id=parent * 32,
        item_id="0" * 32,
        item_updated_time=START + at,
        updated_time=START + at + 1000,
        title_diff=diff("", "Links") if not parent else "[]",
        body_diff=diff(old, new),
        metadata_diff=json.dumps({"new": ({"id": "0" * 32} if not parent else {}) | metadata, "deleted": []}),
    )


def line(*texts: str) -> list[Revision]:
    """Revisions named 1, 2, ... a day apart, each made from the one before."""
    names = ["", *"123456789"]
    return [revision(names[i + 1], names[i], texts[i - 1] if i else "", text, i * DAY) for i, text in enumerate(texts)]


def now(body: str, at: int, **fields: object) -> Note:
    return Note(id="0" * 32, title="Links", body=body, updated_time=START + at, **fields)  # type: ignore[arg-type]


def changes(told: NoteRows) -> list[str]:
    """`1+a`: revision 1 added the link called a."""
    names = {link.id: link.text for link in told.links}
    sign = {"added": "+", "removed": "-"}
    return [f"{change.revision_id[0]}{sign[change.change]}{names[change.link_id]}" for change in told.changes]


def spans(told: NoteRows) -> dict[str, str]:
    """Of each link the revisions that first and last held it, the day it was first seen, and that on which it went."""
    return {
        link.text: f"{(link.first_revision_id or '-')[0]} {(link.last_revision_id or '-')[0]} "
        f"{(link.first_seen_at or '-')[:10]} {(link.removed_at or '-')[:10]}"
        for link in told.links
    }


@pytest.mark.parametrize(
    ("revisions", "note", "events", "expected"),
    [
        pytest.param(
            line(A, f"{A}\n{B}", B),
            now(B, 2 * DAY),
            ["1+a", "2+b", "3-a"],
            {"a": f"1 2 {WHEN[0]} {WHEN[2]}", "b": f"2 3 {WHEN[1]} -"},
            id="comes and goes",
        ),
        pytest.param(
            line(A),
            now(f"{B}", 3 * DAY),
            ["1+a"],
            {"a": f"1 1 {WHEN[0]} {WHEN[3]}", "b": f"- - {WHEN[3]} -"},
            id="the note is newer than its latest revision",
        ),
        pytest.param([], now(A, DAY), [], {"a": f"- - {WHEN[1]} -"}, id="a note without revisions"),
        pytest.param(
            line(A, f"{A}\n{C}"), None, ["1+a", "2+c"], {"a": f"1 2 {WHEN[0]} -", "c": f"2 2 {WHEN[1]} -"}, id="no note"
        ),
        pytest.param(
            [
                revision("1", "", "", A, 0),
                revision("2", "1", A, f"{A}\n{B}", DAY),
                revision("3", "1", A, f"{A}\n{C}", 2 * DAY),
            ],
            now(f"{A}\n{C}", 2 * DAY),
            ["1+a", "2+b", "3+c"],
            {"a": f"1 3 {WHEN[0]} -", "b": f"2 2 {WHEN[1]} {WHEN[2]}", "c": f"3 3 {WHEN[2]} -"},
            id="what another device wrote did not stay",
        ),
        pytest.param(
            [
                revision("1", "", "", f"{A}\n{B}\n", 0),
                revision("2", "1", f"{A}\n{B}\n", f"{A}\n", DAY - 1),
                revision("3", "2", f"{A}\n", f"{A}\n{B}\n{C}\n", DAY),
            ],
            now(f"{A}\n{B}\n{C}\n", DAY),
            ["1+a", "1+b", "3+c"],
            {"a": f"1 3 {WHEN[0]} -", "b": f"1 3 {WHEN[0]} -", "c": f"3 3 {WHEN[1]} -"},
            id="the echo of a sync is no change",
        ),
        pytest.param(
            [
                Revision(
                    id="2" * 32,
                    parent_id="1" * 32,
                    item_id="0" * 32,
                    item_updated_time=START,
                    updated_time=START,
                    title_diff="[]",
                    body_diff=diff(f"before it\n\n{A} and\n\nafter it", f"before it\n\n{B} and\n\nafter it"),
                    metadata_diff='{"new":{},"deleted":[]}',
                )
            ],
            None,
            [],
            {},
            id="a base that is lost: an address that is shown only in part is no address",
        ),
        pytest.param(
            [revision("2", "1", f"before\n{A}\nafter it", f"before\n{A}\n{B}\nafter it", 0)],
            None,
            ["2+b"],
            {"b": f"2 2 {WHEN[0]} -"},
            id="a base that is lost: what is inserted whole was added",
        ),
        pytest.param(
            [revision("2", "1", f"before\n{A}\n{B}\nafter it", f"before\n{A}\nafter it", 0)],
            None,
            ["2-b"],
            {"b": f"- - - {WHEN[0]}"},
            id="a base that is lost: what the diff shows going was there",
        ),
        pytest.param(
            line("x"),
            now("x", 0, source_url="https://clipped.example/"),
            [],
            {"Links": f"- - {WHEN[0]} -"},
            id="where it was clipped from is a link",
        ),
    ],
)
def test_links(revisions: list[Revision], note: Note | None, events: list[str], expected: dict[str, str]) -> None:
    told = derive_rows("0" * 32, note, revisions)
    assert changes(told) == events
    assert spans(told) == expected


def test_rows_of_sections_lead_to_each_other() -> None:
    told = derive_rows("0" * 32, None, line(f"# One\n\n## Two\n\n{A}\n\n# One\n\n## Two\n\n{B}\n"))
    by_id = {section.id: section for section in told.sections}
    assert [(section.path, section.line) for section in told.sections] == [
        ("One", 1),
        ("One › Two", 3),
        ("One", 7),
        ("One › Two", 9),
    ]
    for link, line_of_parent in zip(told.links, (1, 7), strict=True):
        assert link.section == "One › Two"
        assert link.section_id is not None
        parent = by_id[link.section_id].parent_id
        assert parent is not None
        assert by_id[parent].line == line_of_parent


def test_a_later_version_completes_what_was_known_in_part() -> None:
    """Read first when its base was not there, then again as a re-based head."""
    first = line("# One\n\ntext\n", f"# One\n\ntext\n\n{A}\n")[1]
    assert [row.state for row in derive_rows("0" * 32, None, [first]).revisions] == ["partial"]
    head = revision("2", "", "", f"# One\n\ntext\n\n{A}\n", DAY)
    told = derive_rows("0" * 32, None, [first], {first.id: head})
    # With it the base is known as well: a row without a number or a time.
    assert [(row.id[0], row.number, row.captured_at, row.state) for row in told.revisions] == [
        ("1", None, None, "recovered"),
        ("2", 1, f"{WHEN[1]}T22:13:20.000Z", "complete"),
    ]
    assert [link.section for link in told.links] == ["One"]


def test_ids_are_the_same_whichever_way_they_come() -> None:
    revisions = line(A, f"{A}\n{B}", B)
    told = derive_rows("0" * 32, None, revisions)
    assert derive_rows("0" * 32, None, revisions[::-1]) == told
    assert {link.id for link in derive_rows("0" * 32, None, revisions[:2]).links} == {link.id for link in told.links}
    assert all(0 < link.id < 2**53 for link in told.links)


TITLES = {"1": "A", "2": "B"}  # of notebooks


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"changes": [Change(True, "link", "Messaging › Kafka"), Change(True, "image", "Messaging › Kafka")]},
            "+1 link, +1 image under Messaging › Kafka",
        ),
        ({"changes": [Change(True, "link", None), Change(True, "link", None)]}, "+2 links"),
        ({"changes": [Change(False, "link", "A"), Change(True, "link", "B")]}, "+1 link, −1 link under A and B"),
        ({"changes": [Change(True, "link", name) for name in "ABC"]}, "+3 links in 3 sections"),
        ({"chars": (12, 3)}, "text +12, −3"),
        ({"chars": (1200, 0)}, "text +1,200"),
        ({"title": ("Old", "New")}, "renamed from “Old”"),
        ({"title": (None, "New")}, "no change to the text"),
        ({"metadata": ({"parent_id": "1"}, {"parent_id": "2"})}, "moved to another notebook"),
        ({"metadata": ({"deleted_time": 0}, {"deleted_time": 5})}, "moved to the trash"),
        ({"metadata": ({"todo_completed": 5}, {"todo_completed": 0})}, "to-do reopened"),
        ({"first": True, "chars": (5, 0)}, "first known text; text +5"),
        ({"echo": True, "chars": (5, 0)}, "state before a sync, saved again by Joplin: not an edit"),
        ({}, "no change to the text"),
        (
            {"metadata": ({"markup_language": 1}, {"markup_language": 2}), "changes": [Change(True, "link", "A")]},
            "changed to HTML",
        ),
        (
            {
                "metadata": ({"markup_language": 2}, {"markup_language": 1}),
                "changes": [Change(True, "link", "A")],
                "chars": (9, 0),
            },
            "+1 link under A; changed to Markdown",
        ),
        ({"metadata": ({}, {"markup_language": 2})}, "no change to the text"),
        ({"metadata": ({"parent_id": "1"}, {"parent_id": "2"}), "notebooks": TITLES}, "moved from “A” to “B”"),
        ({"metadata": ({"parent_id": "0"}, {"parent_id": "2"}), "notebooks": TITLES}, "moved to “B”"),
        (
            {"metadata": ({"parent_id": "1"}, {"parent_id": "0"}), "notebooks": TITLES},
            "moved from “A” to another notebook",
        ),
        ({"metadata": ({"is_todo": 0}, {"is_todo": 1})}, "made a to-do"),
        ({"metadata": ({"is_todo": 1}, {"is_todo": 0})}, "no longer a to-do"),
    ],
)
def test_summaries_are_for_people(facts: dict[str, object], expected: str) -> None:
    nothing = {
        "changes": [],
        "title": (None, None),
        "metadata": (None, None),
        "chars": (0, 0),
        "first": False,
        "echo": False,
    }
    assert summarize(**(nothing | facts)) == expected  # type: ignore[arg-type]


def test_the_whole_text_written_anew_after_a_clean_up_is_no_change() -> None:
    """Joplin deletes all revisions of a note that is old enough; the next one has no parent, and holds all of it."""
    text = f"# One\n\n{A}\n"
    new = f"# One\n\n{A}\n\nmore\n"
    history = [
        revision("1", "", "", text, DAY),
        revision("5", "", "", text, 5 * DAY),
        revision("8", "", "", new, 8 * DAY),
        revision("9", "lost", "", new, 9 * DAY),
    ]
    summaries = [row.summary for row in derive_rows("0" * 32, None, history).revisions]
    assert summaries == [
        "first known text; +1 link under One",
        "no change to the text",
        "text +6",
        "no change to the text",
    ]


def test_a_change_stands_under_the_heading_of_its_time() -> None:
    """A heading that is renamed later does not rewrite what earlier revisions say of themselves."""
    told = derive_rows(
        "0" * 32,
        None,
        line(f"# Old\n\n{A}\n\n{B}\n", f"# New\n\n{A}\n\n{B}\n", f"# New\n\n{A}\n", f"# Last\n\n{A}\n\n{C}\n"),
    )
    assert {link.text: link.section for link in told.links} == {"a": "Last", "b": "New", "c": "Last"}
    assert list(zip(changes(told), [change.section_then for change in told.changes], strict=True)) == [
        ("1+a", "Old"),
        ("1+b", "Old"),
        ("3-b", "New"),
        ("4+c", "Last"),
    ]
    assert [revision.summary for revision in told.revisions] == [
        "first known text; +2 links under Old",
        "text +3, −3",
        "−1 link under New",
        "+1 image under Last",
    ]


FILLER = [f"paragraph {number} of filler text, long enough to keep things apart\n\n" for number in range(30)]
BEFORE_HOLE = f"{A}\n\n{''.join(FILLER)}"
IN_HOLE, AFTER_HOLE = (
    BEFORE_HOLE.replace("paragraph 9", "x"),
    BEFORE_HOLE.replace("paragraph 9", "x").replace("20", "y"),
)


@pytest.mark.parametrize(
    ("later", "note", "expected"),
    [
        ([], None, (["1+a"], None)),
        ([revision("5", "4", "", AFTER_HOLE, 4 * DAY)], None, (["1+a"], None)),  # a re-based head
        ([], now(f"{AFTER_HOLE}\nmore\n", 5 * DAY), (["1+a"], None)),
        ([revision("4", "3", AFTER_HOLE, AFTER_HOLE.replace(A, ""), 3 * DAY)], None, (["1+a", "4-a"], WHEN[3])),
        ([], now("all new", 5 * DAY), (["1+a"], WHEN[5])),
    ],
)
def test_what_stood_before_a_hole_stands_until_something_shows_it_going(later, note, expected):
    """Revision 2 is lost; of 3, only the fragments around its own change are known."""
    history = [revision("1", "", "", BEFORE_HOLE, 0), revision("3", "2", IN_HOLE, AFTER_HOLE, 2 * DAY), *later]
    told = derive_rows("0" * 32, note, history)
    (link,) = told.links
    assert (changes(told), link.removed_at and link.removed_at[:10]) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (f"# A\n\n{A}\n\n{FILLER[0]}# B\n\n{FILLER[1]}", f"# A\n\n{FILLER[0]}# B\n\n{A}\n\n{FILLER[1]}", []),
        (f"# A\n\n{FILLER[0]}# B\n\n{FILLER[1]}", f"# A\n\n{FILLER[0]}# B\n\n{A}\n\n{FILLER[1]}", ["2+a"]),
    ],
)
def test_a_move_in_a_text_that_is_partly_known_is_one_link(old, new, expected):
    told = derive_rows("0" * 32, None, [revision("2", "1", FILLER[2] + old, FILLER[2] + new, DAY)])
    assert [(link.text, link.section, link.removed_at) for link in told.links] == [("a", "B", None)]
    assert changes(told) == expected


def test_nothing_goes_before_it_came():
    """A note on the target may be older than its newest revision: another device's edit became a conflict."""
    told = derive_rows("0" * 32, now(A, DAY), line(A, A, f"{A}\n{B}"))
    gone = next(link for link in told.links if link.text == "b")
    assert (gone.first_seen_at, gone.removed_at) == (told.revisions[2].captured_at, told.revisions[2].captured_at)


@pytest.mark.parametrize(
    ("is_gone", "expected"),
    [
        (True, {"a": ("2023-11-14", "2023-11-15"), "b": ("2023-11-16", None), "c": ("2023-11-15", "2023-11-16")}),
        (False, {"a": ("2023-11-14", "2023-11-16"), "b": ("2023-11-16", "2023-11-16"), "c": ("2023-11-15", None)}),
    ],
)
def test_a_note_that_has_gone_is_what_it_was_when_last_seen(is_gone, expected):
    """On permanent deletion Joplin writes one more revision, which is newer than what was last seen of the note."""
    history = [*line(A), revision("9", "", "", B, 2 * DAY)]
    told = derive_rows("0" * 32, now(C, DAY), history, is_gone=is_gone)
    spans = {
        link.text: ((link.first_seen_at or "")[:10], link.removed_at and link.removed_at[:10]) for link in told.links
    }
    assert spans == expected


def test_a_line_that_moves_up_in_a_partly_known_text_neither_comes_nor_goes() -> None:
    """diff-match-patch may show two lines that each become the next one: what one hunk brings, another takes."""
    before = "# Links\n\nsome words in between here\n- https://site.example/a\n\nother words in between\n- https://site.example/b\n"
    after = before.replace("example/b", "example/c").replace("example/a", "example/b")
    hunks = diff(before, after)
    told = derive_rows("0" * 32, None, [replace(revision("2", "1", before, after, DAY), body_diff=hunks)])
    assert [(link.url[-1], link.removed_at) for link in told.links] == [("c", None)]
    assert [change.change for change in told.changes] == ["added"]


def test_each_change_says_whether_its_time_is_known() -> None:
    """A link comes back in a whole text after a hole: by then, but it may have been long before."""
    head = revision("9", "8", "", f"{A}\n", 80 * DAY)
    history = [*line(f"{A}\n", "x\n"), replace(head, created_time=1)]
    told = derive_rows("0" * 32, None, history)
    changes_told = [(change.change, change.revision_id[0], change.is_dated) for change in told.changes]
    assert changes_told == [("added", "1", 0), ("removed", "2", 1), ("added", "9", 0)]
