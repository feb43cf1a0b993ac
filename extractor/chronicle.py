"""What the whole history of one note tells: the rows of its revisions, sections and links. Pure.

The body of each revision is read once; `identity` follows sections and links from one text to the next.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from extractor.identity import Life, Mark, Moment, trace
from extractor.joplin.history import Replayed, State, replay
from extractor.joplin.items import Note, Revision
from extractor.markdown import Document, Follower, Heading, Link, Markup, parse_stretch
from extractor.summary import Change, summarize
from extractor.times import iso
from extractor.urls import read_address

SEPARATOR = " › "
UNTITLED = "Untitled"
NO_LINE = 0  # of a stretch nobody knows the line
HTML = 2  # markup_language of a note (MarkupToHtml.ts: 1 Markdown, 2 HTML)


class RevisionRow(NamedTuple):
    """A row of `revisions`."""

    id: str
    note_id: str
    parent_id: str
    number: int
    label: str
    captured_at: str | None
    recorded_at: str | None
    title: str | None
    state: str
    chars_added: int
    chars_removed: int
    links_added: int
    links_removed: int
    text_added: str
    text_removed: str
    hunks: int
    hunks_failed: int
    summary: str
    is_echo: int


class SectionRow(NamedTuple):
    """A row of `sections`."""

    id: int
    note_id: str
    parent_id: int | None
    level: int
    title: str
    path: str
    line: int | None
    first_revision_id: str | None
    first_seen_at: str | None
    last_revision_id: str | None
    removed_at: str | None


class LinkRow(NamedTuple):
    """A row of `links`; `canonical` (None for what is no web address) leads to its row of `urls`."""

    id: int
    note_id: str
    section_id: int | None
    section: str | None
    canonical: str | None
    url: str
    kind: str
    syntax: str
    target: str
    text: str
    title: str
    context: str
    line: int | None
    first_revision_id: str | None
    first_seen_at: str | None
    last_revision_id: str | None
    removed_at: str | None


class ChangeRow(NamedTuple):
    """A row of `link_changes`."""

    revision_id: str
    link_id: int
    change: str


class ProblemRow(NamedTuple):
    """A revision of which something cannot be read."""

    revision_id: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Chronicle:
    """All rows of one note; `title` and `metadata` are the latest that its revisions know."""

    note_id: str
    title: str | None
    metadata: Mapping[str, object]
    revisions: tuple[RevisionRow, ...]
    sections: tuple[SectionRow, ...]
    links: tuple[LinkRow, ...]
    changes: tuple[ChangeRow, ...]
    problems: tuple[ProblemRow, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is read from one text: the document, for a partly known one also what it lost and what came in."""

    document: Document | None
    removed: tuple[Link, ...] = ()
    inserted: frozenset[int] = frozenset()
    whole: bool = True


def identifier(*parts: object) -> int:
    """A number for a row, the same wherever and whenever it is made; 53 bits, so that JSON keeps it whole."""
    text = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 11


def tell(
    note_id: str, note: Note | None, revisions: Sequence[Revision], rebased: Mapping[str, Revision] | None = None
) -> Chronicle:
    """Tell the history of one note.

    `note` is None when only its history is known. `rebased` holds, by id, later versions of revisions whose base was
    lost when they were first read; such a one is used where the first version alone gives no whole text.
    """
    texts = replay_known(revisions, rebased)
    recorded = {revision.id: revision.created_time or revision.updated_time for revision in revisions}
    index = {text.id: i for i, text in enumerate(texts)}
    bases = [index.get(text.parent_id) if text.parent_id != text.id else None for text in texts]
    readings = _read_all(texts, bases, note)

    ends = [(text.id, text.captured_at) for text in texts]
    if note is not None:
        bases.append(_source_of_now(note, texts))
        ends.append(("", note.updated_time))
    echoes = [text.echo for text in texts] + [False]
    section_lives, section_names = trace(
        [
            Moment(base, _heading_marks(reading.document), whole=reading.whole, echo=echo)
            for base, reading, echo in zip(bases, readings, echoes, strict=False)
        ]
    )
    link_lives, _ = trace(
        [
            Moment(
                base,
                _link_marks(reading.document),
                whole=reading.whole,
                inserted=reading.inserted,
                removed=tuple(_link_mark(link, None) for link in reading.removed),
                echo=echo,
            )
            for base, reading, echo in zip(bases, readings, echoes, strict=False)
        ]
    )
    told = _Telling(note_id, ends, readings, section_lives, section_names, link_lives)
    section_rows = tuple(told.section(life) for life in section_lives if life.holders)
    link_rows = tuple(told.link(life) for life in link_lives)
    changes = told.changes(link_rows)
    return Chronicle(
        note_id=note_id,
        title=next((text.title for text in reversed(texts) if text.title is not None), None),
        metadata=next((text.metadata for text in reversed(texts) if text.metadata is not None), {}),
        revisions=tuple(_revision_rows(texts, bases, note, link_rows, changes, recorded)),
        sections=section_rows,
        links=link_rows,
        changes=tuple(changes),
        problems=tuple(_problems(texts)),
    )


def replay_known(revisions: Sequence[Revision], rebased: Mapping[str, Revision] | None = None) -> list[Replayed]:
    """Replay what is known of a note's revisions, a later re-based version standing in where the base is lost."""
    texts = replay(revisions)
    if rebased and any(text.state is State.PARTIAL and text.id in rebased for text in texts):
        lost = {text.id for text in texts if text.state is State.PARTIAL}
        texts = replay([rebased.get(r.id, r) if r.id in lost else r for r in revisions])
    return texts


def _source_of_now(note: Note, texts: Sequence[Replayed]) -> int | None:
    """The revision that the current note continues: the latest with the same body, else the latest."""
    same = [i for i, text in enumerate(texts) if text.body == note.body]
    return same[-1] if same else (len(texts) - 1 if texts else None)


def _read_all(texts: Sequence[Replayed], bases: Sequence[int | None], note: Note | None) -> list[_Reading]:
    """Read the headings and links of each text, the current note last."""
    followers = {markup: Follower(markup) for markup in ("markdown", "html")}
    now: Markup = "html" if note is not None and note.markup_language == HTML else "markdown"
    sources: list[str] = []
    readings: list[_Reading] = []
    for i, text in enumerate(texts):
        metadata = text.metadata
        base = bases[i]
        before = sources[base] if base is not None and base < i else ""
        source_url = str(metadata.get("source_url") or "") if metadata is not None else before
        sources.append(source_url)
        markup: Markup = now
        if metadata is not None and "markup_language" in metadata:
            markup = "html" if metadata["markup_language"] == HTML else "markdown"
        if text.body is not None:
            document = followers[markup].follow(text.body)
            readings.append(_Reading(_with_source(document, source_url, text.title or "")))
        elif text.state is State.PARTIAL:
            readings.append(_read_stretches(text, markup, source_url))
        else:
            readings.append(_Reading(None))
    if note is not None:
        document = followers[now].follow(note.body)
        readings.append(_Reading(_with_source(document, note.source_url, note.title)))
    return readings


def _with_source(document: Document, source_url: str, title: str) -> Document:
    """The document with the address that the note was clipped from as its first link."""
    if not source_url:
        return document
    link = Link(
        kind="link",
        syntax="source_url",
        target="web" if read_address(source_url) else "other",
        url=source_url,
        href=source_url,
        text=title,
        title="",
        context="",
        line=NO_LINE,
        section=None,
    )
    return Document(document.headings, (link, *document.links))


def _read_stretches(text: Replayed, markup: Markup, source_url: str) -> _Reading:
    """Read a partly known text: each stretch is a document of its own, its line numbers mean nothing."""
    headings: list[Heading] = []
    links: list[Link] = []
    removed: list[Link] = []
    inserted: set[int] = set()
    for stretch in text.stretches:
        at_start = stretch.start == 0
        new = parse_stretch(stretch.text, markup, known_start=at_start)
        old = parse_stretch(stretch.old_text, markup, known_start=at_start)
        stayed: dict[tuple[str, str], int] = defaultdict(int)
        for link in old.links:
            stayed[link.kind, link.url] += 1
        for link in new.links:
            if stayed[link.kind, link.url]:
                stayed[link.kind, link.url] -= 1
            else:
                inserted.add(len(links))
            section = None if link.section is None else link.section + len(headings)
            links.append(replace(link, section=section, line=NO_LINE))
        for link in reversed(old.links):
            if stayed[link.kind, link.url]:
                stayed[link.kind, link.url] -= 1
                removed.append(link)
        headings += [replace(heading, line=NO_LINE) for heading in new.headings]
    known = _with_source(Document(tuple(headings), tuple(links)), source_url, text.title or "")
    shift = len(known.links) - len(links)
    return _Reading(known, tuple(reversed(removed)), frozenset(i + shift for i in inserted), whole=False)


def _heading_marks(document: Document | None) -> tuple[Mark, ...] | None:
    """A section is known by its path."""
    return None if document is None else tuple(Mark(heading.path) for heading in document.headings)


def _link_marks(document: Document | None) -> tuple[Mark, ...] | None:
    """The marks of a text's links."""
    if document is None:
        return None
    return tuple(
        _link_mark(link, document.headings[link.section].path if link.section is not None else None)
        for link in document.links
    )


def _link_mark(link: Link, path: tuple[str, ...] | None) -> Mark:
    """A link is known by kind and address as written; its section and text tell equal ones apart."""
    return Mark((link.kind, link.url), (path, link.text))


@dataclass(frozen=True, slots=True)
class _Telling:
    """Turns lives into rows; `ends` gives of each moment its revision ('' for the note as it is now) and time."""

    note_id: str
    ends: Sequence[tuple[str, int]]
    readings: Sequence[_Reading]
    section_lives: Sequence[Life]
    section_names: Sequence[Sequence[int]]
    link_lives: Sequence[Life]

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

    def changes(self, rows: Sequence[LinkRow]) -> list[ChangeRow]:
        """What each revision added and removed, in the order of the history."""
        events = []
        for order, (life, row) in enumerate(zip(self.link_lives, rows, strict=True)):
            events += [(i, order, ChangeRow(self.ends[i][0], row.id, "added")) for i in life.added if self.ends[i][0]]
            events += [
                (i, order, ChangeRow(self.ends[i][0], row.id, "removed")) for i in life.removed if self.ends[i][0]
            ]
        return [event[2] for event in sorted(events, key=lambda event: event[:2])]

    def _span(self, life: Life) -> tuple[str | None, str | None, str | None, str | None]:
        """first_revision_id, first_seen_at, last_revision_id, removed_at."""
        first = self.ends[life.holders[0]] if life.holders else ("", 0)
        # The note as it is now is no revision: the last revision that held the mark is the one before.
        last = next((self.ends[i][0] for i in reversed(life.holders) if self.ends[i][0]), None)
        ended = iso(self.ends[life.ended][1]) if life.ended is not None else None
        return first[0] or None, iso(first[1]), last, ended

    def _document(self, moment: int) -> Document:
        document = self.readings[moment].document
        assert document is not None  # noqa: S101 -- a mark is seen only in what can be read
        return document

    def _parent(self, moment: int, place: int) -> int | None:
        """The id of the heading above, in the text where this one was last seen."""
        headings = self._document(moment).headings
        above = headings[place].path[:-1]
        for earlier in range(place - 1, -1, -1):
            if above and headings[earlier].path == above:
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


def _revision_rows(  # noqa: PLR0913 -- what is known of a note's revisions comes from as many places
    texts: Sequence[Replayed],
    bases: Sequence[int | None],
    note: Note | None,
    links: Sequence[LinkRow],
    changes: Sequence[ChangeRow],
    recorded: Mapping[str, int],
) -> list[RevisionRow]:
    by_link = {row.id: row for row in links}
    by_revision: dict[str, list[ChangeRow]] = defaultdict(list)
    for change in changes:
        by_revision[change.revision_id].append(change)
    known_title = (note.title if note else None) or next((t.title for t in reversed(texts) if t.title), None)
    rows = []
    for i, text in enumerate(texts):
        mine = by_revision[text.id]
        base_at = bases[i]
        base = texts[base_at] if base_at is not None else None
        captured = iso(text.captured_at)
        rows.append(
            RevisionRow(
                text.id,
                text.note_id,
                text.parent_id,
                text.number,
                clean(
                    f"{text.title or known_title or UNTITLED} #{text.number}"
                    + (f" ({captured[:10]})" if captured else "")
                ),
                captured,
                iso(recorded.get(text.id, text.recorded_at)),
                clean(text.title) if text.title is not None else None,
                str(text.state),
                text.chars_added,
                text.chars_removed,
                sum(change.change == "added" for change in mine),
                sum(change.change == "removed" for change in mine),
                clean("\n".join(text.text_added)),
                clean("\n".join(text.text_removed)),
                text.hunks,
                text.hunks_failed,
                clean(
                    summarize(
                        [
                            Change(
                                change.change == "added", by_link[change.link_id].kind, by_link[change.link_id].section
                            )
                            for change in mine
                        ],
                        title=(base.title if base else None, text.title),
                        metadata=(base.metadata if base else None, text.metadata),
                        chars=(text.chars_added, text.chars_removed),
                        first=text.number == 1 and text.body is not None,
                        echo=text.echo,
                    )
                ),
                int(text.echo),
            )
        )
    return rows


def _problems(texts: Sequence[Replayed]) -> list[ProblemRow]:
    """A revision of which something cannot be read is a problem for people to know of."""
    return [
        ProblemRow(text.id, "unreadable diff" if text.state is State.UNREADABLE else "odd revision", text.problem)
        for text in texts
        if text.problem
    ]


def clean(text: str) -> str:
    """Half an emoji (a lone surrogate, left where an edit split a pair) is no text to SQLite: U+FFFD instead."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
