"""The page of all topics, as one tree. A topic is a path of headings, in whichever notes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING

from extractor.catalogue.queries.topic_names import read_topic_names
from extractor.catalogue.queries.topics import links_by_path, notes_by_path, paths_that_went
from extractor.names import SEPARATOR, folded
from extractor.publish.html.topic_tree import initial, titled, topic_tree, weight
from extractor.publish.plugin.cache import remembered

if TYPE_CHECKING:
    from sqlite3 import Connection

    from datasette.utils.asgi import Response

    from extractor.catalogue.queries.topic_names import TopicNames
    from extractor.publish.html.topic_tree import Topic, TopicTree
    from extractor.publish.plugin.page import PageRequest

REQUIRED_TABLES = ("notes", "sections", "links", "urls")
MOST_ROOTS = 200  # topics of the first level that the tree shows
MOST_BRANCHES = 8  # topics below each that are shown before they are opened


@dataclass(frozen=True, slots=True)
class PastTopic:
    """A topic that no note has any more; `folded` is its title in the form for searching, `until` is when it went.

    `is_dated` if that is the day itself, and not only a day by which it was gone.
    """

    path: str
    folded: str
    until: str | None
    is_dated: bool


async def topics_page(visit: PageRequest) -> Response:
    """`/-/topics?q=...&by=name&letter=K`: the tree, by number of links or by name; or the topics that contain `q`.

    Found topics that are only in the past come last. Headings without a title, and those below them, are not in the
    tree.
    """
    names = await remembered(visit, "topic names", read_topic_names)
    topics = await remembered(visit, "topics", lambda connection: tree(connection, names), besides=names)
    wanted, letter = visit.args.get("q", "").strip(), visit.args.get("letter", "")
    if letters := folded(wanted):
        return await _with_letters(visit, topics, names, wanted, letters)
    roots = [topic for topic in topics.roots if topic.title]
    by_name = visit.args.get("by") == "name" or bool(letter)
    initials = Counter(initial(topic.title) for topic in roots) if by_name else {}
    if by_name:
        roots = sorted(roots, key=lambda topic: folded(topic.title))
    if letter in initials:
        roots = [topic for topic in roots if initial(topic.title) == letter]
    levels = 2 if len(roots) <= MOST_ROOTS else 1  # below the first

    def shown(_connection: Connection | None = None) -> list[Topic]:
        return [titled(topics.with_branches(root, levels)) for root in roots[:MOST_ROOTS]]

    return await visit.show(
        "topics.html",
        roots=shown() if by_name else await remembered(visit, "first topics", shown, besides=topics),
        total=len(roots),
        wanted=wanted,
        found_in_all=0,
        by_name=by_name,
        initials=sorted(initials.items()),
        letter=letter if letter in initials else "",
        most_branches=MOST_BRANCHES,
    )


async def _with_letters(
    visit: PageRequest, topics: TopicTree, names: TopicNames, wanted: str, letters: str
) -> Response:
    """The page of the topics with these letters in their titles, those with the most links first."""
    titles = await remembered(visit, "titles in the tree", lambda _connection: topics.by_title(), besides=topics)
    found = [path for form, paths in titles.items() if letters in form for path in paths]
    past = await remembered(
        visit, "past topics", lambda connection: past_topics(connection, topics, names), besides=topics
    )
    found_past = [topic for topic in past if letters in topic.folded]
    return await visit.show(
        "topics.html",
        wanted=wanted,
        found=nsmallest(MOST_ROOTS, map(topics.topic, found), key=weight),
        found_past=found_past[:MOST_ROOTS],
        found_in_all=len(found) + len(found_past),
    )


def tree(connection: Connection, names: TopicNames) -> TopicTree:
    """The topics in current notes."""
    return topic_tree(names, notes_by_path(connection), links_by_path(connection))


def past_topics(connection: Connection, present: TopicTree, names: TopicNames) -> list[PastTopic]:
    """The topics that notes once had and none has now, those that went last first."""
    found: dict[str, PastTopic] = {}
    for one in paths_that_went(connection):
        topic = names.topic_of(one.path)
        # A title of a current note counts as present, even if it is not a topic of the tree.
        if topic not in present.notes and topic not in names.titles:
            title = topic.rpartition(SEPARATOR)[2]
            found.setdefault(topic, PastTopic(topic, folded(title), one.until, one.is_dated))
    return list(found.values())
