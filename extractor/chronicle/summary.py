"""One line for people on what a revision changed: `+1 link, +1 image under Messaging › Kafka`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_SECTIONS = 2


class Change(NamedTuple):
    """A link or image that came (`added`) or went; `section` is the path where it stands, None where unknown."""

    added: bool
    kind: str
    section: str | None


def summarize(
    changes: Sequence[Change],
    *,
    respelled: int = 0,
    title: tuple[str | None, str | None],
    metadata: tuple[Mapping[str, object] | None, Mapping[str, object] | None],
    chars: tuple[int, int],
    first: bool,
    echo: bool,
) -> str:
    """Sum up one revision; `respelled` is how many links are written otherwise.

    `title` and `metadata` are pairs (before, after), `chars` is (added, removed).
    """
    if echo:
        return "state before a sync, written again by Joplin: not an edit"
    parts = _links(changes)
    if respelled:
        parts.append(f"{respelled} address{'es' if respelled > 1 else ''} respelled")
    parts += _note(title, metadata)
    if first:
        parts.insert(0, "first known text")
    if not changes and not respelled and any(chars):
        parts.append("text " + ", ".join(f"{sign}{n:,}" for sign, n in zip("+−", chars, strict=True) if n))
    return "; ".join(parts) or "no change of text"


def _links(changes: Sequence[Change]) -> list[str]:
    """`+1 link, −1 image under Messaging › Kafka`."""
    counts = Counter((change.added, change.kind) for change in changes)
    words = []
    for added, sign in ((True, "+"), (False, "−")):
        for kind in ("link", "image"):
            n = counts[added, kind]
            if n:
                words.append(f"{sign}{n} {kind}{'s' if n > 1 else ''}")
    if not words:
        return []
    sections = list(dict.fromkeys(change.section for change in changes if change.section))
    if not sections:
        where = ""
    elif len(sections) <= MOST_SECTIONS:
        where = " under " + " and ".join(sections)
    else:
        where = f" in {len(sections)} sections"
    return [", ".join(words) + where]


def _note(
    title: tuple[str | None, str | None], metadata: tuple[Mapping[str, object] | None, Mapping[str, object] | None]
) -> list[str]:
    """What happened to the note itself: its name, notebook, the trash, the to-do box."""
    parts = []
    if None not in title and title[0] != title[1]:
        parts.append(f"renamed from “{title[0]}”" if title[0] else "named")
    before, after = metadata
    if before is None or after is None:
        return parts
    if before.get("parent_id") != after.get("parent_id"):
        parts.append("moved to another notebook")
    for key, yes, no in (
        ("deleted_time", "moved to the trash", "taken back from the trash"),
        ("todo_completed", "to-do completed", "to-do opened again"),
    ):
        if bool(before.get(key)) != bool(after.get(key)):
            parts.append(yes if after.get(key) else no)
    return parts
