"""`verify` finds nothing in what a build has written, and everything that was changed behind its back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from catalogues import CORPORA, EXAMPLE, catalogue_of, copy_of, make
from click.testing import CliRunner, Result
from published import checked, query
from thorough import THOROUGH

from extractor.cli import main

PASSWORD = "correct horse"  # noqa: S105 -- of the corpora


def verify(db: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["verify", *options, "--db", str(db)])


# A profile tells the same as the sync target of its Joplin (tests/test_same_content.py).
NAMES = ["sync-broken", "sync-odd", "profile", "e2ee-native", "example", "seed"]


@pytest.mark.parametrize("name", NAMES + ["sync", "sync-deleted"] * THOROUGH)
def test_what_a_build_has_written(tmp_path: Path, name: str) -> None:
    if name == "seed":
        make(tmp_path / "catalogue.db", CORPORA / "seed.txt")
    else:
        copy_of(catalogue_of(name, PASSWORD if name.startswith("e2ee") else None), tmp_path)
    result = verify(tmp_path / "catalogue.db")
    assert result.exit_code == 0, result.output
    assert "no difference" in result.output


FIRST = "WHERE id = (SELECT min(id) FROM {0})"
TAMPERED = {
    "a text": ("UPDATE note_bodies SET body = body || '# more' WHERE body LIKE '%kafka%'", "note_bodies", "body is"),
    "a diff": ("UPDATE revision_diffs SET body_diff = '[]' WHERE body_diff LIKE '%kafka%'", "revisions", "hunks is"),
    "a section": ("UPDATE sections SET path = 'another' {first}", "sections", "path is"),
    "no section": ("DELETE FROM sections {first}", "sections", "is missing"),
    "a link": ("UPDATE links SET url = 'https://x.example' {first}", "links", "url is"),
    "a date": ("UPDATE links SET first_seen_at = '2001' {first}", "links", "first_seen_at"),
    "another link": ("UPDATE links SET id = 1 {first}", "links", "should not be there"),
    "no change": ("DELETE FROM link_changes WHERE link_id = (SELECT min(id) FROM links)", "link_changes", "missing"),
    "a health": (
        "UPDATE address_health SET health = 'alive' WHERE health = 'dead'",
        "address_health",
        "health is 'alive'",
    ),
    "no health": ("DELETE FROM address_health WHERE health = 'dead'", "address_health", "is missing"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_behind_its_back(tmp_path: Path, what: str) -> None:
    db = Path(shutil.copy(checked(), tmp_path / "catalogue.db"))
    statement, table, words = TAMPERED[what]
    query(db, statement.format(first=FIRST.format(table)))
    before = db.read_bytes()
    result = verify(db)
    assert result.exit_code == 3, result.output
    found = [line for line in result.stdout.splitlines() if line.startswith(f"{table} ")]
    assert any(words in line for line in found), result.stdout
    assert db.read_bytes() == before


def test_a_sample(sync_db: Path) -> None:
    for share in ("5%", "0.05", "1%"):
        result = verify(sync_db, "--sample", share)
        assert result.exit_code == 0, result.output
    for wrong in ("0", "200%", "all", "nan", "-1"):
        assert verify(sync_db, "--sample", wrong).exit_code == 2


def test_a_source_that_is_gone(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "joplin")
    make(tmp_path / "catalogue.db", tmp_path / "joplin")
    shutil.rmtree(tmp_path / "joplin")
    result = verify(tmp_path / "catalogue.db")
    assert (result.exit_code, "Not compared: " in result.stderr) == (0, True), result.output


def test_other_rules(tmp_path: Path) -> None:
    db = Path(shutil.copy(checked(), tmp_path / "catalogue.db"))
    query(db, "UPDATE derivation SET digest = 'of another version'")
    result = verify(db)
    assert (result.exit_code, "another version" in result.stderr) == (1, True)
