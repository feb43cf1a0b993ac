"""The page of a topic: everything that is or was under a path of headings, in all notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound, Response

from extractor.catalogue.queries import links
from extractor.catalogue.queries.search_words import phrase
from extractor.catalogue.queries.topic_names import read_topic_names
from extractor.catalogue.queries.topics import (
    all_paths,
    last_number,
    paths_under,
    paths_with_words,
    removed_by,
    sections_at,
)
from extractor.catalogue.queries.typed_names import typed_paths
from extractor.names import SEPARATOR, did_you_mean, folded
from extractor.publish.html.in_note import in_last_text
from extractor.publish.html.topic_tree import branches_of
from extractor.publish.pages.resources import files_of
from extractor.publish.plugin.cache import remembered
from extractor.publish.plugin.data import CSV, JSON, as_csv, as_json, plain, size_of
from extractor.publish.plugin.page import page_asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from sqlite3 import Connection

    from extractor.catalogue.queries.links import ListedLink
    from extractor.catalogue.queries.topic_names import TopicNames
    from extractor.catalogue.queries.topics import SectionOfNote
    from extractor.catalogue.queries.typed_names import TypedPaths
    from extractor.publish.html.note_parts import Attachment
    from extractor.publish.html.paths import Paths
    from extractor.publish.html.topic_tree import Topic
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("notes", "sections", "links", "urls", "checks", "revisions")
OPTIONAL_TABLES = ("resources",)
MOST_LINKS = 150
MOST_NOTES = 40
# The columns of the CSV.
COLUMNS = (
    *("id", "kind", "text", "url", "section", "note", "note_id", "line", "health", "page_title", "context"),
    *("first_seen_at", "is_dated", "absent_at", "removed_at", "removal_is_dated", "is_present", "url_id"),
)
MOST_WITH_WORDS, MOST_ELSEWHERE = 200, 12  # paths that are compared, and that are shown


@dataclass(frozen=True, slots=True)
class NoteUnder:
    """A note that has or had the section or one below it; `is_present` if the note is there now.

    If the section has gone, `until` says when (`is_dated`), or by when it was gone, and `left_by` which revision
    removed it, if that is known.
    """

    id: str
    title: str
    state: str
    is_present: bool
    line: int | None
    changed_at: str | None
    until: str | None
    is_dated: bool
    last_revision_id: str | None
    last_number: int | None
    left_by: str | None

    def in_note(self, paths: Paths) -> str:
        """The address of the place where it is, or last was."""
        if self.until:
            return in_last_text(paths, self.id, self.last_revision_id, self.last_number, self.line)
        return paths.in_note(self.id, self.line)

    def removal(self, paths: Paths) -> str | None:
        """The address of what removed it; None if unknown."""
        if self.left_by:
            return paths.revision(self.left_by)
        return paths.changes(self.id, self.last_number, "now") if self.until and self.last_number else None


@dataclass(frozen=True, slots=True)
class Shown:
    """What is read of a topic: whether also what has gone, and files of attachments, and which part of its links."""

    with_past: bool = False
    with_files: bool = False
    most: int = MOST_LINKS
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class TopicView:
    """What the page shows; `until` is when the last note lost the topic, None while any note has it.

    `years` counts the links that were saved in each year; '' is for those that came at an unknown time.
    """

    path: str
    branches: tuple[Topic, ...]
    notes: tuple[NoteUnder, ...]
    in_notes: int
    links: tuple[ListedLink, ...]
    images: tuple[ListedLink, ...]
    files: Mapping[int, Attachment]
    elsewhere: tuple[str, ...]
    all_links: int
    years: tuple[tuple[str, int], ...]
    past: int
    is_past: bool
    until: str | None
    is_dated: bool


async def topic_page(visit: PageRequest) -> Response:
    """`/-/topic?path=Messaging › Kafka`: all links, images and notes under it; `past=1` also shows what has gone.

    For a topic that is only in the past, everything is shown. In JSON and CSV, there are `size` links and images at a
    time.
    """
    path, with_past = visit.args.get("path", ""), visit.args.get("past") == "1"

    names = await remembered(visit, "topic names", read_topic_names)
    if not await visit.read(lambda connection: paths_under(connection, names, path)):
        typed = await remembered(visit, "titles of topics", lambda connection: typed_paths(all_paths(connection)))
        path = await visit.read(lambda _connection: _meant(path, typed))

    size = size_of(visit.args.get("size"), MOST_LINKS) if visit.format else MOST_LINKS
    page = page_asked(visit.args.get("page")) if visit.format else 1
    shown = Shown(with_past=with_past, with_files=visit.sees("resources"), most=size, skipped=(page - 1) * size)
    view = await visit.read(lambda connection: read_topic(connection, path, names, shown))
    if visit.format:
        return _as_data(visit, view, page, size)
    return await visit.show(
        "topic.html",
        data=view,
        forms=(JSON, CSV),
        view=view,
        groups=_groups(view.links, names),
        with_past=with_past or view.is_past,
        parts=view.path.split(SEPARATOR),
    )


def _as_data(visit: PageRequest, view: TopicView, page: int, size: int) -> Response:
    """The topic as data: everything as JSON, or only its links and images as CSV."""
    found = [*view.links, *view.images]
    more = None
    if len(found) == size:
        asked = {"past": visit.args.get("past"), "size": visit.args.get("size"), "page": str(page + 1)}
        more = visit.paths.topic(view.path, form=visit.format, **asked)
    if visit.format == CSV:
        return as_csv(COLUMNS, [[getattr(link, name) for name in COLUMNS] for link in found], more)
    record = plain(view)
    assert isinstance(record, dict)  # noqa: S101 -- of a record
    return as_json({**record, "next": more}, more)


def read_topic(connection: Connection, path: str, names: TopicNames, asked: Shown) -> TopicView:
    """Everything under a path, or below it, in notes that have or had it."""
    topic_of = names.topic_of
    path, paths = topic_of(path), paths_under(connection, names, path)
    sections = sections_at(connection, path, paths)
    is_past = not any(section.is_there for section in sections)
    with_past = asked.with_past or is_past
    shown = [section for section in sections if section.is_there or with_past]
    notes = _first_of_notes(shown)
    found = links.under_sections(connection, paths, most=asked.most, skipped=asked.skipped, with_past=with_past)
    images = _of_kind(found, "image")
    by_section, by_year = links.counts_under_sections(connection, paths, with_past=with_past)
    last = max(sections, key=lambda section: section.removed_at or "")
    return TopicView(
        path=path,
        branches=branches_of(path, (topic_of(one.path) for one in shown), names.by_topic(by_section)),
        notes=tuple(_note_under(connection, section) for section in notes[:MOST_NOTES]),
        in_notes=len(notes),
        links=_of_kind(found, "link"),
        images=images,
        files=files_of(connection, images) if asked.with_files else {},
        elsewhere=_elsewhere(connection, path, names),
        all_links=sum(by_section.values()),
        years=tuple(sorted(by_year.items())),
        past=links.past_under_sections(connection, paths),
        is_past=is_past,
        until=last.removed_at if is_past else None,
        is_dated=last.removal_is_dated,
    )


def _groups(found: Iterable[ListedLink], names: TopicNames) -> tuple[tuple[str, tuple[ListedLink, ...]], ...]:
    """Links by topic, in the order in which the topics are found."""
    groups: dict[str, list[ListedLink]] = {}
    for link in found:
        groups.setdefault(names.topic_of(link.section or ""), []).append(link)
    return tuple((topic, tuple(some)) for topic, some in groups.items())


def _first_of_notes(sections: Iterable[SectionOfNote]) -> list[SectionOfNote]:
    """The first section of each note."""
    first: dict[str, SectionOfNote] = {}
    for section in sections:
        first.setdefault(section.note_id, section)
    return list(first.values())


def _of_kind(found: Iterable[ListedLink], kind: str) -> tuple[ListedLink, ...]:
    return tuple(one for one in found if one.kind == kind)


def _meant(path: str, known: TypedPaths) -> str:
    """The only path that a typed one may mean; raises NotFound if there is none, or more than one."""
    meant = known.meant(path)
    if len(meant) == 1:
        return meant[0]
    raise NotFound(f"No note has or had this section. {did_you_mean(path, meant or known.like(path))}".rstrip())


def _note_under(connection: Connection, section: SectionOfNote) -> NoteUnder:
    number = last_number(connection, section)
    return NoteUnder(
        id=section.note_id,
        title=section.name,
        state=section.state,
        is_present=section.is_present,
        line=section.line,
        changed_at=section.changed_at,
        until=section.removed_at,
        is_dated=section.removal_is_dated,
        last_revision_id=section.last_revision_id,
        last_number=number,
        left_by=removed_by(connection, section, number),
    )


def _elsewhere(connection: Connection, path: str, names: TopicNames) -> tuple[str, ...]:
    """Other topics that end with the same title, in whatever form it is written."""
    title = path.rpartition(SEPARATOR)[2]
    words = phrase(title)
    if not words:
        return ()
    same = folded(title)
    found = dict.fromkeys(
        names.topic_of(one)
        for one in paths_with_words(connection, words, MOST_WITH_WORDS)
        if folded(one.rpartition(SEPARATOR)[2]) == same and not names.is_under(one, path)
    )
    return tuple(found)[:MOST_ELSEWHERE]
