"""Link checks in the catalogue: storing each result at once, and what to ask an archive."""

from __future__ import annotations

import contextlib
import json
import queue
import sqlite3
import threading
from typing import TYPE_CHECKING, Self, TypeAlias

from extractor.catalogue import pages
from extractor.catalogue.check_runs import LEFT_OUT_COLUMNS, left_out_row
from extractor.catalogue.conditions import CURRENT
from extractor.catalogue.sql import insert, upsert
from extractor.catalogue.sqlite_errors import translate_sqlite_errors
from extractor.catalogue.waiting import PATIENCE, STEP, until_free
from extractor.linkcheck import asked
from extractor.times import iso, milliseconds

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from extractor.catalogue.database import Database
    from extractor.linkcheck import Check, Summary

COLUMNS = (
    "url_id, asked, checked_at, verdict, status, method, final_url, redirects, permanent, elapsed_ms, etag, "
    "last_modified, error, evidence, doubt, confirmed"
)
SNAPSHOT_COLUMNS = "url_id, asked, cited_at, snapshot_url, snapshot_at, looked_up_at"
_INSERT = insert("checks", COLUMNS)
_LEFT_OUT = upsert("left_out", LEFT_OUT_COLUMNS, key="url")
_NOT_LEFT_OUT = "DELETE FROM left_out WHERE url = ?"
_SNAPSHOT = upsert("snapshots", SNAPSHOT_COLUMNS, key="url_id")
TOGETHER = 0.05  # seconds; results within this time share a commit
WAIT_FOR_LOCK = PATIENCE  # seconds; a result is worth waiting for a build that is writing
Statement: TypeAlias = tuple[str, tuple[object, ...]]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


class Recorder:
    """Writes the results of a run in a separate thread, so that requests never wait for the disk.

    Results are committed at once, those within a moment together. Raises CatalogueFileError, at the next record or at
    the end, if a result cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[Sequence[Statement] | None] = queue.SimpleQueue()
        self._failure: BaseException | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="recorder")

    def record(self, check: Check) -> None:
        """Record a check."""
        self._take((_INSERT, row(check)), *pages.rows(check), (_NOT_LEFT_OUT, (check.url,)))

    def record_left_out(self, url: str, reason: str, at: int) -> None:
        """Record an address that was not checked, which comes first in the next run; `at` in ms."""
        self._take((_LEFT_OUT, left_out_row(url, reason, at)))

    def record_snapshot(
        self, url_id: int, url: str, cited_at: int | None, snapshot: tuple[str, int] | None, looked_up_at: int
    ) -> None:
        """Record the archived copy of an address (its address, and its time in ms), or that there is none."""
        copy, at = snapshot or (None, 0)
        self._take((_SNAPSHOT, (url_id, asked(url), iso(cited_at or 0), copy, iso(at), iso(looked_up_at))))

    def _take(self, *statements: Statement) -> None:
        if self._failure is not None:
            raise self._failure
        self._waiting.put(statements)

    def _work(self) -> None:
        try:
            with (
                translate_sqlite_errors(self._path),
                contextlib.closing(
                    sqlite3.connect(self._path, isolation_level=None, timeout=min(STEP, WAIT_FOR_LOCK))
                ) as connection,
            ):
                done = False
                while not done:
                    batch = self._next_ones()
                    done = None in batch
                    until_free(lambda: connection.execute("BEGIN IMMEDIATE"), self._path, WAIT_FOR_LOCK)
                    for statements in filter(None, batch):
                        for sql, values in statements:
                            connection.execute(sql, values)
                    until_free(lambda: connection.execute("COMMIT"), self._path, WAIT_FOR_LOCK)
        except BaseException as error:  # noqa: BLE001 -- handed to the thread that asks
            self._failure = error

    def _next_ones(self) -> list[Sequence[Statement] | None]:
        """Wait for something to write, and then a moment for more."""
        batch = [self._waiting.get()]
        if batch[0] is not None:
            self._ended.wait(TOGETHER)
        while not self._waiting.empty():
            batch.append(self._waiting.get())
        return batch

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._waiting.put(None)
        self._ended.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure


def row(check: Check) -> tuple[object, ...]:
    """A check as a row of `checks`; `redirects` as a JSON list of the hops, None if there are none."""
    hops = [{"status": hop.status, "url": hop.url, "location": hop.location} for hop in check.redirects]
    return (
        check.key,
        asked(check.url),
        iso(check.checked_at),
        str(check.verdict),
        check.status,
        check.method,
        check.final_url,
        json.dumps(hops) if hops else None,
        check.permanent,
        check.elapsed_ms,
        check.etag,
        check.last_modified,
        check.error,
        check.evidence,
        check.kind and str(check.kind),
        check.confirmed,
    )


def disregard_outage(db: Database, summary: Summary) -> int:
    """Disregard the results of a run while the network was down; returns the number of checks."""
    if summary.away_since is None:
        return 0
    cursor = db.execute(
        "UPDATE checks SET counts = 0 WHERE checked_at >= ? "
        "AND verdict IN ('timeout', 'dns_error', 'connection_error')",
        [iso(summary.away_since)],
    )
    return cursor.rowcount


def healths(db: Database) -> dict[int, str]:
    """The health of each address that was ever checked, or has expired."""
    return dict(db.execute("SELECT url_id, health FROM link_health WHERE health <> 'unknown'").fetchall())


def wanted_snapshots(
    db: Database, now: int, age: int, checked: Sequence[int] = ()
) -> list[tuple[int, str, int | None, bool]]:
    """Lost addresses without a known archived copy: id, address, a time (ms), and whether to look after it.

    The time is when a note first had the address; if that is not known, the latest time at which none had it, and the
    first copy after that is wanted.

    Lost addresses are dead, expired or suspect. They are in a note now, or were `checked` because their note was given.
    One that the archive did not have is looked up again after `age` ms.
    """
    rows = db.execute(
        "SELECT urls.id, urls.url, urls.first_seen_at, urls.absent_at, urls.is_dated "
        "FROM urls JOIN link_health ON link_health.url_id = urls.id "
        "LEFT JOIN snapshots ON snapshots.url_id = urls.id WHERE link_health.health IN ('dead', 'expired', 'suspect') "
        f"AND (EXISTS (SELECT 1 FROM links WHERE links.url_id = urls.id AND {CURRENT}) "
        "OR urls.id IN (SELECT value FROM json_each(?2))) "
        "AND (snapshots.url_id IS NULL OR (snapshots.snapshot_url IS NULL AND snapshots.looked_up_at < ?1)) "
        "ORDER BY urls.first_seen_at DESC, urls.id",
        [iso(now - age), json.dumps(list(checked))],
    ).fetchall()
    found = []
    for url_id, url, first_seen_at, absent_at, is_dated in rows:
        after = absent_at is not None and not is_dated
        found.append((url_id, url, milliseconds(absent_at if after else first_seen_at) or None, after))
    return found


def wanted_copies(db: Database, chosen: Collection[int]) -> list[tuple[int, str, int | None]]:
    """Living addresses among the chosen ones without a known copy, in the form of `wanted_snapshots`."""
    rows = db.execute(
        "SELECT urls.id, urls.url, urls.first_seen_at FROM urls JOIN link_health ON link_health.url_id = urls.id "
        "LEFT JOIN snapshots ON snapshots.url_id = urls.id WHERE link_health.health = 'alive' "
        "AND urls.id IN (SELECT value FROM json_each(?)) AND urls.expires_at IS NULL "
        "AND snapshots.snapshot_url IS NULL "
        "GROUP BY urls.url ORDER BY urls.first_seen_at DESC, urls.id",
        [json.dumps(list(chosen))],
    ).fetchall()
    return [(url_id, url, None) for url_id, url, _ in rows]


def places(db: Database, url_ids: Sequence[int], notes: Collection[str] = ()) -> dict[int, list[dict[str, object]]]:
    """The places of each of these addresses now, or in these notes: note, section, line."""
    found: dict[int, list[dict[str, object]]] = {}
    for start in range(0, len(url_ids), 500):  # SQLite accepts this many parameters, and a few more
        chunk = url_ids[start : start + 500]
        for url_id, note_id, note, section, line in db.execute(
            "SELECT links.url_id, notes.id, notes.name, links.section, links.line FROM links "
            f"JOIN notes ON notes.id = links.note_id WHERE links.url_id IN ({_marks(chunk)}) "
            "AND links.removed_at IS NULL "
            "AND (notes.is_present OR notes.id IN (SELECT value FROM json_each(?))) ORDER BY notes.name, links.line",
            [*chunk, json.dumps(sorted(notes))],
        ).fetchall():
            found.setdefault(url_id, []).append({"note_id": note_id, "note": note, "section": section, "line": line})
    return found
