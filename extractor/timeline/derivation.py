"""The rows of the sections and links of one note, and of what each revision changed in them."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from extractor.markdown.shared import NONE
from extractor.texts import without_lone_surrogates
from extractor.timeline.bounds import Bounds, Evidence
from extractor.timeline.lifetimes import Shown, track
from extractor.timeline.naming import LINKS, SECTIONS
from extractor.timeline.occurrences import link_key, link_occurrence, link_occurrences, section_occurrences
from extractor.timeline.rows import ChangeRow, LinkRow, SectionRow, identifier, section_path, shortened
from extractor.timeline.tracked import LastPlaces, Lifetime, Tracked
from extractor.timeline.versions import NOW, Version
from extractor.times import iso
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.markdown import Link, SharedDocument
    from extractor.timeline.known_rows import Before


KEPT = 4  # versions whose headings above are cached; two versions are used at a time


class Derivation:
    """The lifetimes of the sections and links of one note, and their rows.

    `before` is what is known about the note up to the first of the versions; without it, they are its whole history.
    """

    def __init__(self, note_id: str, versions: Sequence[Version], created: int, before: Before | None = None) -> None:
        self._note_id = note_id
        self._versions = versions
        documents = [version.reading.document for version in versions]
        nothing = Shown([frozenset()] * len(versions), [()] * len(versions))
        self._section_ids: dict[int, int] = {}
        self._spans: dict[tuple[tuple[range, ...], int | None, int], dict[str, Any]] = {}
        sections = section_occurrences(documents)
        known = before.section_ordinals(sections[0] or ()) if before is not None else None
        self.sections = track(versions, sections, nothing, SECTIONS, known)
        self._shown = Shown(
            [version.reading.inserted for version in versions],
            [tuple(map(link_occurrence, version.reading.removed)) for version in versions],
        )
        links = link_occurrences(documents, self.sections.of)
        if before is not None:
            ids = [self._section_id(number) for number in self.sections.of[0]]
            known = before.link_ordinals(links[0] or (), self._document(0), ids)
        self.links = track(versions, links, self._shown, LINKS, known)
        self._nothing = nothing
        # A cache, as a few versions are used in turn. It wraps a function, as a method would make a reference cycle,
        # which keeps all documents in memory until the next garbage collection.
        self._above = lru_cache(maxsize=KEPT)(partial(_above_of, versions))
        self._evidence = Evidence(versions, created, before.before_now if before is not None else None)
        self._places_of_sections, self._places_of_links = LastPlaces(self.sections), LastPlaces(self.links)

    def section(self, lifetime: Lifetime) -> SectionRow:
        """A row of `sections`, as the section was when last seen."""
        version = lifetime.holders[-1]
        place = self._places_of_sections.last(lifetime)
        document = self._document(version)
        heading = document.headings[place]
        return SectionRow(
            id=self._section_id(lifetime.number),
            note_id=self._note_id,
            parent_id=self._parent(version, place),
            level=heading.level,
            title=without_lone_surrogates(shortened(heading.title)),
            path=_path(heading.path),
            line=document.heading_lines[place] or None,
            **self._span(lifetime, self.sections, self._nothing),
        )

    def link(self, lifetime: Lifetime) -> LinkRow:
        """A row of `links`, as the link was when last seen, or in the diff that removed it."""
        link, place, line, section_id, path = self._link(lifetime)
        address = read_address(link.url) if link.target == "web" else None
        published = address.published_at if address is not None and address.published_at else 0
        return LinkRow(
            id=identifier("link", self._note_id, *lifetime.key, lifetime.ordinal),
            note_id=self._note_id,
            section_id=section_id,
            section=_path(path) if path is not None else None,
            canonical=address.canonical if address else None,
            url=without_lone_surrogates(link.url),
            kind=link.kind,
            syntax=link.syntax,
            target=link.target,
            text=without_lone_surrogates(shortened(link.text)),
            title=without_lone_surrogates(shortened(link.title)),
            context=without_lone_surrogates(link.context),
            line=line or None,
            position=place,
            **self._span(lifetime, self.links, self._shown, published),
        )

    def changes(self, rows: Sequence[LinkRow], since: int = 0) -> list[ChangeRow]:
        """What each revision added, removed and respelled, in the order of the history; removed ones were in its base.

        `since` is the first version whose changes are returned.
        """
        events = []
        for order, (lifetime, row) in enumerate(zip(self.links.lifetimes, rows, strict=True)):
            for change, at in (
                *(("added", at) for at in lifetime.added),
                *(("removed", at) for at in lifetime.removed),
                *(("respelled", at) for at in lifetime.respelled),
            ):
                if at >= since and self._versions[at].id != NOW:
                    events.append((at, order, change, row))
        return [self._change(*event) for event in sorted(events, key=lambda event: event[:2])]

    def _change(self, at: int, order: int, change: str, row: LinkRow) -> ChangeRow:
        version = self._versions[at]
        before = self._link_in(order, version.base)
        then = before if change == "removed" else self._link_in(order, at)
        section = None if then is None or then[1] is None else _path(then[1])
        return ChangeRow(
            revision_id=version.id,
            link_id=row.id,
            change=change,
            url=without_lone_surrogates(then[0].url) if then is not None else row.url,
            url_before=without_lone_surrogates(before[0].url) if change == "respelled" and before is not None else None,
            section_then=section,
            is_dated=self._is_dated(at, order, change, row),
        )

    def _is_dated(self, at: int, order: int, change: str, row: LinkRow) -> int:
        """Whether a change was made at the time of its revision; for the first and the last change, the row says so."""
        lifetime = self.links.lifetimes[order]
        if change == "added" and at == lifetime.holders[0]:
            return row.is_dated
        if change == "removed" and at == lifetime.ended:
            return row.removal_is_dated
        return int(self._evidence.is_dated(change, lifetime, at, self.links, self._shown))

    def _link_in(self, lifetime: int, at: int | None) -> tuple[Link, tuple[str, ...] | None] | None:
        """A link in one version, and the path of its section; None if that version does not show it."""
        place = None if at is None else self.links.of[at].find(self.links.lifetimes[lifetime].number)
        if at is None or place is None:
            return None
        document = self._document(at)
        section = document.link_sections[place]
        return document.links[place], None if section == NONE else document.headings[section].path

    def _span(self, lifetime: Lifetime, tracked: Tracked, shown: Shown, published: int = 0) -> dict[str, Any]:
        """The columns that sections and links share: when they came and went, and with which revision."""
        if not self._evidence.is_all_shown:
            return self._span_of(lifetime, self._evidence.bounds(lifetime, tracked, shown, published))
        # Most sections and links of a note came and went with the same few versions.
        when = (lifetime.holders.runs, lifetime.ended, published)
        span = self._spans.get(when)
        if span is None:
            bounds = self._evidence.bounds(lifetime, tracked, shown, published)
            span = self._spans[when] = self._span_of(lifetime, bounds)
        return span

    def _span_of(self, lifetime: Lifetime, bounds: Bounds) -> dict[str, Any]:
        ids = (self._versions[at].id for at in reversed(lifetime.holders))
        first = self._versions[lifetime.holders[0]].id if lifetime.holders else NOW
        return {
            "absent_at": iso(bounds.absent_at),
            "first_seen_at": iso(bounds.first_seen_at),
            "is_dated": int(bounds.is_dated),
            "first_revision_id": first or None,
            "last_seen_at": iso(bounds.last_seen_at),
            # The current note is not a revision: the last revision that has it is the one before.
            "last_revision_id": next((id_ for id_ in ids if id_ != NOW), None),
            "removed_at": iso(bounds.removed_at) if bounds.removed_at is not None else None,
            "removal_is_dated": int(bounds.removal_is_dated),
        }

    def _document(self, at: int) -> SharedDocument:
        document = self._versions[at].reading.document
        assert document is not None  # noqa: S101 -- sections and links are found only in readable versions
        return document

    def _parent(self, at: int, place: int) -> int | None:
        """The id of the section above the one at `place`, in the text where that was last seen."""
        above = self._above(at)[place]
        return None if above is None else self._section_id(self.sections.of[at][above])

    def _section_id(self, number: int) -> int:
        known = self._section_ids.get(number)
        if known is None:  # once for each section, and not for each link below it: a title may be long
            lifetime = self.sections.lifetimes[self.sections.index[number]]
            known = identifier("section", self._note_id, *lifetime.key, lifetime.ordinal)
            self._section_ids[number] = known
        return known

    def _link(self, lifetime: Lifetime) -> tuple[Link, int, int, int | None, tuple[str, ...] | None]:
        """The link as last seen, its place among the links of its text, its line, and its section's id and path."""
        if not lifetime.holders:
            gone = self._versions[lifetime.removed[0]].reading.removed
            link = next(link for link in gone if link_key(link) == lifetime.key)
            return link, 0, link.line, None, None
        last = lifetime.holders[-1]
        document = self._document(last)
        place = self._places_of_links.last(lifetime)
        link, line, section = document.links[place], document.link_lines[place], document.link_sections[place]
        if section == NONE:
            return link, place, line, None, None
        return link, place, line, self._section_id(self.sections.of[last][section]), document.headings[section].path


@lru_cache(maxsize=256)  # it is in the row of each link below
def _path(titles: tuple[str, ...]) -> str:
    return without_lone_surrogates(section_path(titles))


def _above_of(versions: Sequence[Version], at: int) -> list[int | None]:
    """For each section of a version, the index of the nearest one before it that contains it; None at the top."""
    document = versions[at].reading.document
    last: dict[tuple[str, ...], int] = {}
    above: list[int | None] = []
    for place, heading in enumerate(document.headings if document is not None else ()):
        above.append(last.get(heading.path[:-1]) if len(heading.path) > 1 else None)
        last[heading.path] = place
    return above
