"""What others may have of a choice of notes: the rows of each table, for a shared file and for a folder of pages.

It is decided here, once, what goes along; whoever writes it, in whatever form, has nothing else.
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

    from sqlite_utils import Database

    from extractor.catalogue.choice import Choice
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
    """How much is shared; `links_left_out` are in the same notes and lead elsewhere than to the web."""

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
    """The rows, table by table, and how many links were left out (`Shared`)."""

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
        """The rows of each table by its name, those that others refer to first."""
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
        """How much it is."""
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
    """What may go out of the current notes of a choice.

    Tags that were chosen by name go along, the other tags of the notes only `with_tags`; the text around each link
    only `with_context`. What looks like a token is left out if there is `on_tokens`, which is given the addresses.
    Raises ConfigError where nothing was chosen, and NotFound.
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
