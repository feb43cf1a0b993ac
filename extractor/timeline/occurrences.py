"""What a section, and a link, is known by: the occurrences of each text."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from extractor.timeline.pairing import Key, Occurrence
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from extractor.markdown import Document, Heading, Link


@lru_cache(maxsize=8_192)
def section_title(title: str) -> str:
    """A title as it tells sections apart: white space folded, letters that only look otherwise as one (NFKC)."""
    return " ".join(unicodedata.normalize("NFKC", title).split())


def link_key(link: Link) -> Key:
    """What a link is known by: its kind, and of a web address the canonical form, so that spelling does not matter."""
    address = read_address(link.url) if link.target == "web" else None
    return (link.kind, address.canonical if address else link.url)


def section_occurrences(documents: Sequence[Document | None]) -> list[tuple[Occurrence, ...] | None]:
    """The sections of each text; equal ones are one object, which saves memory and is soon compared."""
    known: dict[Occurrence, Occurrence] = {}
    of_path: dict[tuple[str, ...], Occurrence] = {}

    def occurrence(heading: Heading) -> Occurrence:
        found = of_path.get(heading.path)
        if found is None:
            path = tuple(section_title(title) for title in heading.path)
            found = Occurrence((path[-1],), (path,))
            found = of_path[heading.path] = known.setdefault(found, found)
        return found

    return [None if document is None else tuple(map(occurrence, document.headings)) for document in documents]


def link_occurrences(
    documents: Sequence[Document | None], sections: Sequence[Sequence[int]]
) -> list[tuple[Occurrence, ...] | None]:
    """The links of each text; `sections` gives the number of each of its sections, the same in every text."""
    known: dict[Occurrence, Occurrence] = {}
    of_link: dict[int, Occurrence] = {}
    found: list[tuple[Occurrence, ...] | None] = []
    for document, numbers in zip(documents, sections, strict=True):
        if document is None:
            found.append(None)
            continue
        here = []
        for link in document.links:
            section: Hashable = None if link.section is None else numbers[link.section]
            occurrence = of_link.get(id(link))
            if occurrence is None or occurrence.hints[1] != section:
                occurrence = Occurrence(link_key(link), (link.url, section, link.text))
                occurrence = known.setdefault(occurrence, occurrence)
            here.append(occurrence)
        # Links that have not moved are those of the text before.
        of_link = dict(zip(map(id, document.links), here, strict=True))
        found.append(tuple(here))
    return found


def link_occurrence(link: Link) -> Occurrence:
    """A link of which the section is not known."""
    return Occurrence(link_key(link), (link.url, None, link.text))
