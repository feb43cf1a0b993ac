"""What is read from each text of a note: its document, and of a partly known text what came and went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from extractor.joplin.history import Replayed, State
from extractor.markdown import Document, Follower, Heading, Link, Markup, parse, parse_stretch
from extractor.texts import common_end, common_start
from extractor.timeline.occurrences import link_key
from extractor.timeline.rows import HTML
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from extractor.joplin.items import Note
    from extractor.joplin.stretches import Stretch

NO_LINE = 0  # of a stretch nobody knows the line


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What is read from one text: the document, for a partly known one also what it lost and what came in."""

    document: Document | None
    removed: tuple[Link, ...] = ()
    inserted: frozenset[int] = frozenset()
    whole: bool = True


def read_all(
    texts: Sequence[Replayed], bases: Sequence[int | None], note: Note | None, *, plainly: bool = False
) -> list[ReadResult]:
    """Read the headings and links of each text, the current note last.

    Each is parsed as far as it differs from the one before; `plainly`, from its start to its end.
    """
    markups: tuple[Markup, ...] = ("markdown", "html")
    read: dict[Markup, Callable[[str], Document]] = {
        markup: partial(parse, markup=markup) if plainly else Follower(markup).follow for markup in markups
    }
    now: Markup = "html" if note is not None and note.markup_language == HTML else "markdown"
    sources: list[str] = []
    readings: list[ReadResult] = []
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
            document = read[markup](text.body)
            readings.append(ReadResult(_with_source(document, source_url, text.title or "")))
        elif text.state is State.PARTIAL:
            readings.append(_read_stretches(text, markup, source_url))
        else:
            readings.append(ReadResult(None))
    if note is not None:
        document = read[now](note.body)
        readings.append(ReadResult(_with_source(document, note.source_url, note.title)))
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


def _read_stretches(text: Replayed, markup: Markup, source_url: str) -> ReadResult:
    """Read a partly known text: each stretch is a document of its own, its line numbers mean nothing."""
    headings: list[Heading] = []
    links: list[Link] = []
    removed: list[Link] = []
    inserted: set[int] = set()
    for stretch in text.stretches:
        at_start = stretch.start == 0
        new = parse_stretch(stretch.text, markup, known_start=at_start)
        old = parse_stretch(stretch.old_text, markup, known_start=at_start)
        stayed = Counter(map(link_key, old.links))
        for link in new.links:
            if stayed[link_key(link)]:
                stayed[link_key(link)] -= 1
            elif _is_inserted(link, stretch):
                inserted.add(len(links))
            section = None if link.section is None else link.section + len(headings)
            links.append(replace(link, section=section, line=NO_LINE))
        for link in reversed(old.links):
            if stayed[link_key(link)]:
                stayed[link_key(link)] -= 1
                removed.append(link)
        headings += [replace(heading, line=NO_LINE) for heading in new.headings]
    _move(links, inserted, removed)
    known = _with_source(Document(tuple(headings), tuple(links)), source_url, text.title or "")
    shift = len(known.links) - len(links)
    return ReadResult(known, tuple(reversed(removed)), frozenset(i + shift for i in inserted), whole=False)


def _is_inserted(link: Link, stretch: Stretch) -> bool:
    """Whether a stretch surely shows that a link came in, which is not among the links that it had before.

    Not where the text before ends in the beginning of its address, or begins with the end of it, beyond what both texts
    have in common there: then it may have had the link, of which the diff shows only a part. And a stretch that had no
    text before shows no text without the link.
    """
    old, new, url = stretch.old_text, stretch.text, link.url
    shorter, longest = min(len(old), len(new)), min(len(url), len(old))
    head, tail = common_start(old, new, shorter), common_end(old, new, shorter)
    return bool(old) and not (
        any(old.endswith(url[:n]) for n in range(tail + 1, longest + 1))
        or any(old.startswith(url[-n:]) for n in range(head + 1, longest + 1))
    )


def _move(links: Sequence[Link], inserted: set[int], removed: list[Link]) -> None:
    """What went in one stretch and came in another was moved: neither inserted nor removed."""
    for place in sorted(inserted):
        link = links[place]
        went = next((i for i, gone in enumerate(removed) if link_key(gone) == link_key(link)), None)
        if went is not None:
            del removed[went]
            inserted.remove(place)
