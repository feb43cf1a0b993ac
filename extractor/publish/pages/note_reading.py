"""Reading what the pages of a note need: the note, its moments, and what is known about its links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasette.utils.asgi import NotFound

from extractor.catalogue.database import Database
from extractor.catalogue.link_health import in_archive
from extractor.catalogue.queries.attachments import attachments_of
from extractor.catalogue.queries.health import archived, health_of
from extractor.catalogue.queries.note_links import links_to, links_to_web, links_with_ids
from extractor.catalogue.queries.notes import notes_with_id, tags_of
from extractor.catalogue.queries.revisions import revision, revisions_of
from extractor.catalogue.stored_history import stored_history
from extractor.publish.html.history_strip import Moment
from extractor.publish.html.note_parts import Attachment, KnownLink
from extractor.publish.html.states import last_text
from extractor.publish.pages.resources import PICTURES, find, sources_here
from extractor.publish.plugin.kept import copies_of
from extractor.times import iso
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from sqlite3 import Connection

    from extractor.catalogue.queries.note_links import NoteLink
    from extractor.catalogue.queries.notes import NoteFacts
    from extractor.catalogue.queries.revisions import ListedRevision
    from extractor.catalogue.reader import NoteHistory, Text
    from extractor.markdown import Link
    from extractor.publish.plugin.page import PageRequest


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note with its tags."""

    facts: NoteFacts
    tags: tuple[str, ...]

    @property
    def id(self) -> str:
        """Joplin's id."""
        return self.facts.id

    @property
    def title(self) -> str:
        """The name of the note."""
        return self.facts.name


def note_shown(connection: Connection, note_id: str) -> ShownNote:
    """The note with that id, or the only one whose id begins so; raises NotFound."""
    found = notes_with_id(connection, note_id)
    if len(found) != 1:
        raise NotFound("This note is not in the catalogue.")
    return ShownNote(found[0], tags_of(connection, found[0].id))


def history_of(connection: Connection, note_id: str) -> NoteHistory:
    """All known texts of the note."""
    return stored_history(Database(connection), note_id)


def moments_of(connection: Connection, shown: ShownNote, history: NoteHistory) -> tuple[Moment, ...]:
    """The revisions in order, and the note as last read if it differs from the latest of them."""
    moments = [_moment(one) for one in revisions_of(connection, shown.id)]
    note, latest = history.note, history.revisions[-1] if history.revisions else None
    if note is not None and (latest is None or latest.body != note.body or (latest.title or note.title) != note.title):
        is_now = not last_text(shown.facts.state)
        summary = "the note as it is now" if is_now else "the note as it was last read"
        moments.append(Moment(None, None, iso(note.updated_time), summary, "current", 0, 0, False, is_now))
    return tuple(moments)


def moment_at(connection: Connection, revision_id: str) -> Moment:
    """One revision, whether a step of the note's history or a lost one; raises NotFound."""
    found = revision(connection, revision_id)
    if found is None:
        raise NotFound("This revision is not in the catalogue.")
    return _moment(found)


def _moment(one: ListedRevision) -> Moment:
    return Moment(
        number=one.number,
        revision_id=one.id,
        captured_at=one.captured_at,
        summary=one.summary,
        state=one.state,
        added=one.chars_added,
        removed=one.chars_removed,
        is_echo=one.is_echo,
    )


def known_links(connection: Connection, note_id: str, visit: PageRequest) -> tuple[KnownLink, ...]:
    """What is known about each web link and image that the note has, in its order, and then about those it had."""
    return _known(connection, links_to_web(connection, note_id), visit)


def canonical_addresses(links: Iterable[Link]) -> set[str]:
    """The canonical addresses of links, as `known_links_to` takes them."""
    return {address.canonical for link in links if (address := read_address(link.url)) is not None}


def known_links_to(
    connection: Connection,
    note_id: str,
    addresses: Collection[str],
    since: int | None,
    visit: PageRequest | None = None,
) -> tuple[KnownLink, ...]:
    """The same for links to some addresses; of those that the note has now, only from the line `since` on.

    It includes which of their pages were kept only if `visit` is given.
    """
    return _known(connection, links_to(connection, note_id, addresses, since), visit)


def known_links_with(connection: Connection, link_ids: Collection[int]) -> tuple[KnownLink, ...]:
    """The same for links and images with these ids."""
    return _known(connection, links_with_ids(connection, link_ids))


def _known(
    connection: Connection, links: Sequence[NoteLink], visit: PageRequest | None = None
) -> tuple[KnownLink, ...]:
    healths = health_of(connection, {link.url_id for link in links})
    copies = archived(connection, [link.url_id for link in links])
    kept = copies_of(visit, connection, {link.url_id for link in links}) if visit is not None else {}
    return tuple(
        KnownLink(
            link_id=link.id,
            url_id=link.url_id,
            health=healths.get(link.url_id, "unknown"),
            copy=copies.get(link.url_id, ""),
            archive="" if link.url_id in copies else in_archive(link.url, link.saved_at),
            kind=link.kind,
            url=link.written,
            canonical=link.canonical,
            text=link.text,
            kept_at=kept.get(link.url_id, ""),
        )
        for link in links
    )


def attachments_in(connection: Connection, note_id: str) -> Mapping[str, Attachment]:
    """The attachments that a note links to, or once did, by id."""
    found = attachments_of(connection, note_id)
    sources = sources_here(connection) if found else ()
    return {
        one.id: Attachment(
            title=one.title,
            is_picture=one.mime is None or one.mime in PICTURES,
            is_here=find(one.id, one.extension, sources) is not None,
        )
        for one in found
    }


def moment_of(moments: Sequence[Moment], text: Text) -> int:
    """The index of the moment of a text; the last one for the current note."""
    places = (at for at, moment in enumerate(moments) if text.revision_id and moment.revision_id == text.revision_id)
    return next(places, len(moments) - 1)
