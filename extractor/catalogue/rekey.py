"""Moving checks and archived copies to the addresses that, by the current rules, stand for the requested ones."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from extractor.catalogue import pages
from extractor.catalogue.addresses import remove_unused, url_id
from extractor.catalogue.sql import insert
from extractor.texts import without_lone_surrogates
from extractor.times import iso
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from extractor.catalogue.database import Database


def follow_addresses(db: Database) -> None:
    """Assign each check and snapshot to every address for which the requested form stands; none is lost.

    If two addresses have become one, it gets the checks of both and, of two snapshots, the one that has a copy.
    """
    asked = [
        row[0]
        for row in db.execute(
            "SELECT asked FROM checks UNION SELECT asked FROM snapshots UNION SELECT asked FROM pages"
        ).fetchall()
        if row[0]
    ]
    targets = {one: _targets(db, one) for one in asked}
    _move_checks(db, targets)
    _move_snapshots(db, targets)
    pages.follow_addresses(db, targets)
    remove_unused(db, [row[0] for row in db.execute("SELECT id FROM urls").fetchall()])


def _targets(db: Database, asked: str) -> tuple[int, ...]:
    """The ids of the addresses for which an answer to this request counts; at least one, with a row in `urls`."""
    address = read_address(asked)
    by_itself = url_id(without_lone_surrogates(address.canonical)) if address is not None else None
    found = db.execute(
        "SELECT id FROM urls WHERE id = ?2 OR (url = ?1 AND EXISTS (SELECT 1 FROM links WHERE url_id = urls.id)) "
        "ORDER BY id",
        [asked, by_itself],
    ).fetchall()
    if found or address is None or by_itself is None:
        return tuple(row[0] for row in found)
    values = {
        "id": by_itself,
        "url": without_lone_surrogates(address.url),
        "canonical": without_lone_surrogates(address.canonical),
        "scheme": address.scheme,
        "host": without_lone_surrogates(address.host),
        "site": without_lone_surrogates(address.site),
        "published_at": iso(address.published_at or 0),
        "author": address.author,
        "expires_at": iso(address.expires_at or 0),
    }
    db.conn.execute(insert("urls", ", ".join(values)), tuple(values.values()))
    return (by_itself,)


def _move_checks(db: Database, targets: Mapping[str, Sequence[int]]) -> None:
    """Make one row for each observation and each address for which it counts; rows keep their ids if possible."""
    columns = [column for column in db.columns("checks") if column not in {"id", "url_id"}]
    listed = ", ".join(columns)
    here = columns.index("asked")
    rows: dict[tuple[object, ...], list[tuple[int, int]]] = defaultdict(list)
    for id_, address, *observation in db.execute(f"SELECT id, url_id, {listed} FROM checks ORDER BY id").fetchall():
        rows[tuple(observation)].append((id_, address))
    for observation, found in rows.items():
        wanted = targets.get(str(observation[here])) or ()
        if not wanted or sorted(wanted) == sorted(address for _, address in found):
            continue
        for one in _give_checks(db, found, wanted):
            db.conn.execute(insert("checks", f"url_id, {listed}"), (one, *observation))


def _give_checks(db: Database, found: Sequence[tuple[int, int]], wanted: Sequence[int]) -> list[int]:
    """Assign the rows of one observation (id, address) to the wanted addresses; returns those that still lack a row."""
    have = {address for _, address in found}
    missing = [one for one in wanted if one not in have]
    kept: set[int] = set()
    for id_, address in found:
        if address in wanted and address not in kept:
            kept.add(address)
        elif missing:
            db.conn.execute("UPDATE checks SET url_id = ? WHERE id = ?", (missing.pop(0), id_))
        else:
            db.conn.execute("DELETE FROM checks WHERE id = ?", (id_,))
    return missing


def _move_snapshots(db: Database, targets: Mapping[str, Sequence[int]]) -> None:
    columns = [column for column in db.columns("snapshots") if column != "url_id"]
    listed = ", ".join(columns)
    rows = [dict(zip(columns, row, strict=True)) for row in db.execute(f"SELECT {listed} FROM snapshots").fetchall()]
    best: dict[int, Mapping[str, object]] = {}
    for row in rows:
        for address in _all(targets.get(str(row["asked"]))):
            best[address] = max((one for one in (best.get(address), row) if one is not None), key=_worth)
    unknown = [row for row in rows if not targets.get(str(row["asked"]))]
    if unknown:
        return  # never happens, as each request was for an address; but better move none than lose one
    db.execute("DELETE FROM snapshots")
    db.conn.executemany(
        insert("snapshots", f"url_id, {listed}"), [(address, *row.values()) for address, row in best.items()]
    )


def _all(found: Iterable[int] | None) -> Iterable[int]:
    return found or ()


def _worth(snapshot: Mapping[str, object]) -> tuple[bool, str, str]:
    """A sort key: a copy is better than none; of two copies, or of none, the one that was looked up last."""
    return (snapshot["snapshot_url"] is not None, str(snapshot["looked_up_at"]), str(snapshot["snapshot_url"]))
