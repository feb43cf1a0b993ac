"""The rows of one note, derived from its whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from extractor.joplin.history import Replayed, SeenText, State, replay
from extractor.timeline.derivation import Derivation
from extractor.timeline.keyframes import keyframes
from extractor.timeline.names import NamedSection, note_name
from extractor.timeline.revision_rows import problem_rows, reading_problems, revision_rows
from extractor.timeline.rows import NoteRows, ProblemRow
from extractor.timeline.versions import Version, bases_of, versions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from extractor.joplin.items import Note, Revision

T = TypeVar("T")


def derive_rows(  # noqa: PLR0913 -- everything that is known about a note, each by its name
    note_id: str,
    note: Note | None,
    revisions: Sequence[Revision],
    rebased: Mapping[str, Revision] | None = None,
    seen: Mapping[str, SeenText] | None = None,
    *,
    is_gone: bool = False,
    plainly: bool = False,
    notebooks: Mapping[str, str] | None = None,
) -> NoteRows:
    """Derive the rows of one note; `notebooks` are titles by id.

    `note` is None if only its history is known. If it `is_gone`, revisions may be later than the last state of it that
    was seen. `rebased` has, by id, later versions of revisions whose base was lost when they were first read, and
    `seen` texts that were rebuilt earlier; they are used if the revisions alone give no whole text. `plainly` parses
    each text separately, which takes longer and gives the same result.
    """
    texts = replay(revisions, note, rebased, seen)
    recorded = {revision.id: revision.created_time or revision.updated_time for revision in revisions}
    versions = versions_of(texts, note, is_gone=is_gone, plainly=plainly)
    derived = Derivation(note_id, versions, created_at(note, texts))
    section_rows = tuple(derived.section(one) for one in derived.sections.lifetimes if one.holders)
    link_rows = tuple(derived.link(one) for one in derived.links.lifetimes)
    changes = derived.changes(link_rows)
    headings = [NamedSection(row.line, row.level, row.path, row.title) for row in section_rows if not row.removed_at]
    title = _latest([text.title for text in texts])
    name = note_name(note_id, known_title(note, texts, title), headings)
    return NoteRows(
        note_id=note_id,
        title=title,
        metadata=_latest([text.metadata for text in texts]) or {},
        revisions=tuple(revision_rows(texts, bases_of(texts), name, link_rows, changes, recorded, notebooks)),
        sections=section_rows,
        links=link_rows,
        changes=tuple(changes),
        problems=(*problem_rows(texts), *problems_of_latest(note_id, versions)),
        rebuilt=_rebuilt(texts),
        keyframes=tuple(keyframes(note_id, texts)),
    )


def _latest(known: Sequence[T | None]) -> T | None:
    """The last of these that is not None."""
    return next((one for one in reversed(known) if one is not None), None)


def known_title(note: Note | None, texts: Sequence[Replayed], latest: str | None) -> str | None:
    """The title of the note; if that is empty, the last one that was not."""
    title = note.title if note else latest
    return title or next((text.title for text in reversed(texts) if text.title), title)


def problems_of_latest(note_id: str, versions: Sequence[Version]) -> list[ProblemRow]:
    """What could not be read of the latest readable text; earlier texts would mostly repeat the same problems."""
    latest = next((version for version in reversed(versions) if version.is_readable), None)
    return [] if latest is None else reading_problems(latest.id or note_id, latest.reading.document)


def _rebuilt(texts: Sequence[Replayed]) -> dict[str, SeenText]:
    """The rebuilt texts from which all others can be rebuilt again: those from which no other one was made."""
    rebuilt = [text for text in texts if text.state is State.RECOVERED and text.number]
    bases = {text.base_id for text in rebuilt}
    return {text.id: SeenText(text.title, text.body or "") for text in rebuilt if text.id not in bases}


def created_at(note: Note | None, texts: Sequence[Replayed]) -> int:
    """When a note was made, in ms, 0 if unknown: the earlier one of the times that Joplin and the user have set."""
    if note is not None:
        return min((at for at in (note.created_time, note.user_created_time) if at > 0), default=0)
    made = (text.metadata.get("user_created_time") for text in texts if text.metadata is not None)
    return min((at for at in made if isinstance(at, int) and at > 0), default=0)
