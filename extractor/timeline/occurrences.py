"""The occurrences of sections and links in each text, with the keys that identify them."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from extractor.chunked import Chunked
from extractor.markdown.shared import NONE
from extractor.timeline.pairing import Key, Occurrence
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from extractor.markdown import Heading, Link, SharedDocument


@lru_cache(maxsize=8_192)
def section_title(title: str) -> str:
    """A title as a key of sections: white space collapsed, compatibility characters as one (NFKC)."""
    return " ".join(unicodedata.normalize("NFKC", title).split())


def link_key(link: Link) -> Key:
    """The key of a link: its kind and address, a web address in canonical form, so that spelling does not matter."""
    address = read_address(link.url) if link.target == "web" else None
    return (link.kind, address.canonical if address else link.url)


def section_occurrences(documents: Sequence[SharedDocument | None]) -> list[Chunked[Occurrence] | None]:
    """The sections of each text; equal ones are one object, which saves memory and is fast to compare."""
    known: dict[Occurrence, Occurrence] = {}
    of_path: dict[tuple[str, ...], Occurrence] = {}

    def occurrence(heading: Heading) -> Occurrence:
        found = of_path.get(heading.path)
        if found is None:
            path = tuple(section_title(title) for title in heading.path)
            found = Occurrence((path[-1],), (path,))
            found = of_path[heading.path] = known.setdefault(found, found)
        return found

    known_of: dict[int, Chunked[Occurrence]] = {}  # by identity of the document
    last: Chunked[Occurrence] = Chunked()
    for document in documents:
        if document is None or id(document) in known_of:
            continue
        kept = document.kept
        before = known_of.get(id(kept.before)) if kept is not None else None
        if kept is None or before is None:
            last = last.edited_to(list(map(occurrence, document.headings)))
        else:
            head, tail = kept.headings
            middle = document.headings[head : len(document.headings) - tail]
            last = before.splice(head, len(before) - tail, list(map(occurrence, middle)))
        known_of[id(document)] = last
    return [None if document is None else known_of[id(document)] for document in documents]


def link_occurrences(
    documents: Sequence[SharedDocument | None], sections: Sequence[Sequence[int]]
) -> list[Chunked[Occurrence] | None]:
    """The links of each text; `sections` gives, for each text, the numbers of its sections, as `naming` gave them."""
    known: dict[Occurrence, Occurrence] = {}

    def occurrences(links: Iterable[Link], under: Iterable[int], numbers: Sequence[int]) -> list[Occurrence]:
        found = []
        for link, index in zip(links, under, strict=True):
            section: Hashable = None if index == NONE else numbers[index]
            occurrence = Occurrence(link_key(link), (link.url, section, link.text))
            found.append(known.setdefault(occurrence, occurrence))
        return found

    known_of: dict[int, tuple[Chunked[Occurrence], Sequence[int]]] = {}  # by identity of the document
    last: Chunked[Occurrence] = Chunked()
    found: list[Chunked[Occurrence] | None] = []
    for document, numbers in zip(documents, sections, strict=True):
        if document is None:
            found.append(None)
            continue
        kept = document.kept
        same = known_of.get(id(document))
        before = known_of.get(id(kept.before)) if kept is not None else None
        if same is not None and numbers == same[1]:
            last = same[0]
        elif kept is not None and before is not None and _are_numbered_alike(kept.headings, before[1], numbers):
            head, tail = kept.links
            end = len(document.links) - tail
            middle = occurrences(document.links[head:end], document.link_sections[head:end], numbers)
            last = before[0].splice(head, len(before[0]) - tail, middle)
        else:
            last = last.edited_to(occurrences(document.links, document.link_sections, list(numbers)))
        known_of[id(document)] = last, numbers
        found.append(last)
    return found


def _are_numbered_alike(kept: tuple[int, int], before: Sequence[int], now: Sequence[int]) -> bool:
    """Whether the sections that are kept have the same numbers, including the one that the last links are under."""
    head, tail = kept
    behind, behind_before = max(len(now) - tail - 1, 0), max(len(before) - tail - 1, 0)
    return now[:head] == before[:head] and now[behind:] == before[behind_before:]


def link_occurrence(link: Link) -> Occurrence:
    """The occurrence of a link whose section is unknown."""
    return Occurrence(link_key(link), (link.url, None, link.text))
