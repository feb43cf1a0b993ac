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

from extractor.catalogue.sql import insert, upsert
from extractor.errors import NotFound
from extractor.linkcheck import Target, Verdict, is_due, urgency
from extractor.times import iso, milliseconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlite_utils import Database

    from extractor.linkcheck import Check, Summary

COLUMNS = (
    "url_id, checked_at, verdict, status, method, final_url, redirects, permanent, elapsed_ms, etag, last_modified, "
    "error, evidence"
)
LATEST = (
    "SELECT url_id, verdict, checked_at, etag, last_modified, final_url FROM (SELECT *, "
    "row_number() OVER (PARTITION BY url_id ORDER BY checked_at DESC, id DESC) AS age FROM checks WHERE counts) "
    "WHERE age = 1"
)
WAIT_FOR_LOCK = 60.0  # seconds; a check that was made is worth waiting for a build that is writing


@dataclass(frozen=True, slots=True)
class Choice:
    """Which addresses to check: all that current notes hold, or those of some notes, notebooks, sections, hosts.

    `notes`, `notebooks` and `sections` are titles, paths or the beginning of them; `only` and `exclude` are patterns.
    """

    notes: Sequence[str] = ()
    notebooks: Sequence[str] = ()
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
    """The addresses that are due, most wanted first, and how many were left out, and why."""

    targets: tuple[Target, ...]
    fresh: int = 0
    ignored: int = 0
    known_alive: tuple[str, ...] = field(default=())


def matches(pattern: str, url: str) -> bool:
    """Whether a pattern is met: a part of the address, or with `*` or `?` all of it; case does not matter."""
    if "*" in pattern or "?" in pattern:
        return fnmatch.fnmatchcase(url.lower(), pattern.lower())
    return pattern.lower() in url.lower()


def plan(db: Database, choice: Choice, now: int) -> Plan:
    """Choose what to check; raises NotFound where a name that was given means nothing."""
    where, parameters = _where(db, choice)
    rows = db.execute(
        "SELECT DISTINCT urls.id, urls.url, urls.expires_at, latest.verdict, latest.checked_at, latest.etag, "
        "latest.last_modified, latest.final_url FROM links JOIN notes ON notes.id = links.note_id "
        f"JOIN urls ON urls.id = links.url_id LEFT JOIN ({LATEST}) AS latest ON latest.url_id = urls.id "
        f"WHERE links.removed_at IS NULL AND links.target = 'web' AND notes.state NOT IN ('trashed', 'gone') {where} "
        "ORDER BY urls.first_seen_at DESC, urls.id",
        parameters,
    ).fetchall()
    patterns = [pattern for pattern, _, _ in ignored(db)]
    due: list[tuple[tuple[int, int], Target]] = []
    fresh = left_out = 0
    alive = []
    for url_id, url, expires_at, verdict, checked_at, etag, last_modified, final_url in rows:
        if choice.only and not any(matches(pattern, url) for pattern in choice.only):
            continue
        if any(matches(pattern, url) for pattern in choice.exclude):
            continue
        if any(matches(pattern, url) for pattern in patterns):
            left_out += 1
            continue
        last = Verdict(verdict) if verdict else None
        at = milliseconds(checked_at) if checked_at else None
        if last in {Verdict.OK, Verdict.MOVED}:
            alive.append(url)
        if not choice.recheck and not is_due(last, at, now, choice.alive_age, choice.failing_age):
            fresh += 1
            continue
        target = Target(url_id, url, milliseconds(expires_at) or None, etag, last_modified, final_url)
        due.append((urgency(last, at), target))
    due.sort(key=lambda pair: pair[0])
    targets = tuple(target for _, target in due[: choice.limit])
    return Plan(targets, fresh, left_out, tuple(alive[:20]))


def _where(db: Database, choice: Choice) -> tuple[str, list[str]]:
    """The conditions for what was chosen by name."""
    conditions: list[str] = []
    parameters: list[str] = []
    for what, column, names in (
        ("note", "notes.title", choice.notes),
        ("notebook", "notes.notebook", choice.notebooks),
        ("section", "links.section", choice.sections),
    ):
        if not names:
            continue
        parts = []
        for name in names:
            table, field_ = column.split(".")
            test = f"({column} = ? COLLATE NOCASE OR {column} LIKE ? || ' › %' ESCAPE '\\')"
            if what == "note":
                test = f"({column} = ? COLLATE NOCASE OR notes.id LIKE ? || '%' ESCAPE '\\')"
            pair = [name, name.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")]
            known = db.execute(f"SELECT 1 FROM {table} WHERE {test} LIMIT 1", pair).fetchone()
            if known is None:
                raise NotFound(
                    f"No {what} {name!r} in the catalogue.", f"`{field_}` in the table `{table}` lists them."
                )
            parts.append(test)
            parameters += pair
        conditions.append(f"({' OR '.join(parts)})")
    for host in choice.hosts:
        if db.execute("SELECT 1 FROM urls WHERE ? IN (host, site) LIMIT 1", [host.lower()]).fetchone() is None:
            raise NotFound(f"No address of {host!r} in the catalogue.", "`host` in the table `urls` lists them.")
    if choice.hosts:
        conditions.append(f"(urls.host IN ({_marks(choice.hosts)}) OR urls.site IN ({_marks(choice.hosts)}))")
        parameters += [host.lower() for host in choice.hosts] * 2
    return "".join(f" AND {condition}" for condition in conditions), parameters


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


class Recorder:
    """Writes checks in a thread of its own, so that asking never waits for the disk; each is committed as it comes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[Check | None] = queue.SimpleQueue()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="recorder")

    def record(self, check: Check) -> None:
        """Take a check; raises what went wrong with an earlier one."""
        if self._failure is not None:
            raise self._failure
        self._waiting.put(check)

    def _work(self) -> None:
        try:
            connection = sqlite3.connect(self._path, timeout=WAIT_FOR_LOCK, isolation_level=None)
            with contextlib.closing(connection):
                done = False
                while not done:
                    # All that came while the last ones were being written, in one commit.
                    batch = [self._waiting.get()]
                    while not self._waiting.empty():
                        batch.append(self._waiting.get())
                    done = None in batch
                    connection.execute("BEGIN IMMEDIATE")
                    connection.executemany(insert("checks", COLUMNS), [row(check) for check in batch if check])
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
    return sum(matches(pattern, url) for (url,) in db.execute("SELECT url FROM urls").fetchall())


def take_back(db: Database, pattern: str) -> None:
    """Check them again; raises NotFound for a pattern that was not there."""
    if not db.execute("DELETE FROM ignored WHERE pattern = ?", [pattern]).rowcount:
        raise NotFound(f"No pattern {pattern!r} is being ignored.", "List them: joplin-catalogue ignore")


def wanted_snapshots(db: Database, now: int, age: int) -> list[tuple[int, str, int | None]]:
    """Dead addresses without an archived copy that is known: id, address, and when a note first held it (ms).

    One that the archive did not have is looked up again when `age` ms have passed.
    """
    rows = db.execute(
        "SELECT urls.id, urls.url, urls.first_seen_at FROM urls JOIN link_health ON link_health.url_id = urls.id "
        "LEFT JOIN snapshots ON snapshots.url_id = urls.id WHERE link_health.health IN ('dead', 'expired') "
        "AND EXISTS (SELECT 1 FROM links WHERE links.url_id = urls.id AND removed_at IS NULL) "
        "AND (snapshots.url_id IS NULL OR (snapshots.snapshot_url IS NULL AND snapshots.looked_up_at < ?)) "
        "ORDER BY urls.first_seen_at DESC, urls.id",
        [iso(now - age)],
    ).fetchall()
    return [(url_id, url, milliseconds(first_seen_at) or None) for url_id, url, first_seen_at in rows]


def write_snapshot(db: Database, url_id: int, cited_at: int | None, snapshot: tuple[str, int] | None, now: int) -> None:
    """Keep the archived copy (its address, and when it was made), or that there is none."""
    url, at = snapshot or (None, 0)
    db.execute(
        upsert("snapshots", "url_id, cited_at, snapshot_url, snapshot_at, looked_up_at", key="url_id"),
        [url_id, iso(cited_at or 0), url, iso(at), iso(now)],
    )


def places(db: Database, url_ids: Sequence[int]) -> dict[int, list[dict[str, object]]]:
    """Where each of these addresses stands now: note, section, line."""
    found: dict[int, list[dict[str, object]]] = {}
    for start in range(0, len(url_ids), 500):  # SQLite takes so many parameters at once, and a few more
        chunk = url_ids[start : start + 500]
        for url_id, note_id, note, section, line in db.execute(
            "SELECT links.url_id, notes.id, notes.title, links.section, links.line FROM links "
            f"JOIN notes ON notes.id = links.note_id WHERE links.url_id IN ({_marks(chunk)}) "
            "AND links.removed_at IS NULL AND notes.state NOT IN ('trashed', 'gone') ORDER BY notes.title, links.line",
            chunk,
        ).fetchall():
            found.setdefault(url_id, []).append({"note_id": note_id, "note": note, "section": section, "line": line})
    return found
