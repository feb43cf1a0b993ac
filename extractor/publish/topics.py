"""Sections across notes: a topic is a path of headings, whichever notes have it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unicodedata import normalize

from datasette.utils.asgi import NotFound, Response

from extractor.publish.cells import SEPARATOR
from extractor.publish.listed import COLUMNS, FROM, THERE, Listed, listed
from extractor.publish.remembering import remembered
from extractor.publish.resources import Attachment, files_of
from extractor.publish.search_words import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from sqlite3 import Connection

    from extractor.publish.page import Visit

NEEDS = ("notes", "sections", "links", "urls", "checks")
MORE = ("resources",)
MOST_ROOTS = 200  # topics of the first level that the tree shows
MOST_BRANCHES = 8  # topics below each that are shown before they are opened
MOST_LINKS = 150
LAST = "\U0010ffff"
IS_THERE = "sections.removed_at IS NULL AND notes.state NOT IN ('trashed', 'gone')"
BELOW = "({0} = :path OR ({0} >= :below AND {0} < :after))"


@dataclass(slots=True)
class Topic:
    """A branch of the tree; `links` and `notes` count what stands under it itself, `all_links` below it too."""

    path: str
    title: str
    notes: int = 0
    links: int = 0
    all_links: int = 0
    branches: list[Topic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NoteUnder:
    """A note that has the section, or one below it."""

    id: str
    title: str
    line: int | None
    changed_at: str | None


@dataclass(frozen=True, slots=True)
class TopicView:
    """What the page of a topic shows."""

    path: str
    branches: tuple[Topic, ...]
    notes: tuple[NoteUnder, ...]
    links: tuple[Listed, ...]
    images: tuple[Listed, ...]
    files: Mapping[int, Attachment]
    elsewhere: tuple[str, ...]
    all_links: int
    past: int


async def topics_page(visit: Visit) -> Response:
    """`/-/topics?q=...&by=name`: the tree, those with most links first or by name; or the topics with these letters."""
    roots: list[Topic] = await remembered(visit, "topics", tree)
    wanted, by_name = visit.args.get("q", "").strip(), visit.args.get("by") == "name"
    if by_name:
        roots = sorted(roots, key=lambda topic: _plain(topic.title))
    found = [topic for topic in walk(roots) if _plain(wanted) in _plain(topic.title)] if wanted else []
    return await visit.show(
        "topics.html",
        roots=roots[:MOST_ROOTS],
        total=len(roots),
        wanted=wanted,
        found=found[:MOST_ROOTS],
        found_in_all=len(found),
        by_name=by_name,
        most_branches=MOST_BRANCHES,
        with_leaves=len(roots) <= MOST_ROOTS,
    )


def walk(topics: Iterable[Topic]) -> Iterator[Topic]:
    """Each topic, and those below it."""
    for topic in topics:
        yield topic
        yield from walk(topic.branches)


async def topic_page(visit: Visit) -> Response:
    """`/-/topic?path=Messaging › Kafka`: all links, images and notes under it; `past=1` shows what has gone too."""
    path, with_past = visit.args.get("path", ""), visit.args.get("past") == "1"

    def reading(connection: Connection) -> TopicView:
        return read_topic(connection, path, with_past=with_past, with_files=visit.sees("resources"))

    view = await visit.read(reading)
    return await visit.show("topic.html", view=view, with_past=with_past, parts=path.split(SEPARATOR))


def tree(connection: Connection) -> list[Topic]:
    """The topics that notes have now, those with most links first."""
    notes = connection.execute(
        "SELECT sections.path, count(DISTINCT note_id) FROM sections JOIN notes ON notes.id = note_id "
        f"WHERE {IS_THERE} GROUP BY sections.path"
    ).fetchall()
    links = connection.execute(
        "SELECT section, count(*) FROM saved_links WHERE section NOT NULL GROUP BY section"
    ).fetchall()
    return grown({row[0]: row[1] for row in notes}, {row[0]: row[1] for row in links})


def grown(notes: Mapping[str, int], links: Mapping[str, int]) -> list[Topic]:
    """The tree of paths; a path whose upper parts no note has by themselves still has its branch."""
    topics: dict[str, Topic] = {}
    roots: list[Topic] = []
    for path in sorted(notes):
        parts = path.split(SEPARATOR)
        for depth in range(1, len(parts) + 1):
            upper = SEPARATOR.join(parts[:depth])
            if upper not in topics:
                topics[upper] = Topic(upper, parts[depth - 1], notes.get(upper, 0), links.get(upper, 0))
                siblings = topics[SEPARATOR.join(parts[: depth - 1])].branches if depth > 1 else roots
                siblings.append(topics[upper])
    for path in sorted(topics, key=lambda one: one.count(SEPARATOR), reverse=True):
        topic = topics[path]
        topic.all_links = topic.links + sum(branch.all_links for branch in topic.branches)
        topic.branches.sort(key=_weight)
    return sorted(roots, key=_weight)


def _weight(topic: Topic) -> tuple[int, int, str]:
    return (-topic.all_links, -topic.notes, topic.title.casefold())


def read_topic(connection: Connection, path: str, *, with_past: bool, with_files: bool) -> TopicView:
    """All that stands under a path or below it; raises NotFound where no note has or had it."""
    where = {"path": path, "below": path + SEPARATOR, "after": path + SEPARATOR + LAST}
    sections = connection.execute(
        "SELECT sections.path, note_id, notes.title, sections.line, notes.updated_at, sections.removed_at IS NULL "
        "AND notes.state NOT IN ('trashed', 'gone') AS is_there "
        f"FROM sections JOIN notes ON notes.id = note_id WHERE {BELOW.format('sections.path')} "
        "ORDER BY notes.updated_at DESC, sections.line",
        where,
    ).fetchall()
    if not sections:
        raise NotFound("No note has or had this section.")
    is_in = f"{BELOW.format('links.section')} AND (links.target = 'web' OR links.kind = 'image')"
    there = "1" if with_past else THERE
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM {FROM} WHERE {is_in} AND {there} "
        f"ORDER BY links.section, links.removed_at NOT NULL, notes.title, links.line LIMIT {MOST_LINKS}",
        where,
    ).fetchall()
    counts: dict[str, int] = dict(
        connection.execute(
            f"SELECT links.section, count(*) FROM {FROM} WHERE {is_in} AND {there} AND links.kind = 'link' "
            "GROUP BY links.section",
            where,
        ).fetchall()
    )
    (past,) = connection.execute(
        f"SELECT count(*) FROM {FROM} WHERE {is_in} AND NOT ({THERE})",
        where,
    ).fetchone()
    found = listed(rows)
    links = tuple(one for one in found if one.kind == "link")
    images = tuple(one for one in found if one.kind == "image")
    notes: dict[str, NoteUnder] = {}
    for row in sections:
        if row["is_there"] or with_past:
            notes.setdefault(
                row["note_id"], NoteUnder(row["note_id"], row["title"] or "Untitled", row["line"], row["updated_at"])
            )
    return TopicView(
        path=path,
        branches=_branches(path, (row["path"] for row in sections if row["is_there"] or with_past), counts),
        notes=tuple(notes.values()),
        links=links,
        images=images,
        files=files_of(connection, images) if with_files else {},
        elsewhere=_elsewhere(connection, path),
        all_links=sum(counts.values()),
        past=past,
    )


def _branches(path: str, paths: Iterable[str], links: Mapping[str, int]) -> tuple[Topic, ...]:
    """The topics right below, in the order of their weight."""
    below: dict[str, Topic] = {}
    for one in paths:
        if one != path:
            title = one.removeprefix(path + SEPARATOR).split(SEPARATOR)[0]
            below.setdefault(title, Topic(path + SEPARATOR + title, title))
    for section, number in links.items():
        if section != path:
            title = section.removeprefix(path + SEPARATOR).split(SEPARATOR)[0]
            if title in below:
                below[title].all_links += number
    return tuple(sorted(below.values(), key=_weight))


def _elsewhere(connection: Connection, path: str) -> tuple[str, ...]:
    """Other paths that end with the same title, however its letters are written."""
    title = path.rpartition(SEPARATOR)[2]
    words = phrase(title)
    if not words:
        return ()
    rows = connection.execute(
        "SELECT DISTINCT sections.path FROM sections_fts JOIN sections ON sections.rowid = sections_fts.rowid "
        "WHERE sections_fts MATCH ? AND removed_at IS NULL LIMIT 200",
        [words],
    ).fetchall()
    same = _plain(title)
    found: Sequence[str] = [row["path"] for row in rows]
    return tuple(
        one
        for one in found
        if _plain(one.rpartition(SEPARATOR)[2]) == same and one != path and not one.startswith(path + SEPARATOR)
    )[:12]


def _plain(title: str) -> str:
    return normalize("NFKC", title).casefold().strip()
