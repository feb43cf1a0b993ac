"""After Joplin's clean-up nothing wrong is said of when links came: the same notes with their whole history know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from catalogues import catalogue_of, rows

from extractor.times import milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DAY = 86_400_000
BOUNDS = "SELECT id, absent_at, first_seen_at, is_dated FROM"
CAME_BACK = "SELECT link_id FROM link_changes WHERE change = 'added' GROUP BY link_id HAVING count(*) > 1"


@pytest.fixture(scope="module")
def cleaned_db() -> Path:
    return catalogue_of("sync-deleted")


def bounds(db: Path, table: str) -> Mapping[int, tuple[str | None, str, int]]:
    return {id_: rest for id_, *rest in rows(db, f"{BOUNDS} {table} WHERE first_seen_at NOT NULL")}  # type: ignore[misc]


def test_after_a_clean_up_no_bound_is_off_the_truth(sync_db, cleaned_db):
    """A link that came back may have had its first coming in what was deleted: of those the last coming is told."""
    truth, told = bounds(sync_db, "links"), bounds(cleaned_db, "links")
    compared = dated = 0
    for link in (truth.keys() & told.keys()) - set(rows(sync_db, CAME_BACK)):
        _, came, is_known = truth[link]
        absent, seen, is_dated = told[link]
        assert came <= seen, link
        if not is_known:
            continue
        assert (absent or "") <= came, link
        assert not is_dated or milliseconds(seen) - milliseconds(came) <= DAY, link
        compared += 1
        dated += is_dated
    assert compared > 1000
    assert dated > 300  # and what is known is said


@pytest.mark.parametrize("name", ["sync_db", "cleaned_db"])
def test_nearly_all_bounds_are_known(request, name):
    db = request.getfixturevalue(name)
    known, total = rows(db, "SELECT sum(absent_at NOT NULL), count(*) FROM links WHERE first_seen_at NOT NULL")[0]
    assert known >= 0.95 * total
    for table in ("links", "sections", "urls"):
        assert rows(db, f"SELECT count(*) FROM {table} WHERE absent_at > first_seen_at") == [0]  # noqa: S608 -- names above
        assert rows(db, f"SELECT count(*) FROM {table} WHERE first_seen_at > last_seen_at") == [0]  # noqa: S608 -- likewise


@pytest.mark.parametrize("name", ["sync_db", "cleaned_db"])
def test_what_came_with_a_known_parent_is_dated(request, name):
    """Unless the parent, or the revision itself, keeps a state from before an edit: its child is 1 ms younger."""
    db = request.getfixturevalue(name)
    old_states = (
        "SELECT older.id FROM revisions AS older JOIN revisions AS newer ON newer.parent_id = older.id "
        "WHERE round((julianday(newer.captured_at) - julianday(older.captured_at)) * 86400000) = 1"
    )
    dated, total = rows(
        db,
        "SELECT sum(is_dated), count(*) FROM links JOIN revisions ON revisions.id = first_revision_id "  # noqa: S608 -- above
        "WHERE EXISTS (SELECT 1 FROM revisions AS parents WHERE parents.id = revisions.parent_id) "
        f"AND revisions.id NOT IN ({old_states}) AND revisions.parent_id NOT IN ({old_states})",
    )[0]
    assert total > 400
    assert dated >= 0.95 * total
