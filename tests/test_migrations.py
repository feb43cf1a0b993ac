"""A catalogue that an earlier version wrote is brought up to date, by whatever opens it first, and loses nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from catalogues import content
from click.testing import CliRunner
from datasette.app import Datasette
from datasette.utils import StartupError
from published import checked, copy_of, query, served

from extractor.catalogue.views import VIEWS
from extractor.cli import main

if TYPE_CHECKING:
    from pathlib import Path

# What the second migration added.
FIRST_VERSION = """
DROP VIEW saved_links; DROP VIEW dead_links; DROP VIEW link_health; DROP VIEW link_history;
DROP TRIGGER standings_after_insert; DROP TRIGGER standings_after_update; DROP TRIGGER standings_after_delete;
DROP TABLE standings; DROP TABLE saved; DROP TABLE sealed;
DROP INDEX idx_link_changes_changed_at; DROP INDEX idx_links_image; DROP INDEX idx_links_note;
DROP INDEX idx_links_removed_at;
CREATE INDEX idx_links_removed_at ON links(removed_at);
ALTER TABLE link_changes DROP COLUMN changed_at; ALTER TABLE link_changes DROP COLUMN section_then;
ALTER TABLE sources DROP COLUMN forgotten_at;
ALTER TABLE revision_diffs DROP COLUMN seen_title; ALTER TABLE revision_diffs DROP COLUMN seen_body;
PRAGMA user_version = 0;
DELETE FROM _sqlite_migrations WHERE name = 'kept_for_lists';
"""


def of_first_version(folder: Path) -> Path:
    catalogue = copy_of(checked(), folder)
    with closing(sqlite3.connect(catalogue)) as connection:
        connection.executescript(FIRST_VERSION)
    return catalogue


def run(command: str, catalogue: Path, *options: str) -> None:
    result = CliRunner().invoke(main, [command, *options, "--db", str(catalogue)])
    assert result.exit_code == 0, result.output


def test_building(tmp_path):
    """What this version tells otherwise is told again, though no item has changed."""
    catalogue = of_first_version(tmp_path)
    query(catalogue, "UPDATE sources SET is_example = 1")
    query(catalogue, "UPDATE revisions SET summary = 'as the first version summed it up'")
    run("build", catalogue)
    assert content(catalogue) == content(checked())
    for view in VIEWS:
        assert rows_of(catalogue, view) == rows_of(checked(), view)


def test_checking_links(tmp_path):
    catalogue = of_first_version(tmp_path)
    run("check-links", catalogue, "--notebook", "Engineering", "--limit", "1", "--exclude", ".")
    assert untold(catalogue) == untold(checked())


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
    catalogue = of_first_version(tmp_path)
    monkeypatch.chdir(tmp_path)
    run(command[0], catalogue, *command[1:])
    assert untold(catalogue) == untold(checked())


async def test_serving(tmp_path):
    catalogue = of_first_version(tmp_path)
    ds = await served(catalogue)
    assert untold(catalogue) == untold(checked())
    assert (await ds.client.get("/catalogue/saved_links")).status_code == 200


def untold(catalogue: Path) -> dict[str, list[str]]:
    """All but what only a build can tell: the headings of old under which links stood."""
    return {table: rows for table, rows in content(catalogue).items() if table != "link_changes"} | {
        view: rows_of(catalogue, view) for view in VIEWS if view != "link_history"
    }


def rows_of(catalogue: Path, view: str) -> list[str]:
    return sorted(map(repr, query(catalogue, f"SELECT * FROM {view}")))  # noqa: S608 -- a name of VIEWS


async def test_serving_what_may_not_be_changed(tmp_path):
    catalogue = of_first_version(tmp_path)
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
