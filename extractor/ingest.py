"""From sources into the memory of the catalogue: what is new since the last build, what has gone, what is encrypted."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from extractor.catalogue.presence import missing_notes
from extractor.catalogue.source_items import (
    ENCRYPTED,
    Dirty,
    forget,
    forget_superseded,
    known_notes,
    known_stamps,
    remember_missing,
    source_row,
)
from extractor.errors import SourceError, SourceUnreadable
from extractor.sources import NoteLookup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from extractor.catalogue.store import Catalogue
    from extractor.joplin.items import Item, MasterKey
    from extractor.keys import Keys
    from extractor.sources import Entry, Source


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A source, and what may be an item in it now."""

    source: Source
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class IngestResult:
    """How many entries a source has, how many of them were read, and how many have gone from it."""

    source_id: int
    items: int
    changed: int
    gone: int


def list_sources(
    sources: Iterable[Source], *, may_be_missing: bool = False
) -> tuple[list[ListedSource], list[SourceError]]:
    """List what each source holds, and why others were passed over: they cannot be read, and may be missing.

    One at least is there. Raises SourceError.
    """
    listed: list[ListedSource] = []
    missing: list[SourceError] = []
    for source in sources:
        try:
            listed.append(ListedSource(source, source.entries()))
        except SourceError as error:
            if not may_be_missing:
                raise
            missing.append(error)
    if missing and not listed:
        raise missing[0]
    return listed, missing


@dataclass(slots=True)
class Ingest:
    """What takes sources in; `progress` is told how much was read, and of how much."""

    db: Catalogue
    keys: Keys
    touched: Dirty
    progress: Callable[[int, int], None]
    _late_keys: list[MasterKey] = field(default_factory=list)

    def take(self, sources: Sequence[ListedSource], now: str) -> list[IngestResult]:
        """Remember what changed; raises SourceError, also where nothing of a new source can be read.

        Raises EncryptionError if no password opens any of the keys.
        """
        ids = [
            source_row(self.db, one.source.kind, one.source.location, now, _history_days(one.source)) for one in sources
        ]
        for one in sources:
            self.keys.add(one.source.master_keys())
        taken = [self._take(one, source_id, now) for one, source_id in zip(sources, ids, strict=True)]
        if self.keys.add(self._late_keys) and self.keys.ring() is not None:
            # The keys of old targets lie among the items, and may come after what they open.
            for one, source_id in zip(sources, ids, strict=True):
                known = known_stamps(self.db, source_id)
                self._read(one, source_id, [e for e in one.entries if known.get(e.name, "").startswith(ENCRYPTED)])
        self._decrypt()
        forget_superseded(self.db, now, self.touched)
        for one, source_id in zip(sources, ids, strict=True):
            self._look_up_missing(one, source_id, now)
        return taken

    def _look_up_missing(self, one: ListedSource, source_id: int, now: str) -> None:
        """Before a note counts as gone, ask for it a source that may hold what it does not list; and only once."""
        if isinstance(one.source, NoteLookup) and (missing := missing_notes(self.db, source_id)):
            found = one.source.find_notes(missing)
            self._read(one, source_id, found)
            remember_missing(self.db, source_id, set(missing) - {entry.item_id for entry in found}, now)

    def _decrypt(self) -> None:
        """Open what was found encrypted before and may be in no source any more."""
        if not (self.keys.has_keys and self.keys.has_password):
            return
        from extractor.catalogue.forgetting import drop_items, forgotten_notes  # noqa: PLC0415 -- few builds have keys
        from extractor.catalogue.memory import remember_opened  # noqa: PLC0415
        from extractor.catalogue.remembered import encrypted_revisions, locked_revisions  # noqa: PLC0415
        from extractor.joplin.items import Revision  # noqa: PLC0415

        waiting: list[Item] = [*encrypted_revisions(self.db), *locked_revisions(self.db)]
        opened = [item for item, _ in map(self.keys.open, waiting) if isinstance(item, Revision)]
        forgotten = forgotten_notes(self.db)
        drop_items(self.db, [revision.id for revision in opened if revision.item_id in forgotten])
        remember_opened(self.db, [one for one in opened if one.item_id not in forgotten], self.touched)

    def _take(self, one: ListedSource, source_id: int, now: str) -> IngestResult:
        known = known_stamps(self.db, source_id)
        entries = list(one.entries)
        if isinstance(one.source, NoteLookup):
            unlisted = known_notes(self.db, source_id) - {entry.item_id for entry in entries}
            entries += one.source.find_notes(sorted(unlisted))
        changed = self._changed(entries, known)
        is_read, problem = self._read(one, source_id, changed)
        if not is_read and not known:
            # Later, files that cannot be read are rows in `problems`: what they told is kept. Here they told nothing,
            # and a catalogue of nothing would look as if that were all.
            raise SourceUnreadable(
                f"{one.source.location}: nothing in it is a readable Joplin item. {problem}".rstrip(),
                "Give the folder that Joplin synchronises with, its profile folder, or a JEX or RAW export.",
            )
        gone = set(known).difference(map(attrgetter("name"), entries))
        forget(self.db, source_id, gone, now, self.touched)
        return IngestResult(source_id, len(entries), len(changed), len(gone))

    def _changed(self, entries: Sequence[Entry], known: Mapping[str, str]) -> list[Entry]:
        """What has to be read: what is new or another, and with a password also what stayed encrypted until now."""
        changed = [entry for entry in entries if not entry.stamp or known.get(entry.name) != entry.stamp]
        closed = {entry for entry in changed if known.get(entry.name) == ENCRYPTED + entry.stamp}
        if closed and self.keys.has_keys and self.keys.ring() is not None:
            return changed
        return [entry for entry in changed if entry not in closed or not entry.stamp]

    def _read(self, one: ListedSource, source_id: int, entries: Sequence[Entry]) -> tuple[bool, str]:
        """Remember what these entries hold; says whether there was an item, and the first problem ('' for none)."""
        self.progress(0, len(entries))
        if not entries:
            return False, ""
        from extractor.read_entries import read_entries  # noqa: PLC0415 -- most builds find nothing changed

        found = read_entries(self.db, self.keys, one.source, source_id, entries, self.touched, self.progress)
        self._late_keys += found.late_keys
        return found.is_item, found.first_problem


def _history_days(source: Source) -> int | None:
    """For how many days Joplin keeps the history of a source; of an export none is kept."""
    return source.history_days if source.has_history else 0
