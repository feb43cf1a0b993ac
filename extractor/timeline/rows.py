"""The rows that are derived from the history of one note: a class for each table of the catalogue."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from extractor.joplin.history import SeenText

UNTITLED = "Untitled"
LOST = "(lost revision)"
LONGEST_TITLE = 300  # characters that are kept and shown of a title, a link's text and the path of a section
CUT_PATH = 60  # characters of a longer path: it is in the row of each link below it, and in four indexes
HTML = 2  # markup_language of a note (MarkupToHtml.ts: 1 Markdown, 2 HTML)


class RevisionRow(NamedTuple):
    """A row of `revisions`."""

    id: str
    note_id: str
    parent_id: str
    number: int | None  # None for a lost revision whose text is known from later ones
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
    absent_at: str | None
    first_seen_at: str | None
    is_dated: int
    first_revision_id: str | None
    last_seen_at: str | None
    last_revision_id: str | None
    removed_at: str | None
    removal_is_dated: int


class LinkRow(NamedTuple):
    """A row of `links`; `canonical` (None if it is not a web address) leads to its row of `urls`."""

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
    position: int  # among the links of its note, from 0: several may be in one line
    absent_at: str | None
    first_seen_at: str | None
    is_dated: int
    first_revision_id: str | None
    last_seen_at: str | None
    last_revision_id: str | None
    removed_at: str | None
    removal_is_dated: int


class ChangeRow(NamedTuple):
    """A row of `link_changes`."""

    revision_id: str
    link_id: int
    change: str
    url: str  # as written then
    url_before: str | None  # as written before, if it was respelled
    section_then: str | None  # a heading may be renamed later; `links.section` has its last name
    is_dated: int  # whether the change was made at the time of its revision, and not some time before


class KeyframeRow(NamedTuple):
    """A row of `keyframes`: the whole text of a revision, compressed UTF-8 that may contain lone surrogates.

    `base_id` is the revision to whose text the diff was applied. A text without a keyframe is what its diff makes of
    its parent's text, each hunk fitting exactly.
    """

    note_id: str
    revision_id: str
    base_id: str | None
    digest: bytes
    text: bytes


class ProblemRow(NamedTuple):
    """A revision of which something cannot be read; for the current note, `revision_id` is the note's own id."""

    revision_id: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class NoteRows:
    """All rows of one note; `title` and `metadata` are the latest that its revisions give.

    `rebuilt` are texts to keep, by revision id, because what they were rebuilt from may change.
    """

    note_id: str
    title: str | None
    metadata: Mapping[str, object]
    revisions: tuple[RevisionRow, ...]
    sections: tuple[SectionRow, ...]
    links: tuple[LinkRow, ...]
    changes: tuple[ChangeRow, ...]
    problems: tuple[ProblemRow, ...]
    rebuilt: Mapping[str, SeenText]
    keyframes: tuple[KeyframeRow, ...] = ()


def identifier(*parts: object) -> int:
    """An id for a row, always the same for the same parts; 53 bits, so that JSON represents it exactly."""
    text = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 11


def shortened(text: str) -> str:
    """The first LONGEST_TITLE characters of a title or a link's text: more adds nothing, and is in the note itself."""
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1].rstrip()}…"


def section_path(titles: Sequence[str]) -> str:
    """`Messaging › Kafka`. Each link below a section repeats it, so if it is too long each title is cut."""
    path = SEPARATOR.join(titles)
    if len(path) <= LONGEST_TITLE:
        return path
    share = max(CUT_PATH // len(titles) - len(SEPARATOR), 1)
    return SEPARATOR.join(title if len(title) <= share else f"{title[:share].rstrip()}…" for title in titles)
