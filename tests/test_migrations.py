"""A catalogue that an earlier version wrote is brought up to date, by whatever opens it first, and loses nothing."""

from __future__ import annotations

import hashlib
import lzma
import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import first_tables
import pytest
from catalogues import CORPORA, EXAMPLE, content, copy_of, make
from click.testing import CliRunner
from datasette.app import Datasette
from datasette.utils import StartupError
from published import checked, example, query, served
from test_presence import A, B, encrypted, history, note, single, write

from extractor.catalogue.views import VIEWS
from extractor.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEMORY = {
    "checks": "checked_at, verdict, status, method, final_url, error, evidence, counts",
    "snapshots": "cited_at, snapshot_url, snapshot_at, looked_up_at",
    "ignored": "*",
    "note_bodies": "note_id, title, body",
    "revision_diffs": "revision_id, parent_id, note_id, item_type, captured_ms, created_ms, updated_ms, title_diff, "
    "body_diff, metadata_diff, rebased_ms, rebased_title_diff, rebased_body_diff, rebased_metadata_diff",
}
"""What nothing but a source or a server can tell again."""

C, D, E, F = (letter * 32 for letter in "cdef")

WITHOUT_PRESENCE = """
DROP VIEW saved_links; DROP VIEW dead_links; DROP VIEW link_history; DROP VIEW images; DROP VIEW linkedin_posts;
DROP INDEX idx_notes_is_present;
ALTER TABLE notes DROP COLUMN is_present; ALTER TABLE notes DROP COLUMN name; ALTER TABLE notes DROP COLUMN is_locked;
DELETE FROM source_items WHERE removed_at NOT NULL;
ALTER TABLE source_items DROP COLUMN removed_at; ALTER TABLE source_items DROP COLUMN encrypted_ms;
UPDATE notes SET state = 'history only' WHERE state = 'gone' AND id NOT IN (SELECT note_id FROM note_bodies);
DROP INDEX idx_address_health_health; DROP VIEW link_health;
ALTER TABLE encrypted_revisions RENAME TO sealed; ALTER TABLE address_health RENAME TO standings;
CREATE INDEX idx_standings_health ON standings(health, since, verdict, url_id);
DELETE FROM _sqlite_migrations WHERE name IN ('presence_of_notes', 'locked_notes', 'standard_names');
"""


TWICE = """
DROP VIEW link_history; DROP VIEW saved_links;
CREATE TABLE saved (
  link_id INTEGER PRIMARY KEY REFERENCES links(id), kind TEXT NOT NULL, note_id TEXT NOT NULL REFERENCES notes(id)
);
CREATE VIEW saved_links AS SELECT link_id AS id FROM saved;
ALTER TABLE link_changes ADD COLUMN changed_at TEXT;
CREATE VIEW link_history AS SELECT changed_at FROM link_changes;
DROP INDEX idx_links_facets; DROP INDEX idx_links_resource; DROP INDEX idx_links_current_newest;
DROP INDEX idx_links_current_section; DROP INDEX idx_links_current_url; DROP INDEX idx_sections_removed_at;
DROP INDEX idx_source_items_type;
CREATE INDEX idx_links_kind ON links(kind); CREATE INDEX idx_links_target ON links(target);
CREATE INDEX idx_links_first_seen_month ON links(first_seen_month);
CREATE INDEX idx_links_first_revision_id ON links(first_revision_id);
CREATE INDEX idx_links_last_revision_id ON links(last_revision_id);
CREATE INDEX idx_sections_level ON sections(level);
CREATE INDEX idx_sections_first_revision_id ON sections(first_revision_id);
CREATE INDEX idx_sections_last_revision_id ON sections(last_revision_id);
CREATE INDEX idx_link_changes_change ON link_changes(change);
CREATE INDEX idx_link_changes_changed_at ON link_changes(changed_at);
UPDATE revision_diffs SET body_diff = plain(body_diff), metadata_diff = plain(metadata_diff);
ALTER TABLE revision_diffs DROP COLUMN from_nothing;
DELETE FROM _sqlite_migrations WHERE name = 'stored_once';
"""
"""What makes a catalogue of today one in which much is stored twice."""


def earlier(folder: Path) -> Path:
    """A catalogue of the sample notes as it was before dates were bounds, with checks, copies, ignored patterns."""
    catalogue = folder / "catalogue.db"
    catalogue.write_bytes(lzma.decompress((CORPORA / "catalogue-before-bounds.db.xz").read_bytes()))
    return catalogue


def memory(catalogue: Path) -> dict[str, list[str]]:
    return {
        table: sorted(
            repr([plain(value) for value in row])
            for row in query(catalogue, f"SELECT {columns} FROM {table}")  # noqa: S608 -- names above
        )
        for table, columns in MEMORY.items()
    }


def plain(value: object) -> object:
    """A text as it was before it was compressed."""
    return zlib.decompress(value).decode() if isinstance(value, bytes) else value


def run(command: str, catalogue: Path, *options: str) -> None:
    result = CliRunner().invoke(main, [command, *options, "--db", str(catalogue)])
    assert result.exit_code == 0, result.output


def test_building(tmp_path):
    """What this version tells otherwise is derived again, though no item has changed; nothing remembered is lost."""
    catalogue = earlier(tmp_path)
    before = memory(catalogue)
    query(catalogue, "UPDATE sources SET location = ?, is_example = 1", str(EXAMPLE))
    run("build", catalogue)
    assert memory(catalogue) == before
    fresh, built = content(example()), content(catalogue)
    derived = fresh.keys() - {"checks", "snapshots", "ignored", "address_health", "problems"}
    assert {table: built[table] for table in derived} == {table: fresh[table] for table in derived}
    (unchecked,) = query(catalogue, "SELECT count(*) FROM urls WHERE id NOT IN (SELECT url_id FROM checks)")
    assert unchecked == (0,)


def test_what_was_known_of_a_source_says_which_notes_are_gone(tmp_path):
    """A source that is read whole told all but what a single file did; what it held no more was forgotten then."""
    catalogue, target = tmp_path / "catalogue.db", tmp_path / "target"
    make(catalogue, write(target, note(A) | note(B) | history(B) | note(C, is_conflict=True)))
    make(catalogue, write(target, note(A) | history(D)), *single(tmp_path, history(E)))
    make(catalogue, write(target, note(A) | encrypted(F)))
    expected = {A: "current", B: "gone", C: "gone", D: "gone", E: "history only", F: "encrypted"}
    assert dict(query(catalogue, "SELECT id, state FROM notes")) == expected
    before = content(catalogue)
    with closing(sqlite3.connect(catalogue)) as connection:
        connection.executescript(WITHOUT_PRESENCE)
    run("ignore", catalogue)
    assert content(catalogue) == before
    make(catalogue, write(target, note(A) | history(F)))
    assert dict(query(catalogue, "SELECT id, state FROM notes")) == expected | {F: "gone"}


def test_what_was_stored_twice(tmp_path):
    """Tables, views and indexes are those of a new catalogue, and all that they hold is the same, to the last byte."""
    catalogue = copy_of(example(), tmp_path)
    before = content(catalogue)
    indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    expected = query(catalogue, indexes)
    with closing(sqlite3.connect(catalogue)) as connection:
        connection.create_function("plain", 1, plain)
        connection.executescript(TWICE)
    assert content(catalogue) != before
    assert any(len(diff) >= 500 for (diff,) in query(catalogue, "SELECT body_diff FROM revision_diffs"))
    run("ignore", catalogue)
    assert content(catalogue) == before
    assert query(catalogue, indexes) == expected


@pytest.mark.parametrize(
    "command",
    [
        ("show", "Kafka field notes"),
        ("diff", "Kafka field notes"),
        ("ignore",),
        ("export", "revisions"),
        ("export", "bookmarks"),
        ("export", "markdown"),
        ("share", "shared.db", "--tag", "kafka"),
    ],
    ids=" ".join,
)
def test_reading(tmp_path, monkeypatch, command):
    catalogue = earlier(tmp_path)
    before = memory(catalogue)
    monkeypatch.chdir(tmp_path)
    run(command[0], catalogue, *command[1:])
    assert memory(catalogue) == before


def test_checking_links(tmp_path):
    catalogue = earlier(tmp_path)
    before = memory(catalogue)
    run("check-links", catalogue, "--notebook", "Engineering", "--limit", "1", "--exclude", ".")
    assert memory(catalogue) == before


async def test_serving(tmp_path):
    catalogue = earlier(tmp_path)
    before = memory(catalogue)
    ds = await served(catalogue)
    assert memory(catalogue) == before
    for view in VIEWS:
        assert (await ds.client.get(f"/catalogue/{view}")).status_code == 200


def test_dates_are_not_claimed_before_a_build_has_found_them(tmp_path):
    catalogue = earlier(tmp_path)
    run("show", catalogue, "Kafka field notes")
    assert query(catalogue, "SELECT DISTINCT is_dated, absent_at, first_seen_month FROM links") == [(0, None, None)]


def test_an_earlier_program_refuses_a_later_file(tmp_path):
    catalogue = copy_of(example(), tmp_path)
    query(
        catalogue,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
        "VALUES ('joplin-catalogue', 'of_tomorrow', '2030')",
    )
    result = CliRunner().invoke(main, ["show", "Kafka field notes", "--db", str(catalogue)])
    assert result.exit_code == 1
    assert "was written by a later version of joplin-catalogue" in result.output


async def test_serving_what_may_not_be_changed(tmp_path, monkeypatch):
    monkeypatch.setattr("extractor.catalogue.store.WAIT_FOR_LOCK", 0.1)
    catalogue = earlier(tmp_path)
    before = hash_of(catalogue)
    with pytest.raises(StartupError, match="earlier version"):
        await Datasette([], immutables=[str(catalogue)]).invoke_startup()
    with closing(sqlite3.connect(catalogue)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StartupError, match="Another process is writing"):
            await served(catalogue)
    assert hash_of(catalogue) == before


async def test_serving_what_is_up_to_date_writes_nothing(tmp_path):
    catalogue = copy_of(checked(), tmp_path)
    before = hash_of(catalogue)
    await served(catalogue)
    assert hash_of(catalogue) == before


def hash_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_tests_begin_with_the_tables_that_the_migrations_make():
    def made(by: Callable[[sqlite3.Connection], None]) -> list[str]:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            by(connection)
            connection.execute("UPDATE _sqlite_migrations SET applied_at = ''")
            whose = str(connection.execute("PRAGMA application_id").fetchone())
            return [whose, *sorted(connection.iterdump())]

    assert made(first_tables.apply) == made(first_tables.made_by_migrations)
