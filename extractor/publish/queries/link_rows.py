"""Links and images as the pages list them, each with its note, section and health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.link_names import BY_PAGE, is_bare, says_nothing
from extractor.names import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Row

    from extractor.publish.html.paths import Paths

COLUMNS = (
    "links.id, links.kind, links.target, links.text, links.url, links.url_id, links.note_id, links.section, "
    "links.context, links.line, links.absent_at, links.first_seen_at, links.is_dated, links.last_seen_at, "
    "links.removed_at, links.removal_is_dated, notes.name AS note, urls.host, urls.site, "
    "notes.state AS note_state, links.removed_at IS NULL AND notes.is_present AS stands_now, "
    "urls.expires_at, links.last_revision_id, "
    "CASE WHEN links.removed_at NOT NULL THEN (SELECT number FROM revisions WHERE id = links.last_revision_id) END "
    "AS last_number, "
    "(SELECT health FROM link_health WHERE link_health.url_id = links.url_id) AS health, "
    "(SELECT pages.title FROM pages WHERE pages.url_id = links.url_id AND seen = 'last') AS page_title"
)
FROM = "links JOIN notes ON notes.id = links.note_id LEFT JOIN urls ON urls.id = links.url_id"
THERE = "links.removed_at IS NULL AND notes.is_present"
NEWEST_FIRST = "ORDER BY links.is_dated DESC, links.first_seen_at DESC, links.id DESC"
LAST = "\U0010ffff"


def of_tag(name: str) -> str:
    """The ids of the notes with the tag that is given as :name."""
    return f"SELECT note_id FROM note_tags JOIN tags ON tags.id = tag_id WHERE tags.title = :{name} COLLATE NOCASE"


def within(column: str, name: str) -> str:
    """That a path of headings or notebooks is the one that is given as :name, or lies below it."""
    below = f":{name} || '{SEPARATOR}'"
    return f"({column} = :{name} OR ({column} >= {below} AND {column} < {below} || '{LAST}'))"


SHORT_CONTEXT = 110  # characters


def newest_saved(where: str = "1") -> str:
    """The saved links of `where`, a condition on the view `saved_links`; newest first, from :skipped on, :most.

    Those of which the day is not known come last.
    """
    return (
        f"SELECT {COLUMNS} FROM {FROM} WHERE links.id IN (SELECT id FROM saved_links WHERE {where} "
        f"ORDER BY is_dated DESC, first_seen_at DESC, id DESC LIMIT :most OFFSET :skipped) {NEWEST_FIRST}"
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """One place of a link or an image; `is_present` if it stands there now, and its note is there now."""

    id: int
    kind: str
    target: str
    text: str
    url: str
    note_id: str
    note: str
    note_state: str
    is_present: bool
    section: str | None
    context: str
    line: int | None
    host: str | None
    expires_at: str | None
    absent_at: str | None
    first_seen_at: str | None
    is_dated: bool
    last_seen_at: str | None
    removed_at: str | None
    removal_is_dated: bool
    last_revision_id: str | None
    last_number: int | None
    health: str
    page_title: str | None = None

    @property
    def month(self) -> str:
        """The month in which it was first there, `2024-11`; '' if that is not known."""
        return (self.first_seen_at or "")[:7] if self.is_dated else ""

    @property
    def saved_at(self) -> str | None:
        """The time from which on an archive may have what was saved: a copy from before shows another page."""
        return self.first_seen_at if self.is_dated else self.absent_at

    @property
    def about(self) -> str:
        """What tells of a link whose own words say nothing, such as `post`; '' for any other.

        The title of its page, marked as the page's, else the words around it.
        """
        if self.page_title and (says_nothing(self.text) or is_bare(self.text)):
            return f"{self.page_title} {BY_PAGE}"
        return self.context[:SHORT_CONTEXT] if says_nothing(self.text) and self.context != self.text else ""

    @property
    def anchor(self) -> str:
        """Where it stands in the page of its note."""
        return f"link-{self.id}" if self.host else f"line-{self.line}" if self.line else ""

    def in_note(self, paths: Paths) -> str:
        """Where it stands in its note; of what has gone, where it stood last."""
        if self.removed_at:
            return where_it_stood(paths, self.note_id, self.last_revision_id, self.last_number, self.line)
        return paths.note(self.note_id, anchor=self.anchor)


def where_it_stood(paths: Paths, note_id: str, revision_id: str | None, number: int | None, line: int | None) -> str:
    """The last text of a note that had something, at its line.

    The text of a lost revision, which has no number, is on the page of the revision; a link that only a removal tells
    of stood in no text that is known.
    """
    if revision_id is None:
        return paths.note(note_id)
    if number is None:
        return paths.revision(revision_id)
    return paths.note(note_id, at=number, anchor=f"line-{line}" if line else "")


def listed(rows: Sequence[Row]) -> list[Listed]:
    """Rows of COLUMNS."""
    return [
        Listed(
            id=row["id"],
            kind=row["kind"],
            target=row["target"],
            text=row["text"],
            url=row["url"],
            note_id=row["note_id"],
            note=row["note"],
            note_state=row["note_state"],
            is_present=bool(row["stands_now"]),
            section=row["section"],
            context=row["context"],
            line=row["line"],
            host=row["host"],
            expires_at=row["expires_at"],
            absent_at=row["absent_at"],
            first_seen_at=row["first_seen_at"],
            is_dated=bool(row["is_dated"]),
            last_seen_at=row["last_seen_at"],
            removed_at=row["removed_at"],
            removal_is_dated=bool(row["removal_is_dated"]),
            last_revision_id=row["last_revision_id"],
            last_number=row["last_number"],
            health=row["health"] or "inside",
            page_title=row["page_title"],
        )
        for row in rows
    ]
