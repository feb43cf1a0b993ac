"""Deriving what follows from the memory of the catalogue: the rows of all notes that a build touches."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from extractor.catalogue.addresses import write_addresses
from extractor.catalogue.bulk import bulk, nothing_derived
from extractor.catalogue.derived import clear_all, write_note_rows, write_revision_problems
from extractor.catalogue.finalise import finalise
from extractor.catalogue.keyframes import has_keyframes
from extractor.catalogue.memory import fold_bodies
from extractor.catalogue.presence import is_held
from extractor.catalogue.problems import write_given_up
from extractor.catalogue.remembered import all_notes, current_note, notebook_titles
from extractor.catalogue.revisions import forget_needless, histories, notebooks_in
from extractor.catalogue.rules import record_derivation, renew
from extractor.catalogue.status import has_been_built
from extractor.timeline import NoteRows
from extractor.workers import PARALLEL_FROM, GivenUp, History, bounded, derive_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from extractor.catalogue.source_items import Dirty
    from extractor.catalogue.store import Catalogue

    Progress = Callable[[str, int, int], None]


def derive_all_again(db: Catalogue, touched: Dirty, progress: Progress, workers: int | None, now: str) -> int:
    """Where rules have changed: keep nothing that was derived, and derive everything that is remembered again."""
    touched.touch(all_notes(db))
    touched.anything = True
    if has_been_built(db):
        fold_bodies(db)
    addresses = clear_all(db)
    count = derive_touched(db, touched, progress, workers, now, addresses)
    renew(db)
    record_derivation(db, now)
    return count


def derive_touched(
    db: Catalogue,
    touched: Dirty,
    progress: Progress,
    workers: int | None,
    now: str,
    cleared: set[int] | None = None,
) -> int:
    """Derive the rows of touched notes; `cleared` are the addresses that had to go. Returns how many notes."""
    count = _derive_all(db, touched, cleared or set(), progress, workers, now)
    if cleared is not None:
        from extractor.catalogue.rekey import follow_addresses  # noqa: PLC0415 -- heavy, and seldom wanted

        follow_addresses(db)
    if touched.anything:
        progress("Finishing", 0, 1)
        finalise(db, now, touched)
    return count


def _derive_all(
    db: Catalogue, touched: Dirty, addresses: set[int], progress: Progress, workers: int | None, now: str
) -> int:
    """Derive the rows of each of the touched notes again; returns how many notes that were.

    `addresses` are the ids of those that may have changed besides.
    """
    progress("Replaying notes", 0, len(touched.notes))
    up_to_date, theirs = _continue(db, sorted(touched.grown))
    addresses = addresses | theirs  # a set of its own, which then grows in place
    note_ids = sorted(touched.notes - up_to_date)
    done = len(up_to_date)
    first = nothing_derived(db)
    with bulk(db) if first else nullcontext():
        for batch in derive_all(_histories(db, note_ids), workers, parallel_from=PARALLEL_FROM):
            derived = [one for one in batch if isinstance(one, NoteRows)]
            addresses |= write_note_rows(db, derived, first=first)
            write_revision_problems(db, derived, now)
            for one in batch:
                # Its rows stay as they were.
                write_given_up(db, one.note_id, one.reason if isinstance(one, GivenUp) else None, now)
            done += len(batch)
            progress("Replaying notes", done, len(touched.notes))
    write_addresses(db, addresses)
    return done


def _continue(db: Catalogue, note_ids: Sequence[str]) -> tuple[set[str], set[int]]:
    """Bring notes with a long history up to date that need no replay of it; returns their ids, and of addresses."""
    notes: set[str] = set()
    addresses: set[int] = set()
    titles: Mapping[str, str] | None = None
    for note_id in note_ids:
        if has_keyframes(db, note_id):
            from extractor.catalogue.changed_rows import write_continued  # noqa: PLC0415 -- heavy imports only where used
            from extractor.catalogue.continuing import continued  # noqa: PLC0415

            titles = notebook_titles(db) if titles is None else titles
            if (rows := bounded(partial(continued, db, note_id, titles))) is not None:
                addresses |= write_continued(db, rows)
                notes.add(note_id)
    return notes, addresses


def _histories(db: Catalogue, note_ids: Sequence[str]) -> Iterator[History]:
    titles = notebook_titles(db)
    for note_id, revisions, later, seen in histories(db, note_ids):
        note = current_note(db, note_id)
        needed = forget_needless(db, revisions, later)
        is_gone = not is_held(db, note_id)
        yield History(note_id, note, revisions, needed, seen, is_gone, notebooks=notebooks_in(revisions, titles))
