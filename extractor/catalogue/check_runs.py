"""Data shared between runs of link checks: left-out addresses, and those being checked by a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.linkcheck import Doubt, many_to_one
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extractor.catalogue.database import Database

LEFT_OUT_COLUMNS = "url, reason, left_out_at"
_MOVED = (
    "SELECT id, url_id, final_url, evidence FROM (SELECT *, row_number() OVER (PARTITION BY url_id "
    "ORDER BY checked_at DESC, id DESC) AS age FROM checks WHERE counts AND verdict <> 'skipped') "
    "WHERE age = 1 AND (verdict = 'moved' OR doubt = ?) AND final_url IS NOT NULL"
)


def left_out(db: Database) -> Mapping[str, str]:
    """The due addresses that the last runs did not check, with the reason."""
    return dict(db.execute("SELECT url, reason FROM left_out").fetchall())


def doubt_many_to_one(db: Database) -> Mapping[int, str]:
    """Revoke "moved" for addresses whose target two others share; returns their ids and the evidence."""
    rows = db.execute(
        f"SELECT latest.id, urls.id, urls.url, latest.final_url FROM ({_MOVED}) AS latest "
        "JOIN urls ON urls.id = latest.url_id",
        [str(Doubt.MANY_TO_ONE)],
    ).fetchall()
    led = many_to_one({url_id: (url, final_url) for _, url_id, url, final_url in rows})
    evidence = {url_id: f"one page for several old ones: {final_url}" for url_id, final_url in led.items()}
    db.conn.executemany(
        "UPDATE checks SET verdict = 'suspect', doubt = ?, evidence = ? WHERE id = ? AND verdict = 'moved'",
        [(str(Doubt.MANY_TO_ONE), evidence[url_id], check_id) for check_id, url_id, *_ in rows if url_id in evidence],
    )
    return evidence


def left_out_row(url: str, reason: str, at: int) -> tuple[object, ...]:
    """The row of an address that was not checked; `at` in ms."""
    return url, reason, iso(at)
