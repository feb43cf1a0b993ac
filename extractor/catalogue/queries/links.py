"""Lists of links and images, each with its note, section and health."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.conditions import NOW
from extractor.catalogue.link_names import BY_PAGE, is_bare, says_nothing
from extractor.catalogue.queries.ask import record, records, row, rows, value
from extractor.catalogue.queries.conditions import LINK_IS_THERE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from sqlite3 import Connection

    from extractor.catalogue.queries.ask import Value

COLUMNS = f"""\
links.id, links.kind, links.target, links.text, links.url, links.url_id, links.note_id, notes.name AS note,
       notes.state AS note_state, {LINK_IS_THERE} AS is_present, links.section, links.context, links.line, urls.host,
       urls.expires_at, links.absent_at, links.first_seen_at, links.is_dated, links.last_seen_at, links.removed_at,
       links.removal_is_dated, links.last_revision_id,
       CASE WHEN links.removed_at NOT NULL
            THEN (SELECT number FROM revisions WHERE id = links.last_revision_id) END AS last_number,
       coalesce((SELECT health FROM link_health WHERE link_health.url_id = links.url_id), 'inside') AS health,
       (SELECT pages.title FROM pages WHERE pages.url_id = links.url_id AND seen = 'last') AS page_title"""
LINKS = "links JOIN notes ON notes.id = links.note_id LEFT JOIN urls ON urls.id = links.url_id"
SHOWN_IN_TOPICS = "(links.url_id NOT NULL OR links.kind = 'image')"
UNDER = f"links.section IN (SELECT value FROM json_each(:paths)) AND {SHOWN_IN_TOPICS}"
SHORT_CONTEXT = 110  # characters

# Conditions on images.
IMAGES = {
    "all": LINK_IS_THERE,
    "here": f"{LINK_IS_THERE} AND +links.target = 'resource'",
    "remote": f"{LINK_IS_THERE} AND +links.target = 'web'",
    "expired": f"{LINK_IS_THERE} AND urls.expires_at < {NOW}",
    "past": f"NOT ({LINK_IS_THERE})",
}

DIED = f"""
SELECT {COLUMNS},
       dead_links.dead_since, dead_links.verdict
FROM {LINKS} JOIN dead_links ON dead_links.id = links.id
ORDER BY dead_links.dead_since DESC, links.id DESC
LIMIT :most
"""
COUNTS_OF_IMAGES = f"""
SELECT {", ".join(f"count(*) FILTER (WHERE {where}) AS [{name}]" for name, where in IMAGES.items())}
FROM {LINKS}
WHERE links.kind = 'image'
"""
PICTURE = """
SELECT url, text
FROM links
WHERE id = :link AND kind = 'image' AND target = 'web'
"""


@dataclass(frozen=True, slots=True)
class ListedLink:
    """One place of a link or an image; `is_present` if it is there now, in a note that is present."""

    id: int
    kind: str
    target: str
    text: str
    url: str
    url_id: int | None
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
        """The month in which it came, like `2024-11`; '' if that is unknown."""
        return (self.first_seen_at or "")[:7] if self.is_dated else ""

    @property
    def saved_at(self) -> str | None:
        """The earliest time of an archived copy of the saved page: an earlier copy may show a different page."""
        return self.first_seen_at if self.is_dated else self.absent_at

    @property
    def about(self) -> str:
        """A description of a link whose own text says nothing, such as `post`; '' for any other.

        It is the title of its page, marked as such, or else the text around it.
        """
        if self.page_title and (says_nothing(self.text) or is_bare(self.text)):
            return f"{self.page_title} {BY_PAGE}"
        return self.context[:SHORT_CONTEXT] if says_nothing(self.text) and self.context != self.text else ""


@dataclass(frozen=True, slots=True)
class DeadLink:
    """A link to an address that is dead: since when, and by which verdict."""

    link: ListedLink
    dead_since: str
    verdict: str


def newest(
    connection: Connection, where: str = "1", *, most: int, skipped: int = 0, **given: Value
) -> tuple[ListedLink, ...]:
    """The saved links that meet `where`, a condition on the view `saved_links`; newest first, undated ones last."""
    statement = f"""
SELECT {COLUMNS}
FROM {LINKS}
WHERE links.id IN (
  SELECT id
  FROM saved_links
  WHERE {where}
  ORDER BY is_dated DESC, first_seen_at DESC, id DESC
  LIMIT :most OFFSET :skipped
)
ORDER BY links.is_dated DESC, links.first_seen_at DESC, links.id DESC
"""
    return records(ListedLink, connection, statement, most=most, skipped=skipped, **given)


def images(connection: Connection, choice: str, *, most: int, skipped: int) -> tuple[ListedLink, ...]:
    """The images of one of IMAGES, those first seen most recently first."""
    statement = f"""
SELECT {COLUMNS}
FROM {LINKS}
WHERE links.kind = 'image' AND {IMAGES[choice]}
ORDER BY links.first_seen_at DESC, links.id DESC
LIMIT :most OFFSET :skipped
"""
    return records(ListedLink, connection, statement, most=most, skipped=skipped)


def counts_of_images(connection: Connection) -> Mapping[str, int]:
    """How many images there are of each of IMAGES."""
    (counts,) = rows(connection, COUNTS_OF_IMAGES)
    return dict(counts)


def picture(connection: Connection, link_id: int) -> tuple[str, str] | None:
    """The address and text of a remote image; None if there is none with that id."""
    found = row(connection, PICTURE, link=link_id)
    return (found["url"], found["text"]) if found is not None else None


def died_last(connection: Connection, most: int) -> list[DeadLink]:
    """The dead links that notes have now, those that died most recently first."""
    return [
        DeadLink(record(ListedLink, found), found["dead_since"], found["verdict"])
        for found in rows(connection, DIED, most=most)
    ]


def under_sections(
    connection: Connection, paths: Sequence[str], *, most: int, skipped: int = 0, with_past: bool
) -> tuple[ListedLink, ...]:
    """Web links and images in sections, in the order of `paths`; `with_past` includes those that have gone."""
    statement = f"""
SELECT {COLUMNS}
FROM json_each(:paths) AS asked CROSS JOIN {LINKS}
WHERE links.section = asked.value AND {SHOWN_IN_TOPICS} AND {_there(with_past=with_past)}
ORDER BY asked.key, NOT ({LINK_IS_THERE}), notes.name, links.line, links.id
LIMIT :most OFFSET :skipped
"""
    return records(ListedLink, connection, statement, paths=json.dumps(paths), most=most, skipped=skipped)


def counts_under_sections(
    connection: Connection, paths: Sequence[str], *, with_past: bool
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """How many links are in sections with these paths, by section, and by the year in which they came.

    The year '' is for links that came at an unknown time.
    """
    statement = f"""
SELECT links.section, coalesce(substr(first_seen_month, 1, 4), '') AS year, count(*) AS number
FROM {LINKS}
WHERE {UNDER} AND {_there(with_past=with_past)} AND links.kind = 'link'
GROUP BY links.section, year
"""
    sections: Counter[str] = Counter()
    years: Counter[str] = Counter()
    for found in rows(connection, statement, paths=json.dumps(paths)):
        sections[found["section"]] += found["number"]
        years[found["year"]] += found["number"]
    return sections, years


def past_under_sections(connection: Connection, paths: Sequence[str]) -> int:
    """How many links and images were once in sections with these paths, and no longer are."""
    statement = f"""
SELECT count(*)
FROM {LINKS}
WHERE {UNDER} AND NOT ({LINK_IS_THERE})
"""
    return int(value(connection, statement, paths=json.dumps(paths)))


def _there(*, with_past: bool) -> str:
    return "1" if with_past else LINK_IS_THERE
