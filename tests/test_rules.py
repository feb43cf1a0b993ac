"""Rules and memory apart: what is derived follows from the rules of now, and checks follow what was asked."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from catalogues import catalogue, content, make, rows

from extractor.catalogue import address_health, addresses, rekey, rules
from extractor.catalogue.database import Database
from extractor.joplin.items import Note
from extractor.timeline import derivation, occurrences
from extractor.urls import read_address

if TYPE_CHECKING:
    from pathlib import Path

WEB = "https://site.example"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """One note with two links that differ in a parameter; of each one check and one look-up in the archive."""
    path = catalogue(
        tmp_path,
        Note("1" * 32, 1_700_000_000_000, title="Reading", body=f"[a]({WEB}/page?zz_ref=1) [b]({WEB}/page?zz_ref=2)"),
    )
    for item in (tmp_path / "joplin").iterdir():
        os.utime(item, (1_700_000_000, 1_700_000_000))  # what is younger than two seconds is read once more
    make(path, tmp_path / "joplin")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            "INSERT INTO checks (url_id, asked, checked_at, verdict, status) "
            "SELECT id, url, '2026-11-2' || substr(url, -1), 'dead', 404 FROM urls;"
            "INSERT INTO snapshots (url_id, asked, snapshot_url, looked_up_at) SELECT id, url, "
            "iif(url LIKE '%1', 'https://web.archive.org/web/2020/x', NULL), '2026-11-2' || substr(url, -1) FROM urls;"
        )
    return path


def rebuilt(path: Path, monkeypatch: pytest.MonkeyPatch, digest: str) -> Any:
    monkeypatch.setattr(rules, "digest", lambda: digest)
    return make(path, path.parent / "joplin")


def tracking(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make a parameter one that says nothing of the page."""

    def other(url: str) -> Any:
        return read_address(url.partition(f"?{name}=")[0])

    for module in (occurrences, derivation, addresses, rekey):
        monkeypatch.setattr(module, "read_address", other)


def test_checks_follow_what_was_asked(db, monkeypatch):
    """A parameter becomes one that is left out: two addresses are one by now, and have the checks of both."""
    before = rows(db, "SELECT asked, checked_at, verdict, status FROM checks ORDER BY asked")
    with monkeypatch.context() as patch:
        tracking(patch, "zz_ref")
        assert rebuilt(db, patch, "other rules").notes_derived == 1
        assert rows(db, "SELECT canonical FROM urls") == [f"{WEB}/page"]
        assert rows(db, "SELECT health FROM saved_links") == ["dead", "dead"]
        assert rows(db, "SELECT asked, checked_at, verdict, status FROM checks ORDER BY asked") == before
        assert rows(db, "SELECT snapshot_url FROM snapshots") == ["https://web.archive.org/web/2020/x"]
        assert rows(db, "PRAGMA foreign_key_check") == []
    # And back: what was asked for one of them goes to that one again.
    rebuilt(db, monkeypatch, "rules of before")
    assert rows(db, "SELECT url, checked_at FROM checks JOIN urls ON urls.id = url_id ORDER BY url") == [
        (f"{WEB}/page?zz_ref=1", "2026-11-21"),
        (f"{WEB}/page?zz_ref=2", "2026-11-22"),
    ]


def test_a_check_counts_for_each_address_with_the_form_that_was_asked(db):
    """Addresses that differ in what is never sent are asked once: both have the answer."""
    with contextlib.closing(sqlite3.connect(db)) as connection, connection:
        connection.execute("UPDATE urls SET url = ?", [f"{WEB}/page?zz_ref=1"])
        rekey.follow_addresses(Database(connection))
    assert rows(db, "SELECT count(*), count(DISTINCT url_id) FROM checks WHERE asked LIKE '%1'") == [(2, 2)]


def test_other_rules_derive_everything_again_and_only_then(db, monkeypatch):
    before = content(db)
    assert make(db, db.parent / "joplin").notes_derived == 0
    rows_before = rows(db, "SELECT count(*) FROM checks")
    with contextlib.closing(sqlite3.connect(db)) as connection, connection:
        connection.executescript("UPDATE links SET text = 'as an earlier rule had it'; DROP VIEW saved_links")
    assert rebuilt(db, monkeypatch, "other rules").notes_derived == 1
    assert content(db) == before
    assert rows(db, "SELECT count(*) FROM checks") == rows_before
    assert rows(db, "SELECT count(*) FROM saved_links") == [2]
    assert rebuilt(db, monkeypatch, "other rules").notes_derived == 0


def test_the_rule_of_health_is_that_of_now(db, monkeypatch):
    """Triggers are made anew where the rule of health has changed; old and new catalogues say the same."""
    with monkeypatch.context() as patch:
        patch.setattr(address_health, "NOT_FOUND", frozenset({"gone"}))
        patch.setattr(address_health, "SOFT_FAILURES", frozenset({"dead"}))
        rebuilt(db, patch, "other rules")
        assert set(rows(db, "SELECT health FROM link_health")) == {"failing"}
        with contextlib.closing(sqlite3.connect(db)) as connection, connection:
            connection.execute("UPDATE checks SET status = 403")  # weighed by the trigger of now
        assert set(rows(db, "SELECT health FROM link_health")) == {"failing"}


def test_the_digest_tells_rules_apart(tmp_path, monkeypatch):
    """It is of the bytes of the modules and the versions of the libraries: nobody has to remember to raise a number."""
    package = tmp_path / "extractor"
    (package / "joplin").mkdir(parents=True)
    (package / "times.py").write_text("")
    monkeypatch.setattr(rules, "PACKAGE", package)
    seen = []
    for change in (
        lambda: None,
        lambda: (package / "times.py").write_text("EPOCH = 1"),
        lambda: (package / "joplin" / "items.py").write_text(""),
        lambda: monkeypatch.setattr(rules, "installed_version", lambda _library: "99"),
    ):
        change()
        rules.digest.cache_clear()
        seen.append(rules.digest())
    rules.digest.cache_clear()
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("library", [*rules.LIBRARIES, "Markdown_It.py"])
def test_the_version_of_a_library_is_that_which_is_installed(library):
    assert rules.installed_version(library) == version(library)


def test_a_library_that_is_installed_in_another_way_has_a_version_too(monkeypatch):
    monkeypatch.setattr(rules, "_installed", list)
    assert rules.installed_version("can_ada") == version("can_ada")


def test_every_rule_is_there():
    for rule in rules.RULES:
        place = rules.PACKAGE / rule
        assert place.exists(), rule


NEVER, EARLY, LATE = "2019-03-02T00:00:00.000Z", "2020-05-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"
EVE = "2020-04-30T12:00:00.000Z"


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([(NEVER, EARLY, 1)], (NEVER, EARLY, 1)),
        ([(NEVER, EARLY, 0)], (NEVER, EARLY, 0)),
        # one that came later, and that is known, says nothing of the first
        ([(NEVER, EARLY, 1), (EARLY, LATE, 1)], (NEVER, EARLY, 1)),
        # one that may have come before it does
        ([(EVE, EARLY, 1), (NEVER, LATE, 0)], (NEVER, EARLY, 0)),
        ([(EVE, EARLY, 1), (None, LATE, 0)], (None, EARLY, 0)),
        ([(NEVER, EARLY, 1), (EVE, LATE, 0)], (NEVER, EARLY, 1)),  # but not more than a day before
        ([(None, None, 0)], (None, None, 0)),
    ],
)
def test_an_address_came_with_the_earliest_of_its_links(places, expected):
    links = [addresses.Place(1, WEB, absent, seen, dated, seen) for absent, seen, dated in places]
    assert addresses.span(links)[:3] == expected
    assert addresses.span(links).last_seen_at == max((seen for _, seen, _ in places if seen), default=None)
