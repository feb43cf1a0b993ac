"""Measure a note that grows by one link per revision, as paragraphs, as one list, and as sections.

    python bench/growth.py [REVISIONS]   the length of the longer history (default 1200); the other is half as long

Following is compared with parsing the last text once, and deriving the rows of the whole history with one of half the
length: if each revision costs the same, twice as many cost twice as much.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from extractor.joplin.items import Revision
from extractor.markdown import Follower, parse
from extractor.timeline import derive_rows

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES = {
    "paragraphs": "{link}\n\n",
    "a list": "- {link}\n",
    "a loose list": "- {link}\n\n",
    "a numbered list": "{n}. {link}\n",
    "sections": "## Heading {n}\n\n{link}\n\n",
}
NOTE = "0" * 32
DAY = 86_400_000


class Edit(NamedTuple):
    """The place and the text of an insertion, and the resulting body."""

    at: int
    added: str
    body: str


def growth(shape: str, revisions: int, *, at_top: bool) -> list[Edit]:
    """The insertion of each revision, below a heading or at the end."""
    edits = [Edit(0, "# Links\n\n", "# Links\n\n")]
    top = len(edits[0].body)
    for n in range(1, revisions):
        body = edits[-1].body
        added = SHAPES[shape].format(n=n, link=f"[Article {n} about something](https://example.com/{n}/article)")
        at = top if at_top else len(body)
        edits.append(Edit(at, added, body[:at] + added + body[at:]))
    return edits


def revision(number: int, edit: Edit, before: str) -> Revision:
    """A revision as Joplin writes it, with four characters of context."""
    start = max(edit.at - 4, 0)
    around = before[start : edit.at], before[edit.at : edit.at + 4]
    hunk = {
        "diffs": [[0, around[0]], [1, edit.added], [0, around[1]]],
        "start1": start,
        "start2": start,
        "length1": sum(map(len, around)),
        "length2": sum(map(len, around)) + len(edit.added),
    }
    return Revision(
        id=f"{number:032x}",
        parent_id=f"{number - 1:032x}" if number > 1 else "",
        item_id=NOTE,
        item_updated_time=number * DAY,
        updated_time=number * DAY,
        title_diff="[]",
        body_diff=json.dumps([hunk]),
        metadata_diff='{"new":{},"deleted":[]}',
    )


def seconds(task: Callable[[], object]) -> float:
    """CPU time, without garbage collections, which are rare in a build."""
    gc.disable()
    start = time.process_time()
    task()
    taken = time.process_time() - start
    gc.enable()
    return taken


def measure(shape: str, revisions: int, *, at_top: bool) -> tuple[float, float]:
    """The time of following, in parses of the last text, and that of deriving the rows, in seconds."""
    edits = growth(shape, revisions, at_top=at_top)
    follower = Follower()
    followed = seconds(lambda: [follower.follow(edit.body) for edit in edits])
    parsed = min(seconds(lambda: parse(edits[-1].body)) for _ in range(3))
    befores = ["", *(edit.body for edit in edits)]
    history = [revision(n, edit, befores[n - 1]) for n, edit in enumerate(edits, 1)]
    return followed / parsed, seconds(lambda: derive_rows(NOTE, None, history))


def main() -> None:
    """Print a line for each shape and each place at which it grows."""
    revisions = int(sys.argv[1]) if len(sys.argv) > 1 else 1200
    print(f"{revisions} revisions of a note, one more link in each; following them in parses of the last text")
    print(f"{'':28}{'followed':>10}{'told, s':>10}{'by half as many':>18}")
    for shape in SHAPES:
        for at_top in (False, True):
            _, half = measure(shape, revisions // 2, at_top=at_top)
            followed, told = measure(shape, revisions, at_top=at_top)
            name = f"{shape}, at the {'top' if at_top else 'end'}"
            print(f"{name:<28}{followed:10.1f}{told:10.2f}{told / half:17.1f}x")


if __name__ == "__main__":
    main()
