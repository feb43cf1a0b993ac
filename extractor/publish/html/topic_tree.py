"""The tree of topics. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from extractor.names import SEPARATOR, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from extractor.catalogue.queries.topic_names import TopicNames

OTHERS = "#"  # sorts before all letters


@dataclass(frozen=True, slots=True)
class Topic:
    """A branch of the tree; `links` and `notes` count what is directly under it, `all_links` includes the branches."""

    path: str
    title: str
    notes: int = 0
    links: int = 0
    all_links: int = 0
    branches: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TopicTree:
    """All topics: counts by path, and the paths directly below each; those below None are the paths of `roots`.

    There may be hundreds of thousands of topics, of which few are shown: only these become records with branches, by
    `with_branches`. The `roots` have no branches.
    """

    notes: Mapping[str, int]
    links: Mapping[str, int]
    all_links: Mapping[str, int]
    below: Mapping[str | None, Sequence[str]]
    roots: tuple[Topic, ...]

    def topic(self, path: str) -> Topic:
        """A topic without its branches."""
        title = path.rpartition(SEPARATOR)[2]
        return Topic(path, title, self.notes.get(path, 0), self.links.get(path, 0), self.all_links.get(path, 0))

    def with_branches(self, topic: Topic, levels: int | None = None) -> Topic:
        """A topic with its branches, those with the most links first, down to so many `levels`, or all."""
        if levels == 0 or topic.path not in self.below:
            return topic
        below = sorted(map(self.topic, self.below[topic.path]), key=weight)
        deeper = None if levels is None else levels - 1
        return replace(topic, branches=tuple([self.with_branches(branch, deeper) for branch in below]))

    def by_title(self) -> Mapping[str, Sequence[str]]:
        """The paths of the topics by folded title, without those under a top heading without a title."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for paths in self.below.values():
            for path in paths:
                if path and not path.startswith(SEPARATOR):
                    found[path.rpartition(SEPARATOR)[2]].append(path)
        of_form: defaultdict[str, list[str]] = defaultdict(list)
        for title, paths in found.items():  # many paths have few titles
            of_form[folded(title)] += paths
        return of_form


def topic_tree(names: TopicNames, notes: Mapping[str, int], links: Mapping[str, int]) -> TopicTree:
    """The tree of topics, from counts by the paths of sections.

    A heading that is only the title of its note is a topic if a link is directly under it.
    """
    of_links, of_notes = names.by_topic(links), dict(names.by_topic(notes))
    for title in names.titles - of_links.keys():
        of_notes.pop(title, None)
    tree = grown(of_notes, of_links)
    titles = {root.path for root in tree.roots} & names.titles
    all_links = dict(tree.all_links) | dict.fromkeys(titles, 0)
    for path, number in links.items() if titles else ():
        for title in {path.partition(SEPARATOR)[0], names.topic_of(path).partition(SEPARATOR)[0]} & titles:
            all_links[title] += number
    roots = sorted((replace(root, all_links=all_links.get(root.path, 0)) for root in tree.roots), key=weight)
    return replace(tree, all_links=all_links, roots=tuple(roots))


def grown(notes: Mapping[str, int], links: Mapping[str, int]) -> TopicTree:
    """The tree of paths; paths above these have branches, too, even if no note has them."""
    below: defaultdict[str | None, list[str]] = defaultdict(list)
    known = set(notes)
    for path in notes:
        upper = _upper(path)
        below[upper].append(path)
        while upper is not None and upper not in known:
            known.add(upper)
            path, upper = upper, _upper(upper)  # noqa: PLW2901 -- continue with the one above
            below[upper].append(path)
    all_links: Counter[str] = Counter()
    for path, number in links.items():
        above: str | None = path if path in known else None
        while above is not None:
            all_links[above] += number
            above = _upper(above)
    tree = TopicTree(notes, links, all_links, below, ())
    return replace(tree, roots=tuple(sorted(map(tree.topic, below.get(None, ())), key=weight)))


def _upper(path: str) -> str | None:
    """The path of the topic above; None for a topic at the top."""
    upper, separator, _ = path.rpartition(SEPARATOR)
    return upper if separator else None


def branches_of(topic: str, topics: Iterable[str], links: Mapping[str, int]) -> tuple[Topic, ...]:
    """The topics directly below one, those with the most links first; `links` are counted by topic."""
    below = topic + SEPARATOR
    numbers = dict.fromkeys((one[len(below) :].partition(SEPARATOR)[0] for one in topics if one.startswith(below)), 0)
    for one, number in links.items():
        title = one[len(below) :].partition(SEPARATOR)[0] if one.startswith(below) else None
        if title in numbers:
            numbers[title] += number
    return tuple(
        sorted((Topic(below + title, title, all_links=number) for title, number in numbers.items()), key=weight)
    )


def titled(topic: Topic) -> Topic:
    """A topic without the branches that have no title."""
    return replace(topic, branches=tuple([titled(branch) for branch in topic.branches if branch.title]))


def walk(topics: Iterable[Topic]) -> Iterator[Topic]:
    """Yield each topic, and those below it."""
    for topic in topics:
        yield topic
        yield from walk(topic.branches)


def weight(topic: Topic) -> tuple[int, int, str]:
    """A sort key that puts topics with many links first."""
    return (-topic.all_links, -topic.notes, topic.title.casefold())


def initial(title: str) -> str:
    """The first letter of a title, without its accent; `#` if a title does not begin with a letter."""
    first = next((char for char in folded(title) if char.isalnum()), "")
    return first.upper()[:1] if first.isalpha() else OTHERS
