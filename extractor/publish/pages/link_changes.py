"""What a revision did to the links of a note, and the differences between the links of any two texts."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from extractor.catalogue.queries.revisions import changes_of
from extractor.markdown import Follower, Markup
from extractor.names import SEPARATOR
from extractor.publish.html.note_parts import KnownLink
from extractor.publish.html.text_parts import documents_of_changes
from extractor.publish.pages.note_reading import canonical_addresses, known_links_with
from extractor.timeline.occurrences import link_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from sqlite3 import Connection

    from extractor.catalogue.queries.revisions import Change
    from extractor.markdown import Document, Link
    from extractor.timeline.pairing import Key

    Known = Callable[[str, str], KnownLink | None]


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A link or image that came or went, or (`respelled`) whose address was `url_before` earlier.

    `there` means that the text has it, but it is unknown since when.
    """

    change: Change
    kind: str
    text: str
    url: str
    section: str | None
    known: KnownLink | None
    url_before: str = ""


def recorded_links(connection: Connection, revision_id: str) -> tuple[LinkChange, ...]:
    """What the revision did to links, as recorded in the catalogue."""
    changes = changes_of(connection, revision_id)
    known = {one.link_id: one for one in known_links_with(connection, {one.link_id for one in changes})}
    return tuple(
        LinkChange(
            change=one.change,
            kind=one.kind,
            text=one.text,
            url=one.url,
            section=one.section,
            known=known.get(one.link_id) or KnownLink(one.link_id, None, "unknown"),
            url_before=one.url_before,
        )
        for one in changes
    )


def compared_links(
    old: str, new: str, markup: str, known_to: Callable[[Collection[str]], Known]
) -> tuple[LinkChange, ...]:
    """The links and images that only one of two texts has, and those that are spelled differently in them."""
    before, after = _documents(old, new, markup)
    removed, added = _surplus(before, after), _surplus(after, before)
    known = known_to(canonical_addresses([*removed, *added]))
    spelled: defaultdict[Key, list[Link]] = defaultdict(list)
    for link in removed:
        spelled[link_key(link)].append(link)
    found: list[LinkChange] = []

    def add_change(
        change: Literal["added", "removed", "respelled"], text: Document, link: Link, url_before: str = ""
    ) -> None:
        path = SEPARATOR.join(text.headings[link.section].path) if link.section is not None else None
        about = known(link.kind, link.url) if link.target == "web" else None
        found.append(LinkChange(change, link.kind, link.text, link.url, path, about, url_before))

    for link in added:
        if same := spelled[link_key(link)]:
            add_change("respelled", after, link, same.pop(0).url)
        else:
            add_change("added", after, link)
    for link in removed:
        if any(link is one for one in spelled[link_key(link)]):
            add_change("removed", before, link)
    return tuple(found)


def _documents(old: str, new: str, markup: str) -> tuple[Document, Document]:
    """The documents of two texts; long ones are read only where they differ."""
    form: Markup = "html" if markup == "html" else "markdown"
    if form == "markdown" and (found := documents_of_changes(old, new)) is not None:
        return found
    follower = Follower(form)  # the second text is read only where it differs from the first
    return follower.follow(old), follower.follow(new)


def _surplus(text: Document, other: Document) -> list[Link]:
    """The links of a text that another one does not have, or not as often."""
    counts = Counter((link.kind, link.url) for link in text.links)
    counts -= Counter((link.kind, link.url) for link in other.links)
    found = []
    for link in text.links:
        if counts[link.kind, link.url] > 0:
            counts[link.kind, link.url] -= 1
            found.append(link)
    return found
