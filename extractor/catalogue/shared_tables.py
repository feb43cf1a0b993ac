"""What may be shared of a choice of notes: the rows of each table, for a shared file and for a folder of pages.

Only this module decides what is shared; the writers of both formats get nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from extractor.catalogue import shared_rows
from extractor.catalogue.choice import choose
from extractor.errors import ConfigError, NotFound
from extractor.redaction import has_token, without_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from extractor.catalogue.choice import Choice
    from extractor.catalogue.database import Database
    from extractor.catalogue.shared_schema import (
        SharedHealth,
        SharedLink,
        SharedNote,
        SharedNotebook,
        SharedNoteTag,
        SharedSection,
        SharedTag,
        SharedUrl,
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """How much is shared; `links_left_out` counts links in the same notes that do not lead to the web."""

    notebooks: int
    notes: int
    sections: int
    links: int
    images: int
    addresses: int
    tags: int
    links_left_out: int
    links_withheld: int


@dataclass(frozen=True, slots=True)
class SharedTables:
    """The rows by table, and how many links were left out (`Shared`)."""

    notebooks: Sequence[SharedNotebook]
    notes: Sequence[SharedNote]
    tags: Sequence[SharedTag]
    note_tags: Sequence[SharedNoteTag]
    sections: Sequence[SharedSection]
    urls: Sequence[SharedUrl]
    links: Sequence[SharedLink]
    link_health: Sequence[SharedHealth]
    links_left_out: int
    links_withheld: int

    @property
    def by_name(self) -> Mapping[str, Sequence[NamedTuple]]:
        """The rows of each table by name, referenced tables first."""
        return {
            "notebooks": self.notebooks,
            "notes": self.notes,
            "tags": self.tags,
            "note_tags": self.note_tags,
            "sections": self.sections,
            "urls": self.urls,
            "links": self.links,
            "link_health": self.link_health,
        }

    @property
    def counts(self) -> Shared:
        """The counts."""
        return Shared(
            notebooks=len(self.notebooks),
            notes=len(self.notes),
            sections=len(self.sections),
            links=sum(link.kind == "link" for link in self.links),
            images=sum(link.kind == "image" for link in self.links),
            addresses=len(self.urls),
            tags=len(self.tags),
            links_left_out=self.links_left_out,
            links_withheld=self.links_withheld,
        )


def shared_tables(
    db: Database,
    choice: Choice,
    *,
    with_tags: bool = False,
    with_context: bool = False,
    on_tokens: Callable[[Sequence[str]], None] | None = None,
) -> SharedTables:
    """What may be shared of the current notes of a choice.

    Includes the tags chosen by name, other tags of the notes only `with_tags`, and the text around each link only
    `with_context`. With `on_tokens`, addresses that seem to contain a token are left out and passed to it. Raises
    ConfigError if nothing was chosen, and NotFound.
    """
    if not choice:
        raise ConfigError("Nothing was chosen to share.", "Choose notebooks, tags or notes.")
    chosen = choose(db, choice, to_share=True)
    if not chosen.notes:
        raise NotFound("This choice contains no current note; nothing was written.", "Choose other notebooks or tags.")
    notebooks = shared_rows.notebooks(db, chosen)
    notes = shared_rows.notes(db, chosen, notebooks)
    tags, note_tags = shared_rows.tags(db, chosen, with_tags=with_tags)
    sections = shared_rows.sections(db, chosen)
    links, left_out = shared_rows.links(db, chosen, sections, with_context=with_context)
    withheld: list[str] = []
    if on_tokens is not None:
        withheld = [without_tokens(link.url) for link in links if has_token(link.url)]
        on_tokens(withheld)
        links = shared_rows.without_tokens_of(link for link in links if not has_token(link.url))
        notebooks = shared_rows.without_tokens_of(notebooks)
        notes = shared_rows.without_tokens_of(notes)
        sections = shared_rows.without_tokens_of(sections)
    urls = shared_rows.urls(links, notes)
    health = shared_rows.health(db, urls)
    return SharedTables(notebooks, notes, tags, note_tags, sections, urls, links, health, left_out, len(withheld))
