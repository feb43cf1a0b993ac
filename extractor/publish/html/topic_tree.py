"""Topics in one tree. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from extractor.names import SEPARATOR, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from extractor.catalogue.queries.topic_names import TopicNames

OTHERS = "#"  # before all letters


@dataclass(slots=True)
class Topic:
    """A branch of the tree; `links` and `notes` count what is right under it, `all_links` also what is below."""

    path: str
    title: str
    notes: int = 0
    links: int = 0
    all_links: int = 0
    branches: list[Topic] = field(default_factory=list)


def topic_tree(names: TopicNames, notes: Mapping[str, int], links: Mapping[str, int]) -> list[Topic]:
    """The tree of topics, from what was counted by the paths of sections.

    A heading that is only the title of its note is a topic where a link is right under it.
    """
    of_links = names.by_topic(links)
    of_notes = {
        topic: number
        for topic, number in names.by_topic(notes).items()
        if of_links.get(topic) or topic not in names.titles
    }
    roots = grown(of_notes, of_links)
    for root in roots:
        if root.path in names.titles:
            root.all_links = sum(number for path, number in links.items() if names.is_under(path, root.path))
    return sorted(roots, key=weight)


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


def branches_of(topic: str, topics: Iterable[str], links: Mapping[str, int]) -> tuple[Topic, ...]:
    """The topics right below one, those with most links first; `links` are counted by topic."""
    below: dict[str, Topic] = {}
    for one in topics:
        if one.startswith(topic + SEPARATOR):
            title = one.removeprefix(topic + SEPARATOR).split(SEPARATOR)[0]
            below.setdefault(title, Topic(topic + SEPARATOR + title, title))
    for one, number in links.items():
        if one.startswith(topic + SEPARATOR):
            title = one.removeprefix(topic + SEPARATOR).split(SEPARATOR)[0]
            if title in below:
                below[title].all_links += number
    return tuple(sorted(below.values(), key=weight))


def walk(topics: Iterable[Topic]) -> Iterator[Topic]:
    """Each topic, and those below it."""
    for topic in topics:
        yield topic
        yield from walk(topic.branches)


def weight(topic: Topic) -> tuple[int, int, str]:
    """What sorts topics with many links first."""
    return (-topic.all_links, -topic.notes, topic.title.casefold())


def initial(title: str) -> str:
    """The letter that a title begins with, without its accent; `#` for all that begins with none."""
    first = next((char for char in folded(title) if char.isalnum()), "")
    return first.upper()[:1] if first.isalpha() else OTHERS
