"""Write a note with a long history to a folder like one that Joplin synchronises with: one more link per revision.

    python bench/long_note.py FOLDER [REVISIONS [CHARACTERS]]

By default there are 2,500 revisions, whose texts have about 300,000 characters each. Now and then two devices edit
before they sync: both revisions are made from the same one, and the next one has the links of both.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from diff_match_patch import diff_match_patch

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = "b" * 32
REVISIONS, CHARACTERS = 2500, 300_000
BRANCHES_EVERY = 150  # revisions
BEGIN = datetime(2021, 1, 1, tzinfo=UTC)
STEP = timedelta(hours=7)
A_SECTION = 40  # links in a section at first
WORDS = (
    *("queue", "index", "latency", "cache", "storage", "schema", "replica"),
    *("shard", "vector", "compiler", "kernel", "proxy", "café", "naïve"),
)
CHANGED = '{"new":{"updated_time":%d},"deleted":[]}'
CREATED = (
    '{"new":{"id":"%s","parent_id":"","is_conflict":0,"latitude":"0.00000000","is_todo":0,"source_url":"",'
    '"updated_time":%d,"markup_language":1},"deleted":[]}'
)


@dataclass(frozen=True, slots=True)
class Step:
    """One revision: its number from 1, that of its parent (0 for none), its time in ms, and its text."""

    number: int
    parent: int
    at: int
    before: str
    text: str


def steps(revisions: int = REVISIONS, characters: int = CHARACTERS, seed: int = 0) -> Iterator[Step]:
    """The history of the note, the same for the same seed."""
    chance = random.Random(seed)
    text = _first(chance, characters - revisions * len(_link(chance, 0)) // 2)
    latest = Step(1, 0, _at(1), "", text)
    yield latest
    number = 1
    while number < revisions:
        number += 1
        after = Step(number, latest.number, _at(number), latest.text, _with_link(chance, latest.text, number))
        yield after
        if number % BRANCHES_EVERY or number + 2 > revisions:
            latest = after
            continue
        beside = Step(
            number + 1, latest.number, _at(number + 1), latest.text, _with_link(chance, latest.text, number + 1)
        )
        yield beside
        number += 2
        both = _with_link(chance, _merged(latest.text, after.text, beside.text), number)
        latest = Step(number, beside.number, _at(number), beside.text, both)
        yield latest


def _at(number: int) -> int:
    return int((BEGIN + number * STEP).timestamp() * 1000)


def _link(chance: random.Random, number: int) -> str:
    words = " ".join(chance.choices(WORDS, k=3))
    return f"- [{words} {number:05}](https://site{number % 400}.example/{number:05}/{chance.choice(WORDS)})\n"


def _first(chance: random.Random, characters: int) -> str:
    """The first text: sections of links, and some prose."""
    parts = ["# Links\n\n"]
    length = number = 0
    while length < characters:
        if number % A_SECTION == 0:
            prose = " ".join(chance.choices(WORDS, k=60)).capitalize()
            parts.append(f"\n## Section {number // A_SECTION}\n\n{prose}.\n\n")
            length += len(parts[-1])
        number += 1
        parts.append(_link(chance, 90_000 + number))
        length += len(parts[-1])
    return "".join(parts)


def _with_link(chance: random.Random, text: str, number: int) -> str:
    """The text with one more link, inserted before some other."""
    at = text.find("\n- ", chance.randrange(len(text) // 2, len(text)) if number % 3 else 0) + 1
    at = at or text.rfind("\n- ") + 1
    return text[:at] + _link(chance, number) + text[at:]


def _merged(base: str, one: str, other: str) -> str:
    """The text with both edits, each of which inserted one line."""
    at = next((i for i, (a, b) in enumerate(zip(base, one, strict=False)) if a != b), len(base))
    at = base.rfind("\n", 0, at) + 1
    line = one[at : one.index("\n", at) + 1]
    return _put(other, base[at : at + 40], line)


def _put(text: str, before: str, line: str) -> str:
    at = text.index(before)
    return text[:at] + line + text[at:]


def patch(old: str, new: str) -> str:
    """The diff of a body as Joplin stores it: the patches of diff-match-patch, as JSON."""
    return json.dumps(
        [
            {"diffs": p.diffs, "start1": p.start1, "start2": p.start2, "length1": p.length1, "length2": p.length2}
            for p in diff_match_patch().patch_make(old, new)
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _escaped(text: str) -> str:
    return text.replace("\\n", "\\\\n").replace("\\r", "\\\\r").replace("\n", "\\n").replace("\r", "\\r")


def revision_item(step: Step, *, note: str = NOTE, revision: str = "", parent: str = "") -> str:
    """The item file of a revision (BaseItem.ts, serialize); ids that are not given are made from the numbers."""
    title = json.dumps(patch("", "Links")) if step.number == 1 else json.dumps("[]")
    fields = {
        "id": revision or f"{step.number:032x}",
        "parent_id": (parent or f"{step.parent:032x}") if step.parent else "",
        "item_type": 1,
        "item_id": note,
        "item_updated_time": step.at,
        "title_diff": _escaped(title),
        "body_diff": _escaped(json.dumps(patch(step.before, step.text), ensure_ascii=False)),
        "metadata_diff": CREATED % (note, step.at) if step.number == 1 else CHANGED % step.at,
        "encryption_cipher_text": "",
        "encryption_applied": 0,
        "updated_time": _time(step.at + 60_000),
        "created_time": _time(step.at + 60_000),
        "type_": 13,
    }
    return "\n".join(f"{name}: {value}" for name, value in fields.items())


def note_item(step: Step, note: str = NOTE) -> str:
    """The item file of the note after a step."""
    fields = {
        "id": note,
        "parent_id": "",
        "created_time": _time(_at(1)),
        "updated_time": _time(step.at),
        "is_conflict": 0,
        "source_url": "",
        "is_todo": 0,
        "user_created_time": _time(_at(1)),
        "user_updated_time": _time(step.at),
        "markup_language": 1,
        "deleted_time": 0,
        "type_": 1,
    }
    return "\n\n".join(["Links", step.text, "\n".join(f"{name}: {value}" for name, value in fields.items())])


def write(folder: Path, revisions: int = REVISIONS, characters: int = CHARACTERS, *, hold_back: int = 0) -> list[Path]:
    """Write the items to a folder, but the last `hold_back` revisions to `FOLDER-later`; returns the files of those."""
    folder.mkdir(parents=True, exist_ok=True)
    later = folder.with_name(f"{folder.name}-later")
    later.mkdir(exist_ok=True)
    held: list[Path] = []
    for step in steps(revisions, characters):
        is_held = step.number > revisions - hold_back
        place = (later if is_held else folder) / f"{step.number:032x}.md"
        place.write_text(revision_item(step), encoding="utf-8")
        if is_held:
            held.append(place)
        if step.number == revisions - hold_back:
            (folder / f"{NOTE}.md").write_text(note_item(step), encoding="utf-8")
        if is_held:
            (later / f"{NOTE}.{step.number}").write_text(note_item(step), encoding="utf-8")
    return held


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
