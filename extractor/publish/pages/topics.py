"""Sections across notes: a topic is a path of headings, whichever notes have it. All topics in one tree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.catalogue.queries.topics import links_by_path, notes_by_path, past_paths
from extractor.names import SEPARATOR, folded
from extractor.publish.plugin.cache import remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("notes", "sections", "links", "urls")
MOST_ROOTS = 200  # topics of the first level that the tree shows
OTHERS = "#"  # before all letters
MOST_BRANCHES = 8  # topics below each that are shown before they are opened


@dataclass(slots=True)
class Topic:
    """A branch of the tree; `links` and `notes` count what is right under it, `all_links` also what is below."""

    path: str
    title: str
    notes: int = 0
    links: int = 0
    all_links: int = 0
    branches: list[Topic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PastTopic:
    """A topic that no note has any more; `folded` is its title as it is searched, `until` when it went.

    `is_dated` if that is the day itself, and not only a day by which it was gone.
    """

    path: str
    folded: str
    until: str | None
    is_dated: bool


async def topics_page(visit: PageRequest) -> Response:
    """`/-/topics?q=...&by=name&letter=K`: the tree, with most links first or by name; or the topics with these letters.

    Topics with these letters that are only in the past come last. What is under a heading without a title is no
    topic of the tree.
    """
    roots = [topic for topic in await remembered(visit, "topics", tree) if topic.title]
    wanted, letter = visit.args.get("q", "").strip(), visit.args.get("letter", "")
    by_name = visit.args.get("by") == "name" or bool(letter)
    initials = Counter(initial(topic.title) for topic in roots) if by_name else {}
    if by_name:
        roots = sorted(roots, key=lambda topic: folded(topic.title))
    if letter in initials:
        roots = [topic for topic in roots if initial(topic.title) == letter]
    letters = folded(wanted)
    found = [topic for topic in walk(roots) if letters in folded(topic.title)] if letters else []
    past: list[PastTopic] = await remembered(visit, "past topics", past_topics) if letters else []
    found_past = [topic for topic in past if letters in topic.folded]
    return await visit.show(
        "topics.html",
        roots=roots[:MOST_ROOTS],
        total=len(roots),
        wanted=wanted,
        found=found[:MOST_ROOTS],
        found_past=found_past[:MOST_ROOTS],
        found_in_all=len(found) + len(found_past),
        by_name=by_name,
        initials=sorted(initials.items()),
        letter=letter if letter in initials else "",
        most_branches=MOST_BRANCHES,
        with_leaves=len(roots) <= MOST_ROOTS,
    )


def initial(title: str) -> str:
    """The letter that a title begins with, without its accent; `#` for all that begins with none."""
    first = next((char for char in folded(title) if char.isalnum()), "")
    return first.upper()[:1] if first.isalpha() else OTHERS


def walk(topics: Iterable[Topic]) -> Iterator[Topic]:
    """Each topic, and those below it."""
    for topic in topics:
        yield topic
        yield from walk(topic.branches)


def tree(connection: Connection) -> list[Topic]:
    """The topics that notes have now, those with most links first."""
    return grown(notes_by_path(connection), links_by_path(connection))


def past_topics(connection: Connection) -> list[PastTopic]:
    """The topics that notes had once and none has now, those that went last first."""
    return [
        PastTopic(one.path, folded(one.path.rpartition(SEPARATOR)[2]), one.until, one.is_dated)
        for one in past_paths(connection)
    ]


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
        topic.branches.sort(key=weight)
    return sorted(roots, key=weight)


def weight(topic: Topic) -> tuple[int, int, str]:
    """What sorts topics with many links first."""
    return (-topic.all_links, -topic.notes, topic.title.casefold())
