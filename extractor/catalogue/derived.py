"""What follows from the memory: revisions, sections, links and addresses, written anew for each note that changed."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from extractor.catalogue.revisions import keep_rebuilt
from extractor.catalogue.search import folded
from extractor.catalogue.sql import insert, upsert
from extractor.chronicle import HTML, Chronicle, LinkRow, clean, identifier
from extractor.errors import ItemError
from extractor.joplin.fields import parse_number
from extractor.times import iso
from extractor.urls import read_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlite_utils import Database


REVISION_COLUMNS = (
    "id, note_id, parent_id, number, label, captured_at, recorded_at, title, state, chars_added, chars_removed, "
    "links_added, links_removed, text_added, text_removed, hunks, hunks_failed, summary, is_echo, folded"
)


def write_chronicles(db: Database, chronicles: Iterable[Chronicle], *, first: bool) -> set[int]:
    """Write the rows of these notes in place of those before; returns the ids of the addresses that they touch.

    `first` says that no note was told before, so that there is nothing to take away.
    """
    addresses: set[int] = set()
    for chronicle in chronicles:
        if not first:
            addresses |= _clear(db, chronicle.note_id)
        _write_history_only_note(db, chronicle)
        rows = [(*row, folded(row.title, row.text_added, row.text_removed)) for row in chronicle.revisions]
        # A revision that was encrypted until now has a row already; one that is lost may be another note's.
        db.conn.executemany(upsert("revisions", REVISION_COLUMNS), [row for row in rows if row[3] is not None])
        db.conn.executemany(
            insert("revisions", REVISION_COLUMNS) + " ON CONFLICT DO NOTHING", [row for row in rows if row[3] is None]
        )
        db.conn.executemany(
            insert(
                "sections",
                "id, note_id, parent_id, level, title, path, line, first_revision_id, first_seen_at, "
                "last_revision_id, removed_at, folded",
            ),
            [(*row, folded(row.path)) for row in chronicle.sections],
        )
        db.conn.executemany(
            insert(
                "links",
                "id, note_id, section_id, section, url_id, url, kind, syntax, target, text, title, context, line, "
                "first_revision_id, first_seen_at, last_revision_id, removed_at, folded",
            ),
            [_link(row) for row in chronicle.links],
        )
        keep_rebuilt(db, chronicle.note_id, chronicle.rebuilt)
        db.conn.executemany(
            insert("link_changes", "revision_id, link_id, change, changed_at, section_then"), chronicle.changes
        )
        addresses.update(url_id(row.canonical) for row in chronicle.links if row.canonical is not None)
    return addresses


def url_id(canonical: str) -> int:
    """The id of an address in `urls`."""
    return identifier("url", canonical)


def _link(row: LinkRow) -> tuple[object, ...]:
    address = url_id(row.canonical) if row.canonical is not None else None
    return (*row[:4], address, *row[5:], folded(row.text, row.title, row.context, row.url))


def _clear(db: Database, note_id: str) -> set[int]:
    """Take away what followed from the note's history before."""
    addresses = db.execute(
        "SELECT DISTINCT url_id FROM links WHERE note_id = ? AND url_id NOT NULL", [note_id]
    ).fetchall()
    db.execute(
        "DELETE FROM link_changes WHERE link_id IN (SELECT id FROM links WHERE note_id = ?)",
        [note_id],
    )
    for table in ("links", "sections", "revisions"):
        db.execute(f"DELETE FROM {table} WHERE note_id = ?", [note_id])
    return {row[0] for row in addresses}


def _write_history_only_note(db: Database, chronicle: Chronicle) -> None:
    """A note of which no source holds the item, or only encrypted, is known by its latest revision."""
    metadata = chronicle.metadata

    def text(key: str) -> str:
        return clean(str(metadata.get(key) or ""))

    def time(key: str) -> str | None:
        with suppress(ItemError):  # what no calendar holds is no time
            return iso(parse_number(key, metadata.get(key)))
        return None

    facts = {
        "title": clean(chronicle.title) if chronicle.title is not None else None,
        "parent_id": text("parent_id"),
        "markup": "html" if metadata.get("markup_language") == HTML else "markdown",
        "source_url": text("source_url"),
        "author": text("author"),
        "is_todo": int(bool(metadata.get("is_todo"))),
        "due_at": time("todo_due"),
        "completed_at": time("todo_completed"),
        "is_conflict": 0,
        "user_created_at": time("user_created_time"),
        "user_updated_at": time("user_updated_time"),
        "deleted_at": time("deleted_time"),
    }
    columns = ", ".join(facts)
    # Even an encrypted item tells its notebook and whether it is in the trash, and it is the newer.
    updates = ", ".join(
        f"{column} = iif(state = 'encrypted', {column}, excluded.{column})"
        if column in {"parent_id", "deleted_at"}
        else f"{column} = excluded.{column}"
        for column in facts
    )
    db.execute(
        f"INSERT INTO notes (id, state, {columns}) VALUES (?, 'history only', {', '.join('?' * len(facts))}) "
        f"ON CONFLICT (id) DO UPDATE SET {updates} WHERE state IN ('history only', 'encrypted') "
        "AND NOT EXISTS (SELECT 1 FROM note_bodies WHERE note_id = excluded.id)",
        [chronicle.note_id, *facts.values()],
    )


def write_addresses(db: Database, addresses: Iterable[int]) -> None:
    """Write the row of each address anew from the links that have it; one that no link has and no check goes."""
    ids = sorted(addresses)
    db.execute("CREATE TEMP TABLE touched (url_id INTEGER PRIMARY KEY)")
    db.conn.executemany("INSERT INTO touched VALUES (?)", ((one,) for one in ids))
    spellings = db.execute(
        "SELECT url_id, links.url, min(coalesce(first_seen_at, removed_at)), "
        # Still there: known to be so as of the note's last change.
        "max(CASE WHEN removed_at IS NULL AND notes.state <> 'encrypted' "
        "THEN coalesce(notes.updated_at, revisions.captured_at) "
        "ELSE revisions.captured_at END) "
        "FROM touched JOIN links USING (url_id) JOIN notes ON notes.id = links.note_id "
        "LEFT JOIN revisions ON revisions.id = links.last_revision_id GROUP BY url_id, links.url"
    ).fetchall()
    db.execute("DROP TABLE touched")
    by_id: dict[int, list[tuple[str, str, str]]] = {}
    for one, url, first, last in spellings:
        by_id.setdefault(one, []).append((first or "", url, last or first or ""))
    rows = []
    for one, known in by_id.items():
        # The spelling that was saved first is the one to fetch.
        address = read_address(min(known)[1])
        if address is not None:
            rows.append(
                (
                    one,
                    clean(address.url),
                    clean(address.canonical),
                    address.scheme,
                    clean(address.host),
                    clean(address.site),
                    iso(address.published_at or 0),
                    address.author,
                    iso(address.expires_at or 0),
                    min(first for first, _, _ in known) or None,
                    max(last for _, _, last in known) or None,
                )
            )
    db.conn.executemany(
        upsert(
            "urls",
            "id, url, canonical, scheme, host, site, published_at, author, expires_at, first_seen_at, last_seen_at",
        ),
        rows,
    )
    unused = [(one,) for one in ids if one not in by_id]
    db.conn.executemany(
        "DELETE FROM urls WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM checks WHERE url_id = ?1) "
        "AND NOT EXISTS (SELECT 1 FROM snapshots WHERE url_id = ?1)",
        unused,
    )


def write_revision_problems(db: Database, chronicles: Sequence[Chronicle], now: str) -> None:
    """Keep what cannot be read in these notes' revisions as rows of `problems`, and nothing else of them."""
    for chronicle in chronicles:
        found = [(*_whereabouts(db, problem.revision_id), problem) for problem in chronicle.problems]
        kept = [[source, item, problem.kind] for source, item, problem in found]
        db.execute(
            "DELETE FROM problems WHERE kind IN ('unreadable diff', 'odd revision') AND item_id IN "
            "(SELECT revision_id FROM revision_diffs WHERE note_id = ?) AND json_array(source, item, kind) NOT IN "
            "(SELECT value FROM json_each(?))",
            [chronicle.note_id, json.dumps(kept, ensure_ascii=False)],  # as json_array writes it
        )
        for source, item, problem in found:
            write_problem(db, source, item, problem.revision_id, problem.kind, clean(problem.detail), now)


def _whereabouts(db: Database, item_id: str) -> tuple[str, str]:
    """The source that holds an item, and the item's name there; only its id where no source holds it any more."""
    found: tuple[str, str] | None = db.execute(
        "SELECT location, name FROM source_items JOIN sources ON sources.id = source_id WHERE item_id = ? "
        "ORDER BY source_id LIMIT 1",
        [item_id],
    ).fetchone()
    return found or ("", item_id)


def write_problem(db: Database, source: str, item: str, item_id: str | None, kind: str, detail: str, now: str) -> None:
    """Keep a problem; one that was known before keeps the time when it was first seen."""
    db.execute(
        "INSERT INTO problems (source, item, item_id, kind, detail, first_seen_at, last_seen_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, item, kind) DO UPDATE SET detail = excluded.detail, "
        "last_seen_at = excluded.last_seen_at",
        [source, item, item_id, kind, detail, now, now],
    )
