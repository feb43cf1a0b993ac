"""One run: from sources to the catalogue, reading only what changed, deriving again only the notes it touches."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from extractor import __version__
from extractor.catalogue.backups import take_after
from extractor.catalogue.problems import given_up_once
from extractor.catalogue.rules import is_derived_otherwise
from extractor.catalogue.source_items import Dirty, closed_items, forget_source, known_ids
from extractor.catalogue.status import (
    Contents,
    Shown,
    contents,
    finish_build,
    most_revised,
)
from extractor.catalogue.store import open_to_write
from extractor.garbage import rarely_collecting
from extractor.ingest import Ingest, list_sources
from extractor.keys import Keys
from extractor.times import iso, now_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from extractor.deriving import Progress
    from extractor.errors import SourceError
    from extractor.sources import Source


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did, for the summary; `shown` is a note to look at.

    `contents`, `shown` and `closed` are there where the build was to count what the catalogue holds. `history_days`
    says by location for how long Joplin keeps revisions; `missing` why sources were passed over; `closed` is how many
    items stay encrypted, though there may be keys and a password; `unopened` for how many of them a password is
    missing, by what to say of the key.
    """

    contents: Contents | None
    shown: Shown | None
    items: int
    items_changed: int
    items_gone: int
    notes_derived: int
    without_history: tuple[str, ...]
    history_days: Mapping[str, int]
    missing: tuple[SourceError, ...]
    closed: int
    has_keys: bool
    has_password: bool
    unopened: Mapping[str, int]


def build(  # noqa: PLR0913 -- what a build can be told, each by its name
    sources: Sequence[Source],
    path: Path,
    *,
    keys: Keys | None = None,
    progress: Progress = lambda _phase, _done, _total: None,
    workers: int | None = None,
    may_be_missing: bool = False,
    forget: Sequence[str] = (),
    backup: bool = True,
    counts: bool = True,
) -> Report:
    """Bring the catalogue at `path` up to date with these sources, in one transaction.

    `progress` is told (phase, done, total) as the work goes on. Of sources that `may_be_missing`, one at least has to
    be there. The sources at the locations to `forget` are read no more. Before the day's first change, and before
    other rules, a `backup` is taken. Without `counts`, what the catalogue then holds is not counted. Raises
    SourceError, NotFound and CatalogueFileError, and EncryptionError if no password opens any key; the catalogue is
    then as it was.
    """
    started = datetime.now(UTC).replace(microsecond=0)
    now = iso(now_ms()) or ""
    touched = Dirty()
    keys = keys or Keys()
    with ExitStack() as stack:
        stack.enter_context(rarely_collecting())
        listed, missing = list_sources(sources, may_be_missing=may_be_missing)
        db = stack.enter_context(open_to_write(path, backup=backup))
        touched.known = known_ids(db)
        for location in forget:
            forget_source(db, location, now, touched)
        otherwise = is_derived_otherwise(db)
        taken = Ingest(db, keys, touched, partial(progress, "Reading items")).take(listed, now)
        count = 0
        touched.touch(given_up_once(db))
        if otherwise or touched.anything or touched.notes:
            from extractor import deriving  # noqa: PLC0415 -- most builds find nothing changed

            derive = deriving.derive_all_again if otherwise else deriving.derive_touched
            count = derive(db, touched, progress, workers, now)
        runs = [(one.source_id, one.items, one.changed) for one in taken]
        finish_build(db, runs, started_at=now, finished_at=iso(now_ms()) or "", version=__version__)
        found = contents(db) if counts else None
        closed = closed_items(db) if counts else 0
        shown = most_revised(db) if counts else None
        progress("Finishing", 1, 1)
        if backup and touched.anything:
            _take_backup(path, started, of_other_rules=otherwise)
    return Report(
        contents=found,
        shown=shown,
        items=sum([one.items for one in taken]),
        items_changed=sum([one.changed for one in taken]),
        items_gone=sum([one.gone for one in taken]),
        notes_derived=count,
        without_history=tuple([one.source.location for one in listed if not one.source.has_history]),
        history_days=_history_days([one.source for one in listed]),
        missing=tuple(missing),
        closed=closed,
        has_keys=keys.has_keys,
        has_password=keys.has_password,
        unopened=keys.unopened,
    )


def _take_backup(path: Path, started: datetime, *, of_other_rules: bool) -> None:
    """Take the day's backup of the file as it is: what changed is in memory until the transaction ends.

    Before other rules one is always taken, unless other tables have had it in this build.
    """
    midnight = started.replace(hour=0, minute=0, second=0)
    take_after(path, started if of_other_rules else midnight, datetime.now(UTC))


def _history_days(sources: Sequence[Source]) -> dict[str, int]:
    """By location for how long Joplin keeps revisions, where a source says that."""
    said = {source.location: source.history_days for source in sources}
    return {location: days for location, days in said.items() if days is not None}
