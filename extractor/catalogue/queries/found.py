"""Records of what a search finds. In a `snippet`, private characters mark the matches (search_words.START, END)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from extractor.catalogue.queries.links import ListedLink

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FoundNote:
    """A note whose text or title has the words."""

    id: str
    title: str
    notebook: str | None
    state: str
    changed_at: str | None
    snippet: str


@dataclass(frozen=True, slots=True)
class FoundSection:
    """A heading; `is_past` if no note has it now. `removed_at` is then when the last one went, if that is known.

    That is the day itself if `removal_is_dated`, else a time by which it was gone.
    """

    path: str
    notes: int
    is_past: bool
    removed_at: str | None
    removal_is_dated: bool


@dataclass(frozen=True, slots=True)
class FoundRevision:
    """A revision that wrote or removed the words."""

    id: str
    number: int | None
    captured_at: str | None


@dataclass(frozen=True, slots=True)
class FoundHistory:
    """The revisions of a note that wrote or removed the words, the latest first.

    There are `count` of them, from `since` on; `only_past` if the note no longer has the words. `title_then` is the
    title of the note at the latest of them: if `snippet` is '', the words were in that.
    """

    note_id: str
    title: str
    count: int
    since: str | None
    revisions: tuple[FoundRevision, ...]
    title_then: str
    snippet: str
    only_past: bool


@dataclass(frozen=True, slots=True)
class HoldingNote:
    """A note that has an attachment now."""

    id: str
    name: str
    line: int | None


@dataclass(frozen=True, slots=True)
class FoundAttachment:
    """An attachment whose name, or the text that Joplin read in it, has the words; and the notes that have it."""

    id: str
    title: str
    mime: str
    snippet: str
    notes: tuple[HoldingNote, ...]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A kept page that has the words, and where its address is in notes: the first place, and how many there are.

    The `version` that has them was kept at `kept_at`; unless it `is_newest`, the page has changed since.
    """

    url_id: int
    link: ListedLink
    places: int
    title: str | None
    version: int
    is_newest: bool
    kept_at: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What was found in a group, the best first, and how many there are."""

    rows: tuple[T, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Results:
    """What was found in each group except for links; what is there now comes before what has gone."""

    notes: Found[FoundNote] = Found()
    sections: Found[FoundSection] = Found()
    attachments: Found[FoundAttachment] = Found()
    history: Found[FoundHistory] = Found()
    pages: Found[FoundPage] = Found()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in any group."""
        groups = (self.notes, self.sections, self.attachments, self.history, self.pages)
        return not any(group.rows for group in groups)
