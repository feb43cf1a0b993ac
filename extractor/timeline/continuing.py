"""The rows of a note whose history has only grown, without replaying what was known before.

The last known revision is the first version here, and its sections and links continue their existing rows: the row
says since when each has been there, the new versions say when it went. All other rows stay as they
are. Anything that could change them raises NotContinuedError, so that the whole history is derived: a section or link
that comes back, a text that another revision may have had, a revision that does not fit the one before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from extractor.errors import PatchError
from extractor.joplin.diffs import read_diffs
from extractor.joplin.history import Replayed, State, replay_further
from extractor.joplin.hunks import to_units
from extractor.joplin.patch import apply_patch
from extractor.markdown import SharedDocument
from extractor.timeline.bounds import Evidence
from extractor.timeline.derivation import Derivation
from extractor.timeline.derive import created_at, known_title, problems_of_latest
from extractor.timeline.keyframes import kept_whole
from extractor.timeline.known_rows import Before, KnownRows, NotContinuedError
from extractor.timeline.names import NamedSection, note_name
from extractor.timeline.reading import ReadResult
from extractor.timeline.revision_rows import problem_rows, revision_rows
from extractor.timeline.rows import LinkRow, NoteRows, SectionRow
from extractor.timeline.summary import MOST_SECTIONS
from extractor.timeline.versions import bases_of, versions_of, versions_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from extractor.joplin.items import Note, Revision
    from extractor.timeline.rows import ChangeRow
    from extractor.timeline.tracked import Lifetime, Tracked

Row = TypeVar("Row", SectionRow, LinkRow)


@dataclass(frozen=True, slots=True)
class LastKnown:
    """The last revision that has rows, and what is known up to it.

    `replayed` returns all texts up to it.
    """

    text: Replayed
    before: Before
    replayed: Callable[[], Sequence[Replayed]]


def continue_rows(
    note: Note, last: LastKnown, revisions: Sequence[Revision], notebooks: Mapping[str, str] | None = None
) -> NoteRows:
    """The rows that are new or changed, given these revisions and the current note; `notebooks` are titles by id.

    Each revision is made from the one before, the first one from the last known revision. Raises NotContinuedError.
    """
    texts = replay_further(last.text, revisions)
    _check_fit(texts, revisions)
    versions = versions_of(texts, note)
    before = last.before
    if not versions[-1].descends:
        before = before._replace(before_now=_before_now(note, [*last.replayed(), *texts[1:]]))
    derived = Derivation(note.id, versions, created_at(note, texts), before)
    derived.links = _in_order_of_coming(derived.links, before.links)
    _check_not_back(derived.sections.lifetimes, before.sections)
    _check_not_back(derived.links.lifetimes, before.links)
    sections = _since_they_came(map(derived.section, derived.sections.lifetimes), before.sections)
    links = _since_they_came(map(derived.link, derived.links.lifetimes), before.links)
    changes = derived.changes(links, since=1)
    _check_order(changes, before.links)
    problems = (*problem_rows(texts), *problems_of_latest(note.id, versions))
    if problems:
        raise NotContinuedError
    headings = [NamedSection(row.line, row.level, row.path, row.title) for row in sections if not row.removed_at]
    name = note_name(note.id, known_title(note, texts, texts[-1].title), headings)
    recorded = {revision.id: revision.created_time or revision.updated_time for revision in revisions}
    rows = revision_rows(texts, bases_of(texts), name, links, changes, recorded, notebooks)
    return NoteRows(
        note_id=note.id,
        title=texts[-1].title,
        metadata=texts[-1].metadata or {},
        revisions=tuple(rows[1:]),
        sections=tuple(sections),
        links=tuple(links),
        changes=tuple(changes),
        problems=(),
        rebuilt={},
        keyframes=tuple(row for row in kept_whole(note.id, texts) if row.revision_id != last.text.id),
    )


def _check_fit(texts: Sequence[Replayed], revisions: Sequence[Revision]) -> None:
    """Raise NotContinuedError unless each text is certainly what its diffs make from the one before.

    That may not be what Joplin shows.
    """
    for before, after, revision in zip(texts, texts[1:], revisions, strict=False):
        is_whole = after.state is State.COMPLETE and after.base_id == before.id and after.metadata is not None
        # Joplin dates an edit 1 ms after the old state, which may be an echo of any earlier text.
        if not is_whole or after.captured_at - before.captured_at <= 1 or not _is_titled(before, revision):
            raise NotContinuedError


def _is_titled(before: Replayed, revision: Revision) -> bool:
    hunks = read_diffs(revision).title
    try:
        return hunks is not None and apply_patch(hunks, to_units(before.title or "")).is_exact
    except PatchError:
        return False


def _before_now(note: Note, texts: Sequence[Replayed]) -> int:
    """`Evidence.before_now` of the whole history, for a current note whose text is not that of any revision.

    Raises NotContinuedError if it is: then the note may continue an older revision than the last one.
    """
    bases = bases_of(texts)
    read = [ReadResult(SharedDocument())] * (len(texts) + 1)
    versions = versions_with(read, texts, bases, note)
    if versions[-1].descends:
        raise NotContinuedError
    return Evidence(versions, created_at(note, texts)).before_now()


def _in_order_of_coming(links: Tracked, known: KnownRows) -> Tracked:
    """The links of the last known text in the order in which they came, followed by those that came since."""

    def came(lifetime: Lifetime) -> tuple[int, int]:
        return lifetime.holders[0], 0 if lifetime.holders[0] else known.came[lifetime.name]

    return replace(links, lifetimes=sorted(links.lifetimes, key=came))


def _check_not_back(lifetimes: Iterable[Lifetime], known: KnownRows) -> None:
    """Raise NotContinuedError if something comes back: only the whole history shows which occurrence it continues."""
    if any(lifetime.key in known.gone and lifetime.added[-1:] > (0,) for lifetime in lifetimes):
        raise NotContinuedError


def _since_they_came(rows: Iterable[Row], known: KnownRows) -> list[Row]:
    """The rows; those that existed before get the stored values of when they came."""
    return [row._replace(**known.by_id[row.id].kept) if row.id in known.by_id else row for row in rows]


def _check_order(changes: Sequence[ChangeRow], known: KnownRows) -> None:
    """Raise NotContinuedError if a summary names sections of links that came with one revision, in unknown order."""
    by_revision: defaultdict[str, list[ChangeRow]] = defaultdict(list)
    for change in changes:
        by_revision[change.revision_id].append(change)
    for mine in by_revision.values():
        together: defaultdict[int, set[str]] = defaultdict(set)
        for change in mine:
            if change.change != "respelled" and change.section_then and change.link_id in known.by_id:
                together[known.by_id[change.link_id].first_number].add(change.section_then)
        if any(1 < len(sections) <= MOST_SECTIONS for sections in together.values()):
            raise NotContinuedError
