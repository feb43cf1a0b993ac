"""A catalogue that an earlier version wrote is brought up to date, by whatever opens it first, and loses nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from datasette.app import Datasette
from datasette.utils import StartupError
from published import checked, copy_of, query, served

from extractor.cli import main
from tests.test_build import content

if TYPE_CHECKING:
    from pathlib import Path

# What the second migration added.
FIRST_VERSION = """
DROP VIEW saved_links; DROP VIEW dead_links; DROP VIEW link_health; DROP VIEW link_history;
DROP TRIGGER standings_after_insert; DROP TRIGGER standings_after_update; DROP TRIGGER standings_after_delete;
DROP TABLE standings; DROP TABLE saved;
DROP INDEX idx_link_changes_changed_at; DROP INDEX idx_links_image;
ALTER TABLE link_changes DROP COLUMN changed_at; ALTER TABLE sources DROP COLUMN forgotten_at;
DELETE FROM _sqlite_migrations WHERE name = 'kept_for_lists';
"""


def of_first_version(folder: Path) -> Path:
    catalogue = copy_of(checked(), folder)
    with closing(sqlite3.connect(catalogue)) as connection:
        connection.executescript(FIRST_VERSION)
    return catalogue


def by_building(catalogue: Path) -> None:
    query(catalogue, "UPDATE sources SET is_example = 1")
    run("build", catalogue)


def by_checking_links(catalogue: Path) -> None:
    run("check-links", catalogue, "--host", "nowhere.invalid")


def run(command: str, catalogue: Path, *options: str) -> None:
    result = CliRunner().invoke(main, [command, "--db", str(catalogue), *options])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("open_it", [by_building, by_checking_links])
def test_commands(tmp_path, open_it):
    catalogue = of_first_version(tmp_path)
    open_it(catalogue)
    assert content(catalogue) == content(checked())
    for view in ("saved_links", "dead_links", "link_health", "link_history"):
        sql = f"SELECT * FROM {view} ORDER BY 1, 2, 3, 4"  # noqa: S608 -- names from the line above
        assert query(catalogue, sql) == query(checked(), sql)


async def test_serving(tmp_path):
    catalogue = of_first_version(tmp_path)
    ds = await served(catalogue)
    assert content(catalogue) == content(checked())
    assert (await ds.client.get("/catalogue/saved_links")).status_code == 200


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
