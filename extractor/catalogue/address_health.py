"""The result of all checks of an address, kept in `address_health` for every address that was ever checked.

Triggers on `checks` compute the row of an address again when a check of it is added, changed or deleted, whoever does
that, so that a list of links need not read all checks on every request. The rule is that of extractor.linkcheck.health:
checks that were skipped or put off, or come from a run without a network (`counts` 0), do not count. An address is dead
if the server says so; if there were enough soft failures over a long enough time, with no firm answer between them; or
if its host was found to answer like this to everything, equally often and long. Whether a signed address has expired is
in the view `link_health`, as it depends on the time of reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.linkcheck import (
    BURIED,
    DEAD_AFTER_DAYS,
    DEAD_AFTER_TIMES,
    FAILURES,
    NOT_FOUND,
    NOTHING_SAID,
    SOFT_FAILURES,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extractor.catalogue.database import Database


def _in(verdicts: Iterable[str]) -> str:
    return f"({', '.join(repr(str(verdict)) for verdict in sorted(verdicts))})"


def weigh(url_id: str) -> str:
    """A statement that inserts the row of one address, which must have none yet; `url_id` is an SQL expression."""
    counted = f"checks WHERE url_id = {url_id} AND counts AND verdict NOT IN {_in(NOTHING_SAID)}"
    newest = "ORDER BY checked_at DESC, id DESC LIMIT 1"
    kind = f"iif(verdict IN {_in(FAILURES)}, 'failure', verdict)"
    other = f"SELECT checked_at, id FROM {counted} AND {kind} <> (SELECT {kind} FROM {counted} {newest}) {newest}"
    soft = f"{counted} AND (firm.id IS NULL OR (checked_at, id) > (firm.checked_at, firm.id))"
    # answers that the host gives to everything, with no better answer since
    doubtful = f"{_in(SOFT_FAILURES | {Verdict.SUSPECT})}"
    answered = f"SELECT checked_at, id FROM {counted} AND verdict NOT IN {doubtful} {newest}"
    confirmed = (
        f"{counted} AND verdict = 'suspect' AND confirmed AND doubt IN {_in(BURIED)} "
        f"AND coalesce((checked_at, id) > ({answered}), 1)"
    )
    return f"""
        INSERT INTO address_health (url_id, health, verdict, status, checked_at, since, failures, final_url, doubt)
        SELECT url_id,
               CASE
                 WHEN verdict = 'ok' THEN 'alive'
                 WHEN verdict IN {doubtful} AND confirmations >= {DEAD_AFTER_TIMES}
                      AND confirmed_for >= {DEAD_AFTER_DAYS} THEN 'dead'
                 WHEN verdict IN {_in(NOT_FOUND)} THEN 'dead'
                 WHEN verdict NOT IN {_in(SOFT_FAILURES)} THEN verdict
                 WHEN before IN {_in(NOT_FOUND)} THEN 'dead'
                 WHEN failures >= {DEAD_AFTER_TIMES}
                      AND julianday(checked_at) - julianday(soft_since) >= {DEAD_AFTER_DAYS} THEN 'dead'
                 ELSE 'failing'
               END,
               verdict, status, checked_at, since, failures, final_url, doubt
        FROM (
          SELECT newest.*, firm.verdict AS before,
                 (SELECT count(*) FROM {soft}) AS failures,
                 (SELECT min(checked_at) FROM {soft}) AS soft_since,
                 (SELECT count(*) FROM {confirmed}) AS confirmations,
                 (SELECT julianday(max(checked_at)) - julianday(min(checked_at)) FROM {confirmed}) AS confirmed_for,
                 (SELECT min(counted.checked_at) FROM (SELECT id, checked_at FROM {counted}) AS counted
                  WHERE other.id IS NULL OR (counted.checked_at, counted.id) > (other.checked_at, other.id)) AS since
          FROM (SELECT * FROM {counted} {newest}) AS newest
               LEFT JOIN (SELECT * FROM {counted} AND verdict NOT IN {_in(SOFT_FAILURES)} {newest}) AS firm
               LEFT JOIN ({other}) AS other
        )
    """


def create_triggers(db: Database) -> None:
    """Create the triggers, or replace them: they contain the rule of this version."""
    for event, row in (("insert", "NEW"), ("update", "NEW"), ("delete", "OLD")):
        # A check that is moved to another address also changes its old one.
        left = (
            "DELETE FROM address_health WHERE url_id = OLD.url_id; " + weigh("OLD.url_id") + ";"
            if event == "update"
            else ""
        )
        db.execute(f"DROP TRIGGER IF EXISTS address_health_after_{event}")
        db.execute(
            f"CREATE TRIGGER address_health_after_{event} AFTER {event.upper()} ON checks BEGIN {left} "
            f"DELETE FROM address_health WHERE url_id = {row}.url_id; {weigh(f'{row}.url_id')}; END"
        )


def weigh_all(db: Database) -> None:
    """Compute the rows of all checked addresses."""
    db.execute("DELETE FROM address_health")
    for (url_id,) in db.execute("SELECT DISTINCT url_id FROM checks").fetchall():
        db.execute(weigh(str(int(url_id))))
