"""Reading what is new in a source, and remembering it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from extractor.catalogue.forgetting import drop_items, forgotten_notes, note_of
from extractor.catalogue.memory import SeenItem, remember
from extractor.joplin.items import MasterKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from extractor.catalogue.source_items import Dirty
    from extractor.catalogue.store import Catalogue
    from extractor.keys import Keys
    from extractor.sources import Entry, Source

BATCH = 200  # readings that are remembered at once: enough to make few statements of them, little enough to hold

T = TypeVar("T")


class Found(NamedTuple):
    """Whether one of the entries was an item, the first problem ('' for none), and keys that lay among the items."""

    is_item: bool
    first_problem: str
    late_keys: list[MasterKey]


def read_entries(
    db: Catalogue,
    keys: Keys,
    source: Source,
    source_id: int,
    entries: Sequence[Entry],
    touched: Dirty,
    progress: Callable[[int, int], None],
) -> Found:
    """Read these entries of a source and remember them; `progress` is told how many were read, and of how many.

    Raises SourceError, and EncryptionError if no password opens any of the keys.
    """
    done, is_item, first_problem = 0, False, ""
    late_keys: list[MasterKey] = []
    forgotten = forgotten_notes(db)
    for batch in _batches(source.read(entries), BATCH):
        seen = []
        dropped = []
        for reading in batch:
            item, problem = keys.open(reading.item)
            if isinstance(item, MasterKey):
                late_keys.append(item)
            entry = reading.entry
            item_id = entry.item_id or (item.id if item else None)
            problem = reading.problem or problem
            is_item = is_item or item is not None
            first_problem = first_problem or (f"{entry.name}: {problem}" if problem else "")
            if note_of(item, item_id) in forgotten:
                dropped += [item_id] if item_id else []
                continue
            seen.append(SeenItem(entry.name, item_id, entry.stamp, item, problem))
        if dropped:
            drop_items(db, dropped)
        remember(db, source_id, seen, touched)
        done += len(batch)
        progress(done, len(entries))
    return Found(is_item, first_problem, late_keys)


def _batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for thing in things:
        batch.append(thing)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
