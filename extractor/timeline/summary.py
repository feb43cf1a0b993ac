"""The summary of what a revision changed, in one line: `+1 link, +1 image under Messaging › Kafka`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from extractor.timeline.rows import HTML

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_SECTIONS = 2
MOVED = ("% to another notebook%", "%moved from “%", "%moved to “%")
"""Patterns, for SQL's LIKE, of the parts that name notebooks."""


class Change(NamedTuple):
    """A link or image that came (`added`) or went; `section` is the path of its section, None if unknown."""

    added: bool
    kind: str
    section: str | None


def summarize(  # noqa: PLR0913 -- what a revision may have changed, each by its name
    changes: Sequence[Change],
    *,
    respelled: int = 0,
    title: tuple[str | None, str | None],
    metadata: tuple[Mapping[str, object] | None, Mapping[str, object] | None],
    chars: tuple[int, int],
    first: bool,
    echo: bool,
    notebooks: Mapping[str, str] | None = None,
) -> str:
    """Summarise one revision; `respelled` is how many addresses are written differently.

    `title` and `metadata` are pairs (before, after), `chars` is (added, removed); `notebooks` are titles by id.
    """
    if echo:
        return "state before a sync, saved again by Joplin: not an edit"
    parts = ["first known text"] if first else []
    markup = _markup(metadata)
    if any(chars) or not markup:  # else only the same text is read differently: nobody saved or removed a link
        parts += _links(changes) + _respelled(respelled)
    parts += markup + _note(title, metadata, notebooks or {})
    if not changes and not respelled and any(chars):
        parts.append("text " + ", ".join(f"{sign}{n:,}" for sign, n in zip("+−", chars, strict=True) if n))
    return "; ".join(parts) or "no change to the text"


def _respelled(number: int) -> list[str]:
    return [f"{number} address{'es' if number > 1 else ''} respelled"] if number else []


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


def _markup(metadata: tuple[Mapping[str, object] | None, Mapping[str, object] | None]) -> list[str]:
    """A part that says that the text changed from Markdown to HTML, or back; none if it did not, or is unknown."""
    before, after = (None if one is None else one.get("markup_language") for one in metadata)
    if before is None or after is None or (before == HTML) == (after == HTML):
        return []
    return ["changed to HTML" if after == HTML else "changed to Markdown"]


def _moved(before: object, after: object, notebooks: Mapping[str, str]) -> str:
    """`moved from “A” to “B”`, as far as the notebooks are known."""
    from_, to = (notebooks.get(one) if isinstance(one, str) else None for one in (before, after))
    parts = [f"from “{from_}”"] if from_ is not None else []
    return " ".join(["moved", *parts, f"to “{to}”" if to is not None else "to another notebook"])


def _note(
    title: tuple[str | None, str | None],
    metadata: tuple[Mapping[str, object] | None, Mapping[str, object] | None],
    notebooks: Mapping[str, str],
) -> list[str]:
    """What happened to the note itself: to its name, notebook, presence in the trash, or to-do state."""
    parts = []
    if None not in title and title[0] != title[1]:
        parts.append(f"renamed from “{title[0]}”" if title[0] else "named")
    before, after = metadata
    if before is None or after is None:
        return parts
    if before.get("parent_id") != after.get("parent_id"):
        parts.append(_moved(before.get("parent_id"), after.get("parent_id"), notebooks))
    for key, yes, no in (
        ("deleted_time", "moved to the trash", "restored from the trash"),
        ("is_todo", "made a to-do", "no longer a to-do"),
        ("todo_completed", "to-do completed", "to-do reopened"),
    ):
        if bool(before.get(key)) != bool(after.get(key)):
            parts.append(yes if after.get(key) else no)
    return parts
