"""The three diffs of a revision: title, body, properties."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.errors import PatchError
from extractor.joplin.hunks import INSERT, Hunk
from extractor.joplin.patch import parse_patch
from extractor.joplin.properties import ObjectPatch, parse_object_patch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.joplin.items import Revision

_MAY_BE_FROM_NOTHING = re.compile(r'"length1"\s*:\s*0\b|^@@ -0,0 ')


@dataclass(slots=True)
class Diffs:
    """The three diffs of a revision; one that cannot be read is None, and `problems` says why."""

    title: Sequence[Hunk] | None
    body: Sequence[Hunk] | None
    metadata: ObjectPatch | None
    problems: list[str]


def read_diffs(revision: Revision) -> Diffs:
    """Parse the diffs, each separately: a broken one does not affect the others."""
    diffs = Diffs(None, None, None, [])
    try:
        diffs.body = parse_patch(revision.body_diff)
    except PatchError as error:
        diffs.problems.append(f"Its text cannot be read. {error}")
    try:
        diffs.title = parse_patch(revision.title_diff)
    except PatchError as error:
        diffs.problems.append(f"Its title cannot be read. {error}")
    try:
        diffs.metadata = parse_object_patch(revision.metadata_diff)
    except PatchError as error:
        diffs.problems.append(f"Its properties cannot be read. {error}")
    return diffs


def from_nothing(hunks: Sequence[Hunk] | None) -> bool:
    """Whether the base of this diff was an empty text: it is a single insertion without context."""
    if not hunks or len(hunks) > 1:
        return False
    (hunk,) = hunks
    return hunk.start1 == hunk.start2 == hunk.length1 == 0 and {op for op, _ in hunk.diffs} == {INSERT}


def is_from_nothing(diff: str) -> bool:
    """Like `from_nothing`, for a diff as Joplin writes it; False if it cannot be read."""
    if _MAY_BE_FROM_NOTHING.search(diff) is None:  # by far the most
        return False
    try:
        return from_nothing(parse_patch(diff))
    except PatchError:
        return False
