"""The texts of one note, oldest first: its replayed revisions, and the current note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from extractor.joplin.history import Replayed, State
from extractor.joplin.hunks import to_units
from extractor.timeline.reading import ReadResult, read_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.joplin.items import Note

NOW = ""  # the id of the current note, which is not a revision
EXACT = frozenset({State.COMPLETE, State.RECOVERED})


@dataclass(frozen=True, slots=True)
class Version:
    """One text of a note. `id` is that of its revision, NOW for the current note; `at` is in ms since 1970 UTC.

    `base` is the index of the version that this one was made from; None for a root, or if that version is lost. Bases
    never lead in a circle. `descends` is False if the base is a guess: the current note may continue any of its
    revisions. `parent_id` is as Joplin wrote it. `is_exact`: the text is what Joplin had, not a replay in which hunks
    did not fit. `has_time` is False for a lost revision of which only the text is known: it was made before `at`.

    `keeps_old_state`: Joplin saved the text as it was before an edit, which it dates exactly 1 ms later
    (services/RevisionService.ts, oldNoteInterval), so it is unknown when the text was written. `echo`: such a text that
    is even older, from before a sync.
    """

    id: str
    at: int
    base: int | None
    parent_id: str
    reading: ReadResult
    descends: bool = True
    is_exact: bool = True
    has_time: bool = True
    keeps_old_state: bool = False
    echo: bool = False

    @property
    def is_readable(self) -> bool:
        """Whether at least a part of the text is known."""
        return self.reading.document is not None

    @property
    def is_known(self) -> bool:
        """Whether the whole text is certain, so that what is not in it was not there."""
        return self.is_readable and self.reading.whole and self.is_exact

    @property
    def is_root(self) -> bool:
        """Whether there was no text before it, according to Joplin."""
        return not self.parent_id and self.base is None and self.has_time and self.id != NOW


def versions_of(
    texts: Sequence[Replayed], note: Note | None, *, is_gone: bool = False, plainly: bool = False
) -> list[Version]:
    """The versions of a note in the order of time, the current note last.

    If the note `is_gone`, revisions may be later than the last state of it that was seen: that state is then placed by
    its time. `plainly` parses each text separately.
    """
    bases = bases_of(texts)
    return versions_with(read_all(texts, bases, note, plainly=plainly), texts, bases, note, is_gone=is_gone)


def versions_with(
    readings: Sequence[ReadResult],
    texts: Sequence[Replayed],
    bases: Sequence[int | None],
    note: Note | None,
    *,
    is_gone: bool = False,
) -> list[Version]:
    """Like `versions_of`, from `readings` of the texts, that of the current note last; `bases` are those of `texts`."""
    before_edit = old_states(texts)
    versions = [
        Version(
            id=text.id,
            at=text.at_latest,
            base=base,
            parent_id=text.parent_id,
            reading=reading,
            is_exact=text.state in EXACT,
            has_time=bool(text.number),
            keeps_old_state=text.id in before_edit,
            echo=text.echo,
        )
        for text, base, reading in zip(texts, bases, readings, strict=False)
    ]
    if note is None:
        return versions
    place = sum(version.at <= note.updated_time for version in versions) if is_gone else len(versions)
    base, descends = _source_of_now(note, texts[:place])
    now = Version(NOW, note.updated_time, base, "", readings[-1], descends=descends)
    versions = [
        version if version.base is None or version.base < place else replace(version, base=version.base + 1)
        for version in versions
    ]
    return [*versions[:place], now, *versions[place:]]


def old_states(texts: Sequence[Replayed]) -> set[str]:
    """The ids of the revisions that keep the text as it was before an edit: see `Version`."""
    at = {text.id: text.captured_at for text in texts}
    return {text.parent_id for text in texts if at.get(text.parent_id) == text.captured_at - 1}


def bases_of(texts: Sequence[Replayed]) -> list[int | None]:
    """For each text the index of the one that it was made from; a circle of parents is cut where it closes."""
    index = {text.id: i for i, text in enumerate(texts)}
    bases = [index.get(text.base_id or text.parent_id) for text in texts]
    walk = [-1] * len(bases)  # the start from which a text was first reached
    for start in range(len(bases)):
        at = start
        while walk[at] < 0:
            walk[at] = start
            base = bases[at]
            if base is None:
                break
            if walk[base] == start:
                bases[at] = None
                break
            at = base
    return bases


def _source_of_now(note: Note, texts: Sequence[Replayed]) -> tuple[int | None, bool]:
    """The revision that the current note continues, and whether that is certain: one of equal body, or the latest."""
    body = to_units(note.body)
    same = [i for i, text in enumerate(texts) if text.text is not None and text.text.is_text(body)]
    if same:
        return same[-1], True
    return (len(texts) - 1, False) if texts else (None, False)


def bases_first(versions: Sequence[Version]) -> list[int]:
    """Indexes in an order in which each base comes before the versions that were made from it."""
    order: list[int] = []
    done = [False] * len(versions)
    for start in range(len(versions)):
        path: list[int] = []
        at: int | None = start
        while at is not None and not done[at]:
            done[at] = True
            path.append(at)
            at = versions[at].base
        order.extend(reversed(path))
    return order


def reference_of(versions: Sequence[Version], i: int) -> int | None:
    """The version to compare `i` with: its base or, if that cannot be read, the nearest earlier one that can."""
    base = versions[i].base
    if base is not None and versions[base].is_readable:
        return base
    for earlier in range(i - 1, -1, -1):
        if versions[earlier].is_readable and versions[earlier].base != i:
            return earlier
    return None
