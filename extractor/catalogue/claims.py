"""Claims on the addresses that are being checked, so that two runs at once share the work instead of doing it twice.

A claim expires after ten minutes, or with its process; a check that was recorded since a run began is not made again.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import uuid
from typing import TYPE_CHECKING

from extractor.catalogue.sqlite_errors import translate_sqlite_errors
from extractor.catalogue.waiting import PATIENCE, STEP, until_free
from extractor.times import iso, now_ms

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

LAPSE = 10 * 60 * 1000  # ms


class Claims:
    """The claims of one run on the addresses to fetch, which are `urls`, by key."""

    def __init__(self, path: Path, urls: Mapping[int, str]) -> None:
        self._path = path
        self._urls = urls
        self._run = uuid.uuid4().hex
        self._began = now_ms()

    def take(self, keys: Collection[int]) -> set[int]:
        """Claim these addresses; returns the keys of those that no other run has claimed, or checked meanwhile."""
        wanted = {self._urls[key] for key in keys}
        with translate_sqlite_errors(self._path), contextlib.closing(self._connect()) as connection:
            until_free(lambda: connection.execute("BEGIN IMMEDIATE"), self._path, PATIENCE)
            self._drop_lapsed(connection)
            given = json.dumps(sorted(wanted))
            taken = {
                row[0]
                for row in connection.execute(
                    "SELECT url FROM claims WHERE run <> ?1 AND url IN (SELECT value FROM json_each(?2)) "
                    "UNION SELECT asked FROM checks "
                    "WHERE checked_at >= ?3 AND asked IN (SELECT value FROM json_each(?2))",
                    [self._run, given, iso(self._began)],
                )
            }
            connection.executemany(
                "INSERT OR REPLACE INTO claims (url, run, host, process, claimed_at) VALUES (?, ?, ?, ?, ?)",
                [(url, self._run, socket.gethostname(), os.getpid(), iso(now_ms())) for url in wanted - taken],
            )
            until_free(lambda: connection.execute("COMMIT"), self._path, PATIENCE)
        return {key for key in keys if self._urls[key] not in taken}

    def release(self) -> None:
        """Release all claims of this run."""
        with translate_sqlite_errors(self._path), contextlib.closing(self._connect()) as connection:
            delete = "DELETE FROM claims WHERE run = ?"
            until_free(lambda: connection.execute(delete, [self._run]), self._path, PATIENCE)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=STEP, isolation_level=None)

    def _drop_lapsed(self, connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM claims WHERE claimed_at < ?", [iso(now_ms() - LAPSE)])
        here = socket.gethostname()
        for run, process in connection.execute(
            "SELECT DISTINCT run, process FROM claims WHERE host = ? AND run <> ?", [here, self._run]
        ).fetchall():
            if not _is_alive(process):
                connection.execute("DELETE FROM claims WHERE run = ?", [run])


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's, or this system does not say
        return True
    return True
