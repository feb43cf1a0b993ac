"""Link checks in the catalogue: which addresses are due, and each result, committed as it comes."""

from __future__ import annotations

import contextlib
import fnmatch
import json
import queue
import sqlite3
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from extractor.catalogue import pages
from extractor.catalogue.check_runs import LEFT_OUT_COLUMNS, left_out, left_out_row
from extractor.catalogue.choice import Choice, Chosen, choose
from extractor.catalogue.sql import insert, upsert
from extractor.catalogue.store import translate_sqlite_errors
from extractor.errors import NotFound
from extractor.linkcheck import Target, Verdict, asked, is_due, urgency
from extractor.names import SEPARATOR, alike, did_you_mean, plain_path
from extractor.times import iso, milliseconds
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from sqlite_utils import Database

    from extractor.linkcheck import Check, Summary

COLUMNS = (
    "url_id, asked, checked_at, verdict, status, method, final_url, redirects, permanent, elapsed_ms, etag, "
    "last_modified, error, evidence, doubt, confirmed"
)
SNAPSHOT_COLUMNS = "url_id, asked, cited_at, snapshot_url, snapshot_at, looked_up_at"
LATEST = (
    "SELECT url_id, verdict, checked_at, etag, last_modified, final_url FROM (SELECT *, "
    "row_number() OVER (PARTITION BY url_id ORDER BY checked_at DESC, id DESC) AS age FROM checks "
    "WHERE counts AND verdict <> 'skipped') WHERE age = 1"
)
# a bare column beside max() is that of the row with the maximum (SQLite, "Bare columns in an aggregate query")
SKIPPED = (
    "SELECT url_id, evidence FROM (SELECT url_id, verdict, evidence, max(checked_at) FROM checks GROUP BY url_id) "
    "WHERE verdict = 'skipped'"
)
WAIT_FOR_LOCK = 60.0  # seconds; a check that was made is worth waiting for a build that is writing


@dataclass(frozen=True, slots=True)
class Selection:
    """Which addresses to check: all that notes hold now, or those of chosen notes, of sections, of hosts.

    `sections` are paths of headings, what is below them included; `only` and `exclude` are patterns; ages are in ms.
    """

    notes: Choice = field(default_factory=Choice)
    sections: Sequence[str] = ()
    hosts: Sequence[str] = ()
    only: Sequence[str] = ()
    exclude: Sequence[str] = ()
    limit: int | None = None
    recheck: bool = False
    alive_age: int = 7 * 86_400_000
    failing_age: int = 86_400_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The addresses that are due, most urgent first, and how many are not, and why; from which notes (ids).

    `chosen` are the ids of all that were chosen, due or not; `skipped` says by id why an address was skipped, where its
    latest check says no more than that.
    """

    targets: tuple[Target, ...]
    fresh: int = 0
    ignored: int = 0
    known_alive: tuple[str, ...] = field(default=())
    notes: frozenset[str] = frozenset()
    chosen: frozenset[int] = frozenset()
    skipped: Mapping[int, str | None] = field(default_factory=dict)


def matches(pattern: str, url: str) -> bool:
    """Whether a pattern is met: a part of the address, or with `*` or `?` all of it; case does not matter."""
    if "*" in pattern or "?" in pattern:
        return fnmatch.fnmatchcase(url.lower(), pattern.lower())
    return pattern.lower() in url.lower()


def plan(db: Database, selection: Selection, now: int) -> Plan:
    """Choose what to check; raises NotFound where a name that was given means nothing."""
    chosen = choose(db, selection.notes)
    where, parameters = _where(db, selection, chosen)
    rows = db.execute(
        "SELECT DISTINCT urls.id, urls.url, urls.expires_at, latest.verdict, latest.checked_at, latest.etag, "
        "latest.last_modified, latest.final_url FROM links JOIN notes ON notes.id = links.note_id "
        f"JOIN urls ON urls.id = links.url_id LEFT JOIN ({LATEST}) AS latest ON latest.url_id = urls.id "
        f"WHERE links.removed_at IS NULL AND links.target = 'web' AND {where} "
        "ORDER BY urls.first_seen_at DESC, urls.id",
        parameters,
    ).fetchall()
    patterns = [pattern for pattern, _, _ in ignored(db)]
    wanted = [row for row in rows if _is_wanted(row[1], selection)]
    known = [row for row in wanted if not any(matches(pattern, row[1]) for pattern in patterns)]
    alive: dict[str, None] = {}
    due: dict[str, tuple[bool, int, int]] = {}
    waiting = left_out(db)
    for _, url, _, verdict, checked_at, *_ in known:
        last, at = Verdict(verdict) if verdict else None, milliseconds(checked_at) if checked_at else None
        if last in {Verdict.OK, Verdict.MOVED}:
            alive[url] = None
        urgent = url not in waiting, *urgency(last, at)
        if selection.recheck or url in waiting or is_due(last, at, now, selection.alive_age, selection.failing_age):
            due[url] = min(due.get(url, urgent), urgent)
    fragments = _fragments(db)
    # Addresses that differ in their fragments alone have one `url` and one answer: where one is due, all get it.
    targets = [
        Target(url_id, url, milliseconds(expires_at) or None, etag, last_modified, final_url, fragments.get(url, ()))
        for url_id, url, expires_at, _, _, etag, last_modified, final_url in known
        if url in due
    ]
    targets.sort(key=lambda target: due[target.url])
    return Plan(
        targets=tuple(targets[: selection.limit]),
        fresh=len(known) - len(targets),
        ignored=len(wanted) - len(known),
        known_alive=tuple(alive)[:20],
        notes=chosen.notes,
        chosen=frozenset(row[0] for row in known),
        skipped=dict(db.execute(SKIPPED).fetchall()),
    )


def _fragments(db: Database) -> Mapping[str, tuple[str, ...]]:
    """The places in their pages that links lead to now, by the addresses to fetch."""
    found: dict[str, dict[str, None]] = {}
    for address, url in db.execute(
        "SELECT urls.url, links.url FROM links JOIN urls ON urls.id = links.url_id "
        "WHERE links.removed_at IS NULL AND instr(links.url, '#')"
    ).fetchall():
        fragment = url.partition("#")[2].strip()
        if fragment and " " not in fragment:
            found.setdefault(address, {})[fragment] = None
    return {address: tuple(fragments) for address, fragments in found.items()}


def _is_wanted(url: str, selection: Selection) -> bool:
    """Whether the patterns that were given let an address pass."""
    if selection.only and not any(matches(pattern, url) for pattern in selection.only):
        return False
    return not any(matches(pattern, url) for pattern in selection.exclude)


def _where(db: Database, selection: Selection, chosen: Chosen) -> tuple[str, list[str]]:
    """The conditions for what was chosen by name."""
    conditions = ["notes.id IN (SELECT value FROM json_each(?))"]
    parameters = [chosen.note_list]
    if selection.sections:
        conditions.append(
            "EXISTS (SELECT 1 FROM json_each(?) WHERE links.section = value "
            f"OR substr(links.section, 1, length(value) + {len(SEPARATOR)}) = value || '{SEPARATOR}')"
        )
        parameters.append(json.dumps(_sections(db, selection.sections)))
    if selection.hosts:
        hosts = json.dumps([_host(db, host) for host in selection.hosts])
        conditions.append(
            "(urls.host IN (SELECT value FROM json_each(?)) OR urls.site IN (SELECT value FROM json_each(?)))"
        )
        parameters += [hosts, hosts]
    return " AND ".join(conditions), parameters


def _sections(db: Database, wanted: Sequence[str]) -> list[str]:
    """The paths of headings that are called so, in whichever notes; raises NotFound for a name that none has."""
    rows = db.execute("SELECT DISTINCT section FROM links WHERE section NOT NULL").fetchall()
    parts = [section.split(SEPARATOR) for (section,) in rows]
    paths = sorted({SEPARATOR.join(path[:depth]) for path in parts for depth in range(1, len(path) + 1)})
    names = [plain_path(path) for path in paths]
    found: list[str] = []
    for one in wanted:
        meant = alike(plain_path(one), names)
        if not meant:
            raise NotFound(
                f"No section {one!r} in the catalogue.",
                did_you_mean(one, paths) or "`section` in the table `links` lists them.",
            )
        found += [paths[place] for place in meant]
    return found


def _host(db: Database, wanted: str) -> str:
    """A host or site as `urls` has it, in IDNA; raises NotFound where there is no address of it."""
    address = read_address(f"https://{wanted.strip()}/")
    host = address.host if address else wanted.strip().lower()
    if db.execute("SELECT 1 FROM urls WHERE ? IN (host, site) LIMIT 1", [host]).fetchone() is None:
        known = [row[0] for row in db.execute("SELECT host FROM urls UNION SELECT site FROM urls").fetchall()]
        raise NotFound(
            f"No address of {wanted!r} in the catalogue.",
            did_you_mean(wanted, known) or "`host` in the table `urls` lists them.",
        )
    return host


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


class Recorder:
    """Writes what a run finds in a thread of its own, so that asking never waits for the disk.

    All is committed as it comes. Raises CatalogueFileError, at the next record or at the end, for what cannot be
    written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[tuple[str, tuple[object, ...]] | None] = queue.SimpleQueue()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="recorder")

    def record(self, check: Check) -> None:
        """Take a check."""
        self._take(insert("checks", COLUMNS), row(check))
        for sql, values in pages.rows(check):
            self._take(sql, values)
        self._take("DELETE FROM left_out WHERE url = ?", (check.url,))

    def record_left_out(self, url: str, reason: str, at: int) -> None:
        """Take an address that was not asked, which comes first in the next run; `at` in ms."""
        self._take(upsert("left_out", LEFT_OUT_COLUMNS, key="url"), left_out_row(url, reason, at))

    def record_snapshot(
        self, url_id: int, url: str, cited_at: int | None, snapshot: tuple[str, int] | None, looked_up_at: int
    ) -> None:
        """Take an archived copy (its address, and when it was made) of an address, or that there is none; in ms."""
        copy, at = snapshot or (None, 0)
        self._take(
            upsert("snapshots", SNAPSHOT_COLUMNS, key="url_id"),
            (url_id, asked(url), iso(cited_at or 0), copy, iso(at), iso(looked_up_at)),
        )

    def _take(self, sql: str, values: tuple[object, ...]) -> None:
        if self._failure is not None:
            raise self._failure
        self._waiting.put((sql, values))

    def _work(self) -> None:
        try:
            with (
                translate_sqlite_errors(self._path),
                contextlib.closing(sqlite3.connect(self._path, timeout=WAIT_FOR_LOCK)) as connection,
            ):
                connection.isolation_level = None
                done = False
                while not done:
                    # All that came while the last ones were being written, in one commit.
                    batch = [self._waiting.get()]
                    while not self._waiting.empty():
                        batch.append(self._waiting.get())
                    done = None in batch
                    connection.execute("BEGIN IMMEDIATE")
                    for sql, values in filter(None, batch):
                        connection.execute(sql, values)
                    connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 -- handed to the thread that asks
            self._failure = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._waiting.put(None)
        self._thread.join()
        if self._failure is not None:
            raise self._failure


def row(check: Check) -> tuple[object, ...]:
    """A check as a row of `checks`; `redirects` as a JSON list of the hops, None where there are none."""
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
    """Take back what a run found while the network was away; returns how many checks that were."""
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


def ignored(db: Database) -> list[tuple[str, str, str]]:
    """Pattern, reason and time of each pattern that is left out of checks."""
    return db.execute("SELECT pattern, reason, created_at FROM ignored ORDER BY created_at, pattern").fetchall()


def ignore(db: Database, pattern: str, reason: str, now: str) -> int:
    """Leave addresses that meet a pattern out of checks; returns how many that are now."""
    db.execute("INSERT OR REPLACE INTO ignored (pattern, reason, created_at) VALUES (?, ?, ?)", [pattern, reason, now])
    urls = db.execute("SELECT url FROM urls WHERE id IN (SELECT url_id FROM saved)").fetchall()
    return sum(matches(pattern, url) for (url,) in urls)


def take_back(db: Database, pattern: str) -> None:
    """Check them again; raises NotFound for a pattern that was not there."""
    if not db.execute("DELETE FROM ignored WHERE pattern = ?", [pattern]).rowcount:
        raise NotFound(f"No pattern {pattern!r} is being ignored.", "List them: joplin-catalogue ignore")


def wanted_snapshots(
    db: Database, now: int, age: int, checked: Sequence[int] = ()
) -> list[tuple[int, str, int | None, bool]]:
    """Addresses that are lost and have no archived copy that is known: id, address, a time (ms), whether after that.

    The time is when a note first had the address; where that is not known, the latest at which none had it, and the
    first copy after that is wanted.

    Lost are the dead, the expired and those in doubt. They stand in a note now, or were `checked` because their note
    was named. One that the archive did not have is looked up again when `age` ms have passed.
    """
    rows = db.execute(
        "SELECT urls.id, urls.url, urls.first_seen_at, urls.absent_at, urls.is_dated "
        "FROM urls JOIN link_health ON link_health.url_id = urls.id "
        "LEFT JOIN snapshots ON snapshots.url_id = urls.id WHERE link_health.health IN ('dead', 'expired', 'suspect') "
        "AND (EXISTS (SELECT 1 FROM saved WHERE saved.url_id = urls.id) "
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
    """Living addresses among the chosen ones of which no copy is known, as `wanted_snapshots` gives them."""
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
    """Where each of these addresses stands now, or in one of these notes: note, section, line."""
    found: dict[int, list[dict[str, object]]] = {}
    for start in range(0, len(url_ids), 500):  # SQLite takes so many parameters at once, and a few more
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
