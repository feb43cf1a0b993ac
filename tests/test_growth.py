"""A note costs by its length: twice as much of it takes at most about twice the time, and bounded room."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from catalogues import catalogue, rows

from extractor.joplin.items import Note, Revision
from extractor.timeline import derive_rows
from extractor.timeline.rows import LONGEST_TITLE, section_path, shortened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOTE = "1" * 32
DAY = 86_400_000
PER_LINK, PER_HEADING, PER_NOTE = 1500, 600, 3  # bytes, and times the note

BODIES = {
    "headings": lambda n: "# Top\n" + "## h\n" * n,
    "other headings": lambda n: "# Top\n" + "".join(f"## h{i}\n" for i in range(n)),
    "links": lambda n: "\n".join(f"- https://e.example/{i}" for i in range(n)),
    "links in a line": lambda n: " ".join(f"https://e.example/{i}" for i in range(n)),
    "words and links in a line": lambda n: " ".join(f"alpha{i} beta{i} [gamma{i}](https://e.example/{i})" for i in range(n)),  # noqa: E501
    "fancy links in a line": lambda n: " ".join(f"𝗞𝗮𝗳𝗸𝗮{i} https://e.example/{i}" for i in range(n)),
    "fancy links in lines": lambda n: "".join(f"𝗞𝗮𝗳𝗸𝗮{i} https://e.example/{i}" + "\n "[i % 20 > 0] * 2 for i in range(n)),  # noqa: E501
    "one link": lambda n: "- https://e.example/a\n" * n,
    "a long heading": lambda n: "# " + "w " * 20 * n + "\n\n" + "\n".join(f"- https://e.example/{i}" for i in range(n)),
    "a rule below text": lambda n: "w " * 20 * n + "\n---\n" + "\n".join(f"- https://e.example/{i}" for i in range(n)),
    "links in sections": lambda n: "".join(f"## h{i}\n\nhttps://e.example/{i}\n\n" for i in range(n)),
}  # fmt: skip


def revision(number: int, parent: str, start: int, *diffs: tuple[int, str]) -> Revision:
    text = [sum(len(text) for op, text in diffs if op != skipped) for skipped in (1, -1)]
    hunk = {"diffs": diffs, "start1": start, "start2": start, "length1": text[0], "length2": text[1]}
    at = 1_700_000_000_000 + number * DAY
    properties = json.dumps({"new": {"id": NOTE} if not parent else {}, "deleted": []})
    return Revision(
        id=f"{number:032x}", updated_time=at, created_time=at, parent_id=parent, item_type=1, item_id=NOTE,
        item_updated_time=at, title_diff="[]", body_diff=json.dumps([hunk]), metadata_diff=properties,
    )  # fmt: skip


def at_once(body: str) -> list[Revision]:
    return [revision(1, "", 0, (1, body))]


def gone_and_back(body: str) -> list[Revision]:
    one = revision(1, "", 0, (1, body))
    two = revision(2, one.id, 0, (-1, body))
    return [one, two, revision(3, two.id, 0, (1, body))]


def known_in_part(body: str) -> list[Revision]:
    return [revision(2, "f" * 32, 10, (0, "abcd"), (1, body), (0, "efgh"))]


def going_in_part(body: str) -> list[Revision]:
    return [revision(1, "", 0, (1, body)), revision(2, "f" * 32, 10, (0, "abcd"), (-1, body), (0, "efgh"))]


@pytest.mark.parametrize("history", [at_once, gone_and_back, known_in_part, going_in_part])
@pytest.mark.parametrize("shape", ["headings", "links", "one link"])
def test_time(shape: str, history: Callable[[str], list[Revision]]) -> None:
    """Four times as much takes at most so many times longer as is linear, and some noise; 16 times would be squared."""
    partly = history in {known_in_part, going_in_part}
    few, many = (history(BODIES[shape](n)) for n in ((100, 400) if partly else (500, 2000)))
    derive_rows(NOTE, None, few)
    # Others may disturb one measurement, but hardly three.
    assert any(timed(many) < 13 * timed(few) for _ in range(3))


def timed(revisions: list[Revision]) -> float:
    start = time.process_time()
    derive_rows(NOTE, None, revisions)
    return time.process_time() - start


@pytest.mark.parametrize("shape", BODIES)
def test_room(tmp_path: Path, shape: str) -> None:
    def size(body: str, name: str) -> int:
        folder = tmp_path / name
        folder.mkdir()
        return catalogue(folder, Note(id=NOTE, updated_time=1, title="Log", body=body)).stat().st_size

    body = BODIES[shape](1000)
    headings = 1000 if "heading" in shape or "sections" in shape else 1
    links = 0 if shape.endswith("headings") else 1000
    grown = size(body, "full") - size("", "empty")
    assert grown < PER_NOTE * len(body.encode()) + PER_LINK * links + PER_HEADING * headings


def test_a_long_heading_is_told(tmp_path: Path) -> None:
    db = catalogue(
        tmp_path, Note(id=NOTE, updated_time=1, title="Log", body="text\n\n# " + "w " * 200 + "\n\n## inside")
    )
    assert max(map(len, rows(db, "SELECT title FROM sections"))) <= LONGEST_TITLE
    assert rows(db, "SELECT item_id, kind, detail FROM problems") == [
        (NOTE, "long heading", "Only the start of headings longer than 300 characters is kept: line 3")
    ]


@pytest.mark.parametrize(
    ("titles", "path"),
    [
        (["Messaging", "Kafka"], "Messaging › Kafka"),
        (["a" * 140, "b" * 140], f"{'a' * 140} › {'b' * 140}"),
        (["a" * 200, "short"], f"{'a' * 200} › short"),
        (["a" * 400], f"{'a' * 57}…"),
        (["a" * 400, "short", "c" * 20], f"{'a' * 17}… › short › {'c' * 17}…"),
        (["a"] * 200, " › ".join("a" * 200)),
    ],
)
def test_paths(titles: list[str], path: str) -> None:
    assert section_path(titles) == path


def test_titles() -> None:
    assert shortened("a" * 300) == "a" * 300
    assert shortened("a" * 301) == "a" * 299 + "…"
