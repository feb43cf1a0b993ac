"""Sections across notes: a topic is a path of headings, whichever notes have it. All topics in one tree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.catalogue.queries.topic_names import read_topic_names
from extractor.catalogue.queries.topics import links_by_path, notes_by_path, past_paths
from extractor.names import SEPARATOR, folded
from extractor.publish.html.topic_tree import initial, topic_tree, walk
from extractor.publish.plugin.cache import remembered

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.publish.html.topic_tree import Topic
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("notes", "sections", "links", "urls")
MOST_ROOTS = 200  # topics of the first level that the tree shows
MOST_BRANCHES = 8  # topics below each that are shown before they are opened


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


def tree(connection: Connection) -> list[Topic]:
    """The topics that notes have now, those with most links first."""
    return topic_tree(read_topic_names(connection), notes_by_path(connection), links_by_path(connection))


def past_topics(connection: Connection) -> list[PastTopic]:
    """The topics that notes had once and none has now, those that went last first."""
    names = read_topic_names(connection)
    present = set(map(names.topic_of, notes_by_path(connection)))
    found: dict[str, PastTopic] = {}
    for one in past_paths(connection):
        topic = names.topic_of(one.path)
        if topic not in present:
            title = topic.rpartition(SEPARATOR)[2]
            found.setdefault(topic, PastTopic(topic, folded(title), one.until, one.is_dated))
    return list(found.values())
