"""What the pages at addresses say about themselves, as first seen alive and as last seen; texts by strangers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from extractor.catalogue.sql import insert, upsert
from extractor.linkcheck import PageFacts, asked, has_changed
from extractor.times import iso

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from extractor.catalogue.database import Database
    from extractor.linkcheck import Check

COLUMNS = (
    "url_id, seen, asked, seen_at, title, description, site_name, canonical, language, published_at, fingerprint, "
    "leads_to, changed"
)
CHANGED = "changed:"
_KEEP_FIRST = insert("pages", COLUMNS) + " ON CONFLICT DO NOTHING"
_KEEP_LAST = upsert("pages", COLUMNS, key="url_id, seen")


def first_seen(db: Database, url_ids: Collection[int]) -> Mapping[int, PageFacts]:
    """The pages of these addresses as they were first seen alive."""
    rows = db.execute(
        "SELECT url_id, leads_to, title, fingerprint FROM pages WHERE seen = 'first' "
        "AND url_id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(url_ids))],
    ).fetchall()
    return {url_id: PageFacts(leads_to, title=title, fingerprint=sketch) for url_id, leads_to, title, sketch in rows}


def change(check: Check, first: Mapping[int, PageFacts]) -> str | None:
    """The evidence that a page has become a different one: its title and text have changed; None if they have not."""
    before = first.get(check.key)
    if before is None or check.page is None or not has_changed(before, check.page):
        return None
    return f"{CHANGED} the title was {before.title!r} and is {check.page.title!r}"


def rows(check: Check) -> Iterator[tuple[str, tuple[object, ...]]]:
    """The statements, with their values, that store the page of a check, if it has one."""
    page = check.page
    if page is None:
        return
    facts = (
        page.title,
        page.description,
        page.site_name,
        page.canonical,
        page.language,
        iso(page.published_at or 0),
        page.fingerprint,
        page.leads_to,
        any(said.startswith(CHANGED) for said in (check.evidence or "").split("; ")),
    )
    at = (asked(check.url), iso(check.checked_at))
    yield _KEEP_FIRST, (check.key, "first", *at, *facts)
    yield _KEEP_LAST, (check.key, "last", *at, *facts)


def follow_addresses(db: Database, targets: Mapping[str, Collection[int]]) -> None:
    """Assign each page to every address for which the requested form stands."""
    kept = [name.strip() for name in COLUMNS.split(",")]
    found = [dict(zip(kept, row, strict=True)) for row in db.execute(f"SELECT {COLUMNS} FROM pages").fetchall()]
    db.execute("DELETE FROM pages")
    for row in sorted(found, key=lambda row: str(row["seen_at"]), reverse=True):
        for url_id in targets.get(str(row["asked"])) or (row["url_id"],):
            # if two pages are merged, the `last` one is the newer, and the `first` one the older of both
            how = "REPLACE" if row["seen"] == "first" else "IGNORE"
            statement = insert("pages", COLUMNS).replace("INSERT", f"INSERT OR {how}", 1)
            db.conn.execute(statement, tuple({**row, "url_id": url_id}.values()))
