"""Backups beside the catalogue: `catalogue.db.backups/2026-11-27T070503Z.db.zst`, readable only by the owner.

Only the catalogue has what Joplin deleted, and a disk failure or a mistake can destroy it. So before the first build of
the day writes a change, and before a change of tables or rules, the file is copied if it is sound. A damaged copy never
replaces another.
"""

from __future__ import annotations

import logging
import math
import os
import re
import sqlite3
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from extractor.errors import CatalogueError, NotACatalogue, OutputError
from extractor.output import temporary, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import ModuleType
    from typing import BinaryIO

FOLDER = "{}.backups"
NAME = "%Y-%m-%dT%H%M%SZ.db.zst"
IS_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z\.db\.zst")
PRIVATE_FOLDER = 0o700
MOST = 1.5  # maximum size of all copies, in multiples of the catalogue's size
# A catalogue of 10 MB: level 1 compresses to 22 % in 0.03 s, level 3 to 20 % in 0.05 s, gzip -1 to 24 % in 0.2 s.
LEVEL = 3
CHUNK = 1 << 20  # bytes compressed at once
THREADS = 2  # that compress, a chunk each
STEPS = 10_000  # of SQLite's, between two looks at the clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Backup:
    """A copy and its time (UTC)."""

    taken_at: datetime
    path: Path


def folder_of(catalogue: Path) -> Path:
    """The folder of the copies of a catalogue."""
    return catalogue.with_name(FOLDER.format(catalogue.name))


def backups_of(catalogue: Path) -> list[Backup]:
    """The copies of a catalogue, newest first."""
    found = []
    with suppress(OSError):
        for path in folder_of(catalogue).iterdir():
            if IS_NAME.fullmatch(path.name):
                with suppress(ValueError):
                    found.append(Backup(datetime.strptime(path.name, NAME).replace(tzinfo=UTC), path))
    return sorted(found, reverse=True)


def take_after(catalogue: Path, since: datetime, now: datetime) -> Backup | None:
    """Make a copy unless there is one from this time or later; raises NotACatalogue if the catalogue is damaged."""
    known = backups_of(catalogue)
    return None if known and known[0].taken_at >= since else take(catalogue, now)


def take(catalogue: Path, now: datetime) -> Backup | None:
    """Make a copy, and delete those no longer needed.

    Raises NotACatalogue if the catalogue is damaged. If the copy cannot be written, logs a warning and returns None: a
    build must not stop for that.
    """
    if not catalogue.is_file():
        return None
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 -- once a day

    folder = folder_of(catalogue)
    backup = Backup(now, folder / now.strftime(NAME))
    with ThreadPoolExecutor(1) as aside:
        damage = aside.submit(_damage, catalogue)
        try:
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            with temporary(folder) as (copy, _), writing(backup.path) as file:
                _copy(catalogue, copy)
                _compress(copy, file)
                _refuse(catalogue, damage.result())
        except NotACatalogue:
            with suppress(OSError):  # it has other copies
                folder.rmdir()
            raise
        except (OSError, OutputError, sqlite3.Error) as error:
            _refuse(catalogue, damage.result())
            log.warning("%s: no backup was taken: %s", catalogue, error)
            return None
    for one in needless(backups_of(catalogue), catalogue):
        with suppress(OSError):
            one.path.unlink()
    return backup


def needless(known: Sequence[Backup], catalogue: Path) -> list[Backup]:
    """Of the copies, newest first, those to let go.

    Kept are the last one, the last one of an earlier week and the last one of an earlier month: so there is always one
    that is at least a day, a week, a month old, if there ever was. The oldest go where all are too large together.
    """
    kept: list[Backup] = list(known[:1])
    for period in (_week, _month):
        kept += [one for one in known if period(one) != period(known[0])][:1]
    kept = list(dict.fromkeys(kept))
    room = MOST * catalogue.stat().st_size
    while len(kept) > 1 and sum(one.path.stat().st_size for one in kept) > room:
        kept.pop()
    return [one for one in known if one not in kept]


def is_sound(path: Path) -> bool:
    """Whether SQLite finds a database undamaged (https://sqlite.org/pragma.html#pragma_quick_check)."""
    return not _damage(path)


def hint(catalogue: Path) -> str:
    """What to do about a catalogue that is lost or damaged."""
    known = backups_of(catalogue)
    if not known:
        return "Move it away and build again, or restore it from a backup."
    return f"Restore the backup of {known[0].taken_at:%Y-%m-%d %H:%M} UTC: joplin-catalogue restore --db {catalogue}"


def expand(backup: Path, target: Path) -> bool:
    """Decompress a copy to a file; False if it is damaged. Raises OSError."""
    zstd = _zstd()
    try:
        with zstd.open(backup, "rb") as packed, target.open("wb") as file:
            while chunk := packed.read(CHUNK):
                file.write(chunk)
    except (EOFError, zstd.ZstdError):
        return False
    return True


def rewrite(backup: Path, change: Callable[[Path], None]) -> bool:
    """Change the content of a copy; False if that failed and the copy is unchanged."""
    try:
        with temporary(backup.parent) as (copy, _):
            if not expand(backup, copy):
                return False
            change(copy)
            with writing(backup) as file:
                _compress(copy, file)
    except (OSError, CatalogueError, sqlite3.Error) as error:
        log.warning("%s: %s", backup, error)
        return False
    return True


def refuse_damaged(catalogue: Path, patience: float | None = None) -> None:
    """Raise NotACatalogue if SQLite finds damage within this many seconds."""
    _refuse(catalogue, _damage(catalogue, patience))


def _refuse(catalogue: Path, damage: str) -> None:
    if damage:
        raise NotACatalogue(f"{catalogue} is damaged: {damage}; nothing was changed.", hint(catalogue))


def _damage(path: Path, patience: float | None = None) -> str:
    """SQLite's description of the damage, '' if none was found."""
    end = math.inf if patience is None else time.monotonic() + patience
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            if patience is not None:
                connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return "" if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT else str(error)
    return "" if said == "ok" else str(said).splitlines()[-1]


def _copy(catalogue: Path, copy: Path) -> None:
    # Not with mode=ro, with which SQLite 3.40 cannot copy tables that have generated columns.
    with closing(sqlite3.connect(f"{catalogue.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # of the copy, which is useless after a crash
        connection.execute("VACUUM INTO ?", [str(copy)])


def _compress(copy: Path, file: BinaryIO) -> None:
    zstd = _zstd()
    options = {
        zstd.CompressionParameter.compression_level: LEVEL,
        zstd.CompressionParameter.checksum_flag: 1,
    }
    _, most = zstd.CompressionParameter.nb_workers.bounds()  # 0 where the library was built without threads
    if (threads := min(os.cpu_count() or 1, THREADS, most)) > 1:
        options |= {zstd.CompressionParameter.nb_workers: threads, zstd.CompressionParameter.job_size: CHUNK}
    with copy.open("rb") as whole, zstd.open(file, "wb", options=options) as packed:
        while chunk := whole.read(CHUNK):
            packed.write(chunk)


def _zstd() -> ModuleType:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 -- heavy imports only where used
    else:
        from backports import zstd  # noqa: PLC0415
    return zstd


def _week(backup: Backup) -> tuple[int, int]:
    year, week, _ = backup.taken_at.isocalendar()
    return year, week


def _month(backup: Backup) -> tuple[int, int]:
    return backup.taken_at.year, backup.taken_at.month
