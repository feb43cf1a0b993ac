"""Reading each text of a note: its document and, for a partly known text, what came and went."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from extractor.joplin.history import Replayed, State
from extractor.markdown import Document, Follower, Heading, Link, Markup, SharedDocument, parse, parse_fragment
from extractor.markdown.shared import shared, with_first
from extractor.texts import common_end, common_start
from extractor.timeline.occurrences import link_key
from extractor.timeline.rows import HTML
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from extractor.joplin.items import Note

NO_LINE = 0  # the line of a fragment is unknown
LONGEST_CUT = 300  # characters of a cut address that are compared


class ReadResult(NamedTuple):
    """What is read from one text: its document and, if it is only partly known, the removed links and inserted places.

    `document` is None if nothing is known of the text.
    """

    document: SharedDocument | None
    removed: tuple[Link, ...] = ()
    inserted: frozenset[int] = frozenset()
    whole: bool = True


def read_all(
    texts: Sequence[Replayed], bases: Sequence[int | None], note: Note | None, *, plainly: bool = False
) -> list[ReadResult]:
    """Read the headings and links of each text, the current note last.

    Each is parsed only as far as it differs from the one before; with `plainly`, each as a whole.
    """
    now = _markup(note.markup_language if note is not None else None)
    reader = _Reader(plainly=plainly)
    sources: list[str] = []
    readings: list[ReadResult] = []
    for text, base in zip(texts, bases, strict=True):
        metadata = text.metadata
        before = sources[base] if base is not None and base < len(sources) else ""
        source_url = str(metadata.get("source_url") or "") if metadata is not None else before
        sources.append(source_url)
        markup = _markup(metadata["markup_language"]) if metadata and "markup_language" in metadata else now
        readings.append(_read(text, reader, markup, source_url))
    if note is not None:
        readings.append(ReadResult(reader.read(note.body, now, note.source_url, note.title)))
    return readings


def _markup(language: object) -> Markup:
    return "html" if language == HTML else "markdown"


def _read(text: Replayed, reader: _Reader, markup: Markup, source_url: str) -> ReadResult:
    """Read what is known of one text."""
    if (body := text.body) is not None:
        return ReadResult(reader.read(body, markup, source_url, text.title or ""))
    if text.state is State.PARTIAL:
        return _read_fragments(text, markup, source_url)
    return ReadResult(None)


class _Reader:
    """Reads one text after another, each only as far as it differs from the one before; with `plainly`, as a whole."""

    def __init__(self, *, plainly: bool) -> None:
        self._plainly = plainly
        self._followers: dict[Markup, Follower] = {"markdown": Follower("markdown"), "html": Follower("html")}
        self._last: SharedDocument | None = None
        self._source: Link | None = None
        self._with_source: tuple[SharedDocument, SharedDocument] | None = None  # the last document without and with it

    def read(self, body: str, markup: Markup, source_url: str, title: str) -> SharedDocument:
        """The document of a text; the address that the note was clipped from is its first link."""
        if self._plainly:
            document = shared(parse(body, markup), self._last)
            self._last = document
        else:
            document = self._followers[markup].advance(body)
        if not source_url:
            self._with_source = None
            return document
        link = _source_link(source_url, title)
        before = None
        if self._with_source is not None and link == self._source:
            if document is self._with_source[0]:
                return self._with_source[1]
            if document.kept is not None and document.kept.before is self._with_source[0]:
                before = self._with_source[1]
        found = with_first(link, document, before)
        self._source, self._with_source = link, (document, found)
        return found


def _source_link(source_url: str, title: str) -> Link:
    return Link(
        kind="link",
        syntax="source_url",
        target="web" if read_address(source_url) else "other",
        url=source_url,
        text=title,
        title="",
        context="",
        line=NO_LINE,
        section=None,
    )


def _read_fragments(text: Replayed, markup: Markup, source_url: str) -> ReadResult:
    """Read a partly known text: each fragment is a separate document, whose line numbers mean nothing."""
    headings: list[Heading] = []
    links: list[Link] = []
    came: list[tuple[int, bool]] = []  # places of links that a fragment did not have before; whether that is certain
    went: list[tuple[Link, bool]] = []  # likewise links that it no longer has
    ends = _CutEnds((fragment.text, fragment.old_text) for fragment in text.fragments)
    old_ends = _CutEnds((fragment.old_text, fragment.text) for fragment in text.fragments)
    for fragment in text.fragments:
        at_start = fragment.start == 0
        new = parse_fragment(fragment.text, markup, known_start=at_start)
        old = parse_fragment(fragment.old_text, markup, known_start=at_start)
        added, gone = _differences(new.links, old.links)
        # A fragment that had no text before does not show a text without the link.
        had_text = bool(fragment.old_text)
        came += [(len(links) + at, had_text and not old_ends.may_be_of(new.links[at].url)) for at in added]
        went += [(link, not ends.may_be_of(link.url)) for link in gone]
        links += [_below(link, len(headings)) for link in new.links]
        headings += [replace(heading, line=NO_LINE) for heading in new.headings]
    inserted, removed = _without_moved(links, came, went)
    shift = int(bool(source_url))
    if source_url:
        links.insert(0, _source_link(source_url, text.title or ""))
    known = shared(Document(tuple(headings), tuple(links)))
    return ReadResult(known, tuple(removed), frozenset(i + shift for i in inserted), whole=False)


def _below(link: Link, headings: int) -> Link:
    """A link of a fragment, whose line is unknown, after `headings` headings of other fragments."""
    return replace(link, section=None if link.section is None else link.section + headings, line=NO_LINE)


def _differences(new: Sequence[Link], old: Sequence[Link]) -> tuple[list[int], list[Link]]:
    """The places of links that only the new text has, and the links that only the old one had; of equals the last."""
    stayed = Counter(map(link_key, old))
    added = []
    for at, link in enumerate(new):
        if stayed[link_key(link)]:
            stayed[link_key(link)] -= 1
        else:
            added.append(at)
    gone = []
    for link in reversed(old):
        if stayed[link_key(link)]:
            stayed[link_key(link)] -= 1
            gone.append(link)
    return added, gone[::-1]


class _CutEnds:
    """The edges of a text's fragments, where the beginning or the end of a longer address may be cut off.

    A diff shows little around what it changes, so it may show only a part of a link. What a fragment has in common with
    its `other` side at an edge does not count: that is the same link before and after.
    """

    def __init__(self, sides: Iterable[tuple[str, str]]) -> None:
        self._heads: set[str] = set()
        self._tails: set[str] = set()
        for text, other in sides:
            shorter = min(len(text), len(other))
            head = text.split(None, 1)[0][:LONGEST_CUT] if text[:1].strip() else ""
            tail = text.rsplit(None, 1)[-1][-LONGEST_CUT:] if text[-1:].strip() else ""
            self._heads |= {head[:n] for n in range(common_start(text, other, shorter) + 1, len(head) + 1)}
            self._tails |= {tail[-n:] for n in range(common_end(text, other, shorter) + 1, len(tail) + 1)}

    def may_be_of(self, url: str) -> bool:
        """Whether a part of this address may be at an edge."""
        return any(url[-n:] in self._heads or url[:n] in self._tails for n in range(1, min(len(url), LONGEST_CUT) + 1))


def _without_moved(
    links: Sequence[Link], came: Sequence[tuple[int, bool]], went: Sequence[tuple[Link, bool]]
) -> tuple[list[int], list[Link]]:
    """The places of links that were certainly inserted, and the links that were certainly removed.

    A link that went in one fragment and came in another was moved, so it is in neither. A diff may show a line that
    moves up as two lines, each of which becomes the next.
    """
    left = Counter(link_key(link) for link, _ in went)
    moved: Counter[tuple[Hashable, ...]] = Counter()
    inserted = []
    for place, is_sure in came:
        key = link_key(links[place])
        if left[key]:
            left[key] -= 1
            moved[key] += 1
        elif is_sure:
            inserted.append(place)
    removed = []
    for link, is_sure in went:
        if moved[link_key(link)]:
            moved[link_key(link)] -= 1
        elif is_sure:
            removed.append(link)
    return inserted, removed
