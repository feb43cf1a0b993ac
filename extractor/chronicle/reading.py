"""What is read from each text of a note: its document, and of a partly known text what came and went."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from extractor.chronicle.moments import Mark
from extractor.chronicle.rows import HTML
from extractor.joplin.history import Replayed, State
from extractor.markdown import Document, Follower, Heading, Link, Markup, parse_stretch
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from extractor.joplin.items import Note

NO_LINE = 0  # of a stretch nobody knows the line


@dataclass(frozen=True, slots=True)
class ReadText:
    """What is read from one text: the document, for a partly known one also what it lost and what came in."""

    document: Document | None
    removed: tuple[Link, ...] = ()
    inserted: frozenset[int] = frozenset()
    whole: bool = True


def read_all(texts: Sequence[Replayed], bases: Sequence[int | None], note: Note | None) -> list[ReadText]:
    """Read the headings and links of each text, the current note last."""
    followers = {markup: Follower(markup) for markup in ("markdown", "html")}
    now: Markup = "html" if note is not None and note.markup_language == HTML else "markdown"
    sources: list[str] = []
    readings: list[ReadText] = []
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
            readings.append(ReadText(_with_source(document, source_url, text.title or "")))
        elif text.state is State.PARTIAL:
            readings.append(_read_stretches(text, markup, source_url))
        else:
            readings.append(ReadText(None))
    if note is not None:
        document = followers[now].follow(note.body)
        readings.append(ReadText(_with_source(document, note.source_url, note.title)))
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


def _read_stretches(text: Replayed, markup: Markup, source_url: str) -> ReadText:
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
    _move(links, inserted, removed)
    known = _with_source(Document(tuple(headings), tuple(links)), source_url, text.title or "")
    shift = len(known.links) - len(links)
    return ReadText(known, tuple(reversed(removed)), frozenset(i + shift for i in inserted), whole=False)


def _move(links: Sequence[Link], inserted: set[int], removed: list[Link]) -> None:
    """What went in one stretch and came in another was moved: neither inserted nor removed."""
    for place in sorted(inserted):
        link = links[place]
        went = next((i for i, gone in enumerate(removed) if (gone.kind, gone.url) == (link.kind, link.url)), None)
        if went is not None:
            del removed[went]
            inserted.remove(place)


def heading_marks(documents: Sequence[Document | None]) -> list[tuple[Mark, ...] | None]:
    """The marks of the headings of each text: a section is known by its path."""
    marks: dict[Mark, Mark] = {}
    return [
        None
        if document is None
        else tuple(
            [marks.setdefault(mark, mark) for mark in map(Mark, (heading.path for heading in document.headings))]
        )
        for document in documents
    ]


def link_marks(documents: Sequence[Document | None]) -> list[tuple[Mark, ...] | None]:
    """The marks of the links of each text; equal ones are one object, which saves memory and is soon compared."""
    marks: dict[Mark, Mark] = {}
    of_link: dict[int, Mark] = {}
    found: list[tuple[Mark, ...] | None] = []
    for document in documents:
        if document is None:
            found.append(None)
            continue
        here = []
        for link in document.links:
            path = document.headings[link.section].path if link.section is not None else None
            mark = of_link.get(id(link))
            if mark is None or mark.hints[0] != path:
                mark = link_mark(link, path)
                mark = marks.setdefault(mark, mark)
            here.append(mark)
        # Links that have not moved are those of the text before.
        of_link = dict(zip(map(id, document.links), here, strict=True))
        found.append(tuple(here))
    return found


def link_mark(link: Link, path: tuple[str, ...] | None) -> Mark:
    """A link is known by kind and address as written; its section and text tell equal ones apart."""
    return Mark((link.kind, link.url), (path, link.text))
