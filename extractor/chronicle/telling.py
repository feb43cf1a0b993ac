"""Telling the history of one note as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.chronicle.identity import Life, trace
from extractor.chronicle.moments import Moment
from extractor.chronicle.reading import ReadText, heading_marks, link_mark, link_marks, read_all
from extractor.chronicle.revision_rows import problem_rows, revision_rows
from extractor.chronicle.rows import (
    SEPARATOR,
    ChangeRow,
    Chronicle,
    LinkRow,
    SectionRow,
    clean,
    identifier,
)
from extractor.joplin.history import Replayed, SeenText, State, replay
from extractor.times import iso
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from extractor.joplin.items import Note, Revision
    from extractor.markdown import Document, Link


VERSION = 2
"""Goes up when the same history gives other rows than before: then a build tells every note again."""


def tell(
    note_id: str,
    note: Note | None,
    revisions: Sequence[Revision],
    rebased: Mapping[str, Revision] | None = None,
    seen: Mapping[str, SeenText] | None = None,
    *,
    is_gone: bool = False,
) -> Chronicle:
    """Tell the history of one note.

    `note` is None when only its history is known; one that `is_gone` may have been changed, before it went, in
    revisions that came later than what was last seen of it. `rebased` holds, by id, later versions of revisions whose
    base was lost when they were first read, and `seen` texts that were rebuilt before; they are used where the
    revisions alone give no whole text.
    """
    texts = replay(revisions, note, rebased, seen)
    recorded = {revision.id: revision.created_time or revision.updated_time for revision in revisions}
    bases_of_texts = bases = _bases(texts)
    readings = read_all(texts, bases, note)

    ends = [(text.id, text.at_latest) for text in texts]
    echoes = [text.echo for text in texts]
    if note is not None:
        # As it is now, it is the newest of all; if it has gone, it is what it was then.
        at = sum(time <= note.updated_time for _, time in ends) if is_gone else len(texts)
        bases = [base if base is None or base < at else base + 1 for base in bases]
        bases.insert(at, _source_of_now(note, texts[:at]))
        readings.insert(at, readings.pop())
        ends.insert(at, ("", note.updated_time))
        echoes.insert(at, False)
    documents = [reading.document for reading in readings]
    section_lives, section_names = trace(
        [
            Moment(base, marks, whole=reading.whole, echo=echo)
            for base, reading, marks, echo in zip(bases, readings, heading_marks(documents), echoes, strict=False)
        ]
    )
    link_lives, link_names = trace(
        [
            Moment(
                base,
                marks,
                whole=reading.whole,
                inserted=reading.inserted,
                removed=tuple(link_mark(link, None) for link in reading.removed),
                echo=echo,
            )
            for base, reading, marks, echo in zip(bases, readings, link_marks(documents), echoes, strict=False)
        ]
    )
    told = _Telling(note_id, ends, readings, section_lives, section_names, link_lives, link_names)
    section_rows = tuple(told.section(life) for life in section_lives if life.holders)
    link_rows = tuple(told.link(life) for life in link_lives)
    changes = told.changes(link_rows, bases)
    return Chronicle(
        note_id=note_id,
        title=next((text.title for text in reversed(texts) if text.title is not None), None),
        metadata=next((text.metadata for text in reversed(texts) if text.metadata is not None), {}),
        revisions=tuple(revision_rows(texts, bases_of_texts, note, link_rows, changes, recorded)),
        sections=section_rows,
        links=link_rows,
        changes=tuple(changes),
        problems=tuple(problem_rows(texts)),
        rebuilt=_rebuilt(texts),
    )


def _rebuilt(texts: Sequence[Replayed]) -> dict[str, SeenText]:
    """The texts from which all others that were rebuilt can be rebuilt again: those that no other was made from."""
    rebuilt = [text for text in texts if text.state is State.RECOVERED and text.number]
    bases = {text.base_id for text in rebuilt}
    return {text.id: SeenText(text.title, text.body or "") for text in rebuilt if text.id not in bases}


def _bases(texts: Sequence[Replayed]) -> list[int | None]:
    """For each text the index of the one that it was made from; circles of parents are cut where they close."""
    index = {text.id: i for i, text in enumerate(texts)}
    bases = [index.get(text.base_id or text.parent_id) for text in texts]
    walk = [-1] * len(bases)  # from which start a text was first reached
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


def _source_of_now(note: Note, texts: Sequence[Replayed]) -> int | None:
    """The revision that the current note continues: the latest with the same body, else the latest."""
    same = [i for i, text in enumerate(texts) if text.body == note.body]
    return same[-1] if same else (len(texts) - 1 if texts else None)


@dataclass(frozen=True, slots=True)
class _Telling:
    """Turns lives into rows; `ends` gives of each moment its revision ('' for the note as it is now) and time."""

    note_id: str
    ends: Sequence[tuple[str, int]]
    readings: Sequence[ReadText]
    section_lives: Sequence[Life]
    section_names: Sequence[Sequence[int]]
    link_lives: Sequence[Life]
    link_names: Sequence[Sequence[int]]

    def section(self, life: Life) -> SectionRow:
        """A row of `sections`, as the section was when last seen."""
        moment, place = life.holders[-1], life.place
        heading = self._document(moment).headings[place]
        return SectionRow(
            identifier("section", self.note_id, *life.key, life.turn),
            self.note_id,
            self._parent(moment, place),
            heading.level,
            clean(heading.title),
            clean(SEPARATOR.join(heading.path)),
            heading.line or None,
            *self._span(life),
        )

    def link(self, life: Life) -> LinkRow:
        """A row of `links`, as the link was when last seen, or as the diff showed it going."""
        link, section_id, path = self._link(life)
        address = read_address(link.url) if link.target == "web" else None
        return LinkRow(
            identifier("link", self.note_id, *life.key, life.turn),
            self.note_id,
            section_id,
            clean(SEPARATOR.join(path)) if path is not None else None,
            address.canonical if address else None,
            clean(link.url),
            link.kind,
            link.syntax,
            link.target,
            clean(link.text),
            clean(link.title),
            clean(link.context),
            link.line or None,
            *self._span(life),
        )

    def changes(self, rows: Sequence[LinkRow], bases: Sequence[int | None]) -> list[ChangeRow]:
        """What each revision added and removed, in the order of the history; what went stood in its base."""
        events = []
        for order, (life, row) in enumerate(zip(self.link_lives, rows, strict=True)):
            for change, moments in (("added", life.added), ("removed", life.removed)):
                for moment in moments:
                    revision_id, at = self.ends[moment]
                    if revision_id:
                        section = self._section_then(order, moment if change == "added" else bases[moment])
                        events.append((moment, order, ChangeRow(revision_id, row.id, change, iso(at), section)))
        return [event[2] for event in sorted(events, key=lambda event: event[:2])]

    def _section_then(self, life: int, moment: int | None) -> str | None:
        """The path of the section in which a link stood at a moment, None where it is in none or that is not known."""
        if moment is None or life not in self.link_names[moment]:
            return None
        document = self._document(moment)
        section = document.links[self.link_names[moment].index(life)].section
        return None if section is None else clean(SEPARATOR.join(document.headings[section].path))

    def _span(self, life: Life) -> tuple[str | None, str | None, str | None, str | None]:
        """first_revision_id, first_seen_at, last_revision_id, removed_at."""
        first = self.ends[life.holders[0]] if life.holders else ("", 0)
        # The note as it is now is no revision: the last revision that held the mark is the one before.
        last = next((self.ends[i][0] for i in reversed(life.holders) if self.ends[i][0]), None)
        # Where clocks differ, the text without it may be dated before the last one that has it.
        there = max((self.ends[i][1] for i in life.holders), default=0)
        ended = iso(max(self.ends[life.ended][1], there)) if life.ended is not None else None
        return first[0] or None, iso(first[1]), last, ended

    def _document(self, moment: int) -> Document:
        document = self.readings[moment].document
        assert document is not None  # noqa: S101 -- a mark is seen only in what can be read
        return document

    def _parent(self, moment: int, place: int) -> int | None:
        """The id of the heading above, in the text where this one was last seen."""
        headings = self._document(moment).headings
        above = headings[place].path[:-1]
        for earlier in range(place - 1, -1, -1) if above else ():
            if headings[earlier].path == above:
                return self._section_id(moment, earlier)
        return None

    def _section_id(self, moment: int, place: int) -> int:
        life = self.section_lives[self.section_names[moment][place]]
        return identifier("section", self.note_id, *life.key, life.turn)

    def _link(self, life: Life) -> tuple[Link, int | None, tuple[str, ...] | None]:
        """The link as last seen, its section's id and path."""
        if not life.holders:
            gone = self.readings[life.removed[0]].removed
            return next(link for link in gone if (link.kind, link.url) == life.key), None, None
        document = self._document(life.holders[-1])
        link = document.links[life.place]
        if link.section is None:
            return link, None, None
        return link, self._section_id(life.holders[-1], link.section), document.headings[link.section].path
