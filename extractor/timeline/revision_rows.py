"""The rows of `revisions` of one note, and the problems with reading them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from extractor.joplin.history import Replayed, State
from extractor.texts import common_end, common_start, without_lone_surrogates
from extractor.timeline.rows import LONGEST_TITLE, LOST, ChangeRow, LinkRow, ProblemRow, RevisionRow, shortened
from extractor.timeline.summary import Change, summarize
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from extractor.markdown import SharedDocument


MOST_LINES = 5  # lines of too long headings that a problem names


def revision_rows(
    texts: Sequence[Replayed],
    bases: Sequence[int | None],
    name: str,
    links: Sequence[LinkRow],
    changes: Sequence[ChangeRow],
    recorded: Mapping[str, int],
    notebooks: Mapping[str, str] | None = None,
) -> list[RevisionRow]:
    """A row for each text; `bases` has the index of the text that each was made from, `recorded` times in ms by id.

    `name` is used in the label of a text that has no title; `notebooks` are titles by id.
    """
    by_link = {row.id: row for row in links}
    by_revision: dict[str, list[ChangeRow]] = defaultdict(list)
    for change in changes:
        by_revision[change.revision_id].append(change)
    rows = []
    for i, text in enumerate(texts):
        mine = by_revision[text.id]
        base_at = bases[i]
        base = texts[base_at] if base_at is not None else _before_clean_up(texts, i)
        captured = iso(text.captured_at)
        rows.append(
            RevisionRow(
                id=text.id,
                note_id=text.note_id,
                parent_id=text.parent_id,
                number=text.number or None,
                label=without_lone_surrogates(_label(text, name, captured)),
                captured_at=captured,
                recorded_at=iso(recorded.get(text.id, text.recorded_at)),
                title=without_lone_surrogates(shortened(text.title)) if text.title is not None else None,
                state=str(text.state),
                chars_added=text.chars_added,
                chars_removed=text.chars_removed,
                links_added=sum(change.change == "added" for change in mine),
                links_removed=sum(change.change == "removed" for change in mine),
                text_added=without_lone_surrogates("\n".join(text.text_added)),
                text_removed=without_lone_surrogates("\n".join(text.text_removed)),
                hunks=text.hunks,
                hunks_failed=text.hunks_failed,
                summary=without_lone_surrogates(_summary(text, base, mine, by_link, notebooks or {})),
                is_echo=int(text.echo),
            )
        )
    return rows


def _label(text: Replayed, name: str, captured: str | None) -> str:
    """`System design links #14 (2024-11-01)`."""
    number = f"#{text.number}" if text.number else LOST
    return f"{shortened(text.title or name)} {number}" + (f" ({captured[:10]})" if captured else "")


def _short(title: str | None) -> str | None:
    return None if title is None else shortened(title)


def _before_clean_up(texts: Sequence[Replayed], i: int) -> Replayed | None:
    """The latest whole text before one that was made from nothing although the note had a text.

    When Joplin's clean-up has deleted all revisions of a note, the next one contains the whole text again; so does the
    oldest that it keeps of each branch (models/Revision.ts, deleteOldRevisions).
    """
    if texts[i].state is not State.COMPLETE:
        return None
    return next((text for text in reversed(texts[:i]) if text.text is not None), None)


def _chars(text: Replayed, base: Replayed | None) -> tuple[int, int]:
    """How many characters were added and removed: from the diff, or by comparing if it is from nothing after a text."""
    if text.base_id is not None or base is None or base.text is None or text.text is None:
        return text.chars_added, text.chars_removed
    before, after = base.text.text, text.text.text
    shorter = min(len(before), len(after))
    same = common_start(before, after, shorter)
    same += common_end(before, after, shorter - same)
    return len(after) - same, len(before) - same


def _summary(
    text: Replayed,
    base: Replayed | None,
    changes: Sequence[ChangeRow],
    by_link: Mapping[int, LinkRow],
    notebooks: Mapping[str, str],
) -> str:
    if not text.number:
        return "a lost revision: its text is known from later ones"
    if text.state is State.ENCRYPTED:
        return "the note was locked: its text cannot be read"
    return summarize(
        [
            Change(change.change == "added", by_link[change.link_id].kind, change.section_then)
            for change in changes
            if change.change != "respelled"
        ],
        respelled=sum(change.change == "respelled" for change in changes),
        title=(_short(base.title) if base else None, _short(text.title)),
        metadata=(base.metadata if base else None, text.metadata),
        chars=_chars(text, base),
        first=text.number == 1 and text.text is not None,
        echo=text.echo,
        notebooks=notebooks,
    )


def reading_problems(item_id: str, document: SharedDocument | None) -> list[ProblemRow]:
    """What could not be read, or is not kept, of a text, as problems of the item that contains the text."""
    if document is None:
        return []
    found = []
    if document.problems:
        detail = "; ".join(f"from line {problem.line} on: {problem.reason}" for problem in document.problems)
        found.append(ProblemRow(item_id, "partly read", detail))
    headings = zip(document.headings, document.heading_lines, strict=True)
    long = [line for heading, line in headings if len(heading.title) > LONGEST_TITLE]
    if long:
        lines = ", ".join(map(str, long[:MOST_LINES])) + ", ..." * (len(long) > MOST_LINES)
        detail = f"Only the start of headings longer than {LONGEST_TITLE} characters is kept: line {lines}"
        found.append(ProblemRow(item_id, "long heading", detail))
    return found


def problem_rows(texts: Sequence[Replayed]) -> list[ProblemRow]:
    """A problem for each revision of which something cannot be read."""
    return [
        ProblemRow(text.id, "unreadable diff" if text.state is State.UNREADABLE else "odd revision", text.problem)
        for text in texts
        if text.problem
    ]
