"""Verifying the catalogue: each text is rebuilt and parsed again, without any shortcut, and compared."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from extractor.catalogue.comparing import (
    Difference,
    compare_current,
    compare_health,
    compare_keyframes,
    compare_note,
    texts_that_differ,
)
from extractor.catalogue.presence import is_held
from extractor.catalogue.remembered import all_notes, current_note, notebook_titles
from extractor.catalogue.revisions import histories, notebooks_in
from extractor.catalogue.rules import is_derived_otherwise
from extractor.catalogue.source_items import known_stamps
from extractor.catalogue.store import reading
from extractor.errors import CatalogueFileError, SourceError
from extractor.joplin.items import Note
from extractor.sources import open_source
from extractor.workers import GivenUp, History, derive_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from extractor.catalogue.store import Catalogue

LOCAL = ("folder", "archive", "profile", "file")  # kinds of sources that need no network

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was compared, what differed, and what could not be compared and why."""

    notes: int
    revisions: int
    in_sources: int
    differences: tuple[Difference, ...]
    missing: tuple[str, ...]


def verify(path: Path, share: float, progress: Callable[[str, int, int], None]) -> Verified:
    """Compare all notes, or a random share of them, with what their diffs yield; writes nothing.

    Raises CatalogueFileError, also if the catalogue was derived by other rules, because then it must differ.
    """
    differences: list[Difference] = []
    with reading(path) as db:
        if is_derived_otherwise(db):
            raise CatalogueFileError(
                f"{path} was built by another version of joplin-catalogue.",
                "Run `joplin-catalogue build` first.",
            )
        ids = _sampled(sorted(all_notes(db)), share)
        revisions = 0
        progress("Verifying notes", 0, len(ids))
        done = 0
        given_up: list[str] = []
        for batch in derive_all(_histories(db, ids)):
            for derived in batch:
                if isinstance(derived, GivenUp):
                    given_up.append(f"{derived.note_id}: {derived.reason}.")
                    continue
                differences += compare_note(db, derived)
                differences += texts_that_differ(db, derived)
                differences += compare_keyframes(db, derived)
                revisions += sum(row.number is not None for row in derived.revisions)
            done += len(batch)
            progress("Verifying notes", done, len(ids))
        differences += compare_health(db, None if share >= 1 else _addresses(db, ids))
        in_sources, found, missing = _compare_sources(db, set(ids), progress)
        differences += found
    return Verified(len(ids), revisions, in_sources, tuple(differences), (*given_up, *missing))


def _histories(db: Catalogue, note_ids: Sequence[str]) -> Iterator[History]:
    titles = notebook_titles(db)
    for note_id, revisions, later, seen in histories(db, note_ids):
        is_gone = not is_held(db, note_id)
        named = notebooks_in(revisions, titles)
        note = current_note(db, note_id)
        yield History(note_id, note, revisions, later, seen, is_gone, plainly=True, notebooks=named)


def _sampled(things: Sequence[T], share: float) -> list[T]:
    """A random share of some items, at least one."""
    count = min(len(things), max(1, ceil(len(things) * share)))
    return list(things) if share >= 1 else random.sample(things, count)


def _addresses(db: Catalogue, note_ids: Sequence[str]) -> list[int]:
    found: set[int] = set()
    for note_id in note_ids:
        rows = db.execute("SELECT url_id FROM links WHERE note_id = ? AND url_id NOT NULL", [note_id]).fetchall()
        found.update(row[0] for row in rows)
    return sorted(found)


def _compare_sources(
    db: Catalogue, note_ids: set[str], progress: Callable[[str, int, int], None]
) -> tuple[int, list[Difference], list[str]]:
    """Compare current notes with their sources on this computer, if these have not changed since."""
    compared = 0
    differences: list[Difference] = []
    missing: list[str] = []
    sources = db.execute("SELECT id, kind, location FROM sources WHERE forgotten_at IS NULL ORDER BY id").fetchall()
    for place, (source_id, kind, location) in enumerate(sources, start=1):
        if kind in LOCAL:
            try:
                for note in _notes(db, source_id, location, note_ids):
                    compared += 1
                    differences += compare_current(db, note)
            except SourceError as error:
                missing.append(str(error))
        progress("Reading sources", place, len(sources))
    return compared, differences, missing


def _notes(db: Catalogue, source_id: int, location: str, note_ids: set[str]) -> Iterator[Note]:
    known = known_stamps(db, source_id)
    with closing(open_source(location)) as source:
        entries = [
            entry
            for entry in source.entries()
            if entry.stamp and known.get(entry.name) == entry.stamp and (entry.item_id or "") in note_ids
        ]
        for read in source.read(entries):
            if isinstance(read.item, Note):
                yield read.item
