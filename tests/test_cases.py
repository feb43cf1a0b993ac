"""Small knowledge bases after real faults, and what is right of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogues import make, rows

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("with_revision", [True, False], ids=["one revision left", "no revision"])
def test_an_old_note_is_known_by_its_last_days_only(tmp_path, with_revision):
    """Made in 2019; after Joplin's clean-up a revision of October 2026 is left, which has the whole text, or none."""
    db = tmp_path / "catalogue.db"
    source = CASES / "old-note"
    make(db, source if with_revision else source / f"{'a' * 31}1.md")
    seen = "2026-10-01T09:00:00.000Z" if with_revision else "2026-11-20T09:00:00.000Z"
    expected = ("2019-03-02T10:00:00.000Z", seen, 0, "2026-11-20T09:00:00.000Z")
    bounds = "SELECT absent_at, first_seen_at, is_dated, last_seen_at FROM"
    for table in ("links", "sections", "urls"):
        assert set(rows(db, f"{bounds} {table}")) == {expected}
    assert rows(db, "SELECT DISTINCT first_seen_month FROM saved_links") == [None]


def test_what_is_below_a_heading_that_is_retitled_stays(tmp_path):
    """The H1 gets a badge in 2026: nothing below it is new, and a badge is no part of a title."""
    db = tmp_path / "catalogue.db"
    make(db, CASES / "retitled")
    assert rows(db, "SELECT title, substr(first_seen_at, 1, 4), is_dated, removed_at FROM sections ORDER BY title") == [
        ("Kafka", "2020", 1, None),
        ("Reading", "2020", 1, None),
        ("Redis", "2020", 1, None),
    ]
    assert rows(db, "SELECT text, substr(first_seen_at, 1, 4) FROM links WHERE kind = 'link' ORDER BY text") == [
        ("a", "2020"),
        ("b", "2020"),
    ]


def test_an_address_that_is_spelled_otherwise_is_the_same_link(tmp_path):
    db = tmp_path / "catalogue.db"
    make(db, CASES / "spelling")
    assert rows(
        db,
        "SELECT change, link_changes.url, url_before FROM link_changes JOIN links ON links.id = link_id "
        "JOIN revisions ON revisions.id = revision_id ORDER BY captured_at, change DESC",
    ) == [
        ("added", "https://EXAMPLE.org/a?utm_source=n", None),
        ("respelled", "https://example.org/a", "https://EXAMPLE.org/a?utm_source=n"),
        ("removed", "https://example.org/a", None),
        ("added", "https://bücher.example/Käse", None),
        ("respelled", "https://xn--bcher-kva.example/K%C3%A4se", "https://bücher.example/Käse"),
        ("removed", "https://xn--bcher-kva.example/K%C3%A4se", None),
        ("added", "https://en.example/wiki/Log_(book)", None),
        ("respelled", "https://en.example/wiki/Log_%28book%29", "https://en.example/wiki/Log_(book)"),
    ]
    assert rows(db, "SELECT links_added, links_removed, summary FROM revisions ORDER BY number") == [
        (1, 0, "first known text; +1 link under A"),
        (0, 0, "1 address respelled"),
        (1, 1, "+1 link, −1 link under A"),
        (0, 0, "1 address respelled"),
        (1, 1, "+1 link, −1 link under A"),
        (0, 0, "1 address respelled"),
    ]
