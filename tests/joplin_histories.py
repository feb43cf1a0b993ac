"""Histories for tests: made as Joplin makes them, or read from the corpora."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from diff_match_patch import diff_match_patch

from extractor.errors import ItemError
from extractor.joplin.hunks import to_units
from extractor.joplin.item_reader import parse_item
from extractor.joplin.items import Note, Revision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROPERTIES = json.dumps({"new": {"id": "note", "order": 1}, "deleted": []})
NO_PROPERTIES = json.dumps({"new": {}, "deleted": []})


def diff(old: str, new: str) -> str:
    """A patch as Joplin makes it."""

    def chars(text: str) -> str:
        return "".join(map(chr, memoryview(to_units(text)).cast("H")))

    return json.dumps(
        [
            {"diffs": p.diffs, "start1": p.start1, "start2": p.start2, "length1": p.length1, "length2": p.length2}
            for p in diff_match_patch().patch_make(chars(old), chars(new))
        ]
    )


def revision(id_: str, parent_id: str, body_diff: str, at: int = 0, **others: Any) -> Revision:
    others = {"title_diff": "[]", "metadata_diff": NO_PROPERTIES, "updated_time": at} | others
    return Revision(id_, item_id="note", parent_id=parent_id, body_diff=body_diff, item_updated_time=at, **others)


def chain(*texts: str, start: int = 1) -> list[Revision]:
    """r1, r2, ... with these texts, one minute apart."""
    return [
        revision(
            f"r{number}",
            f"r{number - 1}" if number > 1 else "",
            diff(texts[number - 2] if number > 1 else "", text),
            at=number * 60_000,
            title_diff=diff("", "Title") if number == 1 else "[]",
            metadata_diff=PROPERTIES if number == 1 else NO_PROPERTIES,
        )
        for number, text in enumerate(texts, 1)
    ][start - 1 :]


def histories(folder: Path) -> dict[str, list[Revision]]:
    """The revisions of each note in a sync target, by note id."""
    revisions: dict[str, list[Revision]] = defaultdict(list)
    for item in _items(folder):
        if isinstance(item, Revision):
            revisions[item.item_id].append(item)
    return revisions


def current_notes(folder: Path) -> dict[str, Note]:
    """The current notes of a sync target, by id."""
    return {item.id: item for item in _items(folder) if isinstance(item, Note)}


def _items(folder: Path) -> Iterator[object]:
    for path in folder.glob("*.md"):
        with suppress(ItemError):
            yield parse_item(path.read_bytes().decode("utf-8"))


def truths(corpora: Callable[[str], Path], name: str) -> dict[str, dict[str, Any]]:
    # The texts contain characters at which splitlines() would split.
    lines = (corpora("truth") / f"{name}.jsonl").read_text("utf-8").split("\n")
    return {line["id"]: line for line in map(json.loads, filter(None, lines))}
