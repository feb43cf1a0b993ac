"""The content of the pages of a folder: the shared rows, arranged by note, topic and address. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from extractor.catalogue.link_health import ORDER
from extractor.catalogue.queries.topic_names import TopHeading, TopicNames, topic_names
from extractor.names import SEPARATOR
from extractor.publish.html.topic_tree import Topic, topic_tree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from extractor.catalogue.choice import Choice
    from extractor.catalogue.shared_schema import SharedHealth, SharedLink, SharedNote, SharedSection, SharedUrl
    from extractor.catalogue.shared_tables import SharedTables

UNTITLED = "Untitled"
FALLBACK_TITLE = "Saved links"
MOST_IN_TITLE = 3
INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class SiteLink:
    """One place of a link and its row; `topic` is '' if it is not under a heading with a title."""

    row: SharedLink
    address: SharedUrl | None
    health: SharedHealth | None
    note: str
    topic: str

    @property
    def health_name(self) -> str:
        """The health of its address; `inside` for a link to another note."""
        if self.row.target != "web":
            return INSIDE
        return self.health.health if self.health else "unknown"

    @property
    def host(self) -> str:
        """The host of its address."""
        return self.address.host if self.address else ""

    @property
    def target_note(self) -> str | None:
        """The note it leads to; None for the web."""
        return self.row.url.removeprefix(":/") if self.row.target == "note" else None


@dataclass(frozen=True, slots=True)
class SiteNote:
    """One note with its content."""

    row: SharedNote
    tags: tuple[str, ...]
    sections: tuple[SharedSection, ...]
    links: tuple[SiteLink, ...]

    @property
    def name(self) -> str:
        """The name of the note."""
        return self.row.title or UNTITLED


@dataclass(frozen=True)
class Site:
    """The whole site; `made_at` is its time (ISO 8601, UTC), `roots` are the top-level topics that have a title."""

    title: str
    made_at: str
    notes: tuple[SiteNote, ...]
    links: tuple[SiteLink, ...]
    names: TopicNames
    roots: tuple[Topic, ...]

    @cached_property
    def by_root(self) -> Mapping[str, Sequence[SiteLink]]:
        """The links of each top-level topic, grouped by topic."""
        titles = self.names.titles
        found: defaultdict[str, list[SiteLink]] = defaultdict(list)
        for link in self.links:
            root = link.topic.split(SEPARATOR)[0]
            first = (link.row.section or "").split(SEPARATOR)[0]
            for one in {root, *titles.intersection([first])}:
                found[one].append(link)
        return {root: sorted(some, key=lambda link: link.topic) for root, some in found.items() if root}

    @cached_property
    def healths(self) -> Mapping[str, int]:
        """The number of links by health, those that need attention first."""
        counts = Counter(link.health_name for link in self.links if link.row.kind == "link")
        return {str(health): counts[health] for health in ORDER if counts[health]}

    @cached_property
    def newest(self) -> Sequence[SiteLink]:
        """The web links, most recently saved first; those without a known day last."""
        web = [link for link in self.links if link.row.kind == "link" and link.address]
        return sorted(web, key=lambda link: (bool(link.row.is_dated), link.row.first_seen_at or ""), reverse=True)


def site_of(tables: SharedTables, choice: Choice, made_at: str) -> Site:
    """The site for what is shared."""
    addresses = {address.id: address for address in tables.urls}
    healths = {health.url_id: health for health in tables.link_health}
    note_names = {note.id: note.title or UNTITLED for note in tables.notes}
    names = _topic_names(tables.sections)
    links = [
        SiteLink(
            link,
            addresses.get(link.url_id or 0),
            healths.get(link.url_id or 0),
            note_names[link.note_id],
            names.topic_of(link.section or ""),
        )
        for link in tables.links
    ]
    return Site(
        title=_title(tables, choice),
        made_at=made_at,
        notes=_notes(tables, links),
        links=tuple(links),
        names=names,
        roots=_roots(tables.sections, links, names),
    )


def _topic_names(sections: Sequence[SharedSection]) -> TopicNames:
    parents = {section.parent_id for section in sections}
    return topic_names(
        TopHeading(section.note_id, section.title, section.level, section.id in parents)
        for section in sections
        if section.parent_id is None
    )


def _roots(sections: Sequence[SharedSection], links: Sequence[SiteLink], names: TopicNames) -> tuple[Topic, ...]:
    """The tree of topics with links."""
    notes: defaultdict[str, set[str]] = defaultdict(set)
    for section in sections:
        notes[section.path].add(section.note_id)
    counts = Counter(link.row.section for link in links if link.row.section)
    tree = topic_tree(names, {path: len(of) for path, of in notes.items()}, counts)
    return tuple(tree.with_branches(root) for root in tree.roots if root.title and root.all_links)


def _notes(tables: SharedTables, links: Sequence[SiteLink]) -> tuple[SiteNote, ...]:
    titles = {tag.id: tag.title for tag in tables.tags}
    tags: defaultdict[str, list[str]] = defaultdict(list)
    for pair in tables.note_tags:
        tags[pair.note_id].append(titles[pair.tag_id])
    sections: defaultdict[str, list[SharedSection]] = defaultdict(list)
    for section in tables.sections:
        sections[section.note_id].append(section)
    by_note: defaultdict[str, list[SiteLink]] = defaultdict(list)
    for link in links:
        by_note[link.row.note_id].append(link)
    return tuple(
        SiteNote(note, tuple(sorted(tags[note.id])), tuple(sections[note.id]), tuple(by_note[note.id]))
        for note in sorted(tables.notes, key=lambda note: ((note.notebook or "").casefold(), note.title or "", note.id))
    )


def _title(tables: SharedTables, choice: Choice) -> str:
    """A title from the choice: its top notebooks, else the tags, else the notes."""
    tops = [notebook.title for notebook in tables.notebooks if not notebook.parent_id]
    tags = [tag.title for tag in tables.tags] if choice.tags else []
    found = tops or tags or [note.title or UNTITLED for note in tables.notes]
    return ", ".join(found) if 0 < len(found) <= MOST_IN_TITLE else FALLBACK_TITLE
